package dev.strait.internal;

/** Ends the wait in the kernel of the one thread that has it. Anybody may ring it; who waits looks for the reason. */
public abstract class Waker {
    /** Rings it when the thread that has entered it is interrupted. */
    public final InterruptHook hook = new InterruptHook() {
        @Override
        public InterruptHook wakeup() {
            wake();
            return this;
        }
    };

    /** For something that can be rung. */
    protected Waker() {}

    /** Ends the wait, or the next one. Nothing when it was freed: JDK 25 may interrupt a wait that is over. */
    public abstract void wake();

    /** Gives up what it has. By the thread that waited, or when nobody waits. */
    public abstract void free();
}
