package dev.strait.event;

import dev.strait.descriptor.Descriptor;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/**
 * A timer with a descriptor, timerfd_create(2): readable when it has expired, for a {@link dev.strait.wait.WaitSet} or any
 * epoll(7) loop that has other things to wait for as well.
 *
 * <pre>{@code
 * try (TimerFd timer = TimerFd.open(TimerFd.Clock.MONOTONIC)) {
 *     timer.arm(Duration.ofMillis(10), Duration.ofMillis(10));
 *     long ticks = timer.await(); // 1, or more when we are late
 * }
 * }</pre>
 *
 * <p>Arming replaces what was armed, and forgets what has expired and was not taken. A thread that only wants to be called
 * later is better served by a {@link java.util.concurrent.ScheduledExecutorService}.
 *
 * <p>An interrupt ends a wait with {@link InterruptedException}, and this stays open. Where this does not
 * {@linkplain #configureBlocking block}, what would wait answers 0 at once.
 */
public final class TimerFd extends Descriptor {
    private static final int ABSOLUTE = 1;
    private static final int CANCEL_ON_SET = 2;
    private static final long NS_PER_SECOND = 1_000_000_000;

    private final Clock clock;

    /** What a timer goes by. */
    public enum Clock {
        /** Since some time in the past; does not count while the machine is suspended. That of {@link System#nanoTime}. */
        MONOTONIC(1, 1),
        /** The time of day, since 1970; can be set. */
        REALTIME(0, 0),
        /** As {@link #MONOTONIC}, and counts while the machine is suspended. */
        BOOTTIME(7, 7),
        /** As {@link #REALTIME}, and wakes the machine up. Needs CAP_WAKE_ALARM. */
        REALTIME_ALARM(8, 0),
        /** As {@link #BOOTTIME}, and wakes the machine up. Needs CAP_WAKE_ALARM. */
        BOOTTIME_ALARM(9, 7);

        private final int number;
        private final int readNumber;

        Clock(int number, int readNumber) {
            this.number = number;
            this.readNumber = readNumber;
        }

        /**
         * What it says now.
         *
         * @return nanoseconds
         */
        public long nowNs() {
            return read(readNumber);
        }

        private static long read(int clock) {
            return EventNative.now(clock);
        }

        private boolean isRealTime() {
            return readNumber == 0;
        }
    }

    private TimerFd(int fd, Clock clock) {
        super(fd, "TimerFd");
        this.clock = clock;
    }

    /**
     * A new one, which is not armed.
     *
     * @param clock what it goes by
     * @return the timer
     * @throws dev.strait.ErrnoException EMFILE, ENFILE, ENOMEM; EPERM for an alarm without the capability
     */
    public static TimerFd open(Clock clock) throws IOException {
        return new TimerFd(
                (int) EventNative.checked("timerfd_create", clock, EventNative.openTimer(clock.number)), clock);
    }

    /**
     * Takes over a timerfd that was inherited or received.
     *
     * @param fd its number, which is this object's to close from now on
     * @param clock the one that it was made with
     * @return the timer
     * @throws dev.strait.ErrnoException EBADF
     */
    public static TimerFd adopt(int fd, Clock clock) throws IOException {
        return new TimerFd(prepare(fd), clock);
    }

    /**
     * What it goes by.
     *
     * @return the clock
     */
    public Clock clock() {
        return clock;
    }

    // ---- Arming --------------------------------------------------------------------------------------------------

    /**
     * Lets it expire once.
     *
     * @param delay from now; 0 or less is at once
     * @throws java.nio.channels.ClosedChannelException if this is closed
     */
    public void arm(Duration delay) throws IOException {
        arm(delay, Duration.ZERO);
    }

    /**
     * Lets it expire, and then again and again.
     *
     * @param delay from now until the first time; 0 or less is at once
     * @param interval from each time to the next; {@link Duration#ZERO} for once only
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IllegalArgumentException if the interval is negative
     */
    public void arm(Duration delay, Duration interval) throws IOException {
        set(0, ns(delay), interval);
    }

    /**
     * Lets it expire once at a time of its clock, or at once when that has passed.
     *
     * @param timeNs as {@link Clock#nowNs} counts
     * @throws java.nio.channels.ClosedChannelException if this is closed
     */
    public void armAt(long timeNs) throws IOException {
        armAt(timeNs, Duration.ZERO);
    }

    /**
     * Lets it expire at a time of its clock, and then again and again. Times that have passed already count as expired.
     *
     * @param timeNs as {@link Clock#nowNs} counts
     * @param interval from each time to the next; {@link Duration#ZERO} for once only
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IllegalArgumentException if the interval is negative
     */
    public void armAt(long timeNs, Duration interval) throws IOException {
        set(ABSOLUTE, timeNs, interval);
    }

    /**
     * The same by the time of day, even if somebody sets the clock: then it goes by the new time, or is cancelled.
     *
     * @param time when it expires for the first time
     * @param interval from each time to the next; {@link Duration#ZERO} for once only
     * @param cancelOnSet TFD_TIMER_CANCEL_ON_SET: when the clock is set, {@link #await()} fails with ECANCELED, once; the timer
     *     goes on
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IllegalArgumentException if the interval is negative
     * @throws IllegalStateException if the clock is none that can be set
     */
    public void armAt(Instant time, Duration interval, boolean cancelOnSet) throws IOException {
        if (!clock.isRealTime()) {
            throw new IllegalStateException(this + ": goes by " + clock + ", which knows no time of day");
        }
        Duration sinceEpoch = Duration.between(Instant.EPOCH, time);
        set(cancelOnSet ? ABSOLUTE | CANCEL_ON_SET : ABSOLUTE, ns(sinceEpoch), interval);
    }

    /** A time of 0 would disarm it. */
    private void set(int flags, long firstNs, Duration interval) throws IOException {
        if (interval.isNegative()) {
            throw new IllegalArgumentException("interval " + interval + ": must be positive, or 0 for none");
        }
        settime(flags, Math.max(firstNs, 1), ns(interval));
    }

    private void settime(int flags, long firstNs, long intervalNs) throws IOException {
        EventNative.checked("timerfd_settime", this, lend(fd -> EventNative.setTimer(fd, flags, firstNs, intervalNs)));
    }

    /**
     * Lets it expire no more.
     *
     * @throws java.nio.channels.ClosedChannelException if this is closed
     */
    public void disarm() throws IOException {
        settime(0, 0, 0);
    }

    // ---- Looking -------------------------------------------------------------------------------------------------

    /**
     * How long it is until it expires next.
     *
     * @return {@link Duration#ZERO} when it is not armed, or has expired for the last time
     * @throws java.nio.channels.ClosedChannelException if this is closed
     */
    public Duration remaining() throws IOException {
        return Duration.ofNanos(times()[0]);
    }

    /**
     * From each time to the next.
     *
     * @return {@link Duration#ZERO} when it expires once, or is not armed
     * @throws java.nio.channels.ClosedChannelException if this is closed
     */
    public Duration interval() throws IOException {
        return Duration.ofNanos(times()[1]);
    }

    private long[] times() throws IOException {
        long[] times = new long[2];
        EventNative.checked("timerfd_gettime", this, lend(fd -> EventNative.getTimer(fd, times)));
        return times;
    }

    // ---- Waiting -------------------------------------------------------------------------------------------------

    /**
     * Waits until it has expired, which may be for ever when it is not armed.
     *
     * @return how often it has since it was armed or this was last asked, 1 or more; 0 when it has not and this does not block
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws java.nio.channels.ClosedChannelException if this is closed, or is meanwhile
     * @throws dev.strait.ErrnoException ETIMEDOUT; ECANCELED when the clock was set, as {@link #armAt(Instant, Duration,
     *     boolean)} says
     */
    public long await() throws IOException, InterruptedException {
        long[] count = new long[1];
        performInterruptibly("read", POLLIN, fd -> EventNative.take(fd, count));
        return count[0];
    }

    /**
     * As {@link #await()}, for some time at most.
     *
     * @param time 0 or less does not wait
     * @return as {@link #await()}; 0 when it has not expired
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws java.nio.channels.ClosedChannelException if this is closed, or is meanwhile
     * @throws dev.strait.ErrnoException ECANCELED
     */
    public long await(Duration time) throws IOException, InterruptedException {
        long[] count = new long[1];
        performInterruptibly("read", POLLIN, time, fd -> EventNative.take(fd, count));
        return count[0];
    }

    /** 292 years are for ever. */
    private static long ns(Duration duration) {
        long seconds = duration.getSeconds();
        if (seconds >= Long.MAX_VALUE / NS_PER_SECOND) {
            return Long.MAX_VALUE;
        }
        return seconds < 0 ? 0 : seconds * NS_PER_SECOND + duration.getNano();
    }
}
