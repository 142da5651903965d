package dev.strait.internal;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Virtual threads, on a JVM that has them. */
public final class VirtualThreads {
    /** Thread.isVirtual; null before Java 21. */
    private static final MethodHandle IS_VIRTUAL = findIsVirtual();

    private VirtualThreads() {}

    /**
     * What is to be done.
     *
     * @param <T> what it returns
     * @param <E> what it throws
     */
    @FunctionalInterface
    public interface Action<T, E extends Exception> {
        /**
         * Does it.
         *
         * @return what it returns
         * @throws E if it fails
         */
        T run() throws E;
    }

    /**
     * Whether the calling thread must not wait in native code, because others wait for its carrier.
     *
     * @return whether it is virtual
     */
    public static boolean isCurrent() {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Does what may keep a thread in native code for a while, and is seldom done: a virtual thread parks meanwhile, and a
     * thread that is made for it does it.
     *
     * @param <T> what it returns
     * @param <E> what it throws
     * @param action which does not ask what thread it is in
     * @return what it returns
     * @throws E if it fails
     */
    public static <T, E extends Exception> T offCarrier(Action<T, E> action) throws E {
        if (!isCurrent()) {
            return action.run();
        }
        Errand<T, E> errand = new Errand<>(action);
        start(errand, "strait-errand");
        return errand.await(() -> {});
    }

    /**
     * For a virtual thread: another thread waits for it. An interrupt is handed on to that one, and stays.
     *
     * @param call which may wait, and ends when its thread is interrupted
     * @return what it returns
     */
    static long await(LongSupplier call) {
        Errand<Long, RuntimeException> errand = new Errand<>(call::getAsLong);
        Thread thread = start(errand, "strait-errand");
        return errand.await(thread::interrupt);
    }

    /** Starts a daemon thread that has nothing of the calling one. */
    static Thread start(Runnable runnable, String name) {
        Thread thread = new Thread(null, runnable, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        thread.start();
        return thread;
    }

    private static MethodHandle findIsVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (NoSuchMethodException e) {
            return null;
        } catch (IllegalAccessException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** An action that one thread does and another waits for, whatever interrupts that. */
    private static final class Errand<T, E extends Exception> implements Runnable {
        private final Action<T, E> action;
        private final Thread client = Thread.currentThread();
        private T value;
        private Throwable failure;
        private volatile boolean done;

        Errand(Action<T, E> action) {
            this.action = action;
        }

        @Override
        public void run() {
            try {
                value = action.run();
            } catch (Throwable e) {
                failure = e;
            }
            done = true;
            LockSupport.unpark(client);
        }

        @SuppressWarnings("unchecked") // of what the action throws that is checked, all is E
        T await(Runnable whenInterrupted) throws E {
            boolean interrupted = false;
            while (!done) {
                if (Thread.interrupted()) {
                    interrupted = true;
                    whenInterrupted.run();
                }
                if (!done) {
                    LockSupport.park(this);
                }
            }
            if (interrupted) {
                client.interrupt();
            }
            if (failure instanceof RuntimeException e) {
                throw e;
            } else if (failure instanceof Error e) {
                throw e;
            } else if (failure != null) {
                throw (E) failure;
            }
            return value;
        }
    }
}
