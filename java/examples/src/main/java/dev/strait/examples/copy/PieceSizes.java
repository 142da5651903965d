package dev.strait.examples.copy;

/** Sizes from 1 byte to 64 KiB, small and large ones mixed, the same in every run and in C. */
final class PieceSizes {
    private long state = 0x9e3779b97f4a7c15L;

    int next() {
        state ^= state << 13;
        state ^= state >>> 7;
        state ^= state << 17;
        int magnitude = (int) (state >>> 60) + 1;
        return 1 + (int) (state & ((1L << magnitude) - 1));
    }
}
