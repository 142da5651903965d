package dev.strait.bench.library;

import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.pipe.Pipe;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Strait's pipes and FIFOs. */
public final class StraitPipe {
    private StraitPipe() {}

    /** A message written and read by one thread. */
    public static final class Calls implements Pairs {
        private final ByteBuffer message = ByteBuffer.allocateDirect(JniCalls.BYTES);
        private Pipe pipe;

        @Override
        public void open(Parameters parameters) throws IOException {
            pipe = Pipe.open();
        }

        @Override
        public void pair() throws IOException {
            JniCalls.must(pipe.writer().write(message.clear()));
            JniCalls.must(pipe.reader().read(message.clear()));
        }

        @Override
        public void close() throws IOException {
            pipe.close();
        }
    }
}
