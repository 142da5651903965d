package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Payload;
import dev.strait.bench.side.Sink;
import dev.strait.event.EventFd;
import dev.strait.socket.Attachment;
import dev.strait.socket.Received;
import dev.strait.socket.UnixStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;

/**
 * Strait's eventfds, one for each direction, which the first side makes and sends to the second: bench/c/eventfd.c in Java.
 * Each holds one message, as a number: 1 more than the value, so that none is 0.
 */
public final class StraitEvent implements Library {
    private static final long END = Long.MAX_VALUE;

    @Override
    public End open(Parameters parameters) throws IOException, InterruptedException {
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        try (UnixStream connection = UnixMeeting.meet(parameters, UnixStream::listen, UnixStream::connect)) {
            if (parameters.first()) {
                EventFd there = EventFd.open(0);
                EventFd back = EventFd.open(0);
                connection.write(one, Attachment.of(there, back).keepOpen());
                return new Counters(there, back);
            }
            Received received = connection.receiveAll(one);
            EventFd there = received.descriptors().get(0).into(EventFd::adopt);
            return new Counters(received.descriptors().get(1).into(EventFd::adopt), there);
        }
    }

    private static final class Counters implements End {
        private final EventFd out;
        private final EventFd in;
        private Sink sink;

        Counters(EventFd out, EventFd in) {
            this.out = out;
            this.in = in;
        }

        @Override
        public void deliverTo(Sink newSink) {
            sink = newSink;
        }

        @Override
        public boolean offer(long value) throws IOException {
            try {
                return out.add(value == Payload.END ? END : value + 1);
            } catch (InterruptedException e) {
                throw (IOException) new InterruptedIOException().initCause(e);
            }
        }

        @Override
        public int poll() throws IOException, InterruptedException {
            long number = in.take();
            sink.onMessage(number == END ? Payload.END : number - 1);
            return 1;
        }

        @Override
        public void close() throws IOException {
            out.close();
            in.close();
        }
    }

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
