package dev.strait.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.strait.ring.MessageHandler;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingReader;
import dev.strait.ring.RingWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * One writes messages, another polls them. All states share one ring, so the message that is polled may be another state's:
 * each says itself what it must be.
 */
public final class RingStress {
    private RingStress() {}

    /** A ring whose messages are numbered and hold their numbers, many times over. */
    private static final class Numbers implements MessageHandler {
        private final RingWriter writer;
        private final RingReader reader;
        private final int length;
        private long written; // the writer's
        private long read; // the reader's
        private int wrong; // in the last poll

        Numbers(int length) {
            this.length = length;
            try {
                Ring ring =
                        Ring.createAnonymous("stress", RingOptions.defaults().laneBytes(65_536));
                writer = ring.openWriter();
                reader = ring.openReader();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** All of so many messages at once, or none. */
        int write(int messages) {
            for (int i = 0; i < messages; i++) {
                int offset = writer.claimMore((int) (written + i), length);
                if (offset < 0) {
                    writer.abort();
                    return 0;
                }
                for (int at = offset; at < offset + length; at += Long.BYTES) {
                    writer.buffer().putLong(at, written + i);
                }
            }
            written += messages;
            return writer.commit() == 0 ? messages : -1;
        }

        /** How many there were. */
        int poll(int limit) {
            wrong = 0;
            return reader.poll(this, limit);
        }

        @Override
        public boolean onMessage(int type, ByteBuffer buffer, int offset, int bytes) {
            if (type != (int) read || bytes != length) {
                wrong = 1;
            }
            for (int at = offset; at < offset + bytes; at += Long.BYTES) {
                if (buffer.getLong(at) != read) {
                    wrong = 1;
                }
            }
            read++;
            return true;
        }
    }

    /** A message is there as it was written, or not at all. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "1, 0"},
            expect = ACCEPTABLE,
            desc = "Nothing, or the next message.")
    @Outcome(expect = FORBIDDEN, desc = "Not what was written.")
    @State
    public static class Message {
        private static final Numbers NUMBERS = new Numbers(1000);

        @Actor
        public void write() {
            NUMBERS.write(1);
        }

        @Actor
        public void poll(II_Result result) {
            result.r1 = NUMBERS.poll(1);
            result.r2 = NUMBERS.wrong;
        }
    }

    /** Messages that are committed together come together. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "3, 0"},
            expect = ACCEPTABLE,
            desc = "Nothing, or all three.")
    @Outcome(expect = FORBIDDEN, desc = "Some of them, or not what was written.")
    @State
    public static class Batch {
        private static final Numbers NUMBERS = new Numbers(40);

        @Actor
        public void write() {
            NUMBERS.write(3);
        }

        @Actor
        public void poll(II_Result result) {
            result.r1 = NUMBERS.poll(3);
            result.r2 = NUMBERS.wrong;
        }
    }

    /** The lane holds a few messages: each is written over one that was polled, and not a moment sooner. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "Whole.")
    @Outcome(expect = FORBIDDEN, desc = "Written over while it was read.")
    @State
    public static class WrapAround {
        private static final Numbers NUMBERS = new Numbers(12_000);

        @Actor
        public void write() {
            NUMBERS.write(1);
        }

        @Actor
        public void poll(I_Result result) {
            NUMBERS.poll(2);
            result.r1 = NUMBERS.wrong;
        }
    }
}
