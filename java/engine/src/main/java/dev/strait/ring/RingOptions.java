package dev.strait.ring;

import dev.strait.segment.SegmentOptions;
import java.util.Objects;

/**
 * How to create a ring, and how to open the segment that holds it. Immutable: each method returns changed options.
 *
 * <pre>{@code RingOptions.defaults().laneBytes(1 << 20)}</pre>
 */
public final class RingOptions {
    private static final RingOptions DEFAULTS =
            new RingOptions(RingLayout.LANE_BYTES_DEFAULT, false, ReaderPolicy.HOLD, SegmentOptions.defaults());

    private final int laneBytes;
    private final boolean spinOnly;
    private final ReaderPolicy readerPolicy;
    private final SegmentOptions segment;

    private RingOptions(int laneBytes, boolean spinOnly, ReaderPolicy readerPolicy, SegmentOptions segment) {
        this.laneBytes = laneBytes;
        this.spinOnly = spinOnly;
        this.readerPolicy = readerPolicy;
        this.segment = segment;
    }

    /**
     * A lane of 1 MiB, readers and writers that may sleep, a cursor that is held, and {@link SegmentOptions#defaults}.
     *
     * @return the defaults
     */
    public static RingOptions defaults() {
        return DEFAULTS;
    }

    /**
     * When creating: the capacity. A message takes its payload rounded up to 8 bytes, plus 8.
     *
     * @param bytes a power of two from 4,096 (or the page, where that is larger) to 1,073,741,824
     * @return options with it
     * @throws IllegalArgumentException if it is not
     */
    public RingOptions laneBytes(int bytes) {
        if (bytes < RingLayout.LANE_BYTES_MIN || bytes > RingLayout.LANE_BYTES_MAX || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("laneBytes " + bytes + ": must be a power of two from "
                    + RingLayout.LANE_BYTES_MIN + " to " + RingLayout.LANE_BYTES_MAX);
        }
        return new RingOptions(bytes, spinOnly, readerPolicy, segment);
    }

    /**
     * When creating: nobody ever sleeps on this ring, in any process. Commit and poll then save a fence, some 5 ns each;
     * waiting takes {@link dev.strait.wait.WaitPolicy#SPIN}.
     *
     * @return options with it
     */
    public RingOptions spinOnly() {
        return new RingOptions(laneBytes, true, readerPolicy, segment);
    }

    /**
     * When creating: what becomes of the cursor of a reader that closed or died. Without it, {@link ReaderPolicy#HOLD}.
     *
     * @param policy hold or release
     * @return options with it
     */
    public RingOptions readerPolicy(ReaderPolicy policy) {
        return new RingOptions(laneBytes, spinOnly, Objects.requireNonNull(policy, "policy"), segment);
    }

    /**
     * Where the segment is, whose, with which permissions, and whether there is a user's region beside the ring.
     *
     * @param options the segment's options
     * @return options with them
     */
    public RingOptions segment(SegmentOptions options) {
        return new RingOptions(laneBytes, spinOnly, readerPolicy, options);
    }

    int laneBytes() {
        return laneBytes;
    }

    boolean isSpinOnly() {
        return spinOnly;
    }

    boolean releases() {
        return readerPolicy == ReaderPolicy.RELEASE;
    }

    SegmentOptions segment() {
        return segment;
    }
}
