package dev.strait.bench.library;

import dev.strait.Outcome;
import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Payload;
import dev.strait.bench.side.Sink;
import dev.strait.ring.MessageHandler;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingReader;
import dev.strait.ring.RingWriter;
import dev.strait.segment.SegmentOptions;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Strait: a ring for each direction, on which nobody sleeps where both sides spin. bench/c/strait.c is the same in C, and
 * either can be the other's peer.
 */
public final class Strait implements Library {
    private static final int TYPE = 1;
    private static final int RING_BYTES = 1 << 20;
    private static final int LARGE_RING_BYTES = 1 << 22;
    private static final int LARGE_MESSAGE = 1 << 16;

    @Override
    public End open(Parameters parameters) throws IOException {
        return new Rings(parameters);
    }

    @Override
    public void cycle(Path directory) throws IOException {
        RingOptions options =
                RingOptions.defaults().segment(SegmentOptions.defaults().directory(directory));
        ByteBuffer message = ByteBuffer.allocateDirect(64);
        try (Ring ring = Ring.create("cycle", options);
                RingWriter writer = ring.openWriter();
                RingReader reader = ring.openReader()) {
            writer.offer(TYPE, message, 0, 64);
            if (reader.poll((type, buffer, offset, length) -> length == 64, 1) != 1) {
                throw new IOException("no message");
            }
        }
        Ring.unlink("cycle", options);
    }

    private static final class Rings implements End {
        private final Ring outRing;
        private final Ring inRing;
        private final RingWriter writer;
        private final RingReader reader;
        private final ByteBuffer lane;
        private final Payload payload;
        private final int bytes;
        private final boolean spins;
        private final long timeoutNs;
        private final MessageHandler handler = this::onMessage;
        private Sink sink;

        Rings(Parameters parameters) throws IOException {
            bytes = parameters.bytes();
            payload = new Payload(parameters);
            spins = parameters.spins();
            timeoutNs = parameters.patienceNs() > 0 ? parameters.patienceNs() : Long.MAX_VALUE;
            outRing = openRing(parameters, parameters.direction(true));
            inRing = openRing(parameters, parameters.direction(false));
            writer = outRing.openWriter();
            reader = inRing.openReader();
            lane = writer.buffer();
        }

        private static Ring openRing(Parameters parameters, String name) throws IOException {
            RingOptions options = RingOptions.defaults()
                    .laneBytes(parameters.bytes() > LARGE_MESSAGE ? LARGE_RING_BYTES : RING_BYTES)
                    .segment(SegmentOptions.defaults()
                            .directory(parameters.dir())
                            .prefault());
            return Ring.openOrCreate(name, parameters.spins() ? options.spinOnly() : options);
        }

        @Override
        public void deliverTo(Sink newSink) {
            sink = newSink;
        }

        @Override
        public boolean offer(long value) {
            if (payload.isLarge()) {
                return taken(writer.offer(TYPE, payload.stamp(value), 0, bytes));
            }
            int at = writer.claim(TYPE, bytes);
            if (!taken(at)) {
                return false;
            }
            payload.fill(lane, at, value);
            writer.commit();
            return true;
        }

        @Override
        public int offerBatch(long value, int count) {
            int taken = 0;
            for (; taken < count; taken++) {
                int at = writer.claimMore(TYPE, bytes);
                if (!taken(at)) {
                    break;
                }
                payload.fill(lane, at, value + taken);
            }
            if (taken > 0) {
                writer.commit();
            }
            return taken;
        }

        private static boolean taken(int result) {
            if (result >= 0) {
                return true;
            }
            if (result != Outcome.FULL) {
                throw new IllegalStateException(Outcome.toString(result));
            }
            return false;
        }

        @Override
        public int poll() throws InterruptedException {
            int result = spins
                    ? reader.poll(handler, POLL_LIMIT)
                    : reader.poll(handler, POLL_LIMIT, WaitPolicy.SLEEP, timeoutNs);
            if (result >= 0) {
                return result;
            }
            return switch (result) {
                case Outcome.PEER_DIED -> PEER_GONE;
                case Outcome.TIMED_OUT -> NOT_TOLD;
                default -> throw new IllegalStateException(Outcome.toString(result));
            };
        }

        private boolean onMessage(int type, ByteBuffer buffer, int offset, int length) {
            try {
                sink.onMessage(payload.check(buffer, offset, length));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return true;
        }

        @Override
        public void close() {
            outRing.close();
            inRing.close();
        }
    }
}
