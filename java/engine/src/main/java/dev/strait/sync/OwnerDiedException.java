package dev.strait.sync;

/**
 * The lock is the caller's, and the one who had it before died, or closed its segment, without giving it up. What the lock
 * guards may be half done: repair it and say so, {@link Lock#repaired}; whoever gives the lock up without makes it not
 * recoverable.
 *
 * <p>A checked exception, because a result can be overlooked, and code that goes on would work on broken data.
 */
public final class OwnerDiedException extends Exception {
    private static final long serialVersionUID = 1L;

    OwnerDiedException(Lock lock) {
        super(lock + ": its owner died; the lock is this thread's now, to repair what it guards");
    }
}
