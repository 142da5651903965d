package dev.strait.share;

import dev.strait.ErrnoException;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.socket.Credentials;
import dev.strait.socket.UnixAddress;
import dev.strait.socket.UnixListener;
import dev.strait.socket.UnixOptions;
import dev.strait.socket.UnixStream;
import dev.strait.wait.Watchable;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Where a server hands each client that connects a ring of its own, and knows from the kernel who the client is.
 *
 * <p>The rings are anonymous: they stand in no directory, nobody else can open them, and they vanish with the last of their
 * users. Who writes and who reads is what server and client have agreed on: each opens its role. For both directions a client
 * connects twice.
 *
 * <p>C has the same in {@code strait/share.h}: {@code strait_share_server_accept} and {@code strait_share_connect}; clients and
 * servers of both languages understand each other.
 *
 * <p>All methods may be called by any thread.
 */
public final class Rendezvous implements AutoCloseable {
    private final UnixListener<UnixStream> listener;
    private final RingOptions rings;
    private final Predicate<Credentials> admission;

    /**
     * A client that has got its ring.
     *
     * @param ring which this process is attached to, and has to close. A client that died before it attached has left it alone:
     *     then {@link dev.strait.segment.Segment#participants} shows this process only
     * @param credentials who connected, as the kernel knew it at that moment
     */
    public record Client(Ring ring, Credentials credentials) {}

    private Rendezvous(UnixListener<UnixStream> listener, RingOptions rings, Predicate<Credentials> admission) {
        this.listener = listener;
        this.rings = rings;
        this.admission = admission;
    }

    /**
     * Opens one that everybody is admitted to who may connect.
     *
     * @param address a path, or an abstract name, which everybody of the network namespace may connect to
     * @param socket the path's mode, the backlog
     * @param rings how to make each ring
     * @return it
     * @throws IOException as {@link UnixStream#listen(UnixAddress, UnixOptions)}
     */
    public static Rendezvous open(UnixAddress address, UnixOptions socket, RingOptions rings) throws IOException {
        return open(address, socket, rings, credentials -> true);
    }

    /**
     * Opens one.
     *
     * @param address a path, or an abstract name, which everybody of the network namespace may connect to
     * @param socket the path's mode, the backlog
     * @param rings how to make each ring
     * @param admission who gets one; who does not is told EACCES. What it throws is thrown by {@link #accept}
     * @return it
     * @throws IOException as {@link UnixStream#listen(UnixAddress, UnixOptions)}
     */
    public static Rendezvous open(
            UnixAddress address, UnixOptions socket, RingOptions rings, Predicate<Credentials> admission)
            throws IOException {
        Objects.requireNonNull(rings, "rings");
        Objects.requireNonNull(admission, "admission");
        return new Rendezvous(UnixStream.listen(address, socket), rings, admission);
    }

    /**
     * Waits for a client that is admitted, and hands it a new ring.
     *
     * @return the client
     * @throws InterruptedException if the thread is interrupted before or while it waits; this stays open
     * @throws ErrnoException as {@link Ring#createAnonymous} and {@link UnixListener#accept}
     * @throws IOException that, or {@link java.nio.channels.ClosedChannelException} when this is closed
     */
    public Client accept() throws IOException, InterruptedException {
        while (true) {
            try (UnixStream connection = listener.accept()) {
                Credentials credentials = connection.peerCredentials();
                if (admission.test(credentials)) {
                    return new Client(handOver(connection), credentials);
                }
                Share.refuse(connection);
            } catch (ErrnoException e) {
                if (!isGone(e)) {
                    throw e;
                }
            }
        }
    }

    private Ring handOver(UnixStream connection) throws IOException {
        Ring ring = Ring.createAnonymous("rendezvous", rings);
        boolean sent = false;
        try {
            Share.offer(connection, ring);
            sent = true;
            return ring;
        } finally {
            if (!sent) {
                ring.close();
            }
        }
    }

    private static boolean isGone(ErrnoException e) {
        return e.symbol().equals("EPIPE") || e.symbol().equals("ECONNRESET");
    }

    /**
     * Gets a ring from a server.
     *
     * @param address of the server
     * @param socket for how long to wait while its backlog is full
     * @param rings whose the ring must be, and how to map it
     * @return the ring, attached
     * @throws InterruptedException if the thread is interrupted while it connects
     * @throws ErrnoException ECONNREFUSED or ENOENT when there is no server; EACCES when it refuses; ETIMEDOUT
     * @throws IOException as {@link UnixStream#connect(UnixAddress, UnixOptions)} and {@link Share#acceptRing}
     */
    public static Ring connect(UnixAddress address, UnixOptions socket, RingOptions rings)
            throws IOException, InterruptedException {
        try (UnixStream connection = UnixStream.connect(address, socket)) {
            return Share.acceptRing(connection, rings);
        }
    }

    /**
     * For a wait set: READY when a client waits.
     *
     * @return what can be watched
     */
    public Watchable whenConnected() {
        return listener.whenReadable();
    }

    /**
     * Where clients find it.
     *
     * @return its address
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public UnixAddress address() throws IOException {
        return listener.localAddress();
    }

    /** No more clients; those that have their rings keep them. Ends a wait of {@link #accept}. */
    @Override
    public void close() throws IOException {
        listener.close();
    }
}
