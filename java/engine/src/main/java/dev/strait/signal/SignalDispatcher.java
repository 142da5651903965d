package dev.strait.signal;

import dev.strait.internal.VirtualThreads;
import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * Receives signals, and hands them to handlers that are Java like any other: a thread of its own, "strait-signals", reads them
 * by signalfd(2).
 *
 * <pre>{@code
 * SignalDispatcher dispatcher = SignalDispatcher.open(DispatcherOptions.defaults().name("orders"));
 * dispatcher.handle(Signal.realTime(0), signal -> System.out.println(signal.value() + " from " + signal.pid()));
 * }</pre>
 *
 * <p><b>Two modes.</b> By default it receives what is sent to its own thread: {@link SignalTarget#dispatcher} finds it by its
 * name, other programs send to {@link #threadId} by rt_tgsigqueueinfo(2). Nothing else in the JVM changes: a signal for the
 * process still does what it did. A {@linkplain DispatcherOptions#processWide process-wide} one receives what anybody sends to
 * the process. {@linkplain dev.strait.signal The package's documentation} says how, and which signals may be taken.
 *
 * <p><b>Guarantees.</b> Real-time signals all arrive, each once, with their payloads; those of one sender in order, but
 * process-wide without the agent. Of standard signals one at a time is pending: who sends a second one before the first was
 * read has sent one. No signal is lost while a handler is replaced, nor when one throws.
 *
 * <p><b>Handlers</b> run one after the other in the dispatcher's thread, or where an {@link Executor} runs them. While one runs
 * in the dispatcher's thread the others wait, and the kernel queues what arrives, up to RLIMIT_SIGPENDING: then senders get
 * EAGAIN. A process that such a handler starts inherits, on Java 17, the thread's mask, unless this is process-wide: start it
 * by an executor.
 *
 * <p><b>Closing</b> drops what is pending or was read and is not yet in a handler. If nobody closes it, it receives until the JVM
 * ends. All methods may be called by any thread, handlers included; virtual threads may park.
 *
 * <p>Signals are doorbells with an int. For messages use a {@link dev.strait.ring.Ring}, for permits a
 * {@link dev.strait.sync.Semaphore}: they are faster, and know when their peer has died.
 */
public final class SignalDispatcher implements AutoCloseable {
    private final DispatcherLoop loop;

    private SignalDispatcher(DispatcherLoop loop) {
        this.loop = loop;
    }

    /**
     * Opens one that takes nothing yet.
     *
     * @param options how
     * @return the dispatcher
     * @throws dev.strait.ErrnoException EBUSY when a live dispatcher has the name; EPROTO when a segment of that name is none's;
     *     EMFILE, ENFILE, ENOMEM; for a name also what {@link dev.strait.segment.Segment#openOrCreate} throws
     * @throws IOException one of these
     * @throws IllegalArgumentException if the name is none, or one was given for a process-wide dispatcher
     */
    public static SignalDispatcher open(DispatcherOptions options) throws IOException {
        if (options.isProcessWide() && options.name() != null) {
            throw new IllegalArgumentException(
                    "name \"" + options.name() + "\": a process-wide dispatcher is found by its process");
        }
        return new SignalDispatcher(VirtualThreads.offCarrier(() -> DispatcherLoop.start(options)));
    }

    /**
     * Handles a signal from now on, in the dispatcher's thread. Replaces what was said for it before.
     *
     * @param signal which
     * @param handler what to do
     * @throws IllegalArgumentException if it may not be taken, {@link Signal#refusal}, or another dispatcher has it
     * @throws IllegalStateException if this is closed, or, process-wide, not all threads can be looked at
     */
    public void handle(Signal signal, SignalHandler handler) {
        register(signal, handler, null);
    }

    /**
     * Handles a signal from now on, where an executor does it. Replaces what was said for it before.
     *
     * @param signal which
     * @param handler what to do
     * @param executor gets a task for each; what it refuses is reported, and dropped
     * @throws IllegalArgumentException as {@link #handle(Signal, SignalHandler)}
     * @throws IllegalStateException likewise
     */
    public void handle(Signal signal, SignalHandler handler, Executor executor) {
        register(signal, handler, Objects.requireNonNull(executor, "executor"));
    }

    private void register(Signal signal, SignalHandler handler, Executor executor) {
        Objects.requireNonNull(handler, "handler");
        VirtualThreads.offCarrier(() -> {
            loop.register(signal, handler, executor);
            return null;
        });
    }

    /**
     * Drops a signal from now on, and what of it is pending. Child processes do not inherit that. Waits until the handler has
     * returned that is running in the dispatcher's thread, unless that is the caller.
     *
     * @param signal which
     * @throws IllegalArgumentException as {@link #handle(Signal, SignalHandler)}
     * @throws IllegalStateException if this is closed, before or meanwhile
     */
    public void ignore(Signal signal) {
        loop.ignore(signal);
    }

    /**
     * Gives a signal back; nothing if it was not taken. By default it waits, from now on, until it is handled or ignored again.
     * Process-wide its disposition and the threads' masks are as they were: what is pending is dropped, and what comes then has
     * its default action, which may be the end of the JVM.
     *
     * @param signal which
     * @throws IllegalStateException if this is closed
     */
    public void reset(Signal signal) {
        VirtualThreads.offCarrier(() -> {
            loop.unregister(signal);
            return null;
        });
    }

    /**
     * What is handled now.
     *
     * @return a copy
     */
    public Set<Signal> handled() {
        return those(loop::isHandled);
    }

    /**
     * What is ignored now.
     *
     * @return a copy
     */
    public Set<Signal> ignored() {
        return those(loop::isIgnored);
    }

    private static Set<Signal> those(Predicate<Signal> condition) {
        Set<Signal> set = new TreeSet<>();
        Signal.all().stream().filter(condition).forEach(set::add);
        return set;
    }

    /**
     * The mask of the dispatcher's thread: what it handles is blocked there, and by default all else that it may take.
     *
     * @return a copy
     * @throws IOException as {@link ProcessSignals#of(int, int)}
     */
    public Set<Signal> blocked() throws IOException {
        return look().blocked();
    }

    /**
     * What is pending for the dispatcher's thread and for the process.
     *
     * @return a copy
     * @throws IOException as {@link ProcessSignals#of(int, int)}
     */
    public Set<Signal> pending() throws IOException {
        ProcessSignals now = look();
        Set<Signal> set = new TreeSet<>(now.pending());
        set.addAll(now.pendingForProcess());
        return set;
    }

    private ProcessSignals look() throws IOException {
        return ProcessSignals.of((int) ProcessHandle.current().pid(), loop.threadId());
    }

    /**
     * The thread that receives, as gettid(2): what other programs send to by rt_tgsigqueueinfo(2) when this is not
     * process-wide. To be forgotten before this is closed: the number may become another thread's.
     *
     * @return its id
     */
    public int threadId() {
        return loop.threadId();
    }

    /**
     * Whether it is closed.
     *
     * @return true from the beginning of the close
     */
    public boolean isClosed() {
        return loop.isClosed();
    }

    /**
     * Closes it: no handler begins after this. Dispositions and masks are as they were before it took signals; what is
     * pending is dropped. Waits until the handler has returned that is running in the dispatcher's thread, unless that is the
     * caller; not for executors. Does nothing the second time.
     */
    @Override
    public void close() {
        loop.close();
    }

    /**
     * For messages.
     *
     * @return its name, thread, or mode
     */
    @Override
    public String toString() {
        return loop.toString();
    }
}
