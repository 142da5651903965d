package dev.strait.signal;

/** What is done with a signal. It is no signal handler of C: it runs in a thread like any other, and may do anything. */
@FunctionalInterface
public interface SignalHandler {
    /**
     * Handles one.
     *
     * @param signal which has arrived
     * @throws Exception which is reported, {@link DispatcherOptions#onFailure}, and stops nothing
     */
    void handle(ReceivedSignal signal) throws Exception;
}
