package dev.strait.program;

import dev.strait.ErrnoException;
import dev.strait.event.PidFd;
import dev.strait.internal.Failure;
import dev.strait.wait.Watchable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A program that was started. Closing it ends it, if it has not ended, and leaves nothing: so a block that starts a program
 * does not outlive it nor leave a zombie. Whoever neither waits for its end nor closes this leaves a zombie until this JVM
 * ends.
 *
 * <p>It is waited for by its pidfd, and asked for its status by its own number: other children of this JVM, those of
 * {@link Process} for instance, are not touched, and SIGCHLD is not used.
 *
 * <p>All methods may be called by any thread; virtual threads park while they wait.
 */
public final class ChildProgram implements AutoCloseable {
    private static final int SIGKILL = 9;

    /** What signal and status answer then: nobody wants to know of ends where SIGCHLD is ignored. */
    private static final Set<String> KERNEL_HAS_REAPED = Set.of("ESRCH", "ECHILD");

    private final Program program;
    private final PidFd pidFd;
    private final ReentrantLock lock = new ReentrantLock();

    /** Null while it is not known. */
    private volatile ExitStatus status;

    ChildProgram(Program program, PidFd pidFd) {
        this.program = program;
        this.pidFd = pidFd;
    }

    /**
     * The child's number.
     *
     * @return its pid; another process's, perhaps, once its end was waited for
     */
    public long pid() {
        return pidFd.pid();
    }

    /**
     * The child by its descriptor, which never means another process.
     *
     * @return closed with this
     */
    public PidFd pidFd() {
        return pidFd;
    }

    /**
     * Waits until it has ended.
     *
     * @return how it did; the same again each time, also when this is closed
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws dev.strait.ErrnoException ECHILD when this process ignores SIGCHLD, so that the kernel keeps no status
     */
    public ExitStatus waitFor() throws IOException, InterruptedException {
        if (status == null) {
            try {
                pidFd.awaitEnd();
            } catch (ClosedChannelException e) {
                return statusAtClose(e);
            }
        }
        return reap();
    }

    /**
     * As {@link #waitFor()}, for some time at most.
     *
     * @param time 0 or less does not wait
     * @return empty when it has not ended
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws dev.strait.ErrnoException as {@link #waitFor()}
     */
    public Optional<ExitStatus> waitFor(Duration time) throws IOException, InterruptedException {
        try {
            return status == null && !pidFd.awaitEnd(time) ? Optional.empty() : Optional.of(reap());
        } catch (ClosedChannelException e) {
            return Optional.of(statusAtClose(e));
        }
    }

    /** Who closes this has asked before. */
    private ExitStatus statusAtClose(ClosedChannelException closed) throws ClosedChannelException {
        if (status == null) {
            throw closed;
        }
        return status;
    }

    /** Of one that has ended: the kernel tells it once. */
    private ExitStatus reap() throws IOException {
        lock.lock();
        try {
            if (status == null) {
                int result = ProgramNative.reap((int) pid());
                if (result < 0) {
                    throw Failure.errno(result, "waitid", toString());
                }
                status = ExitStatus.of(result);
            }
            return status;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether it runs.
     *
     * @return false when it has ended
     * @throws IOException as {@link #waitFor()}
     */
    public boolean isAlive() throws IOException {
        return status == null && !pidFd.hasEnded();
    }

    /**
     * Sends it a signal, as {@link PidFd#signal}.
     *
     * @param signal its number: 9 is SIGKILL, 15 SIGTERM, see signal(7)
     * @throws dev.strait.ErrnoException ESRCH when its end was waited for; others as {@link PidFd#signal}
     * @throws ClosedChannelException if this is closed
     */
    public void kill(int signal) throws IOException {
        pidFd.signal(signal);
    }

    /**
     * For a wait set: READY when it has ended. To be cancelled there before this is closed.
     *
     * @return what can be watched
     */
    public Watchable whenEnded() {
        return pidFd.whenEnded();
    }

    /**
     * Ends it by SIGKILL, unless it has ended, and gives up what there is of it. An interrupt does not end this, and stays.
     *
     * @throws dev.strait.ErrnoException EPERM when it has become another user's, and goes on
     */
    @Override
    public void close() throws IOException {
        try {
            if (status == null && pidFd.isOpen()) {
                end();
            }
        } finally {
            pidFd.close();
        }
    }

    private void end() throws IOException {
        try {
            pidFd.signal(SIGKILL);
            awaitEndUninterruptibly();
            reap();
        } catch (ErrnoException e) {
            if (!KERNEL_HAS_REAPED.contains(e.symbol())) {
                throw e;
            }
        }
    }

    private void awaitEndUninterruptibly() throws IOException {
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = pidFd.awaitEnd(Duration.ofSeconds(Long.MAX_VALUE));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * For messages.
     *
     * @return {@code ChildProgram[sort -u, pid 1234]}
     */
    @Override
    public String toString() {
        String name = program.name();
        return "ChildProgram" + name.substring(0, name.length() - 1) + ", pid " + pid() + "]";
    }
}
