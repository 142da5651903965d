package dev.strait.signal;

import dev.strait.internal.Failure;
import dev.strait.internal.Place;
import dev.strait.internal.SegmentAccess;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The thread of a dispatcher: it opens the native one, receives, runs handlers or hands them to their executors, and closes
 * it. If it reads what is sent to itself, it begins with all signals blocked that may be taken, because it inherits that, and
 * ends so: the JVM gives a thread that ends the mask back that it began with, and a signal that was sent to it meanwhile must
 * find it blocked.
 */
final class DispatcherLoop implements Runnable {
    private static final int EPERM = 1;
    private static final int EBUSY = 16;
    private static final int BATCH = 64;
    private static final int LOOKS = 10_000;
    private static final long LOOK_NS = 100_000;
    private static final long NS_PER_SECOND = 1_000_000_000;

    /** Where native/jni/agent.c puts the signals that it has blocked, in hexadecimal. */
    private static final String AGENT = "strait.agent.signals";

    private static final Registration IGNORED = new Registration(null, null);

    private final DispatcherOptions options;
    private final Thread thread;
    private final CompletableFuture<DispatcherLoop> opening = new CompletableFuture<>();
    private final AtomicReferenceArray<Registration> registrations = new AtomicReferenceArray<>(Signal.MAX_NUMBER + 1);
    private final long[] batch = new long[BATCH * DispatcherNative.VALUES];
    private int count;
    private int next;

    private volatile boolean closing;
    private volatile int threadId;

    /** Guards what follows: the native dispatcher stays while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    private long handle;
    private final Queue<FutureTask<?>> tasks = new ArrayDeque<>();

    /** What is done with a signal. Without a handler it is dropped. The executor is null for the loop's own thread. */
    private record Registration(SignalHandler handler, Executor executor) {
        boolean drops() {
            return handler == null;
        }
    }

    /** A native call on the dispatcher. */
    @FunctionalInterface
    interface Call {
        int run(long handle);
    }

    /** Done once, when it is first needed. */
    private static final class Children {
        static {
            String agents = System.getProperty(AGENT, "0");
            DispatcherNative.guardChildren(Long.parseUnsignedLong(agents, 16));
        }

        static void guard() {}
    }

    private DispatcherLoop(DispatcherOptions options) {
        this.options = options;
        this.thread = new Thread(null, this, "strait-signals", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    }

    /** Starts one, and comes back when it receives. By a platform thread. */
    static DispatcherLoop start(DispatcherOptions options) throws IOException {
        Signal.all(); // from here on the library stays
        DispatcherLoop loop = new DispatcherLoop(options);
        if (options.isProcessWide()) {
            Children.guard();
            loop.thread.start();
        } else {
            loop.startWithSignalsBlocked();
        }
        try {
            return loop.opening.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            } else if (e.getCause() instanceof RuntimeException failed) {
                throw failed;
            }
            throw e;
        }
    }

    private void startWithSignalsBlocked() {
        long before = DispatcherNative.blockFree();
        try {
            thread.start();
        } finally {
            DispatcherNative.unblockFree(before);
        }
    }

    // ---- The thread --------------------------------------------------------------------------------------------

    @Override
    public void run() {
        try {
            handle = open();
            threadId = DispatcherNative.thread(handle);
            opening.complete(this);
        } catch (Throwable e) {
            opening.completeExceptionally(e);
            return;
        }
        try {
            while (!closing) {
                receive();
            }
        } finally {
            shut();
        }
    }

    private long open() throws IOException {
        int mode = options.isProcessWide() ? 1 : 0;
        SegmentAccess.Attach call =
                (directory, values, failure) -> DispatcherNative.open(mode, directory, options.name(), values, failure);
        if (options.name() != null) {
            return SegmentAccess.get().create(Place.named(options.name()), options.segment(), call);
        }
        Failure failure = new Failure();
        long result = call.attach(null, null, failure.values);
        if (Failure.isErrno(result)) {
            throw failure.exception(result, "", "SignalDispatcher");
        }
        return result;
    }

    private void receive() {
        runTasks();
        count = DispatcherNative.receive(handle, batch);
        if (count < 0) {
            closing = true;
            throw Failure.unchecked(count, "read", toString());
        }
        for (next = 0; next < count && !closing; ) {
            int at = next++ * DispatcherNative.VALUES;
            dispatch((int) (batch[at] >>> 32), at);
        }
    }

    private void dispatch(int number, int at) {
        Registration registration = registrations.get(number);
        if (registration == null || registration.drops()) {
            return;
        }
        ReceivedSignal signal = signalAt(number, at);
        if (registration.executor == null) {
            handle(registration.handler, signal);
            return;
        }
        try {
            registration.executor.execute(() -> handle(registration.handler, signal));
        } catch (Throwable e) {
            fail(signal, e);
        }
    }

    /** In the order in which DispatcherNative.receive fills it. */
    private ReceivedSignal signalAt(int number, int at) {
        long time = batch[at + 3];
        return new ReceivedSignal(
                Signal.of(number),
                (int) batch[at],
                (int) (batch[at + 1] >>> 32),
                (int) batch[at + 1],
                (int) batch[at + 2],
                Instant.ofEpochSecond(time / NS_PER_SECOND, time % NS_PER_SECOND));
    }

    private void handle(SignalHandler handler, ReceivedSignal signal) {
        if (closing) {
            return;
        }
        try {
            handler.handle(signal);
        } catch (Throwable e) {
            fail(signal, e);
        }
    }

    /** Nothing that is thrown anywhere ends the loop. */
    private void fail(ReceivedSignal signal, Throwable thrown) {
        try {
            options.onFailure().accept(signal, thrown);
        } catch (Throwable e) {
            e.addSuppressed(thrown);
            e.printStackTrace();
        }
    }

    private void runTasks() {
        for (FutureTask<?> task = nextTask(); task != null; task = nextTask()) {
            task.run();
        }
    }

    private FutureTask<?> nextTask() {
        lock.lock();
        try {
            return tasks.poll();
        } finally {
            lock.unlock();
        }
    }

    private void shut() {
        lock.lock();
        try {
            closing = true;
            DispatcherNative.close(handle);
            handle = 0;
            tasks.forEach(task -> task.cancel(false));
        } finally {
            lock.unlock();
        }
    }

    // ---- What others want of it ----------------------------------------------------------------------------------

    void register(Signal signal, SignalHandler handler, Executor executor) {
        change(signal, new Registration(handler, executor), handle -> DispatcherNative.take(handle, signal.number()));
    }

    /** By the loop's thread: it alone can take away what is pending for it. */
    void ignore(Signal signal) {
        if (Thread.currentThread() == thread) {
            ignoreHere(signal);
        } else {
            await(submit(() -> {
                ignoreHere(signal);
                return null;
            }));
        }
    }

    void unregister(Signal signal) {
        change(signal, null, handle -> DispatcherNative.release(handle, signal.number()));
    }

    boolean isHandled(Signal signal) {
        Registration registration = registrations.get(signal.number());
        return registration != null && !registration.drops();
    }

    boolean isIgnored(Signal signal) {
        Registration registration = registrations.get(signal.number());
        return registration != null && registration.drops();
    }

    int threadId() {
        return threadId;
    }

    boolean isClosed() {
        return closing;
    }

    /** Waits for the thread's end, unless it is the caller. */
    void close() {
        closing = true;
        lock.lock();
        try {
            if (handle != 0) {
                DispatcherNative.wake(handle);
            }
        } finally {
            lock.unlock();
        }
        if (Thread.currentThread() != thread) {
            joinUninterruptibly();
            awaitThreadsEnd();
        }
    }

    private void ignoreHere(Signal signal) {
        int number = signal.number();
        change(signal, IGNORED, handle -> DispatcherNative.ignore(handle, number));
        for (int i = next; i < count; i++) { // what was pending, too
            int at = i * DispatcherNative.VALUES;
            batch[at] = (int) (batch[at] >>> 32) == number ? 0 : batch[at];
        }
    }

    /** What comes as soon as the call is made finds the registration. */
    private void change(Signal signal, Registration registration, Call call) {
        lock.lock();
        try {
            ensureOpen();
            Registration before = registrations.getAndSet(signal.number(), registration);
            int result = call.run(handle);
            if (result < 0) {
                registrations.set(signal.number(), before);
                throw refused(result, signal);
            }
        } finally {
            lock.unlock();
        }
    }

    private RuntimeException refused(int result, Signal signal) {
        if (result != -EBUSY && result != -EPERM) {
            return Failure.unchecked(result, "sweep", signal.toString());
        }
        String why = result == -EBUSY ? "another dispatcher has it" : "it had a handler when " + this + " began";
        return new IllegalArgumentException(
                signal + " cannot be taken: " + signal.refusal().orElse(why));
    }

    private <T> FutureTask<T> submit(Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        lock.lock();
        try {
            ensureOpen();
            tasks.add(task);
            DispatcherNative.wake(handle);
        } finally {
            lock.unlock();
        }
        return task;
    }

    private void await(FutureTask<?> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (CancellationException e) {
            throw closedException();
        } catch (ExecutionException e) {
            throw (RuntimeException) e.getCause();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void joinUninterruptibly() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The JVM is done with it a little before the kernel is; from then on senders hear that it is gone. */
    private void awaitThreadsEnd() {
        SignalTarget target = SignalTarget.thread((int) ProcessHandle.current().pid(), threadId);
        for (int look = 0; look < LOOKS && target.exists(); look++) {
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    private void ensureOpen() {
        if (closing) {
            throw closedException();
        }
    }

    private IllegalStateException closedException() {
        return new IllegalStateException(this + ": is closed");
    }

    @Override
    public String toString() {
        if (options.isProcessWide()) {
            return "SignalDispatcher[process-wide]";
        }
        return "SignalDispatcher[" + (options.name() == null ? "thread " + threadId : options.name()) + "]";
    }
}
