package dev.strait.ring;

import dev.strait.ErrnoException;
import dev.strait.segment.SegmentOptions;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The other process of {@link LimitsTest}. It reads commands, and answers each with a line: {@code done}, or what an
 * {@link ErrnoException} says. What it creates it closes and unlinks again.
 *
 * <pre>
 * create BYTES            a ring whose lane has so many bytes
 * create-locked BYTES     a ring that is locked into memory
 * create-anonymous BYTES  a memfd
 * open                    a ring that exists
 * unlink                  it
 * leave COUNT             takes all descriptors but so many
 * release                 gives them back
 * </pre>
 */
final class CrampedPeer {
    /** What is created. */
    static final String NEW = "new";

    /** What exists. */
    static final String OLD = "old";

    private static final Deque<FileInputStream> TAKEN = new ArrayDeque<>();

    private CrampedPeer() {}

    public static void main(String[] arguments) throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ", -1);
            System.out.println(answer(words[0], words.length > 1 ? Integer.parseInt(words[1]) : 0));
        }
    }

    private static String answer(String command, int number) throws IOException {
        try {
            execute(command, number);
            return "done";
        } catch (ErrnoException e) {
            return String.join("|", e.errno() + "", e.symbol(), e.operation(), e.object(), e.getMessage());
        }
    }

    private static void execute(String command, int number) throws IOException {
        RingOptions options = RingOptions.defaults();
        switch (command) {
            case "create" -> create(options.laneBytes(number));
            case "create-locked" ->
                create(options.laneBytes(number)
                        .segment(SegmentOptions.defaults().lock()));
            case "create-anonymous" ->
                Ring.createAnonymous(NEW, options.laneBytes(number)).close();
            case "open" -> Ring.open(OLD, options).close();
            case "unlink" -> Ring.unlink(OLD, options);
            case "leave" -> leave(number);
            case "release" -> release(TAKEN.size());
            default -> throw new IllegalArgumentException(command);
        }
    }

    private static void create(RingOptions options) throws IOException {
        Ring.create(NEW, options).close();
        Ring.unlink(NEW, options);
    }

    private static void leave(int count) throws IOException {
        try {
            for (; ; ) {
                TAKEN.push(new FileInputStream("/dev/null"));
            }
        } catch (FileNotFoundException e) { // too many open files
            release(count);
        }
    }

    private static void release(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            TAKEN.pop().close();
        }
    }
}
