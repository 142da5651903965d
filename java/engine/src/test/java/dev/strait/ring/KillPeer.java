package dev.strait.ring;

import static dev.strait.testing.Ledger.check;

import dev.strait.Outcome;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Ledger;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** One peer of the kill suite: native/test/kill/kill_peer.c, which says how it is called, in Java. */
final class KillPeer {
    private static final String NAME = "ring";
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);
    private static final int STINT_LENGTH = 30;
    private static final int BATCH = 8;

    private final Ledger ledger;
    private final Path directory;
    private final String role;
    private final boolean inStints;
    private final Random random;
    private Ring ring;

    /** The words of native/test/kill/ledger.h. */
    private static final class Word {
        static final int SEED = 0;
        static final int LANE_BYTES = 1;
        static final int SPIN = 2;
        static final int SPIN_ONLY = 3;
        static final int RELEASE = 4;
        static final int STOP = 5;
        static final int BEGUN = 6;
        static final int SENT = 7;
        static final int TOTAL = 8;
        static final int BATCH = 9;
        static final int HANDLED = 10;
        static final int ATTACHED = 11;
        static final int WRITER_TOLD = 12;
        static final int READER_TOLD = 13;
        static final int COUNT = 14;

        private Word() {}
    }

    private KillPeer(List<String> arguments) throws IOException {
        ledger = new Ledger(Path.of(arguments.get(0)), Word.COUNT);
        directory = Path.of(arguments.get(1));
        role = arguments.get(2);
        inStints = arguments.contains("stints");
        random = new Random(ledger.get(Word.SEED) + ProcessHandle.current().pid());
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> words = List.of(arguments);
        boolean replaces = words.contains("replace");
        boolean creates = replaces || words.contains("create");
        KillPeer peer = new KillPeer(words);
        boolean isOver = false;
        while (!isOver) {
            peer.attach(creates, replaces);
            isOver = peer.takeRole();
            peer.ring.close();
            peer.checkNothingIsLeft();
            replaces = false;
        }
    }

    // ---- The stream --------------------------------------------------------------------------------------------

    private int lengthOf(long i) {
        return Payload.streamLength(ledger.get(Word.SEED), i, (int) ledger.get(Word.LANE_BYTES));
    }

    private long seedOf(long i) {
        return Payload.streamSeed(ledger.get(Word.SEED), i);
    }

    /** The message that begins at a position, which must be where one begins. */
    private long messageAt(long position) {
        long i = 0;
        for (long at = 0; at != position; i++) {
            at += RingLayout.messageBytes(lengthOf(i));
            check(at <= position, "inside of a message", position);
        }
        return i;
    }

    private WaitPolicy policy() {
        return switch ((int) ledger.get(Word.SPIN)) {
            case 0 -> WaitPolicy.SLEEP;
            case 1 -> WaitPolicy.SPIN_THEN_SLEEP;
            default -> WaitPolicy.SPIN;
        };
    }

    private void pauseSometimes() {
        if (random.nextInt(16) == 0) {
            LockSupport.parkNanos(random.nextInt(300) * 1000L);
        }
    }

    private void attach(boolean creates, boolean replaces) throws IOException {
        SegmentOptions where = SegmentOptions.defaults().directory(directory).timeout(Duration.ofNanos(PATIENCE_NS));
        RingOptions options = RingOptions.defaults()
                .laneBytes((int) ledger.get(Word.LANE_BYTES))
                .readerPolicy(ledger.get(Word.RELEASE) != 0 ? ReaderPolicy.RELEASE : ReaderPolicy.HOLD)
                .segment(replaces ? where.replaceAbandoned() : where);
        if (ledger.get(Word.SPIN_ONLY) != 0) {
            options = options.spinOnly();
        }
        ring = creates ? Ring.openOrCreate(NAME, options) : Ring.open(NAME, options);
        ledger.add(Word.ATTACHED, 1);
    }

    private boolean takeRole() throws IOException, InterruptedException {
        long count = inStints ? 1 + random.nextInt(STINT_LENGTH) : Long.MAX_VALUE / 2;
        return switch (role) {
            case "writer" -> write(count);
            case "reader" -> read(count);
            default -> takePart();
        };
    }

    private boolean takePart() {
        while (ledger.get(Word.STOP) == 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        return true;
    }

    // ---- Writing -----------------------------------------------------------------------------------------------

    private boolean write(long count) throws IOException, InterruptedException {
        RingWriter writer = ring.openWriter();
        long next = messageAt(writer.position());
        long published = next;
        check(next >= ledger.get(Word.SENT), "something is lost before", next);
        check(next <= ledger.get(Word.BEGUN), "something is there that was not sent", next);
        boolean isOver = false;
        for (long end = next + count; next < end && !isOver; ) {
            published = claimAndFill(writer, next, published);
            next++;
            isOver = !inStints && ledger.get(Word.STOP) != 0;
            if (isOver || next == end || random.nextInt(3) == 0) {
                publish(writer, next);
                published = next;
                pauseSometimes();
            }
        }
        if (isOver) {
            ledger.set(Word.TOTAL, next);
        }
        if (random.nextBoolean()) {
            writer.close();
        }
        return isOver;
    }

    private void publish(RingWriter writer, long next) {
        ledger.set(Word.BEGUN, next);
        check(writer.commit() == 0, "commit before", next);
        ledger.set(Word.SENT, next);
    }

    /** Returns how many messages are published. */
    private long claimAndFill(RingWriter writer, long i, long publishedBefore) throws InterruptedException {
        int length = lengthOf(i);
        long published = publishedBefore;
        int offset;
        while ((offset = writer.claimMore((int) i, length)) == Outcome.FULL) {
            if (published != i) {
                publish(writer, i);
                published = i;
            }
            int outcome = writer.awaitSpace(length, policy(), PATIENCE_NS);
            if (outcome == Outcome.PEER_DIED) {
                ledger.add(Word.WRITER_TOLD, 1);
            } else {
                check(outcome == Outcome.READY || outcome == Outcome.END, "awaitSpace", outcome);
            }
        }
        check(offset > 0, "claim", offset);
        Payload.fill(writer.buffer(), offset, length, seedOf(i));
        return published;
    }

    // ---- Reading -----------------------------------------------------------------------------------------------

    private boolean read(long count) throws IOException, InterruptedException {
        RingReader reader = ring.openReader();
        Checker checker = new Checker(messageAt(reader.position()));
        checkStart(checker.next);
        boolean isOver = false;
        for (long end = checker.next + count; checker.next < end && !isOver; ) {
            ledger.set(Word.BATCH, checker.next);
            int result = reader.poll(checker, 1 + random.nextInt(BATCH), policy(), PATIENCE_NS);
            if (result == Outcome.PEER_DIED) {
                ledger.add(Word.READER_TOLD, 1);
            } else {
                check(result >= 0 || result == Outcome.END, "poll", result);
            }
            isOver = result == Outcome.END && checker.next == ledger.get(Word.TOTAL);
            pauseSometimes();
        }
        if (random.nextBoolean()) {
            reader.close();
        }
        return isOver;
    }

    private void checkStart(long next) {
        long handled = ledger.get(Word.HANDLED);
        if (ledger.get(Word.RELEASE) != 0) {
            check(next >= handled, "comes again", next);
        } else {
            check(next <= handled, "something is missing before", next);
            check(next >= ledger.get(Word.BATCH), "more comes again than a batch", next);
        }
    }

    private final class Checker implements MessageHandler {
        private long next;

        Checker(long next) {
            this.next = next;
        }

        @Override
        public boolean onMessage(int type, ByteBuffer buffer, int offset, int length) {
            check(type == (int) next, "the wrong message instead of", next);
            check(length == lengthOf(next), "the wrong length of", next);
            check(Payload.matches(buffer, offset, length, seedOf(next)), "the wrong bytes of", next);
            next++;
            if (ledger.get(Word.HANDLED) < next) {
                ledger.set(Word.HANDLED, next);
            }
            return true;
        }
    }

    // ---- What must not be left behind --------------------------------------------------------------------------

    private void checkNothingIsLeft() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            check(maps.noneMatch(line -> line.contains(directory.toString())), "a mapping is left", 0);
        }
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            check(descriptors.noneMatch(this::isOurs), "a descriptor is left", 0);
        }
        // A thread that was joined is seen in /proc for a moment more.
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (hasWarden()) {
            check(System.nanoTime() - deadlineNs < 0, "a warden is left", 0);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static boolean hasWarden() throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.anyMatch(KillPeer::isWarden);
        }
    }

    private boolean isOurs(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).startsWith(directory);
        } catch (IOException e) {
            return false; // of one that was closed meanwhile
        }
    }

    private static boolean isWarden(Path task) {
        try {
            return Files.readString(task.resolve("comm")).startsWith("strait-warden");
        } catch (IOException e) {
            return false; // of one that ended meanwhile
        }
    }
}
