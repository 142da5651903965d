package dev.strait.sync;

/**
 * The lock is nobody's any more: its owner died, and the next one gave it up without having repaired what it guards. It is
 * not the caller's either.
 */
public final class NotRecoverableException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    NotRecoverableException(Lock lock) {
        super(lock + ": its owner died, and what it guards was given up unrepaired");
    }
}
