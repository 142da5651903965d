package dev.strait.segment;

import dev.strait.internal.Failure;
import dev.strait.internal.Lifeline;
import dev.strait.internal.Place;
import dev.strait.internal.SegmentAccess;
import dev.strait.internal.VirtualThreads;
import dev.strait.internal.WatchAccess;
import dev.strait.wait.Watchable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * One attachment of this process to a segment: shared memory with a name, or an anonymous memfd.
 *
 * <p>Made by the methods here it holds a plain region of the user's own bytes, {@link #region}, that starts as zeros and
 * means what its users agree on. A {@link dev.strait.ring.Ring} is a segment too, and can hold such a region beside it.
 *
 * <p><b>Assumptions.</b> Names are 1 to 200 characters of {@code [A-Za-z0-9._-]}. A named segment is a file, and whoever
 * may write it could truncate it; a memfd is sealed against that, and the seals are checked before it is mapped.
 *
 * <p><b>Guarantees.</b> Nobody sees half a segment. Of many who create one name exactly one succeeds. Memory is reserved
 * when it is created: a full file system is ENOSPC then, and no crash later.
 *
 * <p><b>Closing</b> never crashes the JVM: views that are still around read zeros, and the address space is given back
 * when the last of them is unreachable. An attachment that nobody closed is closed when it and its views are.
 *
 * <p><b>If a process dies</b> while it creates, nothing of that name exists. A segment outlives its users until it is
 * unlinked; a memfd lives as long as someone is attached.
 *
 * <p>All methods may be called by any thread.
 */
public final class Segment implements AutoCloseable {
    static {
        SegmentAccess.set(new Access());
    }

    private final long handle;
    private final Lifeline lifeline;
    private final Runnable closeParts;
    private final Runnable shut;
    private final String path;
    private final long epoch;
    private final long bytes;
    private final boolean created;
    private final ByteBuffer region;
    private final Map<String, SegmentAccess.Part> parts = new HashMap<>();
    private boolean closed;

    private Segment(long handle, Lifeline lifeline, Runnable closeParts, Runnable shut) {
        this.handle = handle;
        this.lifeline = lifeline;
        this.closeParts = closeParts;
        this.shut = shut;
        this.path = SegmentNative.path(handle);
        this.epoch = SegmentNative.epoch(handle);
        this.bytes = SegmentNative.bytes(handle);
        this.created = SegmentNative.wasCreated(handle);
        lifeline.holdFor(this);
        ByteBuffer root = SegmentNative.user(handle);
        this.region = root == null ? ByteBuffer.allocateDirect(0) : root;
        lifeline.holdFor(region);
    }

    /**
     * Creates a named segment and attaches to it.
     *
     * @param name its name
     * @param options {@link SegmentOptions#userBytes} gives the size of its region
     * @return the attachment
     * @throws dev.strait.ErrnoException EEXIST when the name is taken, ENOSPC when the file system is full, and what
     *     open(2), fchmod(2), fchown(2), posix_fallocate(3), mmap(2), mlock(2), linkat(2) and pthread_create(3) say
     * @throws SegmentMismatchException if the directory belongs to another user, or others may replace files in it
     * @throws IOException one of these
     * @throws IllegalArgumentException if name or options are none
     */
    public static Segment create(String name, SegmentOptions options) throws IOException {
        return create(Place.named(name), options);
    }

    /**
     * Creates an anonymous segment, a memfd, and attaches to it. Others attach with {@link #openAnonymous}, given this
     * process's id and {@link #fd}.
     *
     * @param label what {@code /proc} shows; as a name
     * @param options as for {@link #create}
     * @return the attachment
     * @throws IOException as for {@link #create}, and what memfd_create(2) says
     */
    public static Segment createAnonymous(String label, SegmentOptions options) throws IOException {
        return create(Place.memfd(label), options);
    }

    /**
     * Attaches to an existing plain segment; waits for it to be created when the options have a timeout, parked if the thread
     * is virtual.
     *
     * @param name its name
     * @param options where it is, who must own it, how long to wait
     * @return the attachment
     * @throws dev.strait.ErrnoException ENOENT when it does not exist in time, ELOOP when it is a symbolic link,
     *     EUSERS when {@link Participant#MAX} are attached already, and what open(2), mmap(2), mlock(2) and
     *     pthread_create(3) say
     * @throws SegmentMismatchException if it is no segment that this library can use, or someone else's
     * @throws InterruptedIOException if the thread is interrupted while it waits; it stays interrupted
     * @throws IOException one of these
     * @throws IllegalArgumentException if name or options are none
     */
    public static Segment open(String name, SegmentOptions options) throws IOException {
        return open(Place.named(name), options);
    }

    /**
     * Attaches to the anonymous segment behind a descriptor of another process.
     *
     * @param pid the process, in this process's PID namespace; 0 for this process
     * @param fd the descriptor there
     * @param options who must own it
     * @return the attachment
     * @throws IOException as for {@link #open}; EACCES when the process is not the caller's to look into
     */
    public static Segment openAnonymous(int pid, int fd, SegmentOptions options) throws IOException {
        return open(Place.descriptor(pid, fd), options);
    }

    /**
     * Attaches to a segment, and creates it first when it does not exist; {@link #wasCreated} says which.
     *
     * @param name its name
     * @param options for both; an existing segment keeps its size
     * @return the attachment
     * @throws IOException as for {@link #open} and {@link #create}
     */
    public static Segment openOrCreate(String name, SegmentOptions options) throws IOException {
        SegmentAccess.Attach call =
                (directory, values, failure) -> SegmentNative.openOrCreate(directory, name, values, failure);
        return plain(SegmentAccess.get().create(Place.named(name), options, call));
    }

    /**
     * Removes a name. Attachments live on, and the memory is freed when the last of them is closed.
     *
     * @param name the segment's name
     * @param options the directory, and whose it may be; the rest does not matter
     * @throws dev.strait.ErrnoException ENOENT when there is none, and what unlink(2) says
     * @throws IllegalArgumentException if the name is none
     */
    public static void unlink(String name, SegmentOptions options) throws IOException {
        Objects.requireNonNull(name, "name");
        long result = SegmentNative.unlink(options.directory(), name, options.toNative()[4]);
        if (result < 0) {
            throw Failure.unlink(result, name, SegmentNative.pathOf(options.directory(), name));
        }
    }

    /**
     * The user's region, shared with everyone attached. Each call gives a new view, little-endian, at position 0.
     *
     * @return a view of all of it; empty when there is none
     */
    public ByteBuffer region() {
        return region.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Where it is.
     *
     * @return the path of its file; for an anonymous segment its label, or where it was opened
     */
    public String path() {
        return path;
    }

    /**
     * A random number that tells this segment from any other that had, or will have, its name.
     *
     * @return the number
     */
    public long epoch() {
        return epoch;
    }

    /**
     * The size of the whole file.
     *
     * @return bytes
     */
    public long sizeBytes() {
        return bytes;
    }

    /**
     * Whether this attachment created it.
     *
     * @return false when it existed
     */
    public boolean wasCreated() {
        return created;
    }

    /**
     * The descriptor in this process, for {@link #openAnonymous} in another.
     *
     * @return a descriptor that must not be closed or locked
     * @throws IllegalStateException if it is closed
     */
    public synchronized int fd() {
        ensureOpen();
        return SegmentNative.fd(handle);
    }

    /**
     * Whether its name still leads to this memory.
     *
     * @return false when the name was removed or given to another; true for an anonymous segment
     * @throws dev.strait.ErrnoException if the directory cannot be read
     * @throws IllegalStateException if it is closed
     */
    public synchronized boolean isLinked() throws IOException {
        ensureOpen();
        int result = SegmentNative.isLinked(handle);
        if (result < 0) {
            throw Failure.errno(result, "lstat", path);
        }
        return result == 1;
    }

    /**
     * Who is attached, this process included.
     *
     * @return in the order of their slots
     * @throws IllegalStateException if it is closed
     */
    public synchronized List<Participant> participants() {
        ensureOpen();
        long[] values = new long[Participant.MAX * Participant.VALUES];
        int count = SegmentNative.participants(handle, values);
        return IntStream.range(0, count)
                .mapToObj(index -> Participant.of(values, index))
                .toList();
    }

    /**
     * For a {@link dev.strait.wait.WaitSet}: PEER_DIED when a participant has died, END when it has detached, CLOSED. It is
     * PEER_DIED also when two others have had its slot since: nobody knows any more.
     *
     * @param participant another of this segment's {@link #participants}
     * @return what can be watched
     * @throws IllegalArgumentException if it is this attachment
     */
    public Watchable whenEnded(Participant participant) {
        if (participant.isSelf()) {
            throw new IllegalArgumentException(path + ": an attachment does not wait for its own end");
        }
        return WatchAccess.get()
                .watchable(
                        this,
                        set -> SegmentNative.watchParticipant(
                                handle, participant.slot(), participant.generation(), set));
    }

    /**
     * The synchronisation objects that it was created with. {@code dev.strait.sync} opens them by their names.
     *
     * @return in the order of their declaration
     * @throws IllegalStateException if it is closed
     */
    public synchronized List<SegmentObject> objects() {
        ensureOpen();
        long[] values = new long[SegmentObject.MAX * SegmentLayout.OBJECT_VALUES];
        int count = SegmentNative.objects(handle, values);
        return IntStream.range(0, count)
                .mapToObj(index -> SegmentObject.of(values, index * SegmentLayout.OBJECT_VALUES))
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * Detaches, and closes the ring if it holds one. Views read zeros from now on. Waits for its synchronisation objects end
     * with CLOSED. Does nothing the second time.
     *
     * @throws IllegalStateException from inside a handler of its ring's reader
     */
    @Override
    public void close() {
        closeParts.run();
        VirtualThreads.offCarrier(() -> {
            closeOnce();
            return null;
        });
    }

    /** Not while the parts are closed: they may wait for a handler that asks us something. */
    private synchronized void closeOnce() {
        if (!closed) {
            closed = true;
            parts.values().forEach(part -> part.whenClosed().run());
            shut.run();
        }
    }

    /**
     * For messages.
     *
     * @return its path
     */
    @Override
    public String toString() {
        return "Segment[" + path + "]";
    }

    private void ensureOpen() {
        if (closed) {
            throw new IllegalStateException(path + ": this segment is closed");
        }
    }

    private static Segment create(Place place, SegmentOptions options) throws IOException {
        SegmentAccess.Attach call = (directory, values, failure) ->
                SegmentNative.create(directory, place.name(), place.anonymous(), values, failure);
        return plain(SegmentAccess.get().create(place, options, call));
    }

    private static Segment open(Place place, SegmentOptions options) throws IOException {
        SegmentAccess.Attach call = (directory, values, failure) ->
                SegmentNative.open(directory, place.name(), place.pid(), place.fd(), values, failure);
        return plain(SegmentAccess.get().open(place, options, call));
    }

    private static Segment plain(long handle) {
        Lifeline lifeline = new Lifeline(handle, SegmentNative::free);
        return new Segment(handle, lifeline, () -> {}, () -> SegmentNative.shut(handle));
    }

    private static final class Access extends SegmentAccess {
        private static final long LONGEST_PAUSE_MS = 32;

        @Override
        public long create(Place place, SegmentOptions options, Attach call) throws IOException {
            Failure failure = new Failure();
            long result = call.attach(options.directory(), options.toNative(), failure.values);
            if (Failure.isErrno(result)) {
                throw failure.exception(result, place.name(), describe(place, options));
            }
            return result;
        }

        @Override
        public long open(Place place, SegmentOptions options, Attach call) throws IOException {
            long start = System.nanoTime();
            for (long pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
                Failure failure = new Failure();
                long result = call.attach(options.directory(), options.toNative(), failure.values);
                if (!Failure.isErrno(result)) {
                    return result;
                }
                long leftNs = options.timeoutNs() - (System.nanoTime() - start);
                if (!Failure.isNoEntry(result) || leftNs <= 0 || place.anonymous()) {
                    throw failure.exception(result, place.name(), describe(place, options));
                }
                pause(Math.min(pauseMs, leftNs / 1_000_000 + 1), place);
            }
        }

        @Override
        public Segment wrap(long handle, Lifeline lifeline, Runnable closeParts, Runnable shut) {
            return new Segment(handle, lifeline, closeParts, shut);
        }

        @Override
        public Optional<Participant> participant(Predicate<long[]> call) {
            long[] values = new long[Participant.VALUES];
            return call.test(values) ? Optional.of(Participant.of(values, 0)) : Optional.empty();
        }

        @Override
        public Object part(Segment segment, String name, Opener opener) throws IOException {
            synchronized (segment) {
                segment.ensureOpen();
                Part part = segment.parts.get(name);
                if (part == null) {
                    part = opener.open(segment.handle, segment.lifeline);
                    segment.parts.put(name, part);
                }
                return part.object();
            }
        }

        @Override
        public long use(Segment segment, LongUnaryOperator call) {
            synchronized (segment) {
                segment.ensureOpen();
                return call.applyAsLong(segment.handle);
            }
        }

        private static void pause(long ms, Place place) throws IOException {
            try {
                Thread.sleep(ms);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                InterruptedIOException thrown =
                        new InterruptedIOException(place.name() + ": interrupted while waiting for its creation");
                thrown.initCause(e);
                throw thrown;
            }
        }

        private static String describe(Place place, SegmentOptions options) {
            if (place.name() == null) {
                return "/proc/" + (place.pid() == 0 ? "thread-self" : place.pid()) + "/fd/" + place.fd();
            }
            return place.anonymous() ? place.name() : SegmentNative.pathOf(options.directory(), place.name());
        }
    }
}
