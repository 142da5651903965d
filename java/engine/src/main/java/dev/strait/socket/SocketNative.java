package dev.strait.socket;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/** internal/socket.h. Results below 0 are negated errnos; names are the bytes of a {@link UnixAddress}. */
final class SocketNative {
    static {
        NativeLibrary.bind(SocketNative.class);
    }

    private SocketNative() {}

    static native int open(int type);

    /** One end in the upper half, the other in the lower. */
    static native long pair(int type);

    static native int adopt(int fd, int type, boolean listens);

    /** The binding of a path; 0 for other names. */
    static native long bind(int fd, byte[] name, int mode);

    static native void unbind(long binding);

    static native void leave(long binding);

    static native int listen(int fd, int backlog);

    static native int accept(int fd);

    static native int connect(int fd, byte[] name);

    static native int connectWaiting(int fd, byte[] name, long kick);

    /** Its length. */
    static native int name(int fd, boolean ofPeer, byte[] into);

    /** Fills pid, uid, gid. */
    static native int peerCredentials(int fd, int[] values);

    static native int option(int fd, int option);

    static native int setOption(int fd, int option, int value);

    static native int available(int fd);

    static native int shutdown(int fd, int how);

    /** O_NONBLOCK of any descriptor. */
    static native int setBlocking(int fd, boolean blocking);

    /** To a receiver, or to whom it is connected when that is null. */
    static native long send(int fd, ByteBuffer direct, int position, int length, byte[] receiver);

    static native long receive(int fd, ByteBuffer direct, int position, int length, int flags);

    /** As {@link #send} from {@link SocketLayout#ARRAY_BYTES_MAX} at most. */
    static native long sendArray(int fd, byte[] array, int offset, int length, byte[] receiver);

    static native long receiveArray(int fd, byte[] array, int offset, int length, int flags);

    /** Buffers as {@link dev.strait.internal.BufferParts} has them; what is null is not sent. */
    static native long sendParts(
            int fd, ByteBuffer[] buffers, int[] bounds, byte[] receiver, int[] descriptors, int[] credentials);

    /** Fills {@link SocketLayout#RECEIVED_VALUES} numbers, or drops what comes along when there are none. */
    static native long receiveParts(
            int fd, ByteBuffer[] buffers, int[] bounds, int flags, int max, int[] values, byte[] sender);
}
