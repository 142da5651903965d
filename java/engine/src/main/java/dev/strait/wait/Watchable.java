package dev.strait.wait;

import dev.strait.Outcome;
import dev.strait.internal.Usage;
import dev.strait.internal.WatchAccess;

/**
 * Something that a {@link WaitSet} can wait for. Readers, writers, semaphores, locks, sequences, latches and segments make
 * them: their methods whose names begin with {@code when}. Immutable, and good for any number of wait sets.
 */
public final class Watchable {
    static {
        WatchAccess.set(new Access());
    }

    final Object object;
    final WatchAccess.Adder adder;

    private Watchable(Object object, WatchAccess.Adder adder) {
        this.object = object;
        this.adder = adder;
    }

    /**
     * For messages.
     *
     * @return what is watched
     */
    @Override
    public String toString() {
        return "Watchable[" + object + "]";
    }

    private static final class Access extends WatchAccess {
        @Override
        public Watchable watchable(Object object, Adder adder) {
            return new Watchable(object, adder);
        }

        @Override
        public Watchable descriptor(Object object, Usage usage, int fd, int events) {
            return new Watchable(object, set -> add(set, usage, fd, events));
        }

        private static long add(long set, Usage usage, int fd, int events) {
            if (!usage.enter()) {
                return Outcome.CLOSED;
            }
            try {
                return WaitSetNative.addDescriptor(set, fd, events);
            } finally {
                usage.leave();
            }
        }
    }
}
