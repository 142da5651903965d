package dev.strait.share;

import java.lang.annotation.Native;

/** What goes over the socket: struct strait_share_message of internal/share.h; native/jni/layout_check.c compares them. */
final class ShareLayout {
    @Native
    static final long MAGIC = 0x4552414853525453L;

    @Native
    static final int BYTES = 16;

    @Native
    static final int KIND = 8;

    @Native
    static final int ACCESS = 12;

    @Native
    static final int ATTACH = 1;

    @Native
    static final int VIEW = 2;

    @Native
    static final int REFUSED = 3;

    private ShareLayout() {}
}
