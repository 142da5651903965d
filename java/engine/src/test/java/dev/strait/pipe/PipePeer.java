package dev.strait.pipe;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.strait.ErrnoException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the tests of pipes and FIFOs do in another JVM, which runs under conditions of its own. */
final class PipePeer {
    private PipePeer() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        switch (arguments[0]) {
            case "copy" -> copy();
            case "raise" ->
                out.println(outcome(() -> {
                    try (Pipe pipe = Pipe.open()) {
                        pipe.writer().setCapacityBytes(Integer.parseInt(arguments[1]));
                    }
                }));
            case "exhaust" -> {
                outcome(PipePeer::writeWithoutReader); // what failing needs is loaded while files can still be opened
                out.println(outcome(PipePeer::exhaust));
            }
            case "create" ->
                out.println(
                        outcome(() -> Fifo.create(Path.of(arguments[1]), 0666).close()));
            case "open" ->
                out.println(outcome(
                        () -> Fifo.at(Path.of(arguments[1])).openReaderNow().close()));
            case "unlink" ->
                out.println(outcome(() -> Fifo.at(Path.of(arguments[1])).unlink()));
            case "break" -> out.println(outcome(PipePeer::writeWithoutReader));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private interface Action {
        void run() throws IOException;
    }

    private static String outcome(Action action) throws IOException {
        try {
            action.run();
            return "done";
        } catch (ErrnoException e) {
            return e.getMessage();
        }
    }

    private static void exhaust() throws IOException {
        List<Pipe> pipes = new ArrayList<>();
        try {
            while (pipes.size() < 100_000) {
                pipes.add(Pipe.open());
            }
        } finally {
            for (Pipe each : pipes) {
                each.close();
            }
        }
    }

    private static void writeWithoutReader() throws IOException {
        try (Pipe pipe = Pipe.open()) {
            pipe.reader().close();
            pipe.writer().write(ByteBuffer.allocate(1));
        }
    }

    /** From its standard input to its standard output, both adopted; and says in the end what has become of the numbers. */
    private static void copy() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(Pipe.ATOMIC_BYTES);
        try (PipeReader in = PipeReader.adopt(0);
                PipeWriter out = PipeWriter.adopt(1)) {
            while (in.read(bytes) >= 0) {
                out.write(bytes.flip());
                bytes.clear();
            }
            System.out.println("into the void");
            int next = new FileInputStream(FileDescriptor.in).read();
            out.write(ByteBuffer.wrap((next == -1 ? "standard input is empty\n" : "it is not\n").getBytes(US_ASCII)));
        }
    }
}
