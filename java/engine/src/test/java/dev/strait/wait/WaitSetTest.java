package dev.strait.wait;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.Outcome;
import dev.strait.internal.Usage;
import dev.strait.internal.WatchAccess;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingReader;
import dev.strait.ring.RingWriter;
import dev.strait.segment.Participant;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Latch;
import dev.strait.sync.Lock;
import dev.strait.sync.Semaphore;
import dev.strait.sync.Sequence;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Waiting for several things at once. Ours is one attachment, the other one is the peer's. */
final class WaitSetTest {
    private static final long FOREVER = Long.MAX_VALUE;
    private static final long SHORT_NS = 20_000_000;
    private static final long SOON_S = 20;
    private static final int POLLIN = 1;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private Segment segment;
    private Ring inbound;
    private Ring outbound;
    private Peer peer;
    private RingReader reader;
    private RingWriter writer;
    private WaitSet set;

    /** The other attachment: it holds everything back. */
    private static final class Peer {
        final Segment segment;
        final Ring inbound;
        final Ring outbound;
        final RingWriter writer;
        final RingReader reader;
        final Semaphore semaphore;
        final Semaphore recoverable;
        final Lock lock;
        final Sequence sequence;
        final Latch latch;

        Peer(SegmentOptions options, RingOptions rings) throws Exception {
            segment = Segment.open("segment", options);
            inbound = Ring.open("inbound", rings);
            outbound = Ring.open("outbound", rings);
            writer = inbound.openWriter();
            reader = outbound.openReader();
            semaphore = Semaphore.open(segment, "semaphore");
            recoverable = Semaphore.open(segment, "recoverable");
            lock = Lock.open(segment, "lock");
            sequence = Sequence.open(segment, "sequence");
            latch = Latch.open(segment, "latch");
            recoverable.acquire();
            lock.lock();
        }

        void close() {
            segment.close();
            inbound.close();
            outbound.close();
        }
    }

    private interface Watch {
        Watchable of(WaitSetTest test) throws Exception;
    }

    private interface Act {
        void by(Peer peer) throws Exception;
    }

    /** What can be watched, and how the peer makes it ready. */
    @SuppressWarnings("ImmutableEnumChecker")
    enum Thing {
        READER(test -> test.reader.whenReadable(), peer -> offer(peer.writer)),
        WRITER(test -> test.writer.whenWritable(8), peer -> peer.reader.skip()),
        SEMAPHORE(
                test -> Semaphore.open(test.segment, "semaphore").whenAvailable(2), peer -> peer.semaphore.release(2)),
        RECOVERABLE(
                test -> Semaphore.open(test.segment, "recoverable").whenAvailable(1),
                peer -> peer.recoverable.release()),
        LOCK(test -> Lock.open(test.segment, "lock").whenAvailable(), peer -> peer.lock.unlock()),
        SEQUENCE(test -> Sequence.open(test.segment, "sequence").whenReached(6), peer -> peer.sequence.advance(6)),
        LATCH(test -> Latch.open(test.segment, "latch").whenOpen(), peer -> peer.latch.countDown()),
        PARTICIPANT(test -> test.segment.whenEnded(test.other()), Peer::close);

        private final Watch watch;
        private final Act act;

        Thing(Watch watch, Act act) {
            this.watch = watch;
            this.act = act;
        }
    }

    @BeforeEach
    void open() throws Exception {
        SegmentOptions options = SegmentOptions.defaults().directory(directory);
        RingOptions rings = RingOptions.defaults().laneBytes(65_536).segment(options);
        SegmentObject[] objects = {
            Semaphore.declare("semaphore", 0),
            Semaphore.declare("recoverable", 1).recoverable(),
            Lock.declare("lock"),
            Sequence.declare("sequence", 5),
            Latch.declare("latch", 1)
        };
        segment = Segment.create("segment", options.object(objects));
        inbound = Ring.create("inbound", rings);
        outbound = Ring.create("outbound", rings);
        reader = inbound.openReader();
        writer = outbound.openWriter();
        peer = new Peer(options, rings);
        while (offer(writer) == 0) {
            // Until it is full.
        }
        set = WaitSet.open();
    }

    @AfterEach
    void close() {
        set.close();
        peer.close();
        segment.close();
        inbound.close();
        outbound.close();
    }

    private static int offer(RingWriter writer) {
        return writer.offer(1, ByteBuffer.allocate(8), 0, 8);
    }

    private Participant other() {
        return segment.participants().stream()
                .filter(each -> !each.isSelf())
                .findFirst()
                .orElseThrow();
    }

    private Semaphore semaphore() throws Exception {
        return Semaphore.open(segment, "semaphore");
    }

    /** A wait of this set that has come to sleep, or has ended. */
    private Waiter<Integer> asleep() throws Exception {
        Waiter<Integer> waiter = Waiter.start(() -> set.await(WaitPolicy.SLEEP, FOREVER));
        assertThat(waiter.comesToSleep(() -> true)).isTrue();
        return waiter;
    }

    @ParameterizedTest
    @EnumSource(Thing.class)
    void a_sleeper_is_told_of_each_thing(Thing thing) throws Exception {
        WaitSet.Key key = set.add(thing.watch.of(this));
        assertThat(set.await(WaitPolicy.SLEEP, 0)).isEqualTo(Outcome.TIMED_OUT);
        assertThat(key.isReady()).isFalse();
        Waiter<Integer> waiter = asleep();
        thing.act.by(peer);
        assertThat(waiter.result(SOON_S)).isOne();
        assertThat(key.outcome()).isEqualTo(thing == Thing.PARTICIPANT ? Outcome.END : Outcome.READY);
        assertThat(set.await(WaitPolicy.SPIN_THEN_SLEEP, FOREVER)).isOne();
    }

    @Test
    void one_of_many_is_told_and_handed_on() throws Exception {
        List<WaitSet.Key> keys = new ArrayList<>();
        for (Thing thing : Thing.values()) {
            keys.add(set.add(thing.watch.of(this)).attach(thing));
        }
        assertThat(set.size()).isEqualTo(Thing.values().length);
        assertThat(set.await(WaitPolicy.SPIN_THEN_SLEEP, SHORT_NS)).isEqualTo(Outcome.TIMED_OUT);
        peer.sequence.advance(7);
        peer.semaphore.release(3);
        assertThat(set.await(WaitPolicy.SPIN_THEN_SLEEP, FOREVER)).isEqualTo(2);
        List<Object> told = new ArrayList<>();
        set.forEachReady(key -> {
            told.add(key.attachment());
            key.cancel();
            key.cancel();
        });
        assertThat(told).containsExactly(Thing.SEMAPHORE, Thing.SEQUENCE);
        assertThat(set.await(WaitPolicy.SLEEP, 0)).isEqualTo(Outcome.TIMED_OUT);
        assertThat(keys).noneMatch(WaitSet.Key::isReady);
        assertThat(set.size()).isEqualTo(Thing.values().length - 2);
        assertThat(keys.get(4)).hasToString("Key[" + Lock.open(segment, "lock") + ", not ready]");
    }

    @Test
    void an_end_is_told_once_and_others_stay() throws Exception {
        WaitSet.Key messages = set.add(reader.whenReadable());
        WaitSet.Key end = set.add(segment.whenEnded(other()));
        WaitSet.Key lock = set.add(Lock.open(segment, "lock").whenAvailable());
        peer.close();
        assertThat(set.await(WaitPolicy.SLEEP, FOREVER)).isEqualTo(3);
        assertThat(messages.outcome()).isEqualTo(Outcome.END);
        assertThat(end.outcome()).isEqualTo(Outcome.END);
        assertThat(lock.outcome()).isEqualTo(Outcome.OWNER_DIED);
        assertThat(set.await(WaitPolicy.SLEEP, FOREVER)).isEqualTo(2);
        assertThat(messages.isReady()).isFalse();
    }

    @Test
    void a_wakeup_ends_the_wait_or_the_next_one() throws Exception {
        set.add(reader.whenReadable());
        Waiter<Integer> waiter = asleep();
        set.wakeup();
        assertThat(waiter.result(SOON_S)).isZero();
        assertThat(set.wakeup().await(WaitPolicy.SLEEP, FOREVER)).isZero();
        assertThat(set.await(WaitPolicy.SPIN, SHORT_NS)).isEqualTo(Outcome.TIMED_OUT);
    }

    @Test
    void an_interrupt_ends_the_wait_but_no_look() throws Exception {
        set.add(reader.whenReadable());
        Waiter<Integer> waiter = asleep();
        waiter.interrupt();
        assertThatThrownBy(() -> waiter.result(SOON_S))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InterruptedException.class);
        Thread.currentThread().interrupt();
        assertThat(set.await(WaitPolicy.SLEEP, 0)).isEqualTo(Outcome.TIMED_OUT);
        assertThatThrownBy(() -> set.await(WaitPolicy.SLEEP, FOREVER)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        offer(peer.writer);
        Thread.currentThread().interrupt();
        assertThat(set.await(WaitPolicy.SLEEP, FOREVER)).isOne();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void closing_what_is_watched_ends_the_wait() throws Exception {
        WaitSet.Key messages = set.add(reader.whenReadable());
        WaitSet.Key permits = set.add(semaphore().whenAvailable(1));
        Waiter<Integer> waiter = asleep();
        reader.close();
        assertThat(waiter.result(SOON_S)).isOne();
        assertThat(messages.outcome()).isEqualTo(Outcome.CLOSED);
        messages.cancel();
        Waiter<Integer> another = asleep();
        segment.close();
        assertThat(another.result(SOON_S)).isOne();
        assertThat(permits.outcome()).isEqualTo(Outcome.CLOSED);
        permits.cancel();
        assertThat(set.await(WaitPolicy.SLEEP, 0)).isEqualTo(Outcome.TIMED_OUT);
    }

    @Test
    void closing_the_set_ends_its_wait_and_all_else() throws Exception {
        WaitSet.Key key = set.add(reader.whenReadable());
        Waiter<Integer> waiter = asleep();
        set.close();
        assertThat(waiter.result(SOON_S)).isEqualTo(Outcome.CLOSED);
        set.close();
        set.wakeup();
        key.cancel();
        assertThat(set.await(WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        assertThatThrownBy(() -> set.add(reader.whenReadable()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("WaitSet[0]: is closed");
    }

    @Test
    void two_threads_are_one_too_many() throws Exception {
        WaitSet.Key key = set.add(reader.whenReadable());
        Waiter<Integer> waiter = asleep();
        assertThatThrownBy(() -> set.await(WaitPolicy.SLEEP, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("WaitSet[1]: used by two threads at once");
        assertThatThrownBy(key::cancel).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> set.add(writer.whenWritable(0))).isInstanceOf(IllegalStateException.class);
        set.wakeup();
        assertThat(waiter.result(SOON_S)).isZero();
    }

    @Test
    void what_can_never_be_is_refused() throws Exception {
        Semaphore recoverable = Semaphore.open(segment, "recoverable");
        assertThatThrownBy(() -> recoverable.whenAvailable(2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> recoverable.whenAvailable(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.whenWritable(65_536)).isInstanceOf(IllegalArgumentException.class);
        Participant self = segment.participants().stream()
                .filter(Participant::isSelf)
                .findFirst()
                .orElseThrow();
        assertThatThrownBy(() -> segment.whenEnded(self)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void hundreds_of_watches_may_come_and_go() throws Exception {
        List<WaitSet.Key> keys = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            keys.add(set.add(semaphore().whenAvailable(1 + i)));
        }
        peer.semaphore.release(250);
        assertThat(set.await(WaitPolicy.SLEEP, FOREVER)).isEqualTo(250);
        IntStream.range(0, 500).filter(i -> i % 2 == 0).forEach(i -> keys.get(i).cancel());
        WaitSet.Key again = set.add(semaphore().whenAvailable(250));
        assertThat(set.await(WaitPolicy.SLEEP, FOREVER)).isEqualTo(126);
        assertThat(again.isReady()).isTrue();
    }

    @Test
    void a_descriptor_is_waited_for_beside_shared_memory() throws Exception {
        try (RandomAccessFile pipe = pipe()) {
            WaitSet.Key key =
                    set.add(WatchAccess.get().descriptor(pipe, new Usage(() -> {}), descriptorOf("pipe"), POLLIN));
            WaitSet.Key permits = set.add(semaphore().whenAvailable(1));
            Waiter<Integer> waiter = asleep();
            pipe.write(1);
            assertThat(waiter.result(SOON_S)).isOne();
            assertThat(key.isReady()).isTrue();
            assertThat(pipe.read()).isOne();
            Waiter<Integer> another = asleep();
            peer.semaphore.release();
            assertThat(another.result(SOON_S)).isOne();
            assertThat(permits.isReady()).isTrue();
        }
        int file = segment.fd(); // which epoll refuses
        assertThatThrownBy(() -> set.add(WatchAccess.get().descriptor(this, new Usage(() -> {}), file, POLLIN)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("EPERM");
    }

    /** A pipe takes what an eventfd would. */
    @Test
    void an_armed_set_rings_once() throws Exception {
        try (RandomAccessFile pipe = pipe()) {
            int fd = descriptorOf("pipe");
            set.add(semaphore().whenAvailable(1));
            assertThat(set.arm(fd)).isZero();
            peer.semaphore.release();
            assertThat(Long.reverseBytes(pipe.readLong())).isOne();
            assertThat(set.arm(fd)).isOne();
            semaphore().drainPermits();
            assertThat(set.arm(fd)).isZero();
            segment.close();
            assertThat(Long.reverseBytes(pipe.readLong())).isOne();
            assertThat(set.await(WaitPolicy.SLEEP, 0)).isOne();
        }
    }

    private RandomAccessFile pipe() throws Exception {
        String name = directory.resolve("pipe").toString();
        assertThat(new ProcessBuilder("mkfifo", name).start().waitFor()).isZero();
        return new RandomAccessFile(name, "rw");
    }

    private int descriptorOf(String name) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(each -> leadsTo(each, directory.resolve(name)))
                    .mapToInt(each -> Integer.parseInt(each.getFileName().toString()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static boolean leadsTo(Path link, Path target) {
        try {
            return Files.readSymbolicLink(link).equals(target);
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }
}
