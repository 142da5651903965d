package dev.strait.bench.library;

import dev.strait.ErrnoException;
import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.sysv.SysvKey;
import dev.strait.sysv.SysvMessage;
import dev.strait.sysv.SysvQueue;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Strait's System V message queues, one for each direction: bench/c/sysv_queue.c in Java, which also removes them. Either can
 * be the other's peer.
 */
public final class StraitSysvQueue implements Library {
    private static final int TYPE = 1;
    private static final int MODE = 0600;

    @Override
    public End open(Parameters parameters) throws IOException {
        return new Queues(parameters, SysvMessage.allocate(parameters.bytes()));
    }

    private static final class Queues extends PacketEnd {
        private final SysvMessage sent;
        private final SysvMessage received;
        private final SysvQueue out;
        private final SysvQueue in;

        Queues(Parameters parameters, SysvMessage received) throws IOException {
            super(parameters, received.body());
            this.sent = SysvMessage.allocate(parameters.bytes()).setType(TYPE);
            this.received = received;
            out = queue(parameters, parameters.first() ? 1 : 2);
            in = queue(parameters, parameters.first() ? 2 : 1);
        }

        /** The first side creates both. */
        private static SysvQueue queue(Parameters parameters, int number) throws IOException {
            SysvKey key = SysvKey.of(parameters.dir(), number);
            while (!parameters.first()) {
                try {
                    return SysvQueue.open(key, MODE);
                } catch (ErrnoException e) {
                    if (!e.symbol().equals("ENOENT")) {
                        throw e;
                    }
                    Thread.onSpinWait();
                }
            }
            return SysvQueue.create(key, MODE);
        }

        @Override
        void send(ByteBuffer message) throws IOException, InterruptedException {
            sent.body().clear().put(message).flip(); // where its type stands before it
            out.send(sent);
        }

        @Override
        int receive(ByteBuffer target) throws IOException, InterruptedException {
            return in.receive(received, 0);
        }

        @Override
        public void close() {
            out.close();
            in.close();
        }
    }

    /** A message sent and received by one thread. */
    public static final class Calls implements Pairs {
        private final SysvMessage message = SysvMessage.allocate(JniCalls.BYTES).setType(TYPE);
        private SysvQueue queue;

        @Override
        public void open(Parameters parameters) throws IOException {
            queue = SysvQueue.create(SysvKey.of(parameters.dir(), 1), MODE);
        }

        @Override
        public void pair() throws IOException, InterruptedException {
            message.body().clear();
            queue.send(message);
            JniCalls.must(queue.receive(message, 0));
        }

        @Override
        public void close() {
            queue.close();
        }
    }
}
