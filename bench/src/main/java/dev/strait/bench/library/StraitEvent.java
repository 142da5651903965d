package dev.strait.bench.library;

import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.event.EventFd;
import java.io.IOException;

/** Strait's eventfds. */
public final class StraitEvent {
    private StraitEvent() {}

    /** A number added and taken by one thread. */
    public static final class Calls implements Pairs {
        private EventFd counter;

        @Override
        public void open(Parameters parameters) throws IOException {
            counter = EventFd.open(0);
        }

        @Override
        public void pair() throws IOException, InterruptedException {
            if (!counter.add(1) || counter.take() != 1) {
                throw new IllegalStateException("not counted");
            }
        }

        @Override
        public void close() throws IOException {
            counter.close();
        }
    }
}
