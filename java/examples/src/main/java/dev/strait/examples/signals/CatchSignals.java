package dev.strait.examples.signals;

import dev.strait.signal.DispatcherOptions;
import dev.strait.signal.ReceivedSignal;
import dev.strait.signal.Signal;
import dev.strait.signal.SignalDispatcher;
import dev.strait.signal.SignalQueue;
import java.util.List;

/** {@code java -Xrs -cp ... dev.strait.examples.signals.CatchSignals}, and {@code kill} it from another terminal. */
public final class CatchSignals {
    private CatchSignals() {}

    /**
     * Waits for one of the four.
     *
     * @param arguments none
     * @throws Exception if signals cannot be received
     */
    public static void main(String[] arguments) throws Exception {
        try (SignalQueue queue = SignalQueue.open();
                SignalDispatcher dispatcher =
                        SignalDispatcher.open(DispatcherOptions.defaults().processWide())) {
            for (String name : List.of("HUP", "INT", "TERM", "QUIT")) {
                dispatcher.handle(Signal.of(name), queue);
            }
            System.out.println("kill " + ProcessHandle.current().pid());
            ReceivedSignal caught = queue.take();
            System.out.println("caught " + caught.signal().name() + " from process " + caught.pid());
        }
    }
}
