package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.posix.PosixQueue;
import dev.strait.posix.PosixQueueOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Strait's POSIX message queues, one for each direction, as deep as the kernel allows: bench/c/posix_queue.c in Java, which
 * also removes them. Either can be the other's peer.
 */
public final class StraitPosixQueue implements Library {
    @Override
    public End open(Parameters parameters) throws IOException {
        return new Queues(parameters);
    }

    private static final class Queues extends PacketEnd {
        private final PosixQueue out;
        private final PosixQueue in;

        Queues(Parameters parameters) throws IOException {
            super(parameters);
            PosixQueueOptions options = PosixQueueOptions.defaults()
                    .mode(0600)
                    .size(PosixQueue.limits().maxMessages(), parameters.bytes());
            out = PosixQueue.openOrCreate(name(parameters.dir(), parameters.direction(true)), options.writeOnly());
            in = PosixQueue.openOrCreate(name(parameters.dir(), parameters.direction(false)), options.readOnly());
        }

        private static String name(Path directory, String direction) {
            return "/strait-bench" + directory.toString().replace('/', '-') + "-" + direction;
        }

        @Override
        void send(ByteBuffer message) throws IOException, InterruptedException {
            out.send(message, 0);
        }

        @Override
        int receive(ByteBuffer target) throws IOException, InterruptedException {
            in.receive(target);
            return target.position();
        }

        @Override
        public void close() throws IOException {
            out.close();
            in.close();
        }
    }

    /** A message sent and received by one thread. */
    public static final class Calls implements Pairs {
        private final ByteBuffer message = ByteBuffer.allocateDirect(JniCalls.BYTES);
        private PosixQueue queue;

        @Override
        public void open(Parameters parameters) throws IOException {
            String name = "/strait-bench-call-" + ProcessHandle.current().pid();
            queue = PosixQueue.create(
                    name, PosixQueueOptions.defaults().mode(0600).size(1, JniCalls.BYTES));
            PosixQueue.unlink(name);
        }

        @Override
        public void pair() throws IOException, InterruptedException {
            queue.send(message.clear(), 0);
            queue.receive(message.clear());
            JniCalls.must(message.position());
        }

        @Override
        public void close() throws IOException {
            queue.close();
        }
    }
}
