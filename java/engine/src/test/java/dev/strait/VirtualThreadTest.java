package dev.strait;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.VirtualScene.Call;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Semaphore;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Jvm;
import dev.strait.testing.PeerProcess;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call that waits, in a virtual thread; they all have one carrier. */
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21 or newer")
@Timeout(60)
final class VirtualThreadTest {
    static final int RELEASES = 500;

    private static final long FOREVER = Long.MAX_VALUE;
    private static final long SHORT_NS = TimeUnit.MILLISECONDS.toNanos(20);

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private static Virtual<Integer> waiting(VirtualScene scene, Call call) throws InterruptedException {
        Virtual<Integer> virtual = Virtual.start(() -> call.await(scene, FOREVER));
        if (call.parks()) {
            assertThat(virtual.comesToPark()).isTrue();
        } else {
            Thread.sleep(5);
        }
        return virtual;
    }

    // ---- Each call ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void others_go_on_while_one_waits(Call call) throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            call.prepare(scene);
            Virtual<Integer> virtual = waiting(scene, call);
            for (int i = 0; i < 20; i++) {
                int number = i;
                assertThat(Virtual.start(() -> number).result()).isEqualTo(number);
            }
            assertThat(virtual.isDone()).isFalse();
            call.satisfy(scene);
            assertThat(virtual.result()).isEqualTo(call.satisfied());
        }
    }

    static Stream<Call> timed() {
        return Stream.of(Call.values()).filter(Call::isTimed);
    }

    @ParameterizedTest
    @MethodSource("timed")
    void the_time_ends_a_wait(Call call) throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            call.prepare(scene);
            long start = System.nanoTime();
            assertThat(Virtual.start(() -> call.await(scene, SHORT_NS)).result())
                    .isEqualTo(Outcome.TIMED_OUT);
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT_NS);
            assertThat(Virtual.start(() -> call.await(scene, 0)).result()).isIn(Outcome.TIMED_OUT, Outcome.BROKEN);
        }
    }

    static Stream<Call> interruptible() {
        return Stream.of(Call.values()).filter(Call::isInterruptible);
    }

    @ParameterizedTest
    @MethodSource("interruptible")
    void an_interrupt_ends_a_wait(Call call) throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            call.prepare(scene);
            Virtual<Integer> virtual = waiting(scene, call);
            virtual.interrupt();
            assertThatThrownBy(virtual::result).hasCauseInstanceOf(InterruptedException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("interruptible")
    void an_interrupt_before_a_wait_ends_it(Call call) throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            call.prepare(scene);
            Virtual<Integer> virtual = Virtual.start(() -> {
                Thread.currentThread().interrupt();
                return call.await(scene, FOREVER);
            });
            assertThatThrownBy(virtual::result).hasCauseInstanceOf(InterruptedException.class);
        }
    }

    static Stream<Call> uninterruptible() {
        return Stream.of(Call.values()).filter(call -> !call.isInterruptible());
    }

    @ParameterizedTest
    @MethodSource("uninterruptible")
    void an_interrupt_waits_for_who_does_not_care(Call call) throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            call.prepare(scene);
            Virtual<Integer> virtual = Virtual.start(() -> {
                int outcome = call.await(scene, FOREVER);
                return Thread.interrupted() ? outcome : Outcome.BROKEN;
            });
            assertThat(virtual.comesToPark()).isTrue();
            for (int i = 0; i < 5; i++) {
                virtual.interrupt();
                Thread.sleep(1);
                assertThat(virtual.comesToPark()).isTrue();
            }
            call.satisfy(scene);
            assertThat(virtual.result()).isEqualTo(call.satisfied());
        }
    }

    static Stream<Call> closable() {
        return Stream.of(Call.values()).filter(call -> call != Call.OPEN);
    }

    @ParameterizedTest
    @MethodSource("closable")
    void closing_ends_a_wait(Call call) throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            call.prepare(scene);
            Virtual<Integer> virtual = waiting(scene, call);
            call.close(scene);
            assertThat(virtual.result()).isEqualTo(Outcome.CLOSED);
        }
    }

    @ParameterizedTest
    @MethodSource("closable")
    void a_virtual_thread_closes_what_another_waits_for(Call call) throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            call.prepare(scene);
            Virtual<Integer> virtual = waiting(scene, call);
            Virtual.start(() -> {
                        call.close(scene);
                        return 0;
                    })
                    .result();
            assertThat(virtual.result()).isEqualTo(Outcome.CLOSED);
        }
    }

    static Stream<Call> mortal() {
        return Stream.of(Call.values()).filter(call -> call.peer() != null);
    }

    @ParameterizedTest
    @MethodSource("mortal")
    void the_death_of_a_process_ends_a_wait(Call call) throws Exception {
        try (VirtualScene scene = new VirtualScene(directory);
                PeerProcess peer = PeerProcess.startJava(VirtualPeer.class)) {
            call.prepareFor(scene, peer);
            Virtual<Integer> virtual = waiting(scene, call);
            peer.kill();
            assertThat(virtual.result()).isEqualTo(call.died());
        }
    }

    // ---- Opening and closing -----------------------------------------------------------------------------------

    @Test
    void roles_are_opened_and_closed_by_virtual_threads() throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            Virtual<Boolean> virtual = Virtual.start(() -> {
                scene.writer.close();
                scene.reader.close();
                scene.writer = scene.ring.openWriter();
                scene.reader = scene.ring.openReader();
                scene.reader.close();
                scene.ring.discardUnread();
                return Thread.interrupted();
            });
            assertThat(virtual.result()).isFalse();
            assertThatThrownBy(Virtual.start(() -> scene.ring.openWriter())::result)
                    .hasRootCauseInstanceOf(ErrnoException.class)
                    .hasMessageContaining("EBUSY");
        }
    }

    @Test
    void a_handler_in_a_virtual_thread_cannot_close_its_reader() throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            scene.offer();
            Virtual<Integer> virtual = Virtual.start(() -> scene.reader.poll(
                    (type, buffer, offset, length) -> {
                        scene.ring.close();
                        return true;
                    },
                    1));
            assertThatThrownBy(virtual::result).hasRootCauseInstanceOf(IllegalStateException.class);
        }
    }

    // ---- Wait sets ---------------------------------------------------------------------------------------------

    @Test
    void a_wait_set_serves_virtual_and_platform_threads_in_turn() throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            for (int i = 0; i < 20; i++) {
                Virtual<Integer> virtual = waiting(scene, Call.WAIT_SET);
                scene.items.release();
                assertThat(virtual.result()).isOne();
                assertThat(scene.set.await(WaitPolicy.SLEEP, FOREVER)).isOne();
                assertThat(scene.items.drainPermits()).isOne();
                assertThat(scene.set.await(WaitPolicy.SLEEP, SHORT_NS / 20)).isEqualTo(Outcome.TIMED_OUT);
            }
        }
    }

    @Test
    void a_segment_that_is_closed_is_told_by_a_wait_set() throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            Virtual<Integer> virtual = waiting(scene, Call.WAIT_SET);
            scene.segment.close();
            assertThat(virtual.result()).isOne();
            scene.set.forEachReady(key -> assertThat(key.outcome()).isEqualTo(Outcome.CLOSED));
        }
    }

    @Test
    void two_virtual_threads_in_one_wait_set_are_refused() throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            Virtual<Integer> first = waiting(scene, Call.WAIT_SET);
            Virtual<Integer> second = Virtual.start(() -> Call.WAIT_SET.await(scene, FOREVER));
            assertThatThrownBy(second::result).hasRootCauseInstanceOf(IllegalStateException.class);
            scene.items.release();
            assertThat(first.result()).isOne();
        }
    }

    @Test
    void permits_reach_those_who_stand_in_line_while_others_watch() throws Exception {
        try (VirtualScene scene = new VirtualScene(directory)) {
            Virtual<Integer> watcher = waiting(scene, Call.WAIT_SET);
            List<Virtual<Integer>> takers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                takers.add(waiting(scene, Call.ACQUIRE));
            }
            for (Virtual<Integer> taker : takers) {
                scene.items.release();
                assertThat(taker.result()).isZero();
            }
            assertThat(scene.items.availablePermits()).isZero();
            scene.items.release();
            assertThat(watcher.result()).isOne();
            assertThat(scene.items.availablePermits()).isOne();
        }
    }

    // ---- Semaphores --------------------------------------------------------------------------------------------

    @Test
    void who_came_first_gets_the_permit_virtual_or_not() throws Exception {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        int count = 20;
        try (VirtualScene scene = new VirtualScene(directory)) {
            for (int i = 0; i < count; i++) {
                int number = i;
                Callable<Integer> call = () -> {
                    scene.items.acquire();
                    order.add(number);
                    return number;
                };
                if (number % 3 == 2) {
                    Waiter.start(call);
                } else {
                    Virtual.start(call);
                }
                waitUntilQueued(scene.items, i + 1);
            }
            for (int i = 0; i < count; i++) {
                scene.items.release();
                waitUntilQueued(scene.items, count - i - 1);
                while (order.size() <= i) {
                    Thread.sleep(1);
                }
            }
        }
        assertThat(order).isEqualTo(IntStream.range(0, count).boxed().toList());
    }

    private static void waitUntilQueued(Semaphore semaphore, int count) throws InterruptedException {
        while (semaphore.getQueueLength() != count) {
            Thread.sleep(1);
        }
    }

    @Test
    void who_gives_up_takes_no_permit_along() throws Exception {
        int waits = 1000;
        try (VirtualScene scene = new VirtualScene(directory);
                PeerProcess peer = PeerProcess.startJava(VirtualPeer.class)) {
            assertThat(peer.ask(directory + " attach")).isEqualTo("ok");
            Waiter<String> releases = Waiter.start(() -> peer.ask(directory + " release"));
            List<Virtual<Integer>> virtuals = new ArrayList<>();
            for (int i = 0; i < waits; i++) {
                long timeoutNs = i % 3 == 0 ? FOREVER : i * 40_000L;
                virtuals.add(Virtual.start(() -> take(scene.items, timeoutNs)));
            }
            for (int i = 0; i < waits; i += 3) {
                virtuals.get(i).interrupt();
                Thread.sleep(0, 100_000);
            }
            int taken = 0;
            for (Virtual<Integer> virtual : virtuals) {
                taken += virtual.result();
            }
            assertThat(releases.result()).isEqualTo("ok");
            assertThat(taken + scene.items.availablePermits()).isEqualTo(RELEASES);
            assertThat(taken).isPositive();
            assertThat(scene.items.getQueueLength()).isZero();
        }
    }

    /** How many it took. */
    private static int take(Semaphore semaphore, long timeoutNs) {
        try {
            return semaphore.acquire(1, WaitPolicy.SLEEP, timeoutNs) == 0 ? 1 : 0;
        } catch (InterruptedException e) {
            return 0;
        }
    }

    @Test
    void a_thousand_blocked_ones_stop_nobody() throws Exception {
        String sizes = "-Djdk.virtualThreadScheduler.";
        assertThat(Jvm.of(Crowd.class)
                        .option(sizes + "parallelism=2", sizes + "maxPoolSize=2")
                        .succeed())
                .isEqualTo("queued 1000, meanwhile 1000\nacquired 1000, queued 0\n");
    }

    /** A thousand that wait for one semaphore, and another thousand that do not. */
    static final class Crowd {
        private static final int SIZE = 1000;

        public static void main(String[] arguments) throws Exception {
            SegmentOptions options = SegmentOptions.defaults().object(Semaphore.declare("items", 0));
            try (Segment segment = Segment.createAnonymous("crowd", options)) {
                Semaphore items = Semaphore.open(segment, "items");
                List<Virtual<Integer>> blocked = start(() -> take(items, FOREVER));
                while (items.getQueueLength() < SIZE) {
                    Thread.sleep(1);
                }
                int meanwhile = sum(start(() -> 1));
                System.out.println("queued " + items.getQueueLength() + ", meanwhile " + meanwhile);
                items.release(SIZE);
                System.out.println("acquired " + sum(blocked) + ", queued " + items.getQueueLength());
            }
        }

        private static List<Virtual<Integer>> start(Callable<Integer> call) {
            return IntStream.range(0, SIZE).mapToObj(i -> Virtual.start(call)).toList();
        }

        private static int sum(List<Virtual<Integer>> virtuals) throws Exception {
            int sum = 0;
            for (Virtual<Integer> virtual : virtuals) {
                sum += virtual.result();
            }
            return sum;
        }
    }
}
