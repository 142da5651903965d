package dev.strait.pipe;

import dev.strait.Outcome;
import dev.strait.internal.Failure;
import dev.strait.internal.KernelWaits;
import dev.strait.internal.Lifeline;
import dev.strait.internal.NativePath;
import dev.strait.internal.Waiting;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A pipe with a name in the file system, where programs that know nothing of each other meet: see fifo(7). This object stands
 * for the name; what it opens are ends as of any pipe.
 *
 * <pre>{@code
 * try (Fifo fifo = Fifo.create(Path.of("/run/orders"), 0620);
 *         PipeReader orders = fifo.openReader()) { // now try: echo 17 > /run/orders
 *     orders.read(buffer);
 * }
 * }</pre>
 *
 * <p><b>Meeting.</b> {@link #openReader()} waits until somebody opens it for writing, {@link #openWriter()} until somebody
 * opens it for reading; either sees the other though it may be gone again at once. The {@code ...Now} do not wait.
 *
 * <p><b>What lives how long.</b> The name lives until it is unlinked, also when all who used it are gone. Bytes that are unread
 * when the last end is closed are lost. Ends that are open outlive the name. After the end, a reader gets bytes again when
 * somebody opens the FIFO for writing; to wait for that without polling, close it and open it anew, or hold a writer open
 * oneself, as {@link #openBoth} does, so that there is no end.
 *
 * <p><b>Waits</b> of this object's threads end when it is closed, by {@link AsynchronousCloseException}; when they are
 * interrupted, by {@link InterruptedException}, and this stays open; and after a time. A virtual thread parks while a thread
 * that is made for it waits.
 *
 * <p>Where both sides can use this engine, {@link dev.strait.ring.Ring#openOrCreate} is such a meeting in shared memory: it
 * keeps bounds of messages, what is unread, and tells a death apart from an end.
 *
 * <p>All methods may be called by any thread.
 */
public final class Fifo implements AutoCloseable {
    private static final int OWNER_ONLY = 0600;
    private static final int MODE_MAX = 0777;
    private static final int EINVAL = 22;
    private static final int ETIMEDOUT = 110;

    private final Path path;
    private final byte[] bytes;
    private final KernelWaits waits = new KernelWaits();

    private Fifo(Path path) {
        this.path = path;
        this.bytes = NativePath.bytes(path);
        KernelWaits kept = waits; // the lifeline must not hold this
        new Lifeline(0, none -> kept.close()).holdFor(this);
    }

    /**
     * A name that exists, or will when it is used: nothing is looked at yet.
     *
     * @param path of a FIFO, whoever made it: mkfifo(1), mknod(1)
     * @return what stands for it
     */
    public static Fifo at(Path path) {
        return new Fifo(path);
    }

    /**
     * Creates a FIFO for this user alone, mode 0600.
     *
     * @param path which must not exist
     * @return what stands for it
     * @throws dev.strait.ErrnoException as {@link #create(Path, int)}
     * @throws IOException that
     */
    public static Fifo create(Path path) throws IOException {
        return create(path, OWNER_ONLY);
    }

    /**
     * Creates a FIFO, mkfifo(3), which is mknod(2) with S_IFIFO.
     *
     * @param path which must not exist
     * @param mode permissions, 0 to 0777; without those that this process's umask(2) has
     * @return what stands for it
     * @throws IllegalArgumentException if the mode is none
     * @throws dev.strait.ErrnoException EEXIST, also for a link that leads nowhere; ENOENT without its directory; ENOTDIR;
     *     ENAMETOOLONG beyond 255 bytes to a name or 4,095 to the path; EACCES; EROFS; ENOSPC, EDQUOT; ELOOP; EPERM where
     *     the file system has no FIFOs
     * @throws IOException that
     */
    public static Fifo create(Path path, int mode) throws IOException {
        return create(path, mode, false);
    }

    /**
     * Creates a FIFO with exactly this mode, whatever the umask, which is the whole process's and is left alone. It is there
     * with what the umask leaves for a moment, and then gets the rest, chmod(2).
     *
     * @param path as {@link #create(Path, int)}
     * @param mode permissions, 0 to 0777
     * @return what stands for it
     * @throws IllegalArgumentException if the mode is none
     * @throws dev.strait.ErrnoException as {@link #create(Path, int)}; ENOENT also without /proc. Nothing is left then
     * @throws IOException that
     */
    public static Fifo createExactly(Path path, int mode) throws IOException {
        return create(path, mode, true);
    }

    private static Fifo create(Path path, int mode, boolean isExact) throws IOException {
        if (mode < 0 || mode > MODE_MAX) {
            throw new IllegalArgumentException("mode 0" + Integer.toOctalString(mode) + ": must be 0 to 0777");
        }
        Fifo fifo = new Fifo(path);
        int result = FifoNative.create(fifo.bytes, mode, isExact);
        if (result < 0) {
            throw Failure.errno(result, "mkfifo", path.toString());
        }
        return fifo;
    }

    /**
     * The name.
     *
     * @return as it was given
     */
    public Path path() {
        return path;
    }

    // ---- Opening -----------------------------------------------------------------------------------------------

    /**
     * Opens it for reading, and waits until it is open for writing: open(2) with O_RDONLY.
     *
     * @return the end
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws dev.strait.ErrnoException ENOENT; EACCES; EINVAL when it is no FIFO; ELOOP, ENOTDIR, ENAMETOOLONG; EMFILE,
     *     ENFILE; EBUSY when the process has handlers for all real-time signals, of which the engine needs one
     * @throws IOException that; {@link AsynchronousCloseException} when this is closed meanwhile, or
     *     {@link ClosedChannelException} before
     */
    public PipeReader openReader() throws IOException, InterruptedException {
        return new PipeReader(open(PipeEnd.O_RDONLY, Long.MAX_VALUE));
    }

    /**
     * The same for some time at most.
     *
     * @param timeout more than 0
     * @return the end
     * @throws IllegalArgumentException if the timeout is not positive
     * @throws InterruptedException as {@link #openReader()}
     * @throws dev.strait.ErrnoException ETIMEDOUT when the time has passed; EAGAIN when the kernel has no room for a timer
     *     (RLIMIT_SIGPENDING); and as {@link #openReader()}
     * @throws IOException as {@link #openReader()}
     */
    public PipeReader openReader(Duration timeout) throws IOException, InterruptedException {
        return new PipeReader(open(PipeEnd.O_RDONLY, nanoseconds(timeout)));
    }

    /**
     * Opens it for reading at once, whether or not there is a writer: open(2) with O_RDONLY and O_NONBLOCK. As long as there
     * has been none, reading answers -1.
     *
     * @return the end, which is blocking
     * @throws dev.strait.ErrnoException as {@link #openReader()}
     * @throws IOException that, or when this is closed
     */
    public PipeReader openReaderNow() throws IOException {
        return new PipeReader(openNow(PipeEnd.O_RDONLY));
    }

    /**
     * Opens it for writing, and waits until it is open for reading: open(2) with O_WRONLY.
     *
     * @return the end
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws dev.strait.ErrnoException as {@link #openReader()}
     * @throws IOException as {@link #openReader()}
     */
    public PipeWriter openWriter() throws IOException, InterruptedException {
        return new PipeWriter(open(PipeEnd.O_WRONLY, Long.MAX_VALUE));
    }

    /**
     * The same for some time at most.
     *
     * @param timeout more than 0
     * @return the end
     * @throws IllegalArgumentException if the timeout is not positive
     * @throws InterruptedException as {@link #openReader()}
     * @throws dev.strait.ErrnoException as {@link #openReader(Duration)}
     * @throws IOException as {@link #openReader()}
     */
    public PipeWriter openWriter(Duration timeout) throws IOException, InterruptedException {
        return new PipeWriter(open(PipeEnd.O_WRONLY, nanoseconds(timeout)));
    }

    /**
     * Opens it for writing if it is open for reading: open(2) with O_WRONLY and O_NONBLOCK.
     *
     * @return the end, which is blocking
     * @throws dev.strait.ErrnoException ENXIO when nobody has it open for reading; and as {@link #openReader()}
     * @throws IOException that, or when this is closed
     */
    public PipeWriter openWriterNow() throws IOException {
        return new PipeWriter(openNow(PipeEnd.O_WRONLY));
    }

    /**
     * Opens it for both, which never waits: open(2) with O_RDWR. Both ends are of one description, which counts as a reader
     * and as a writer until both are closed: until then a read does not come to an end, and a write finds a reader.
     *
     * @return both ends
     * @throws dev.strait.ErrnoException as {@link #openReader()}
     * @throws IOException that, or when this is closed
     */
    public Pipe openBoth() throws IOException {
        PipeReader reader = new PipeReader(openNow(PipeEnd.O_RDWR));
        try {
            return new Pipe(reader, new PipeWriter(reader.ask("fcntl(F_DUPFD_CLOEXEC)", PipeNative::duplicate)));
        } catch (IOException e) {
            reader.close();
            throw e;
        }
    }

    private int open(int access, long timeoutNs) throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        checkOpen();
        try {
            long result = waits.await(kick -> FifoNative.open(bytes, access, kick), timeoutNs);
            if (result == -Waiting.EINTR && Thread.interrupted()) {
                throw new InterruptedException();
            }
            return checked(result, access);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private int openNow(int access) throws IOException {
        checkOpen();
        try {
            return checked(waits.call(none -> FifoNative.open(bytes, access, none)), access);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private void checkOpen() throws ClosedChannelException {
        if (waits.isClosed()) {
            throw new ClosedChannelException();
        }
    }

    private int checked(long result, int access) throws IOException {
        if (result >= 0) {
            return (int) result;
        } else if (result == Outcome.CLOSED) {
            throw new AsynchronousCloseException();
        } else if (result == Outcome.TIMED_OUT) {
            String missing = access == PipeEnd.O_RDONLY ? "writer" : "reader";
            throw Failure.errno(-ETIMEDOUT, "open", path + ", which has no " + missing);
        } else if (result == -EINVAL) {
            throw Failure.errno(result, "open", path + ", which is no FIFO");
        }
        throw Failure.errno(result, "open", path.toString());
    }

    private static long nanoseconds(Duration timeout) {
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("timeout " + timeout + ": must be more than 0");
        }
        try {
            return timeout.toNanos();
        } catch (ArithmeticException e) { // 292 years
            return Long.MAX_VALUE;
        }
    }

    // ---- The name ----------------------------------------------------------------------------------------------

    /**
     * Removes the name, unlink(2). Ends that are open stay so, and who waits to open it waits on.
     *
     * @throws dev.strait.ErrnoException ENOENT; EACCES, EPERM; EROFS; EISDIR for a directory
     * @throws IOException that, or when this is closed
     */
    public void unlink() throws IOException {
        checkOpen();
        int result = FifoNative.unlink(bytes);
        if (result < 0) {
            throw Failure.errno(result, "unlink", path.toString());
        }
    }

    /** Ends the opens that wait. The name, and the ends that were opened, stay. */
    @Override
    public void close() {
        waits.close();
    }

    /**
     * For messages.
     *
     * @return {@code Fifo[/run/orders]}
     */
    @Override
    public String toString() {
        return "Fifo[" + path + "]";
    }
}
