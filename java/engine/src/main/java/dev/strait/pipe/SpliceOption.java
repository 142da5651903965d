package dev.strait.pipe;

/** A flag of splice(2), tee(2) and vmsplice(2). SPLICE_F_NONBLOCK is none of them: calls wait as those of all descriptors do. */
public enum SpliceOption {
    /** SPLICE_F_MOVE: pages shall be moved rather than copied, where a file system can. A hint, and to most none at all. */
    MOVE(1),

    /** SPLICE_F_MORE: more will follow soon, so that a socket waits with a packet that is not full. */
    MORE(4),

    /**
     * SPLICE_F_GIFT, of vmsplice alone: the pages are the kernel's from now on, and are never written to again. They must
     * begin and end at the bounds of pages.
     */
    GIFT(8);

    private final int bit;

    SpliceOption(int bit) {
        this.bit = bit;
    }

    static int bits(SpliceOption... options) {
        int bits = 0;
        for (SpliceOption each : options) {
            bits |= each.bit;
        }
        return bits;
    }
}
