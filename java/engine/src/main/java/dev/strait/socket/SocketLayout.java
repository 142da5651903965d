package dev.strait.socket;

import java.lang.annotation.Native;

/** The numbers of the kernel's headers and of internal/socket.h that Java knows; native/jni/layout_check.c compares them. */
final class SocketLayout {
    @Native
    static final int STREAM = 1;

    @Native
    static final int DATAGRAM = 2;

    @Native
    static final int SEQPACKET = 5;

    @Native
    static final int SO_ERROR = 4;

    @Native
    static final int SO_SNDBUF = 7;

    @Native
    static final int SO_RCVBUF = 8;

    @Native
    static final int SO_PASSCRED = 16;

    @Native
    static final int MSG_PEEK = 2;

    @Native
    static final int MSG_TRUNC = 32;

    @Native
    static final int SHUT_RD = 0;

    @Native
    static final int SHUT_WR = 1;

    /** Bytes of a name. */
    @Native
    static final int NAME_MAX = 108;

    @Native
    static final int DESCRIPTORS_MAX = 253;

    /** Of an array that is sent, or received into, without a direct buffer. */
    @Native
    static final int ARRAY_BYTES_MAX = 65_536;

    /** Numbers before the descriptors: cut, less, has credentials, pid, uid, gid, bytes of the sender's name, descriptors. */
    @Native
    static final int RECEIVED_HEAD = 8;

    @Native
    static final int RECEIVED_VALUES = RECEIVED_HEAD + DESCRIPTORS_MAX;

    private SocketLayout() {}
}
