package dev.strait.event;

import dev.strait.descriptor.Descriptor;
import dev.strait.wait.Watchable;
import java.io.IOException;
import java.time.Duration;

/**
 * A process, by a descriptor instead of a number: pidfd_open(2). A number may become another process's as soon as the first
 * one has ended; this never does. Its end is an event that a {@link dev.strait.wait.WaitSet} waits for, be it a child of ours
 * or not.
 *
 * <pre>{@code
 * try (PidFd server = PidFd.open(pid)) {
 *     server.signal(15); // SIGTERM
 *     server.awaitEnd();
 * }
 * }</pre>
 *
 * <p>How a process has ended only its parent learns: {@link dev.strait.program.ChildProgram}. Between processes that share a
 * segment, {@link dev.strait.segment.Segment#whenEnded} tells of the end of an attachment without knowing a pid.
 *
 * <p>Needs Linux 5.3. An interrupt ends a wait with {@link InterruptedException}, and this stays open.
 */
public final class PidFd extends Descriptor {
    private final int pid;

    private PidFd(int fd, int pid) {
        super(fd, "PidFd");
        this.pid = pid;
    }

    /**
     * Opens a process.
     *
     * @param pid its number, as this process's PID namespace counts
     * @return the process; the caller makes sure that the number still means the one that he means
     * @throws dev.strait.ErrnoException ESRCH when there is none; EMFILE, ENFILE; ENOSYS before Linux 5.3
     * @throws IllegalArgumentException if it can be no pid
     */
    public static PidFd open(long pid) throws IOException {
        if (pid < 1 || pid > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("pid " + pid + ": must be 1 to " + Integer.MAX_VALUE);
        }
        int fd = (int) EventNative.checked("pidfd_open", "pid " + pid, EventNative.openProcess((int) pid));
        return new PidFd(fd, (int) pid);
    }

    /**
     * Takes over a pidfd that was made with a child, inherited or received.
     *
     * @param fd its number, which is this object's to close from now on
     * @param pid what {@link #pid} shall answer
     * @return the process
     * @throws dev.strait.ErrnoException EBADF
     */
    public static PidFd adopt(int fd, long pid) throws IOException {
        return new PidFd(prepare(fd), (int) pid);
    }

    /**
     * The number that it was opened by, for display.
     *
     * @return its pid; when it has ended, this may be another process's
     */
    public long pid() {
        return pid;
    }

    /**
     * Sends a signal, pidfd_send_signal(2).
     *
     * @param number 1 to 64: 9 is SIGKILL, 15 SIGTERM, see signal(7); 0 sends none, and only checks
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws dev.strait.ErrnoException ESRCH when it has ended and its parent knows, whoever has its number now; EPERM when it
     *     is another user's; EINVAL for another number; EAGAIN when too many real-time signals wait for being taken
     */
    public void signal(int number) throws IOException {
        EventNative.checked("pidfd_send_signal", this, lend(fd -> EventNative.signal(fd, number)));
    }

    /**
     * Whether it has ended.
     *
     * @return whether all of its threads have
     * @throws java.nio.channels.ClosedChannelException if this is closed
     */
    public boolean hasEnded() throws IOException {
        return lend(EventNative::ended) > 0;
    }

    /**
     * Waits until it has ended.
     *
     * @return true; false when it has not and this does not block
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws java.nio.channels.ClosedChannelException if this is closed, or is meanwhile
     * @throws dev.strait.ErrnoException ETIMEDOUT
     */
    public boolean awaitEnd() throws IOException, InterruptedException {
        return performInterruptibly("poll", POLLIN, EventNative::ended) != UNAVAILABLE;
    }

    /**
     * As {@link #awaitEnd()}, for some time at most.
     *
     * @param time 0 or less does not wait
     * @return whether it has ended
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws java.nio.channels.ClosedChannelException if this is closed, or is meanwhile
     */
    public boolean awaitEnd(Duration time) throws IOException, InterruptedException {
        return performInterruptibly("poll", POLLIN, time, EventNative::ended) != UNAVAILABLE;
    }

    /**
     * For a wait set: READY when it has ended. To be cancelled there before this is closed.
     *
     * @return what can be watched
     */
    public Watchable whenEnded() {
        return whenReadable();
    }
}
