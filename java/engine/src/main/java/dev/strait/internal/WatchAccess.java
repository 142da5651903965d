package dev.strait.internal;

import dev.strait.wait.Watchable;
import java.lang.invoke.MethodHandles;

/** How things that can be watched are made, which users only hand on. */
public abstract class WatchAccess {
    private static volatile WatchAccess instance;

    /** A native call that adds a watch of something to a wait set. */
    @FunctionalInterface
    public interface Adder {
        /**
         * Makes the call.
         *
         * @param set the native wait set
         * @return the native watch; a negated errno or CLOSED when it was not added
         */
        long add(long set);
    }

    /** For the one implementation. */
    protected WatchAccess() {}

    /**
     * Called when the class of what can be watched is initialised.
     *
     * @param access the implementation
     */
    public static void set(WatchAccess access) {
        instance = access;
    }

    /**
     * The implementation.
     *
     * @return it
     */
    public static WatchAccess get() {
        if (instance == null) {
            try {
                MethodHandles.lookup().ensureInitialized(Watchable.class);
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
        return instance;
    }

    /**
     * Something in shared memory.
     *
     * @param object what is watched, which is kept as long as it is
     * @param adder adds it
     * @return what a wait set takes
     */
    public abstract Watchable watchable(Object object, Adder adder);

    /**
     * A descriptor, which is READY for these events of poll(2), and for errors and hang-up.
     *
     * @param object what it belongs to, which is kept as long as it is watched
     * @param usage who uses it; CLOSED is answered when it is closed
     * @param fd the descriptor
     * @param events bits as in poll(2)
     * @return what a wait set takes
     */
    public abstract Watchable descriptor(Object object, Usage usage, int fd, int events);
}
