package dev.strait.examples.copy;

/** What the two ends of the demo agree on. native/examples/copy.h has the same in C. */
final class CopyMessages {
    /** A piece of the file: int64 offset in the file, then its bytes. */
    static final int DATA = 1;

    /** A stamp: int64 time at which it was due, nanoseconds of CLOCK_MONOTONIC; padded to 64 bytes. */
    static final int STAMP = 2;

    /** Bytes before a piece's content. */
    static final int DATA_HEADER = 8;

    static final int STAMP_BYTES = 64;

    static final int STAMPS_PER_SECOND = 100_000;

    /** The first of the stamps, while code is still being compiled, are not counted. */
    static final int WARM_UP_STAMPS = 100_000;

    static final int COUNTED_STAMPS = 300_000;

    private CopyMessages() {}

    /** Bytes that a payload takes in the lane: a header of 8, rounded up to 8. */
    static long laneBytes(int length) {
        return (length + 8L + 7) & -8;
    }
}
