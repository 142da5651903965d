package dev.strait.testing;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A call in a virtual thread of its own. All of them have one carrier, unless the JVM was started with properties that say
 * otherwise.
 *
 * @param <T> what it returns
 */
public final class Virtual<T> {
    private static final long SOON_S = 20;
    private static final int LOOKS = 10_000; // a millisecond each

    static {
        for (String size : new String[] {"parallelism", "maxPoolSize"}) {
            String property = "jdk.virtualThreadScheduler." + size; // read when the first one starts
            System.setProperty(property, System.getProperty(property, "1"));
        }
    }

    private final FutureTask<T> task;
    private final Thread thread;

    private Virtual(Callable<T> call) {
        task = new FutureTask<>(call);
        thread = start(task);
    }

    /** Starts it. */
    public static <T> Virtual<T> start(Callable<T> call) {
        return new Virtual<>(call);
    }

    private static Thread start(Runnable runnable) {
        try {
            MethodHandle start = MethodHandles.publicLookup()
                    .findStatic(
                            Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class));
            return (Thread) start.invoke(runnable);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Whether it comes to park, or ends instead. */
    public boolean comesToPark() throws InterruptedException {
        for (int i = 0; i < LOOKS && !task.isDone(); i++) {
            if (thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING) {
                return true;
            }
            Thread.sleep(1);
        }
        return false;
    }

    /** Interrupts it. */
    public void interrupt() {
        thread.interrupt();
    }

    /** Whether the call has ended. */
    public boolean isDone() {
        return task.isDone();
    }

    /** What the call returned, soon; what it threw, in an {@link ExecutionException}. */
    public T result() throws ExecutionException, InterruptedException, TimeoutException {
        return task.get(SOON_S, TimeUnit.SECONDS);
    }
}
