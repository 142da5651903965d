package dev.strait.share;

import dev.strait.internal.Lifeline;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Another process's region, for reading. It is mapped from a descriptor that cannot be written.
 *
 * <p>It is no participant: nobody sees who looks on, and who looks on is not told that the writer has closed or died; the memory
 * stays as it was left. What may be read while it is written is the users' affair: a counter that is read with acquire before
 * and after, for instance.
 *
 * <p>A viewer of the same user, or of one whom the file's mode lets write, could open the file anew for writing through
 * {@code /proc}. Among them a view keeps out mistakes and no malice; others it keeps out altogether.
 *
 * <p>Closing never crashes the JVM: buffers that are still around read zeros. One that nobody closed is closed when it and its
 * buffers are unreachable. All methods may be called by any thread.
 */
public final class SegmentView implements AutoCloseable {
    private final long handle;
    private final ByteBuffer region;
    private boolean closed;

    SegmentView(long handle) {
        Lifeline lifeline = new Lifeline(handle, ShareNative::free);
        lifeline.holdFor(this);
        this.handle = handle;
        ByteBuffer root = ShareNative.user(handle);
        this.region = root == null ? ByteBuffer.allocateDirect(0) : root;
        lifeline.holdFor(region);
    }

    /**
     * The region, as {@link dev.strait.segment.Segment#region} has it: each call gives a new view, little-endian, at position 0.
     *
     * @return a read-only view of all of it; empty when there is none
     */
    public ByteBuffer region() {
        return region.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Takes the memory away: buffers read zeros from now on. Does nothing the second time. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            ShareNative.shut(handle);
        }
    }
}
