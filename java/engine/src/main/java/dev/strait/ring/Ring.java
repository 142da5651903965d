package dev.strait.ring;

import dev.strait.CorruptSegmentException;
import dev.strait.internal.Failure;
import dev.strait.internal.Lifeline;
import dev.strait.internal.Place;
import dev.strait.internal.SegmentAccess;
import dev.strait.internal.VirtualThreads;
import dev.strait.segment.Segment;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.function.LongFunction;

/**
 * One attachment of this process to a ring: messages from one writer to one reader, in this process or another, in Java
 * or in C, through shared memory.
 *
 * <pre>{@code
 * try (Ring ring = Ring.openOrCreate("prices", RingOptions.defaults());
 *         RingWriter writer = ring.openWriter()) {
 *     int offset = writer.claim(1, 8);
 *     writer.buffer().putLong(offset, 42);
 *     writer.commit();
 * }
 * }</pre>
 *
 * <p><b>Guarantees.</b> The writer owns the lane and the reader its cursor: no byte has two writers, and what is not
 * committed is invisible, so nobody is blocked by a writer that pauses or dies in the middle of a message. Nothing is
 * dropped: a ring that nobody reads fills up and says FULL. Reader and writer come and go; the next one goes on where the
 * last one stopped, or, for a reader, as {@link ReaderPolicy} says.
 *
 * <p><b>If a process dies</b> at any instruction, its peers get PEER_DIED, once: the reader when it has read all that was
 * published, the writer when the lane is full. Their waits end by themselves. What {@link Segment#participants} and
 * {@code peer()} tell says who it was.
 *
 * <p><b>Hostile peers.</b> Whatever they write into a memfd ring, the worst is {@link CorruptSegmentException}. Who may
 * write a <em>named</em> segment's file can truncate it, and that kills those who map it: give it only to those you
 * trust.
 *
 * <p>All methods of this class may be called by any thread.
 */
public final class Ring implements AutoCloseable {
    private final long handle;
    private final Segment segment;
    private final ByteBuffer control;
    private final ByteBuffer lane;
    private final int laneBytes;
    private final boolean spinOnly;
    private final boolean releases;
    private RingWriter writer;
    private RingReader reader;
    private boolean closed;

    private Ring(long handle) {
        Lifeline lifeline = new Lifeline(handle, RingNative::free);
        lifeline.holdFor(this);
        this.handle = handle;
        this.control = RingNative.control(handle);
        this.lane = RingNative.lane(handle);
        this.laneBytes = RingNative.laneBytes(handle);
        this.spinOnly = RingNative.isSpinOnly(handle);
        this.releases = RingNative.releases(handle);
        lifeline.holdFor(control);
        lifeline.holdFor(lane);
        this.segment = SegmentAccess.get()
                .wrap(RingNative.segment(handle), lifeline, this::closeRoles, () -> RingNative.shut(handle));
    }

    /**
     * Creates a ring with a name and attaches to it.
     *
     * @param name the segment's name, 1 to 200 of {@code [A-Za-z0-9._-]}
     * @param options its size, and the segment's options
     * @return the attachment
     * @throws IOException as {@link Segment#create}
     * @throws IllegalArgumentException if the name is none, or the lane does not fit the page size
     */
    public static Ring create(String name, RingOptions options) throws IOException {
        return create(Place.named(name), options);
    }

    /**
     * Creates an anonymous ring, a memfd, and attaches to it.
     *
     * @param label what {@code /proc} shows; as a name
     * @param options as for {@link #create}
     * @return the attachment
     * @throws IOException as {@link Segment#createAnonymous}
     */
    public static Ring createAnonymous(String label, RingOptions options) throws IOException {
        return create(Place.memfd(label), options);
    }

    /**
     * Attaches to an existing ring; waits for it to be created when the segment options have a timeout.
     *
     * @param name the segment's name
     * @param options where it is, who must own it, how long to wait; the ring keeps the size it was created with
     * @return the attachment
     * @throws IOException as {@link Segment#open}; EUSERS when 64 participants are attached
     */
    public static Ring open(String name, RingOptions options) throws IOException {
        return open(Place.named(name), options);
    }

    /**
     * Attaches to the anonymous ring behind a descriptor of another process, {@code segment().fd()} there.
     *
     * @param pid the process, in this process's PID namespace; 0 for this process
     * @param fd the descriptor there
     * @param options who must own it
     * @return the attachment
     * @throws IOException as {@link Segment#openAnonymous}
     */
    public static Ring openAnonymous(int pid, int fd, RingOptions options) throws IOException {
        return open(Place.descriptor(pid, fd), options);
    }

    /**
     * Attaches to a ring, and creates it first when it does not exist; {@code segment().wasCreated()} says which.
     *
     * @param name the segment's name
     * @param options for both
     * @return the attachment
     * @throws IOException as {@link #open} and {@link #create}
     */
    public static Ring openOrCreate(String name, RingOptions options) throws IOException {
        SegmentAccess.Attach call = (directory, values, failure) -> RingNative.openOrCreate(
                directory, name, values, options.laneBytes(), options.isSpinOnly(), options.releases(), failure);
        return new Ring(SegmentAccess.get().create(Place.named(name), options.segment(), call));
    }

    /**
     * Removes a ring's name. Attachments live on, and the memory is freed when the last of them is closed.
     *
     * @param name the segment's name
     * @param options the directory, and whose it may be
     * @throws IOException as {@link Segment#unlink}
     */
    public static void unlink(String name, RingOptions options) throws IOException {
        Segment.unlink(name, options.segment());
    }

    /**
     * Takes the writer's role: from nobody, from one who closed it, or from one who died, and goes on behind what that
     * one published. Waits up to 5 seconds for one who is dying; a virtual thread is parked meanwhile.
     *
     * @return the writer
     * @throws dev.strait.ErrnoException EBUSY when a live, or stopped, participant has it; the message names its process
     * @throws CorruptSegmentException if tail or cursor are impossible
     * @throws IllegalStateException if the ring is closed
     * @throws IOException one of these
     */
    public RingWriter openWriter() throws IOException {
        return take(RingNative::openWriter, "writing", owner -> {
            writer = new RingWriter(this, owner);
            return writer;
        });
    }

    /**
     * Takes the reader's role, as {@link #openWriter} takes the writer's, and goes on at its cursor; with
     * {@link ReaderPolicy#RELEASE} and after another reader, at the end of what is published.
     *
     * @return the reader
     * @throws dev.strait.ErrnoException EBUSY when a live, or stopped, participant has it; the message names its process
     * @throws CorruptSegmentException if tail or cursor are impossible
     * @throws IllegalStateException if the ring is closed
     * @throws IOException one of these
     */
    public RingReader openReader() throws IOException {
        return take(RingNative::openReader, "reading", owner -> {
            reader = new RingReader(this, owner);
            return reader;
        });
    }

    /**
     * Drops what is published and not consumed, in place of a reader that closed or died and will not come back: the lane
     * is empty then, and the writer can go on.
     *
     * @throws dev.strait.ErrnoException EBUSY when a live participant is the reader
     * @throws CorruptSegmentException if tail or cursor are impossible
     * @throws IllegalStateException if the ring is closed
     * @throws IOException one of these
     */
    public void discardUnread() throws IOException {
        take(RingNative::discardUnread, "reading", owner -> null);
    }

    /** For a role that somebody had who is dying, that takes its time. */
    private <T> T take(NativeTake call, String what, LongFunction<T> make) throws IOException {
        return VirtualThreads.offCarrier(() -> takeOnce(call, what, make));
    }

    private synchronized <T> T takeOnce(NativeTake call, String what, LongFunction<T> make) throws IOException {
        ensureOpen();
        Failure failure = new Failure();
        int result = call.take(handle, failure.values);
        if (result < 0) {
            throw failure.exception(result, segment.path(), segment.path() + " for " + what);
        }
        return make.apply(failure.values[0]);
    }

    /** Takes a role: 0 and its owner word, or a negated errno and why. */
    @FunctionalInterface
    private interface NativeTake {
        int take(long ring, long[] values);
    }

    /**
     * The segment that holds the ring; closed with it.
     *
     * @return the segment
     */
    public Segment segment() {
        return segment;
    }

    /**
     * Bytes of the lane.
     *
     * @return a power of two
     */
    public int capacity() {
        return laneBytes;
    }

    /**
     * Whether nobody ever sleeps on this ring.
     *
     * @return as its creator chose
     */
    public boolean isSpinOnly() {
        return spinOnly;
    }

    /**
     * What becomes of the cursor of a reader that closed or died.
     *
     * @return as its creator chose
     */
    public ReaderPolicy readerPolicy() {
        return releases ? ReaderPolicy.RELEASE : ReaderPolicy.HOLD;
    }

    /**
     * Closes writer and reader, and detaches. Waits for the call that another thread has under way, and ends its wait with
     * CLOSED. Does nothing the second time.
     *
     * @throws IllegalStateException from inside a handler of this ring's reader
     */
    @Override
    public void close() {
        segment.close();
    }

    /**
     * For messages.
     *
     * @return its path
     */
    @Override
    public String toString() {
        return "Ring[" + segment.path() + "]";
    }

    long handle() {
        return handle;
    }

    ByteBuffer control() {
        return control;
    }

    ByteBuffer lane() {
        return lane;
    }

    void wakeReaders() {
        try {
            RingNative.wakeReaders(handle);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    void wakeWriters() {
        try {
            RingNative.wakeWriters(handle);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    CorruptSegmentException corrupt() {
        return Failure.corrupt(segment.path());
    }

    RuntimeException failedWait(int result) {
        return Failure.unchecked(result, "futex", segment.path());
    }

    private void ensureOpen() {
        if (closed) {
            throw new IllegalStateException(this + ": is closed");
        }
    }

    private void closeRoles() {
        RingWriter lastWriter;
        RingReader lastReader;
        synchronized (this) {
            if (reader != null) {
                reader.refuseInsideHandler();
            }
            closed = true;
            lastWriter = writer;
            lastReader = reader;
        }
        // Not inside the lock: a handler that is waited for may ask us something.
        if (lastWriter != null) {
            lastWriter.close();
        }
        if (lastReader != null) {
            lastReader.close();
        }
    }

    private static Ring create(Place place, RingOptions options) throws IOException {
        SegmentAccess.Attach call = (directory, values, failure) -> RingNative.create(
                directory,
                place.name(),
                place.anonymous(),
                values,
                options.laneBytes(),
                options.isSpinOnly(),
                options.releases(),
                failure);
        return new Ring(SegmentAccess.get().create(place, options.segment(), call));
    }

    private static Ring open(Place place, RingOptions options) throws IOException {
        SegmentAccess.Attach call = (directory, values, failure) ->
                RingNative.open(directory, place.name(), place.pid(), place.fd(), values, failure);
        return new Ring(SegmentAccess.get().open(place, options.segment(), call));
    }
}
