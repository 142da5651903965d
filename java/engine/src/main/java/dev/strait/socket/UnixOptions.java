package dev.strait.socket;

import java.time.Duration;
import java.util.Objects;

/**
 * How to open a socket. Immutable: each method returns changed options.
 *
 * <pre>{@code UnixOptions.defaults().mode(0666).backlog(16)}</pre>
 */
public final class UnixOptions {
    /** Of 128 connections that wait to be accepted, as in {@code SOMAXCONN}. */
    private static final int BACKLOG = 128;

    private static final UnixOptions DEFAULTS = new UnixOptions(0600, BACKLOG, null, Duration.ZERO, 0, 0, false);

    final int mode;
    final int backlog;
    /** Null for none. */
    final UnixAddress local;

    final Duration timeout;
    final int sendBytes;
    final int receiveBytes;
    final boolean credentials;

    private UnixOptions(
            int mode,
            int backlog,
            UnixAddress local,
            Duration timeout,
            int sendBytes,
            int receiveBytes,
            boolean credentials) {
        this.mode = mode;
        this.backlog = backlog;
        this.local = local;
        this.timeout = timeout;
        this.sendBytes = sendBytes;
        this.receiveBytes = receiveBytes;
        this.credentials = credentials;
    }

    /**
     * Mode 0600, backlog 128, and nothing else.
     *
     * @return them
     */
    public static UnixOptions defaults() {
        return DEFAULTS;
    }

    /**
     * The permissions of the path that is bound. Who may write it may connect or send.
     *
     * @param bits 0 to 0777, not masked by umask
     * @return changed options
     * @throws IllegalArgumentException if they are others
     */
    public UnixOptions mode(int bits) {
        if ((bits & ~0777) != 0) {
            throw new IllegalArgumentException("mode 0" + Integer.toOctalString(bits) + ": must be 0 to 0777");
        }
        return new UnixOptions(bits, backlog, local, timeout, sendBytes, receiveBytes, credentials);
    }

    /**
     * For listeners: how many may be connected and not yet accepted. Beyond it, connecting waits.
     *
     * @param connections 0 or more; one more than that is let in, see listen(2), and no more than
     *     {@code net.core.somaxconn}
     * @return changed options
     * @throws IllegalArgumentException if it is negative
     */
    public UnixOptions backlog(int connections) {
        if (connections < 0) {
            throw new IllegalArgumentException("backlog " + connections + ": must be 0 or more");
        }
        return new UnixOptions(mode, connections, local, timeout, sendBytes, receiveBytes, credentials);
    }

    /**
     * For clients: the address to bind before connecting, by which the server knows them.
     *
     * @param address as for a server
     * @return changed options
     */
    public UnixOptions local(UnixAddress address) {
        Objects.requireNonNull(address, "address");
        return new UnixOptions(mode, backlog, address, timeout, sendBytes, receiveBytes, credentials);
    }

    /**
     * For how long connecting waits for room in the backlog.
     *
     * @param duration {@link Duration#ZERO} for as long as it takes
     * @return changed options
     * @throws IllegalArgumentException if it is negative
     */
    public UnixOptions timeout(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("timeout " + duration + ": must be positive, or 0 for none");
        }
        return new UnixOptions(mode, backlog, local, duration, sendBytes, receiveBytes, credentials);
    }

    /**
     * SO_SNDBUF of socket(7), from the beginning.
     *
     * @param bytes 1 or more; the kernel doubles them
     * @return changed options
     * @throws IllegalArgumentException if there are less
     */
    public UnixOptions sendBufferBytes(int bytes) {
        return new UnixOptions(mode, backlog, local, timeout, checkBytes(bytes), receiveBytes, credentials);
    }

    /**
     * SO_RCVBUF of socket(7), from the beginning. What a Unix socket holds is limited by its sender's SO_SNDBUF instead.
     *
     * @param bytes 1 or more; the kernel doubles them
     * @return changed options
     * @throws IllegalArgumentException if there are less
     */
    public UnixOptions receiveBufferBytes(int bytes) {
        return new UnixOptions(mode, backlog, local, timeout, sendBytes, checkBytes(bytes), credentials);
    }

    /**
     * SO_PASSCRED of unix(7), from the beginning: each message that is received tells who sent it. What a listener accepts
     * has it, too.
     *
     * @return changed options
     */
    public UnixOptions passCredentials() {
        return new UnixOptions(mode, backlog, local, timeout, sendBytes, receiveBytes, true);
    }

    static int checkBytes(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("buffer of " + bytes + " bytes: must be 1 or more");
        }
        return bytes;
    }
}
