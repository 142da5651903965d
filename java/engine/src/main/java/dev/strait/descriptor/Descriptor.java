package dev.strait.descriptor;

import dev.strait.Outcome;
import dev.strait.internal.BufferParts;
import dev.strait.internal.Failure;
import dev.strait.internal.Lifeline;
import dev.strait.internal.WatchAccess;
import dev.strait.wait.Watchable;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Duration;

/**
 * A descriptor of this process, and the object that owns it: an end of a pipe, a socket, an event. Its subclasses say what
 * can be done with it; all of them can be closed, waited for in a {@link dev.strait.wait.WaitSet}, given to a child process
 * and sent to another process.
 *
 * <p><b>Ownership.</b> Whoever closes this closes the descriptor; if nobody does, it is closed when this is unreachable. It is
 * close-on-exec. Its description is non-blocking (O_NONBLOCK of fcntl(2)): calls try at once, and only when there is nothing
 * to be had do they poll(2).
 *
 * <p><b>Waiting.</b> A call that moves bytes or messages ends as those of the JDK's channels do: closing this by another
 * thread ends it with {@link AsynchronousCloseException}, an interrupt closes this and ends it with
 * {@link java.nio.channels.ClosedByInterruptException}. Other calls that wait throw {@link InterruptedException} and leave
 * this open. A {@linkplain #setTimeout timeout} ends both with {@link dev.strait.ErrnoException} ETIMEDOUT. Virtual threads
 * park meanwhile. When this is {@linkplain #configureBlocking not blocking}, nothing waits.
 *
 * <p><b>Closing.</b> Calls on a closed one throw {@link ClosedChannelException}, and never reach a descriptor that got the
 * number since: the number is free when the last call has left.
 *
 * <p>All methods may be called by any thread.
 */
public abstract class Descriptor extends AbstractInterruptibleChannel {
    /** Bits of poll(2): something can be read. */
    protected static final int POLLIN = 1;

    /** Bits of poll(2): something can be written. */
    protected static final int POLLOUT = 4;

    /** What {@link #perform} answers when this is not blocking and the kernel says EAGAIN. */
    protected static final long UNAVAILABLE = Long.MIN_VALUE;

    private final Owned owned;
    private final String kind;
    private volatile boolean blocking = true;
    private volatile long timeoutNs = Owned.FOREVER;

    /** A system call on a descriptor, or several. */
    @FunctionalInterface
    public interface Call {
        /**
         * Makes it.
         *
         * @param fd the descriptor, which stays open meanwhile
         * @return 0 or a positive number, or a negated errno
         */
        long run(int fd);
    }

    /** A system call that moves bytes from one descriptor to another. */
    @FunctionalInterface
    public interface TransferCall {
        /**
         * Makes it.
         *
         * @param from the one, which stays open meanwhile
         * @param to the other, which does so too
         * @return 0 or a positive number, or a negated errno
         */
        long run(int from, int to);
    }

    /** What a descriptor leaves elsewhere, which goes with it: the path of a socket. */
    @FunctionalInterface
    public interface Companion {
        /**
         * Called once, at the beginning of the close.
         *
         * @param released that the descriptor lives on, with another owner
         */
        void gone(boolean released);
    }

    /**
     * Takes a descriptor over, which is close-on-exec and non-blocking.
     *
     * @param fd its number, which is this object's to close from now on
     * @param kind what messages call it
     */
    protected Descriptor(int fd, String kind) {
        this(fd, kind, released -> {});
    }

    /**
     * The same for one that leaves something elsewhere.
     *
     * @param fd its number, which is this object's to close from now on
     * @param kind what messages call it
     * @param companion told when this is closed, or unreachable; it must not lead to this object
     */
    protected Descriptor(int fd, String kind, Companion companion) {
        if (fd < 0) {
            throw new IllegalArgumentException("fd " + fd + ": a descriptor is 0 or more");
        }
        this.owned = new Owned(fd, companion);
        this.kind = kind;
        Owned kept = owned; // the lifeline must not hold this
        new Lifeline(fd, number -> kept.close()).holdFor(this);
    }

    /**
     * Makes a descriptor that comes from elsewhere close-on-exec and non-blocking. Who shares its description, a shell for
     * instance, finds it non-blocking too.
     *
     * @param fd its number
     * @return the number
     * @throws dev.strait.ErrnoException EBADF when there is none
     */
    protected static int prepare(int fd) throws IOException {
        int result = DescriptorNative.setCloseOnExec(fd, true);
        if (result == 0) {
            result = DescriptorNative.setBlocking(fd, false);
        }
        if (result < 0) {
            throw Failure.errno(result, "fcntl", "fd " + fd);
        }
        return fd;
    }

    /**
     * The number of the descriptor, in this process.
     *
     * @return 0 or more; not to be closed, and good for as long as this is open
     * @throws IllegalStateException if this is closed
     */
    public final int fd() {
        if (owned.usage.isClosed()) {
            throw new IllegalStateException(this + ": is closed");
        }
        return owned.fd;
    }

    /**
     * Makes a call with the descriptor's number, which stays this one's until the call is over, whoever closes this.
     *
     * @param call which does not wait: closing would not end it
     * @return what it returned
     * @throws ClosedChannelException if this is closed
     */
    public final long lend(Call call) throws ClosedChannelException {
        try {
            if (!owned.usage.enter()) {
                throw new ClosedChannelException();
            }
            try {
                return call.run(owned.fd);
            } finally {
                owned.usage.leave();
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Begins a call that does not wait, as {@link #lend} makes one, but without an object for it: what must make no garbage,
     * whatever the compiler makes of that. Who has come back from here ends it with {@link #leave}.
     *
     * @return the descriptor, which stays open meanwhile
     * @throws ClosedChannelException if this is closed
     */
    protected final int enter() throws ClosedChannelException {
        if (!owned.usage.enter()) {
            throw new ClosedChannelException();
        }
        return owned.fd;
    }

    /** Ends a call that {@link #enter} has begun. */
    protected final void leave() {
        owned.usage.leave();
    }

    /**
     * Gives the descriptor up without closing it: this is closed then, and the number is the caller's. Calls that are under way
     * end as with a close.
     *
     * @return the number
     * @throws ClosedChannelException if this is closed already
     */
    public final int release() throws IOException {
        if (!owned.release()) {
            throw new ClosedChannelException();
        }
        close();
        return owned.fd;
    }

    /**
     * Whether calls wait.
     *
     * @return true at first
     */
    public final boolean isBlocking() {
        return blocking;
    }

    /**
     * Whether calls wait for what they cannot have at once. Those that do not answer 0, or what their documentation says, where
     * the kernel says EAGAIN. This object's affair: the description is non-blocking anyway.
     *
     * @param block whether they do from now on
     */
    public final void configureBlocking(boolean block) {
        blocking = block;
    }

    /**
     * For how long a call waits at most.
     *
     * @return {@link Duration#ZERO} when there is no limit, as at first
     */
    public final Duration timeout() {
        return timeoutNs == Owned.FOREVER ? Duration.ZERO : Duration.ofNanos(timeoutNs);
    }

    /**
     * For how long a call waits at most before it fails with ETIMEDOUT. What it has moved until then stands in its buffer's
     * position.
     *
     * @param timeout {@link Duration#ZERO} for no limit
     * @throws IllegalArgumentException if it is negative
     */
    public final void setTimeout(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout " + timeout + ": must be positive, or 0 for none");
        }
        timeoutNs = timeout.isZero() ? Owned.FOREVER : saturated(timeout);
    }

    private static long saturated(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) { // 292 years
            return duration.isNegative() ? 0 : Owned.FOREVER;
        }
    }

    /**
     * For a wait set: READY when there is something to be read, an error, or a hang-up. To be cancelled there before this is
     * closed.
     *
     * @return what can be watched
     */
    public final Watchable whenReadable() {
        return WatchAccess.get().descriptor(this, owned.usage, owned.fd, POLLIN);
    }

    /**
     * For a wait set: READY when there is room to be written to, or an error. To be cancelled there before this is closed.
     *
     * @return what can be watched
     */
    public final Watchable whenWritable() {
        return WatchAccess.get().descriptor(this, owned.usage, owned.fd, POLLOUT);
    }

    /**
     * For messages.
     *
     * @return {@code PipeReader[fd 5]}
     */
    @Override
    public String toString() {
        return kind + "[fd " + owned.fd + "]";
    }

    @Override
    protected final void implCloseChannel() {
        owned.close();
    }

    // ---- Calls
    // ---------------------------------------------------------------------------------------------------------

    /**
     * Makes a call that moves bytes or messages, and waits for as long as it answers EAGAIN.
     *
     * @param operation what it is, for messages
     * @param events of poll(2) to wait for
     * @param call the call
     * @return what it answered, 0 or more; {@link #UNAVAILABLE}
     * @throws ClosedChannelException if this is closed, or one of its subclasses as the class says
     * @throws dev.strait.ErrnoException if the call failed; ETIMEDOUT; EMFILE, ENFILE when it has to wait and there is no room
     *     for a descriptor to be woken by
     */
    protected final long perform(String operation, int events, Call call) throws IOException {
        try {
            return settled(operation, events, attempt(call), call);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** What a call answers in the end that has answered this at once. */
    private long settled(String operation, int events, long result, Call call) throws IOException {
        return checked(operation, result == -Owned.EAGAIN && blocking ? await(call, events, null, 0) : result);
    }

    /**
     * The same for a call that may also have to wait for another descriptor, which stays open meanwhile.
     *
     * @param operation what it is, for messages
     * @param events of poll(2) to wait for
     * @param other then waited for, too
     * @param otherEvents of poll(2) to wait for there
     * @param call the call
     * @return what it answered, 0 or more; {@link #UNAVAILABLE}
     * @throws ClosedChannelException if one is closed, or one of its subclasses as the class says
     * @throws dev.strait.ErrnoException if the call failed
     */
    protected final long perform(String operation, int events, Descriptor other, int otherEvents, Call call)
            throws IOException {
        return performBoth(operation, events, other, otherEvents, null, call);
    }

    /** Messages name also the last one, which may be null. */
    private long performBoth(
            String operation, int events, Descriptor other, int otherEvents, Descriptor named, Call call)
            throws IOException {
        try {
            if (!other.owned.usage.enter()) {
                throw new ClosedChannelException();
            }
            try {
                long result = attempt(call);
                if (result == -Owned.EAGAIN && blocking) {
                    result = await(call, events, other.owned, otherEvents);
                }
                return checked(operation, named, result);
            } finally {
                other.owned.usage.leave();
            }
        } finally {
            Reference.reachabilityFence(this);
            Reference.reachabilityFence(other);
        }
    }

    /**
     * The same for a call that an interrupt ends while this stays open.
     *
     * @param operation what it is, for messages
     * @param events of poll(2) to wait for
     * @param call the call
     * @return what it answered, 0 or more; {@link #UNAVAILABLE}
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws ClosedChannelException if this is closed, or {@link AsynchronousCloseException} meanwhile
     * @throws dev.strait.ErrnoException if the call failed
     */
    protected final long performInterruptibly(String operation, int events, Call call)
            throws IOException, InterruptedException {
        return checked(operation, attemptAndAwait(events, timeoutNs, call));
    }

    /**
     * The same, with a time of the call's own instead of the {@linkplain #setTimeout timeout}.
     *
     * @param operation what it is, for messages
     * @param events of poll(2) to wait for
     * @param time for how long it waits at most; 0 or less does not wait
     * @param call the call
     * @return what it answered, 0 or more; {@link #UNAVAILABLE} also when the time has passed
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws ClosedChannelException as {@link #performInterruptibly(String, int, Call)}
     * @throws dev.strait.ErrnoException if the call failed
     */
    protected final long performInterruptibly(String operation, int events, Duration time, Call call)
            throws IOException, InterruptedException {
        long result = attemptAndAwait(events, saturated(time), call);
        return result == Outcome.TIMED_OUT ? UNAVAILABLE : checked(operation, result);
    }

    private long attemptAndAwait(int events, long limitNs, Call call) throws IOException, InterruptedException {
        try {
            long result = owned.attempt(call);
            if (result != -Owned.EAGAIN || !blocking) {
                return result;
            }
            result = owned.await(call, events, null, 0, limitNs, true);
            if (result == -Owned.EINTR && Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (result == Outcome.CLOSED) {
                throw new AsynchronousCloseException();
            }
            return result;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Makes a call that moves bytes from one descriptor to another, and waits for as long as it answers EAGAIN. It is as if
     * {@code from} did it: its blocking mode and timeout count, and an interrupt closes it.
     *
     * @param operation what it is, for messages
     * @param from where POLLIN is waited for
     * @param to where POLLOUT is waited for
     * @param count bytes that are wanted at most
     * @param call the call
     * @return bytes; 0 when this is not blocking and none could be moved; -1 at the end
     * @throws IllegalArgumentException if the count is negative
     * @throws ClosedChannelException if one is closed, or a subclass of it as the class says
     * @throws dev.strait.ErrnoException if the call failed
     */
    protected static long transfer(String operation, Descriptor from, Descriptor to, long count, TransferCall call)
            throws IOException {
        if (count < 0) {
            throw new IllegalArgumentException("count " + count + ": must be 0 or more");
        }
        long moved = from.performBoth(operation, POLLIN, to, POLLOUT, to, fd -> call.run(fd, to.owned.fd));
        return count == 0 ? 0 : endOrBytes(moved);
    }

    /** What the call answers at once; -EAGAIN also when an interrupted thread is to find this out by the other way. */
    private long attempt(Call call) {
        return isToTry() ? owned.attempt(call) : -Owned.EAGAIN;
    }

    private boolean isToTry() {
        return !Thread.currentThread().isInterrupted() || !blocking;
    }

    private long await(Call call, int events, Owned other, int otherEvents) throws IOException {
        long result = Outcome.CLOSED;
        begin();
        try {
            result = owned.await(call, events, other, otherEvents, timeoutNs, false);
        } finally {
            end(result != Outcome.CLOSED);
        }
        if (result == Outcome.CLOSED) { // the other one
            throw new AsynchronousCloseException();
        }
        return result;
    }

    private long checked(String operation, long result) throws IOException {
        return checked(operation, null, result);
    }

    /** The other one may be null. */
    private long checked(String operation, Descriptor other, long result) throws IOException {
        if (result >= 0) {
            return result;
        }
        if (result == -Owned.EAGAIN && !blocking) {
            return UNAVAILABLE;
        }
        if (result == Outcome.CLOSED) {
            throw new ClosedChannelException();
        }
        String object = other == null ? toString() : this + " to " + other;
        throw Failure.errno(result == Outcome.TIMED_OUT ? -Owned.ETIMEDOUT : result, operation, object);
    }

    // ---- Bytes
    // ---------------------------------------------------------------------------------------------------------

    /**
     * read(2), as {@link java.nio.channels.ReadableByteChannel#read}.
     *
     * @param target where to
     * @return bytes; -1 at the end; 0 when there is no room, or nothing and this is not blocking
     * @throws IOException as {@link #perform}
     */
    protected final int readBytes(ByteBuffer target) throws IOException {
        BufferParts.checkWritable(target);
        if (!target.hasRemaining()) {
            return nothing();
        }
        try {
            long read = isToTry() ? owned.read(target) : -Owned.EAGAIN;
            if (read < 0) {
                read = settled("read", POLLIN, read, fd -> Bytes.read(fd, target));
            }
            return (int) endOrBytes(read);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * readv(2), as {@link java.nio.channels.ScatteringByteChannel#read(ByteBuffer[], int, int)}.
     *
     * @param targets where to
     * @param offset the first of them
     * @param length how many of them
     * @return as {@link #readBytes(ByteBuffer)}
     * @throws IOException as {@link #perform}
     */
    protected final long readBytes(ByteBuffer[] targets, int offset, int length) throws IOException {
        BufferParts parts = BufferParts.toFill(targets, offset, length);
        if (parts.isEmpty()) {
            return nothing();
        }
        return endOrBytes(perform("readv", POLLIN, fd -> Bytes.readv(fd, parts)));
    }

    /**
     * write(2), as {@link java.nio.channels.WritableByteChannel#write}: all of it when this is blocking.
     *
     * @param source where from
     * @return bytes; 0 also when there is no room and this is not blocking
     * @throws IOException as {@link #perform}
     */
    protected final int writeBytes(ByteBuffer source) throws IOException {
        if (!source.hasRemaining()) {
            return nothing();
        }
        try {
            int start = source.position();
            long written;
            do {
                written = isToTry() ? owned.write(source) : -Owned.EAGAIN;
                if (written < 0) {
                    written = settled("write", POLLOUT, written, fd -> Bytes.write(fd, source));
                }
            } while (written != UNAVAILABLE && blocking && source.hasRemaining());
            return source.position() - start;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * writev(2), as {@link java.nio.channels.GatheringByteChannel#write(ByteBuffer[], int, int)}: all of it when this is
     * blocking.
     *
     * @param sources where from
     * @param offset the first of them
     * @param length how many of them
     * @return as {@link #writeBytes(ByteBuffer)}
     * @throws IOException as {@link #perform}
     */
    protected final long writeBytes(ByteBuffer[] sources, int offset, int length) throws IOException {
        long total = nothing();
        BufferParts parts = BufferParts.toDrain(sources, offset, length);
        while (!parts.isEmpty()) {
            BufferParts now = parts;
            long written = perform("writev", POLLOUT, fd -> Bytes.writev(fd, now));
            total += written == UNAVAILABLE ? 0 : written;
            if (written == UNAVAILABLE || !blocking) {
                break;
            }
            parts = BufferParts.toDrain(sources, offset, length);
        }
        return total;
    }

    /**
     * What a channel answers that has read, or been read from.
     *
     * @param read what {@link #perform} answered
     * @return bytes; 0 for {@link #UNAVAILABLE}; -1 for 0, which is the end
     */
    protected static long endOrBytes(long read) {
        if (read == UNAVAILABLE) {
            return 0;
        }
        return read == 0 ? -1 : read;
    }

    /**
     * Refuses what is no place in a file.
     *
     * @param offset bytes from its beginning
     * @return it
     * @throws IllegalArgumentException if it is negative
     */
    protected static long checkedOffset(long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + ": must be 0 or more");
        }
        return offset;
    }

    private int nothing() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        return 0;
    }
}
