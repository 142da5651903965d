package dev.strait.sync;

import dev.strait.Outcome;
import java.lang.ref.Reference;

/** What many wait for: the parties, whose deaths end the waits, and the word. */
abstract class Gate extends SyncObject {
    Gate(Opened opened) {
        super(opened);
    }

    /**
     * Makes this attachment a party: one of those for whom the others wait, in place of one who died if there is such a one.
     *
     * @throws IllegalStateException if the segment is closed
     */
    public final void join() {
        try {
            done(GateNative.join(handle));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * This attachment is no party any more, if it was one: it may go, and nobody waits for it.
     *
     * @throws IllegalStateException if the segment is closed
     */
    public final void leave() {
        try {
            done(GateNative.leave(handle));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** The word, of zeros when closed. */
    final long word() {
        return (long) WORD.getVolatile(words, SyncLayout.WORD);
    }

    /** The result of a native call that does not wait. */
    final int done(int result) {
        if (answer(result) == Outcome.CLOSED) {
            throw closedException();
        }
        return result;
    }
}
