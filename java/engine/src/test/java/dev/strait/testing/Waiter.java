package dev.strait.testing;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * A call in a thread of its own, of which one can know that it sleeps.
 *
 * @param <T> what it returns
 */
public final class Waiter<T> {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final int LOOKS = 10_000; // a millisecond each

    private final FutureTask<T> task;
    private final Thread thread;

    private Waiter(Callable<T> call) {
        task = new FutureTask<>(call);
        thread = new Thread(task, "waiter-" + COUNT.incrementAndGet()); // /proc shows up to 15 characters
        thread.setDaemon(true);
    }

    /** Starts it. */
    public static <T> Waiter<T> start(Callable<T> call) {
        Waiter<T> waiter = new Waiter<>(call);
        waiter.thread.start();
        return waiter;
    }

    /**
     * Whether it comes to sleep on a doorbell, or ends instead. A thread of a JVM may sleep for other reasons: so somebody
     * must be registered as a waiter too.
     */
    public boolean comesToSleep(BooleanSupplier isRegistered) throws IOException, InterruptedException {
        for (int i = 0; i < LOOKS && !task.isDone(); i++) {
            if (isRegistered.getAsBoolean() && sleepsInKernel()) {
                return true;
            }
            Thread.sleep(1);
        }
        return false;
    }

    /** Whether it comes to be inside of a method, be it a native one, or ends instead. */
    public boolean comesInto(Class<?> type, String method) throws InterruptedException {
        return comesInto(type.getName(), method);
    }

    /** The same for a class that its package keeps to itself. */
    public boolean comesInto(String type, String method) throws InterruptedException {
        for (int i = 0; i < LOOKS && !task.isDone(); i++) {
            for (StackTraceElement frame : thread.getStackTrace()) {
                if (frame.getClassName().equals(type) && frame.getMethodName().equals(method)) {
                    return true;
                }
            }
            Thread.sleep(1);
        }
        return false;
    }

    /** Interrupts its thread. */
    public void interrupt() {
        thread.interrupt();
    }

    /** Whether the call has ended. */
    public boolean isDone() {
        return task.isDone();
    }

    /** What the call returned; what it threw, in an {@link ExecutionException}. */
    public T result() throws ExecutionException, InterruptedException {
        return task.get();
    }

    /** The same, but not for ever. */
    public T result(long timeoutS) throws ExecutionException, InterruptedException, TimeoutException {
        return task.get(timeoutS, TimeUnit.SECONDS);
    }

    /** The state in /proc/PID/task/TID/stat, behind the name in brackets. */
    private boolean sleepsInKernel() throws IOException {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                if (statOf(task).contains("(" + thread.getName() + ") S")) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String statOf(Path task) {
        try {
            return Files.readString(task.resolve("stat"));
        } catch (IOException e) {
            return ""; // that thread has ended
        }
    }
}
