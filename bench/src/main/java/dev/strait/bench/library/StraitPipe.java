package dev.strait.bench.library;

import dev.strait.ErrnoException;
import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.pipe.Fifo;
import dev.strait.pipe.Pipe;
import dev.strait.pipe.PipeReader;
import dev.strait.pipe.PipeWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Strait's FIFOs, one for each direction: bench/c/pipe.c in Java, and either can be the other's peer. */
public final class StraitPipe implements Library {
    private static final int PIPE_BYTES = 1 << 20;

    @Override
    public End open(Parameters parameters) throws IOException, InterruptedException {
        Fifo there = fifo(parameters.dir().resolve("there"));
        Fifo back = fifo(parameters.dir().resolve("back"));
        PipeWriter writer;
        PipeReader reader;
        if (parameters.first()) {
            writer = there.openWriter();
            reader = back.openReader();
        } else {
            reader = there.openReader();
            writer = back.openWriter();
        }
        writer.setCapacityBytes(PIPE_BYTES); // as large as is allowed
        writer.configureBlocking(!parameters.spins());
        reader.configureBlocking(!parameters.spins());
        return new StreamEnd(reader, writer, parameters);
    }

    /** Either side may be the one that creates it. */
    private static Fifo fifo(Path path) throws IOException {
        try {
            return Fifo.create(path);
        } catch (ErrnoException e) {
            if (!e.symbol().equals("EEXIST")) {
                throw e;
            }
            return Fifo.at(path);
        }
    }

    /** A message written to a pipe and read again by one thread. */
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
