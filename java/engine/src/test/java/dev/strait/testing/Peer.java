package dev.strait.testing;

import dev.strait.CorruptSegmentException;
import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.wait.WaitPolicy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A program that a test holds by its input and output: it answers each line with one line. native/test/peer/peer.h is the same
 * in C, and says which commands every peer has.
 *
 * <p>Exceptions become the errno that C answers in their place:
 *
 * <ul>
 *   <li>{@link ErrnoException}: its own. {@link CorruptSegmentException}: EUCLEAN.
 *   <li>{@link IllegalArgumentException}, {@link IndexOutOfBoundsException}: EINVAL.
 *   <li>{@link InterruptedException}, {@link InterruptedIOException}: EINTR.
 * </ul>
 */
public abstract class Peer {
    private final Map<String, Command> commands = new HashMap<>();
    private Path directory = Path.of("/nonexistent");
    private Waiter<String> background;

    /** Carries out one line. */
    @FunctionalInterface
    protected interface Command {
        /** Returns the reply. */
        String run(Call call) throws IOException, InterruptedException;
    }

    /** The same without a reply. */
    @FunctionalInterface
    protected interface Action {
        /** Does it. */
        void run(Call call) throws IOException, InterruptedException;
    }

    /** What is or is not so. */
    @FunctionalInterface
    protected interface Question {
        /** Whether it is. */
        boolean of(Call call) throws IOException;
    }

    /**
     * A line.
     *
     * @param words the command's name and its arguments
     */
    public record Call(List<String> words) {
        /** The name is word 0. */
        public String word(int index) {
            return words.get(index);
        }

        /** A word that is a number. */
        public int number(int index) {
            return Integer.parseInt(words.get(index));
        }

        /** A word that is a number of 64 bits. */
        public long longNumber(int index) {
            return Long.parseLong(words.get(index));
        }

        /** Whether a word stands there. */
        public boolean has(String word) {
            return words.contains(word);
        }

        /** "user=64" is option("user", 10, 0) == 64. */
        public int option(String name, int radix, int otherwise) {
            for (String each : words) {
                if (each.startsWith(name + "=")) {
                    return Integer.parseInt(each.substring(name.length() + 1), radix);
                }
            }
            return otherwise;
        }

        /** "spin", "mixed", or else at once asleep. */
        public WaitPolicy policy() {
            if (has("spin")) {
                return WaitPolicy.SPIN;
            }
            return has("mixed") ? WaitPolicy.SPIN_THEN_SLEEP : WaitPolicy.SLEEP;
        }

        /** A wait that begins now and takes as many milliseconds as that word says. */
        public Wait begin(int index) {
            return new Wait(policy(), TimeUnit.MILLISECONDS.toNanos(number(index)), System.nanoTime());
        }
    }

    /**
     * How to wait.
     *
     * @param policy how
     * @param timeoutNs for how long
     * @param startNs since when
     */
    public record Wait(WaitPolicy policy, long timeoutNs, long startNs) {
        /** What a reply says besides when the time given has not passed. */
        public String early(int outcome) {
            boolean early = outcome == Outcome.TIMED_OUT && System.nanoTime() - startNs < timeoutNs;
            return early ? " too early" : "";
        }

        /** The reply to a call that answers 0 when it has got what it waited for. */
        public String reply(int outcome) {
            return done(outcome) + early(outcome);
        }
    }

    /** With the commands that every peer has. */
    protected Peer() {
        act("reset", call -> {
            close();
            join();
            Thread.interrupted();
            directory = Path.of(call.word(1));
        });
        act("close", call -> close());
        command("result", call -> join());
        command("asleep", call -> background.comesToSleep(this::isRegistered) ? "asleep" : "awake");
    }

    /** Adds a command. */
    protected final void command(String name, Command command) {
        commands.put(name, command);
    }

    /** Adds a command whose reply is "ok". */
    protected final void act(String name, Action action) {
        command(name, call -> {
            action.run(call);
            return "ok";
        });
    }

    /** Adds a command whose reply is "yes" or "no". */
    protected final void ask(String name, Question question) {
        command(name, call -> question.of(call) ? "yes" : "no");
    }

    /** Where segments are. */
    protected final Path directory() {
        return directory;
    }

    /** Closes what is open. */
    protected abstract void close();

    /** Whether the thread that waits has said so where those look who wake it. */
    protected abstract boolean isRegistered();

    /** The errno that C answers in place of a failure that is of this peer's own kind, or null. */
    protected abstract String symbolOfOwn(Call call, Exception failure);

    /** Serves until the input ends. */
    protected final void serve() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.print((line.startsWith("start ") ? start(line.substring("start ".length())) : carryOut(line)) + "\n");
            out.flush();
        }
    }

    private String carryOut(String line) {
        Call call = new Call(List.of(line.split(" ", -1)));
        Command command = commands.get(call.word(0));
        if (command == null) {
            return "error ENOSYS";
        }
        try {
            return command.run(call);
        } catch (IOException | InterruptedException | RuntimeException e) {
            return "error " + symbol(call, e);
        }
    }

    /** The errno that C answers in place of a failure. */
    protected final String symbol(Call call, Exception failure) {
        String own = symbolOfOwn(call, failure);
        if (own != null) {
            return own;
        } else if (failure instanceof ErrnoException e) {
            return e.symbol();
        } else if (failure instanceof CorruptSegmentException) {
            return "EUCLEAN";
        } else if (failure instanceof IllegalArgumentException || failure instanceof IndexOutOfBoundsException) {
            return "EINVAL";
        } else if (failure instanceof InterruptedException || failure instanceof InterruptedIOException) {
            return "EINTR";
        }
        return failure.toString();
    }

    // ---- In the background -------------------------------------------------------------------------------------

    private String start(String line) {
        join();
        background = Waiter.start(() -> carryOut(line));
        return "started";
    }

    private String join() {
        try {
            return background == null ? "" : background.result();
        } catch (ExecutionException | InterruptedException e) {
            return e.toString();
        }
    }

    /** The thread that waits, or else, before its next wait, this one. */
    protected final void interrupt() {
        if (background != null && !background.isDone()) {
            background.interrupt();
        } else {
            Thread.currentThread().interrupt();
        }
    }

    // ---- Replies -----------------------------------------------------------------------------------------------

    /** "ok" for 0, or the name of an outcome. */
    protected static String done(int outcome) {
        return outcome == 0 ? "ok" : Outcome.toString(outcome);
    }
}
