package dev.strait.pipe;

/**
 * How to create a pipe. Immutable: each method returns changed options.
 *
 * <p>What pipe2(2) takes beside is not for choice. O_CLOEXEC is always set, since an end that a child inherits by chance
 * keeps the other side from ever seeing the end. O_NONBLOCK is always set for the kernel, and whether calls wait is said by
 * {@link dev.strait.descriptor.Descriptor#configureBlocking}. O_NOTIFICATION_PIPE is for the kernel's own notifications, and
 * not offered.
 *
 * <pre>{@code PipeOptions.defaults().packets().capacityBytes(1 << 20)}</pre>
 */
public final class PipeOptions {
    private static final PipeOptions DEFAULTS = new PipeOptions(false, 0);

    final boolean packets;
    /** 0 for the kernel's. */
    final int capacityBytes;

    private PipeOptions(boolean packets, int capacityBytes) {
        this.packets = packets;
        this.capacityBytes = capacityBytes;
    }

    /**
     * A stream of bytes, with the kernel's capacity: 65,536 bytes, or less for a user who has many pipes
     * (/proc/sys/fs/pipe-user-pages-soft).
     *
     * @return the defaults
     */
    public static PipeOptions defaults() {
        return DEFAULTS;
    }

    /**
     * O_DIRECT: each write of up to {@link Pipe#ATOMIC_BYTES} is a packet, and each read takes one; longer writes become
     * several packets. The rest of a packet that is longer than the reader's buffer is dropped, and the kernel does not tell.
     *
     * @return options with it
     */
    public PipeOptions packets() {
        return new PipeOptions(true, capacityBytes);
    }

    /**
     * How many bytes the pipe shall hold, as {@link PipeEnd#setCapacityBytes}.
     *
     * @param bytes 1 or more, which the kernel rounds up
     * @return options with it
     * @throws IllegalArgumentException if it is less
     */
    public PipeOptions capacityBytes(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("capacityBytes " + bytes + ": must be 1 or more");
        }
        return new PipeOptions(packets, bytes);
    }
}
