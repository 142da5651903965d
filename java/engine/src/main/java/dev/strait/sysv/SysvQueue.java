package dev.strait.sysv;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A message queue of the kernel: messages with a type and up to some thousand bytes, which any process sends and any process
 * takes, in order, or by type. See msgget(2), msgop(2), msgctl(2).
 *
 * <p>It is here for programs that have one already. Between processes that both use Strait a {@link dev.strait.ring.Ring} is
 * some hundred times faster, tells of a peer's death, and can be waited for together with other things.
 *
 * <p><b>Guarantees.</b> A message that was sent stays until it is received or the queue is removed, whatever happens to its
 * sender. It is received once. A receive that ends without a message has taken none.
 */
public final class SysvQueue extends SysvObject {
    /** Not to wait: EAGAIN, or ENOMSG when receiving. */
    public static final int NOWAIT = SysvLayout.IPC_NOWAIT;

    /** To receive of a message what there is room for; the rest is lost. Without it: E2BIG, and the message stays. */
    public static final int NOERROR = SysvLayout.MSG_NOERROR;

    /** To receive the first message that is of any type but the one given. */
    public static final int EXCEPT = SysvLayout.MSG_EXCEPT;

    /** To copy the message that has the index given, from 0, and leave it there. Needs {@link #NOWAIT}. */
    public static final int COPY = SysvLayout.MSG_COPY;

    /** What {@link #tryReceive} answers when there is no such message. */
    public static final int NONE = -1;

    private static final int ENOMSG = 42;
    private static final int STATUS_VALUES = SysvPermissions.VALUES + 8;

    /**
     * What msgctl(2) tells of a queue.
     *
     * @param id what the system knows it by
     * @param permissions whose it is
     * @param bytes how many bytes wait in it
     * @param messages how many messages wait in it
     * @param maxBytes how many bytes may wait in it, and messages too
     * @param lastSenderPid who has sent last; 0 for nobody yet
     * @param lastReceiverPid who has received last; 0 for nobody yet
     * @param lastSend when, in seconds
     * @param lastReceive when
     * @param lastChange when it was made, or changed by {@link #set}
     */
    public record Status(
            int id,
            SysvPermissions permissions,
            long bytes,
            long messages,
            long maxBytes,
            int lastSenderPid,
            int lastReceiverPid,
            Optional<Instant> lastSend,
            Optional<Instant> lastReceive,
            Optional<Instant> lastChange) {
        private static Status of(long[] values) {
            return new Status(
                    (int) values[7],
                    SysvPermissions.of(values),
                    values[8],
                    values[9],
                    values[10],
                    (int) values[11],
                    (int) values[12],
                    time(values[13]),
                    time(values[14]),
                    time(values[15]));
        }
    }

    /**
     * What the system allows, IPC_INFO.
     *
     * @param queues how many there may be, MSGMNI
     * @param messageBytes how long a message may be, MSGMAX
     * @param queueBytes how many bytes a new queue may have waiting, MSGMNB
     */
    public record Limits(long queues, long messageBytes, long queueBytes) {}

    /**
     * What all queues hold together, MSG_INFO.
     *
     * @param queues how many there are
     * @param messages how many messages wait
     * @param bytes how many bytes wait
     */
    public record Usage(long queues, long messages, long bytes) {}

    private final FirstTry sending = new FirstTry();
    private final FirstTry receiving = new FirstTry();

    private SysvQueue(int id) {
        super("SysvQueue", id);
    }

    /**
     * Makes a queue, IPC_CREAT | IPC_EXCL.
     *
     * @param key its name, or {@link SysvKey#PRIVATE}
     * @param mode who may use it: 0 to 0777, of which reading and writing count
     * @return a handle
     * @throws dev.strait.ErrnoException EEXIST when the key has a queue, ENOSPC when there are {@link Limits#queues}, ENOMEM
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvQueue create(SysvKey key, int mode) throws IOException {
        return get(key, SysvLayout.IPC_CREAT | SysvLayout.IPC_EXCL, mode);
    }

    /**
     * Finds the queue of a key, or makes it, IPC_CREAT.
     *
     * @param key its name
     * @param mode who may use it when it is made; else what the caller wants to do, as for {@link #open}
     * @return a handle
     * @throws dev.strait.ErrnoException EACCES when it exists and does not allow that; ENOSPC, ENOMEM
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvQueue openOrCreate(SysvKey key, int mode) throws IOException {
        return get(key, SysvLayout.IPC_CREAT, mode);
    }

    /**
     * Finds the queue of a key.
     *
     * @param key its name
     * @param mode what the caller wants to do: 0600 to receive and to send, 0400 or 0200 for one of both, 0 to find out later
     * @return a handle
     * @throws dev.strait.ErrnoException ENOENT when there is none, EACCES when it does not allow that
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvQueue open(SysvKey key, int mode) throws IOException {
        return get(key, 0, mode);
    }

    /**
     * A queue by its id, which is not looked at before it is used.
     *
     * @param id as {@link #list} and ipcs(1) show it
     * @return a handle
     */
    public static SysvQueue ofId(int id) {
        return new SysvQueue(id);
    }

    private static SysvQueue get(SysvKey key, int flags, int mode) throws IOException {
        int id = SysvNative.queueGet(key.value(), flags | SysvPermissions.checkMode(mode));
        return new SysvQueue((int) checked("msgget", id, key));
    }

    // ---- Messages

    /**
     * Sends a message, and waits while the queue is full.
     *
     * @param message to send
     * @throws dev.strait.ErrnoException EINVAL when the type is not 1 or more, or the message is longer than
     *     {@link Limits#messageBytes}; EACCES without write permission; EIDRM when the queue is removed, EINVAL when it was;
     *     ENOMEM
     * @throws InterruptedException if the thread is interrupted while it waits; the message is not sent
     */
    public void send(SysvMessage message) throws IOException, InterruptedException {
        send(message, 0);
    }

    /**
     * Sends a message, msgsnd(2).
     *
     * @param message to send
     * @param flags {@link #NOWAIT} or 0
     * @throws dev.strait.ErrnoException EAGAIN when the queue is full and it is not to wait; and as {@link #send(SysvMessage)}
     * @throws InterruptedException as {@link #send(SysvMessage)}
     */
    public void send(SysvMessage message, int flags) throws IOException, InterruptedException {
        boolean waits = (flags & NOWAIT) == 0;
        long result = -EAGAIN;
        if (!waits || sending.isWorthIt()) {
            result = message.send(0, openId(), flags | NOWAIT);
        }
        if (waits && result == -EAGAIN) {
            result = await(sending, kick -> message.send(kick, id, flags));
        }
        checked("msgsnd", result);
    }

    /**
     * Sends a message if the queue has room.
     *
     * @param message to send
     * @return whether it was sent
     * @throws dev.strait.ErrnoException as {@link #send(SysvMessage)}
     */
    public boolean trySend(SysvMessage message) throws IOException {
        int result = message.send(0, openId(), NOWAIT);
        return result != -EAGAIN && checked("msgsnd", result) == 0;
    }

    /**
     * Receives a message, and waits for one.
     *
     * @param message where to; its type is then the message's
     * @param type 0 for the first, n for the first of type n, -n for the first of the lowest type up to n
     * @return how many bytes it has
     * @throws dev.strait.ErrnoException E2BIG when it has more than there is room for, and stays; EACCES without read
     *     permission; EIDRM when the queue is removed, EINVAL when it was
     * @throws InterruptedException if the thread is interrupted while it waits; no message is taken
     */
    public int receive(SysvMessage message, long type) throws IOException, InterruptedException {
        return receive(message, type, 0);
    }

    /**
     * Receives a message, msgrcv(2).
     *
     * @param message where to; its type is then the message's
     * @param type as {@link #receive(SysvMessage, long)} and the flags say
     * @param flags of {@link #NOWAIT}, {@link #NOERROR}, {@link #EXCEPT}, {@link #COPY}
     * @return how many bytes it has
     * @throws dev.strait.ErrnoException ENOMSG when there is none and it is not to wait; EINVAL for COPY without NOWAIT, or
     *     with EXCEPT; ENOSYS for COPY when the kernel cannot; and as {@link #receive(SysvMessage, long)}
     * @throws InterruptedException as {@link #receive(SysvMessage, long)}
     */
    public int receive(SysvMessage message, long type, int flags) throws IOException, InterruptedException {
        boolean waits = (flags & (NOWAIT | COPY)) == 0;
        long result = -ENOMSG;
        if (!waits || receiving.isWorthIt()) {
            result = message.receive(0, openId(), type, waits ? flags | NOWAIT : flags);
        }
        if (waits && result == -ENOMSG) {
            result = await(receiving, kick -> message.receive(kick, id, type, flags));
        }
        return message.received((int) checked("msgrcv", result));
    }

    /**
     * Receives a message if there is one.
     *
     * @param message where to; its type is then the message's
     * @param type as {@link #receive(SysvMessage, long)} and the flags say
     * @param flags of {@link #NOERROR}, {@link #EXCEPT}, {@link #COPY}
     * @return how many bytes it has; {@link #NONE}
     * @throws dev.strait.ErrnoException as {@link #receive(SysvMessage, long, int)}
     */
    public int tryReceive(SysvMessage message, long type, int flags) throws IOException {
        long result = message.receive(0, openId(), type, flags | NOWAIT);
        return result == -ENOMSG ? NONE : message.received((int) checked("msgrcv", result));
    }

    // ---- Control

    /**
     * What there is to know of it, IPC_STAT.
     *
     * @return a snapshot
     * @throws dev.strait.ErrnoException EACCES without read permission; EINVAL, EIDRM when it is removed
     */
    public Status status() throws IOException {
        return Status.of(filled("msgctl", openId(), this, STATUS_VALUES, SysvNative::queueStatus));
    }

    @Override
    public void set(SysvPermissions permissions) throws IOException {
        set(permissions, status().maxBytes());
    }

    /**
     * Changes owner and mode, and how many bytes may wait in it, IPC_SET.
     *
     * @param permissions as {@link #set(SysvPermissions)}
     * @param maxBytes 0 or more
     * @throws dev.strait.ErrnoException EPERM also when that is more than {@link Limits#queueBytes}, without the capability
     *     CAP_SYS_RESOURCE; and as {@link #set(SysvPermissions)}
     */
    public void set(SysvPermissions permissions, long maxBytes) throws IOException {
        int result = SysvNative.queueSet(
                openId(), (int) permissions.uid(), (int) permissions.gid(), permissions.mode(), maxBytes);
        checked("msgctl", result);
    }

    @Override
    public void remove() throws IOException {
        checked("msgctl", SysvNative.queueRemove(openId()));
    }

    /**
     * All queues of this IPC namespace, as {@code ipcs -q}, MSG_STAT_ANY. Before Linux 4.17 those that the caller may read.
     *
     * @return in the order of the kernel's table
     * @throws dev.strait.ErrnoException if the kernel has no message queues
     */
    public static List<Status> list() throws IOException {
        int last = (int) checked("msgctl", SysvNative.queueLimits(new long[3]), "IPC_INFO");
        return all(last, STATUS_VALUES, SysvNative::queueAt, Status::of);
    }

    /**
     * What the system allows, as {@code ipcs -q -l}. Files in /proc/sys/kernel change it: msgmni, msgmax, msgmnb.
     *
     * @return the limits of this IPC namespace
     * @throws dev.strait.ErrnoException if the kernel has no message queues
     */
    public static Limits limits() throws IOException {
        long[] values = filled("msgctl", 0, "IPC_INFO", 3, (none, numbers) -> SysvNative.queueLimits(numbers));
        return new Limits(values[0], values[1], values[2]);
    }

    /**
     * What all queues of this IPC namespace hold, as {@code ipcs -q -u}.
     *
     * @return a snapshot
     * @throws dev.strait.ErrnoException if the kernel has no message queues
     */
    public static Usage usage() throws IOException {
        long[] values = filled("msgctl", 0, "MSG_INFO", 3, (none, numbers) -> SysvNative.queueUsage(numbers));
        return new Usage(values[0], values[1], values[2]);
    }
}
