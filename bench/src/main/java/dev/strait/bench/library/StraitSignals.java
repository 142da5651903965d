package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Side;
import dev.strait.bench.side.Sink;
import dev.strait.signal.DispatcherOptions;
import dev.strait.signal.ReceivedSignal;
import dev.strait.signal.Signal;
import dev.strait.signal.SignalDispatcher;
import dev.strait.signal.SignalTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.locks.LockSupport;

/**
 * Real-time signals that carry the value, received by Strait's dispatcher: what bench/c/signal.c, which is its peer, does with
 * a bare loop. The dispatcher's thread does the work, and answers; the one that polls only looks what has been done.
 */
public final class StraitSignals implements Library {
    private static final Signal SIGNAL = Signal.realTime(5);
    private static final long LOOK_NS = 1_000_000;

    @Override
    public End open(Parameters parameters) throws IOException, InterruptedException {
        Side.pin(parameters.cpu()); // the dispatcher's thread inherits it
        SignalDispatcher dispatcher =
                SignalDispatcher.open(DispatcherOptions.defaults().onFailure(StraitSignals::fail));
        publish(parameters, ProcessHandle.current().pid() + " " + dispatcher.threadId() + "\n");
        String[] peer = peer(parameters).split(" ", -1);
        return new Signals(dispatcher, SignalTarget.thread(Integer.parseInt(peer[0]), Integer.parseInt(peer[1])));
    }

    /** Else nobody would know, and the other side wait for ever. */
    private static void fail(ReceivedSignal signal, Throwable thrown) {
        thrown.printStackTrace();
        Runtime.getRuntime().halt(1);
    }

    private static void publish(Parameters parameters, String ids) throws IOException {
        Path unfinished = Files.writeString(
                parameters.dir().resolve("unfinished-" + ProcessHandle.current().pid()), ids);
        Files.move(
                unfinished,
                parameters.dir().resolve(parameters.first() ? "first" : "second"),
                StandardCopyOption.ATOMIC_MOVE);
    }

    private static String peer(Parameters parameters) throws IOException {
        Path file = parameters.dir().resolve(parameters.first() ? "second" : "first");
        while (!Files.exists(file)) {
            Thread.onSpinWait();
        }
        return Files.readString(file).trim();
    }

    private static final class Signals implements End {
        private final SignalDispatcher dispatcher;
        private final SignalTarget peer;
        private Sink sink;
        private volatile int received;
        private int polled;

        Signals(SignalDispatcher dispatcher, SignalTarget peer) {
            this.dispatcher = dispatcher;
            this.peer = peer;
        }

        @Override
        public void deliverTo(Sink newSink) {
            sink = newSink;
            dispatcher.handle(SIGNAL, this::onSignal);
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread
        private void onSignal(ReceivedSignal signal) throws IOException {
            sink.onMessage(signal.value());
            received++;
        }

        @Override
        public boolean offer(long value) throws IOException {
            peer.send(SIGNAL, (int) value);
            return true;
        }

        @Override
        public int poll() {
            int now = received;
            if (now == polled) {
                LockSupport.parkNanos(this, LOOK_NS);
            }
            int count = now - polled;
            polled = now;
            return count;
        }

        @Override
        public void close() {
            dispatcher.close();
            peer.close();
        }
    }
}
