package dev.strait.posix;

/** How a {@link PosixQueue} is opened or created. Immutable: each method returns changed options. */
public final class PosixQueueOptions {
    private static final int OWNER_ONLY = 0600;
    private static final long SYSTEMS_CHOICE = -1;
    private static final PosixQueueOptions DEFAULTS =
            new PosixQueueOptions(Flags.READ_WRITE, OWNER_ONLY, SYSTEMS_CHOICE, SYSTEMS_CHOICE, true);

    private final int access;
    private final int mode;
    private final long maxMessages;
    private final long messageBytes;
    private final boolean blocking;

    private PosixQueueOptions(int access, int mode, long maxMessages, long messageBytes, boolean blocking) {
        this.access = access;
        this.mode = mode;
        this.maxMessages = maxMessages;
        this.messageBytes = messageBytes;
        this.blocking = blocking;
    }

    /**
     * To send and to receive, blocking; a new queue is its owner's alone and has the size that the system gives one, see
     * {@link PosixQueue.Limits}.
     *
     * @return these options
     */
    public static PosixQueueOptions defaults() {
        return DEFAULTS;
    }

    /**
     * O_RDONLY: to receive only.
     *
     * @return such options
     */
    public PosixQueueOptions readOnly() {
        return new PosixQueueOptions(Flags.READ, mode, maxMessages, messageBytes, blocking);
    }

    /**
     * O_WRONLY: to send only.
     *
     * @return such options
     */
    public PosixQueueOptions writeOnly() {
        return new PosixQueueOptions(Flags.WRITE, mode, maxMessages, messageBytes, blocking);
    }

    /**
     * The permissions of a new queue, less what umask(2) masks: to receive is to read, to send is to write.
     *
     * @param permissions 0 to 0777
     * @return such options
     * @throws IllegalArgumentException if they are none
     */
    public PosixQueueOptions mode(int permissions) {
        return new PosixQueueOptions(access, Flags.checkMode(permissions), maxMessages, messageBytes, blocking);
    }

    /**
     * The size of a new queue, mq_maxmsg and mq_msgsize. Beyond the system's limits the kernel says EINVAL to who has no
     * CAP_SYS_RESOURCE.
     *
     * @param messages how many it holds at most
     * @param bytes how long a message is at most, in bytes
     * @return such options
     * @throws IllegalArgumentException if one is negative
     */
    public PosixQueueOptions size(long messages, long bytes) {
        if (messages < 0 || bytes < 0) {
            throw new IllegalArgumentException(
                    "size " + messages + " messages of " + bytes + " bytes: must not be negative");
        }
        return new PosixQueueOptions(access, mode, messages, bytes, blocking);
    }

    /**
     * O_NONBLOCK: as {@link PosixQueue#configureBlocking} with false.
     *
     * @return such options
     */
    public PosixQueueOptions nonBlocking() {
        return new PosixQueueOptions(access, mode, maxMessages, messageBytes, false);
    }

    int access() {
        return access;
    }

    int mode() {
        return mode;
    }

    long maxMessages() {
        return maxMessages;
    }

    long messageBytes() {
        return messageBytes;
    }

    boolean isBlocking() {
        return blocking;
    }
}
