package dev.strait.socket;

import dev.strait.descriptor.Descriptor;
import dev.strait.internal.Failure;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * What goes along with bytes or a message: open descriptors (SCM_RIGHTS), and who sends (SCM_CREDENTIALS), see unix(7).
 * Immutable.
 *
 * <p>The receiver gets a descriptor of his own on the same open file. By default ours is closed when it has been sent, so that an
 * end is at one place at a time, and the description is made blocking, as most programs expect theirs to be. With
 * {@link #keepOpen} it stays open, and non-blocking (O_NONBLOCK of open(2)) for both.
 */
public final class Attachment {
    /** How many descriptors go with one message: SCM_MAX_FD of the kernel. */
    public static final int DESCRIPTORS_MAX = SocketLayout.DESCRIPTORS_MAX;

    private static final long EBADF = 9;

    private final List<Descriptor> descriptors;
    private final Credentials credentials;
    private final boolean keeps;

    private Attachment(List<Descriptor> descriptors, Credentials credentials, boolean keeps) {
        this.descriptors = descriptors;
        this.credentials = credentials;
        this.keeps = keeps;
    }

    /**
     * Descriptors, which are closed here when they have been sent.
     *
     * @param descriptors up to {@value #DESCRIPTORS_MAX} of them, in the order in which they arrive
     * @return an attachment
     * @throws IllegalArgumentException if there are more
     */
    public static Attachment of(Descriptor... descriptors) {
        return of(List.of(descriptors));
    }

    /**
     * Descriptors, which are closed here when they have been sent.
     *
     * @param descriptors up to {@value #DESCRIPTORS_MAX} of them, in the order in which they arrive
     * @return an attachment
     * @throws IllegalArgumentException if there are more
     */
    public static Attachment of(List<Descriptor> descriptors) {
        if (descriptors.size() > DESCRIPTORS_MAX) {
            throw new IllegalArgumentException(descriptors.size() + " descriptors: " + DESCRIPTORS_MAX
                    + " go with one message at most (SCM_MAX_FD)");
        }
        return new Attachment(List.copyOf(descriptors), null, false);
    }

    /**
     * Who sends, as this process wants it to be known: its own pid, and one of its real, effective or saved ids. Others fail
     * with EPERM, unless it has CAP_SYS_ADMIN, CAP_SETUID or CAP_SETGID. Who has asked for
     * {@linkplain UnixSocket#setPassesCredentials credentials} is told who sent every message, also without this.
     *
     * @param credentials who
     * @return an attachment
     */
    public static Attachment of(Credentials credentials) {
        return new Attachment(List.of(), Objects.requireNonNull(credentials, "credentials"), false);
    }

    /**
     * The same descriptors, and who sends.
     *
     * @param who as for {@link #of(Credentials)}
     * @return a changed attachment
     */
    public Attachment with(Credentials who) {
        return new Attachment(descriptors, Objects.requireNonNull(who, "credentials"), keeps);
    }

    /**
     * Leaves the descriptors open here, too.
     *
     * @return a changed attachment
     */
    public Attachment keepOpen() {
        return new Attachment(descriptors, credentials, true);
    }

    int[] credentials() {
        return credentials == null ? null : credentials.toNative();
    }

    /** Room for the numbers of the descriptors, when none of them is closed. */
    int[] numbers() throws IOException {
        for (Descriptor each : descriptors) {
            if (!each.isOpen()) {
                throw Failure.errno(-EBADF, "sendmsg", each.toString());
            }
        }
        return descriptors.isEmpty() ? null : new int[descriptors.size()];
    }

    /** Makes a call while all of the descriptors stay open; -EBADF when one is not. */
    long lend(int[] numbers, LongSupplier call) {
        return numbers == null ? call.getAsLong() : lend(numbers, 0, call);
    }

    private long lend(int[] numbers, int index, LongSupplier call) {
        if (index == numbers.length) {
            return giveAway(numbers, call);
        }
        try {
            return descriptors.get(index).lend(fd -> {
                numbers[index] = fd;
                return lend(numbers, index + 1, call);
            });
        } catch (ClosedChannelException e) {
            return -EBADF;
        }
    }

    private long giveAway(int[] numbers, LongSupplier call) {
        setBlocking(numbers, true);
        long result = call.getAsLong();
        if (result < 0) {
            setBlocking(numbers, false);
        }
        return result;
    }

    private void setBlocking(int[] numbers, boolean blocking) {
        for (int i = 0; i < numbers.length && !keeps; i++) {
            SocketNative.setBlocking(numbers[i], blocking);
        }
    }

    void sent() throws IOException {
        if (!keeps) {
            for (Descriptor each : descriptors) {
                each.close();
            }
        }
    }
}
