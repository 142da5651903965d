package dev.strait.posix;

import dev.strait.descriptor.Descriptor;
import dev.strait.internal.Failure;
import dev.strait.internal.VirtualThreads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A POSIX message queue, see mq_overview(7): messages with a priority, between any processes that know its name. A C program
 * uses the same queue with mq_open(3), mq_send(3) and mq_receive(3).
 *
 * <pre>{@code
 * try (PosixQueue orders = PosixQueue.openOrCreate("/orders", PosixQueueOptions.defaults())) {
 *     orders.send(ByteBuffer.wrap(new byte[] {1, 2, 3}), 5);
 * }
 * }</pre>
 *
 * <p><b>When to use something else.</b> Each message is copied twice and costs two system calls. Between programs that both
 * have Strait, a {@link dev.strait.ring.Ring} is some ten times faster, tells of a peer's death, and holds what one configures.
 * A queue outlives its processes, needs no reader to be written to, and sorts by priority.
 *
 * <p><b>Guarantees.</b> The highest priority comes first, and within one priority the oldest message. A call that fails leaves
 * the queue and the buffer as they were; a message that was taken is returned, whoever interrupts or closes meanwhile.
 *
 * <p><b>Waiting</b> is as {@link Descriptor} says, and an interrupt leaves this open: {@link InterruptedException}. What waits
 * here polls. To the kernel it is no receiver: when a message comes, a process that waits in mq_receive(3) gets it first, and
 * one that is registered with mq_notify(3) is told of it.
 *
 * <p><b>Descriptor.</b> This is a descriptor, so that it can be {@linkplain #whenReadable waited for} beside others and sent to
 * another process. It is close-on-exec, and its description is non-blocking, also for who shares that.
 *
 * <p>All methods may be called by any thread.
 */
public final class PosixQueue extends Descriptor {
    /** The highest priority of a message. */
    public static final int PRIORITY_MAX = 32_767;

    private static final int EAGAIN = 11;
    private static final int EINVAL = 22;
    private static final int ETIMEDOUT = 110;
    private static final int ENOENT = 2;
    private static final Path PARAMETERS = Path.of("/proc/sys/fs/mqueue");

    /** How long a wait with a deadline sleeps before it looks at the clock. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final String name;

    /**
     * What mq_getattr(3) says.
     *
     * @param maxMessages how many messages it holds at most
     * @param messageBytes how long one is at most, in bytes
     * @param currentMessages how many it holds now
     */
    public record Attributes(long maxMessages, long messageBytes, long currentMessages) {}

    /**
     * What {@code /proc/sys/fs/mqueue} and getrlimit(2) say: the limits of this IPC namespace, and of this process.
     *
     * @param queues how many queues there can be
     * @param maxMessages the most that a new queue may hold without CAP_SYS_RESOURCE
     * @param messageBytes the longest messages that a new queue may have without CAP_SYS_RESOURCE
     * @param defaultMaxMessages what a new queue holds that does not say
     * @param defaultMessageBytes the longest message of a new queue that does not say
     * @param userBytes RLIMIT_MSGQUEUE: what all queues of a user may take; {@link Long#MAX_VALUE} for no limit
     */
    public record Limits(
            long queues,
            long maxMessages,
            long messageBytes,
            long defaultMaxMessages,
            long defaultMessageBytes,
            long userBytes) {}

    private PosixQueue(int fd, String name) {
        super(fd, "PosixQueue");
        this.name = name;
    }

    // ---- Opening -----------------------------------------------------------------------------------------------

    /**
     * Creates a queue, mq_open(3) with O_CREAT and O_EXCL.
     *
     * @param name {@code /} and 1 to 255 bytes without another one
     * @param options its size and permissions, and how it is used
     * @return the queue
     * @throws dev.strait.ErrnoException EEXIST when there is one; EINVAL when the name has no slash before it, or the size is 0
     *     or beyond the limits; EACCES when the name has another slash; ENAMETOOLONG; ENOSPC when there are as many queues as
     *     can be; EMFILE when this user's queues would take more than RLIMIT_MSGQUEUE, or this process has no descriptor
     *     left; ENFILE, ENOMEM; ENOSYS when the kernel has no queues
     */
    public static PosixQueue create(String name, PosixQueueOptions options) throws IOException {
        return open(name, options, Flags.CREATE | Flags.EXCLUSIVE);
    }

    /**
     * Opens a queue, mq_open(3).
     *
     * @param name as for {@link #create}
     * @param options how it is used
     * @return the queue
     * @throws dev.strait.ErrnoException ENOENT when there is none; EACCES when its permissions say so, or the name has another
     *     slash; EINVAL, ENAMETOOLONG, EMFILE, ENFILE, ENOMEM, ENOSYS as {@link #create}
     */
    public static PosixQueue open(String name, PosixQueueOptions options) throws IOException {
        return open(name, options, 0);
    }

    /**
     * Opens a queue, and creates it first when it does not exist, mq_open(3) with O_CREAT.
     *
     * @param name as for {@link #create}
     * @param options for both; an existing queue keeps its size and permissions
     * @return the queue
     * @throws dev.strait.ErrnoException as {@link #create} and {@link #open}, but for EEXIST and ENOENT
     */
    public static PosixQueue openOrCreate(String name, PosixQueueOptions options) throws IOException {
        return open(name, options, Flags.CREATE);
    }

    private static PosixQueue open(String name, PosixQueueOptions options, int flags) throws IOException {
        int fd = PosixQueueNative.open(
                Objects.requireNonNull(name, "name"),
                options.access() | flags,
                options.mode(),
                options.maxMessages(),
                options.messageBytes());
        if (fd < 0) {
            throw Failure.errno(fd, "mq_open", name);
        }
        PosixQueue queue = new PosixQueue(fd, name);
        queue.configureBlocking(options.isBlocking());
        return queue;
    }

    /**
     * Takes over a descriptor that was inherited, or came from another process. Who shares its description finds it
     * non-blocking.
     *
     * @param fd a queue's descriptor, which is this object's to close from now on
     * @return the queue, whose name nobody knows
     * @throws dev.strait.ErrnoException EBADF when it is none
     */
    public static PosixQueue adopt(int fd) throws IOException {
        int result = PosixQueueNative.attributes(fd, new long[3]);
        if (result < 0) {
            throw Failure.errno(result, "mq_getattr", "fd " + fd);
        }
        return new PosixQueue(prepare(fd), null);
    }

    /**
     * Removes a name, mq_unlink(3). Those who have the queue open go on with it, and it is gone when the last of them has closed
     * it; who creates the name anew has another queue.
     *
     * @param name the queue's
     * @throws dev.strait.ErrnoException ENOENT when there is none; EACCES or EPERM when it is another user's; EINVAL,
     *     ENAMETOOLONG as for {@link #create}
     */
    public static void unlink(String name) throws IOException {
        int result = PosixQueueNative.unlink(Objects.requireNonNull(name, "name"));
        if (result < 0) {
            throw Failure.errno(result, "mq_unlink", name);
        }
    }

    // ---- Sending and receiving ---------------------------------------------------------------------------------

    /**
     * Sends a message, mq_send(3), and waits while the queue is full.
     *
     * @param source the message: what remains in the buffer, direct or not, 0 bytes or more
     * @param priority 0 to {@link #PRIORITY_MAX}
     * @throws dev.strait.ErrnoException EMSGSIZE when the message is longer than the queue's are; EINVAL when the priority is
     *     none; EBADF when this is for receiving only; EAGAIN when the queue is full and this is not
     *     {@linkplain #isBlocking blocking}; ETIMEDOUT when it was full for {@link #timeout}
     * @throws ClosedChannelException if this is closed, or meanwhile by another thread
     * @throws InterruptedException if the thread is interrupted before or while it waits; then nothing was sent
     */
    public void send(ByteBuffer source, int priority) throws IOException, InterruptedException {
        checkInterrupt();
        if (!trySend(source, priority)) {
            await("mq_send", POLLOUT, fd -> Messages.send(fd, source, priority));
        }
    }

    /**
     * Sends a message, mq_timedsend(3): as {@link #send(ByteBuffer, int)}, until a point in time.
     *
     * @param source the message
     * @param priority 0 to {@link #PRIORITY_MAX}
     * @param deadline of CLOCK_REALTIME; it does not matter where the message can be sent at once. It takes the place of
     *     {@link #timeout}. When somebody sets the clock, the wait follows it within a second
     * @throws dev.strait.ErrnoException as {@link #send(ByteBuffer, int)}; ETIMEDOUT when the deadline has passed; EINVAL also
     *     when the call would have to wait and the deadline is before 1970
     * @throws ClosedChannelException if this is closed, or meanwhile by another thread
     * @throws InterruptedException if the thread is interrupted before or while it waits; then nothing was sent
     */
    public void send(ByteBuffer source, int priority, Instant deadline) throws IOException, InterruptedException {
        checkInterrupt();
        Objects.requireNonNull(deadline, "deadline");
        if (!trySend(source, priority)) {
            awaitUntil("mq_timedsend", POLLOUT, fd -> Messages.send(fd, source, priority), deadline);
        }
    }

    /**
     * Sends a message if that can be done at once.
     *
     * @param source the message
     * @param priority 0 to {@link #PRIORITY_MAX}
     * @return whether it was sent; false where the kernel says EAGAIN, since the queue is full
     * @throws dev.strait.ErrnoException EMSGSIZE, EINVAL, EBADF as {@link #send(ByteBuffer, int)}
     * @throws ClosedChannelException if this is closed
     */
    public boolean trySend(ByteBuffer source, int priority) throws IOException {
        int fd = enter();
        long result;
        try {
            result = Messages.send(fd, source, priority);
        } finally {
            leave();
        }
        return result == 0 || isAvailable("mq_send", result);
    }

    /**
     * Takes the oldest message of the highest priority, mq_receive(3), and waits while there is none.
     *
     * @param target for the message, whose length its position tells; it must have room for the longest that the queue can
     *     have, {@link Attributes#messageBytes}
     * @return the priority, 0 to {@link #PRIORITY_MAX}
     * @throws dev.strait.ErrnoException EMSGSIZE when the buffer has not enough room; EBADF when this is for sending only;
     *     EAGAIN when there is no message and this is not {@linkplain #isBlocking blocking}; ETIMEDOUT when there was none for
     *     {@link #timeout}
     * @throws ClosedChannelException if this is closed, or meanwhile by another thread
     * @throws InterruptedException if the thread is interrupted before or while it waits; then nothing was taken
     * @throws IllegalArgumentException if the buffer is read-only
     */
    public int receive(ByteBuffer target) throws IOException, InterruptedException {
        checkInterrupt();
        int priority = tryReceive(target);
        return priority >= 0 ? priority : (int) await("mq_receive", POLLIN, fd -> Messages.receive(fd, target));
    }

    /**
     * Takes a message, mq_timedreceive(3): as {@link #receive(ByteBuffer)}, until a point in time.
     *
     * @param target for the message
     * @param deadline of CLOCK_REALTIME, as for {@link #send(ByteBuffer, int, Instant)}; it does not matter where there is a
     *     message
     * @return the priority, 0 to {@link #PRIORITY_MAX}
     * @throws dev.strait.ErrnoException as {@link #receive(ByteBuffer)}; ETIMEDOUT when the deadline has passed; EINVAL when the
     *     call would have to wait and the deadline is before 1970
     * @throws ClosedChannelException if this is closed, or meanwhile by another thread
     * @throws InterruptedException if the thread is interrupted before or while it waits; then nothing was taken
     * @throws IllegalArgumentException if the buffer is read-only
     */
    public int receive(ByteBuffer target, Instant deadline) throws IOException, InterruptedException {
        checkInterrupt();
        Objects.requireNonNull(deadline, "deadline");
        int priority = tryReceive(target);
        return priority >= 0
                ? priority
                : (int) awaitUntil("mq_timedreceive", POLLIN, fd -> Messages.receive(fd, target), deadline);
    }

    /**
     * Takes a message if there is one.
     *
     * @param target for the message, as for {@link #receive(ByteBuffer)}
     * @return the priority; -1 where the kernel says EAGAIN, since there is none
     * @throws dev.strait.ErrnoException EMSGSIZE, EBADF as {@link #receive(ByteBuffer)}
     * @throws ClosedChannelException if this is closed
     * @throws IllegalArgumentException if the buffer is read-only
     */
    public int tryReceive(ByteBuffer target) throws IOException {
        int fd = enter();
        long result;
        try {
            result = Messages.receive(fd, target);
        } finally {
            leave();
        }
        return result >= 0 || isAvailable("mq_receive", result) ? (int) result : -1;
    }

    /** False for EAGAIN, and for the rest its exception. */
    private boolean isAvailable(String operation, long result) throws IOException {
        if (result == -EAGAIN) {
            return false;
        }
        throw Failure.errno(result, operation, toString());
    }

    private static void checkInterrupt() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private long await(String operation, int events, Call call) throws IOException, InterruptedException {
        long result = performInterruptibly(operation, events, call);
        if (result == UNAVAILABLE) {
            throw Failure.errno(-EAGAIN, operation, toString());
        }
        return result;
    }

    private long awaitUntil(String operation, int events, Call call, Instant deadline)
            throws IOException, InterruptedException {
        if (deadline.getEpochSecond() < 0 && isBlocking()) {
            throw Failure.errno(-EINVAL, operation, toString());
        }
        long result;
        do { // by the clock that the deadline is of, which somebody may set
            Duration left = Duration.between(Instant.now(), deadline);
            result = performInterruptibly(operation, events, left.compareTo(LOOK) < 0 ? left : LOOK, call);
        } while (result == UNAVAILABLE && isBlocking() && Instant.now().isBefore(deadline));
        if (result == UNAVAILABLE) {
            throw Failure.errno(isBlocking() ? -ETIMEDOUT : -EAGAIN, operation, toString());
        }
        return result;
    }

    // ---- Being told --------------------------------------------------------------------------------------------

    /**
     * Has a callback called when a message comes into the empty queue and nobody waits for it in mq_receive(3); once:
     * mq_notify(3). The kernel tells one process at a time, and only the one that asked first. To be told again, the callback
     * calls this first, and then takes all messages there are.
     *
     * <p>The callback runs in a daemon thread of its own, as with SIGEV_THREAD, and what it throws goes to that thread's
     * handler of uncaught exceptions. (Neither signals nor C threads are used for it: the kernel writes to a socket, which
     * the thread waits for.) The registration ends when this process closes this or another descriptor of the same queue.
     *
     * <p>To wait for messages, {@link #receive} or a wait set with {@link #whenReadable} are simpler, and miss nothing.
     *
     * @param callback what to do
     * @throws dev.strait.ErrnoException EBUSY when a process is registered, be it this one; EMFILE, ENFILE, ENOMEM; EAFNOSUPPORT,
     *     EPROTONOSUPPORT when the kernel has no netlink(7)
     * @throws ClosedChannelException if this is closed
     */
    public void notifyOnce(Runnable callback) throws IOException {
        Objects.requireNonNull(callback, "callback");
        PosixNotice notice = PosixNotice.open();
        try {
            check("mq_notify", lend(fd -> PosixQueueNative.notify(fd, notice.fd())));
        } catch (IOException e) {
            notice.close();
            throw e;
        }
        VirtualThreads.start(() -> call(callback, notice), "strait-mq-notify");
    }

    /** In a thread of its own, which keeps this open until it is told. */
    private void call(Runnable callback, PosixNotice notice) {
        boolean isThere;
        try (notice) {
            isThere = notice.await();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(this + ": waiting for a notice failed", e);
        }
        if (isThere) {
            callback.run();
        }
    }

    /**
     * Takes the registration of this process back, mq_notify(3) with NULL. Nothing when it has none.
     *
     * @throws dev.strait.ErrnoException if the kernel refuses
     * @throws ClosedChannelException if this is closed
     */
    public void cancelNotification() throws IOException {
        check("mq_notify", lend(PosixQueueNative::notifyNone));
    }

    // ---- Looking -----------------------------------------------------------------------------------------------

    /**
     * The queue's size and how full it is, mq_getattr(3). O_NONBLOCK is {@link #isBlocking}, and mq_setattr(3)
     * {@link #configureBlocking}.
     *
     * @return what it is now
     * @throws ClosedChannelException if this is closed
     */
    public Attributes attributes() throws IOException {
        long[] values = new long[3];
        check("mq_getattr", lend(fd -> PosixQueueNative.attributes(fd, values)));
        return new Attributes(values[0], values[1], values[2]);
    }

    private void check(String operation, long result) throws IOException {
        if (result < 0) {
            throw Failure.errno(result, operation, toString());
        }
    }

    /**
     * The system's limits now.
     *
     * @return those that hold for this process
     * @throws IOException if /proc cannot be read
     */
    public static Limits limits() throws IOException {
        return new Limits(
                parameter("queues_max"),
                parameter("msg_max"),
                parameter("msgsize_max"),
                parameter("msg_default"),
                parameter("msgsize_default"),
                userBytes());
    }

    /** By lines: they are read with one call, and the second one finds nothing in /proc/sys. */
    private static long parameter(String name) throws IOException {
        return Long.parseLong(Files.readAllLines(PARAMETERS.resolve(name)).get(0));
    }

    /** A line such as "Max msgqueue size         819200               819200               bytes". */
    private static long userBytes() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
            String soft = lines.filter(line -> line.startsWith("Max msgqueue size"))
                    .map(line -> line.replaceFirst("^Max msgqueue size +([^ ]+).*", "$1"))
                    .findFirst()
                    .orElse("unlimited");
            return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
        }
    }

    /**
     * All queues of an IPC namespace, as its file system of type mqueue shows them: that in which it was mounted. Most systems
     * mount it at {@code /dev/mqueue}; where nobody has, {@code mount -t mqueue none /dev/mqueue} does, as root.
     *
     * @return in the order of their names; {@link PosixObject#sizeBytes} is how many bytes their messages have
     * @throws dev.strait.ErrnoException ENOENT when that file system is not mounted, or EACCES
     * @throws IOException one of these, or if it cannot be read
     */
    public static List<PosixObject> list() throws IOException {
        Path mount = mount();
        List<PosixObject> queues = new ArrayList<>();
        for (PosixObject queue : PosixObject.list(mount, "", "/")) {
            queues.add(
                    queue.withSizeBytes(queuedBytes(mount.resolve(queue.name().substring(1)))));
        }
        return Collections.unmodifiableList(queues);
    }

    private static Path mount() throws IOException {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            return mounts.map(line -> line.split(" ", -1))
                    .filter(fields -> fields[2].equals("mqueue"))
                    .map(fields -> Path.of(fields[1]))
                    .findFirst()
                    .orElseThrow(() -> Failure.errno(-ENOENT, "list", "a file system of type mqueue is not mounted"));
        }
    }

    /** "QSIZE:129        NOTIFY:2    SIGNO:0    NOTIFY_PID:8260"; -1 when it may not be read, or is gone. */
    private static long queuedBytes(Path queue) {
        try {
            return Long.parseLong(Files.readString(queue).replaceFirst("(?s)^QSIZE:([0-9]+).*", "$1"));
        } catch (IOException e) {
            return -1;
        }
    }

    /**
     * For messages.
     *
     * @return {@code PosixQueue[/orders]}; with the descriptor's number when it was adopted
     */
    @Override
    public String toString() {
        return name == null ? super.toString() : "PosixQueue[" + name + "]";
    }
}
