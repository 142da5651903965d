package dev.strait.internal;

/** strait/error.h. */
final class ErrorNative {
    static {
        NativeLibrary.bind(ErrorNative.class);
    }

    private ErrorNative() {}

    /** The symbol of an errno; null when Linux has none. */
    static native String symbol(int errno);

    /** Its text. */
    static native String text(int errno);

    /** A string that the C library never frees. */
    static native String string(long address);
}
