package dev.strait.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingReader;
import dev.strait.ring.RingWriter;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentMismatchException;
import dev.strait.segment.SegmentOptions;
import dev.strait.signal.CoreDumps;
import dev.strait.signal.DispatcherOptions;
import dev.strait.signal.ProcessSignals;
import dev.strait.signal.Signal;
import dev.strait.signal.SignalDispatcher;
import dev.strait.signal.SignalQueue;
import dev.strait.signal.SignalTarget;
import dev.strait.sync.Condition;
import dev.strait.sync.Latch;
import dev.strait.sync.Lock;
import dev.strait.sync.Semaphore;
import dev.strait.sync.Sequence;
import dev.strait.testing.Jvm;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JVM's own check of how native methods use JNI. */
class JniCheckTest {
    @TempDir
    private Path temporary;

    @Test
    void the_jvm_finds_no_fault_in_any_native_method() throws Exception {
        assertThat(Jvm.of(Everything.class).option("-Xcheck:jni").succeed(temporary.toString()))
                .endsWith("done\n")
                .doesNotContain("WARNING")
                .doesNotContain("FATAL ERROR");
    }

    /** Calls the native methods, and lets those fail that can. */
    static final class Everything {
        private interface Call {
            void make() throws Exception;
        }

        private static final long MS = 1_000_000;

        public static void main(String[] arguments) throws Exception {
            SegmentOptions segment =
                    SegmentOptions.defaults().directory(Path.of(arguments[0])).userBytes(100);
            RingOptions ring = RingOptions.defaults().laneBytes(4096).segment(segment);
            attach(ring, segment);
            exchange(ring);
            attachToSegment(segment);
            synchronise(segment.object(
                    Semaphore.declare("items", 1),
                    Semaphore.declare("few", 2).recoverable(),
                    Lock.declare("door"),
                    Condition.declare("opened")));
            waitForSeveral(
                    ring,
                    segment.object(
                            Semaphore.declare("items", 0),
                            Lock.declare("door"),
                            Sequence.declare("steps", 0),
                            Latch.declare("gate", 1)));
            signal(segment);
            System.out.println("done");
        }

        private static void attach(RingOptions options, SegmentOptions segment) throws IOException {
            try (Ring first = Ring.create("ring", options);
                    Ring second = Ring.open("ring", options);
                    Ring third = Ring.openOrCreate("ring", options);
                    RingWriter writer = first.openWriter();
                    RingReader reader = second.openReader()) {
                expect(writer.freeBytes(), first.capacity());
                expect(reader.availableBytes(), 0);
                expectFailure(ErrnoException.class, third::openWriter);
                expectFailure(ErrnoException.class, third::openReader);
                expectFailure(ErrnoException.class, () -> Ring.create("ring", options));
                expectFailure(SegmentMismatchException.class, () -> Segment.open("ring", segment));
            }
            Ring.unlink("ring", options);
            expectFailure(ErrnoException.class, () -> Ring.open("ring", options));
            expectFailure(ErrnoException.class, () -> Ring.unlink("ring", options));
            expectFailure(IllegalArgumentException.class, () -> Ring.create("a/b", options));
        }

        private static void exchange(RingOptions options) throws Exception {
            int pid = (int) ProcessHandle.current().pid();
            try (Ring ring = Ring.createAnonymous("ring", options);
                    Ring again = Ring.openAnonymous(pid, ring.segment().fd(), options);
                    RingWriter writer = ring.openWriter();
                    RingReader reader = again.openReader()) {
                expect(Outcome.TIMED_OUT, reader.awaitData(WaitPolicy.SLEEP, MS));
                int offset = writer.claim(1, writer.maxLength());
                writer.buffer().putLong(offset, 42);
                writer.commit();
                expect(Outcome.TIMED_OUT, writer.awaitSpace(0, WaitPolicy.SPIN_THEN_SLEEP, MS));
                expect(1, reader.poll((type, buffer, index, length) -> buffer.getLong(index) == 42, 10));

                Thread.currentThread().interrupt();
                expectFailure(InterruptedException.class, () -> reader.awaitData(WaitPolicy.SLEEP, Long.MAX_VALUE));
                for (int i = 0; i < 20; i++) { // the reader sleeps before most of these threads begin
                    FutureTask<Integer> offer = new FutureTask<>(() -> writer.offer(1, ByteBuffer.allocate(8), 0, 8));
                    new Thread(offer).start();
                    expect(Outcome.READY, reader.awaitData(WaitPolicy.SLEEP, Long.MAX_VALUE));
                    expect(0, offer.get());
                    expect(1, reader.skip());
                }
            }
        }

        private static void attachToSegment(SegmentOptions options) throws IOException {
            int pid = (int) ProcessHandle.current().pid();
            try (Segment created = Segment.create("segment", options);
                    Segment opened = Segment.open("segment", options);
                    Segment either = Segment.openOrCreate("segment", options);
                    Segment memory = Segment.createAnonymous("segment", options);
                    Segment same = Segment.openAnonymous(pid, memory.fd(), options)) {
                expect(created.epoch(), opened.epoch());
                expect(opened.sizeBytes(), either.sizeBytes());
                expect(100, same.region().capacity());
                expect(1, created.isLinked() ? 1 : 0);
            }
            Segment.unlink("segment", options);
        }

        private static void synchronise(SegmentOptions options) throws Exception {
            try (Segment segment = Segment.create("objects", options);
                    Segment again = Segment.open("objects", options)) {
                expect(4, segment.objects().size());
                expectFailure(ErrnoException.class, () -> Semaphore.open(segment, "x".repeat(100)));
                expectFailure(IllegalArgumentException.class, () -> Semaphore.open(segment, "door"));
                for (String name : List.of("items", "few")) {
                    Semaphore semaphore = Semaphore.open(segment, name);
                    expect(0, semaphore.acquire(1, WaitPolicy.SLEEP, MS));
                    semaphore.drainPermits();
                    expect(Outcome.TIMED_OUT, Semaphore.open(again, name).acquire(1, WaitPolicy.SLEEP, MS));
                    expect(0, semaphore.availablePermits() + semaphore.getQueueLength());
                    Thread.currentThread().interrupt();
                    expectFailure(InterruptedException.class, semaphore::acquire);
                    FutureTask<Integer> acquire = new FutureTask<>(
                            () -> Semaphore.open(again, name).acquire(1, WaitPolicy.SLEEP, Long.MAX_VALUE));
                    new Thread(acquire).start();
                    semaphore.release();
                    expect(0, acquire.get());
                    expect(semaphore.isRecoverable() ? 1 : 0, semaphore.heldPermits());
                }
                Lock lock = Lock.open(segment, "door");
                Condition condition = Condition.open(lock, "opened");
                expect(0, lock.lock(WaitPolicy.SLEEP, MS));
                expect(Outcome.TIMED_OUT, Lock.open(again, "door").lock(WaitPolicy.SLEEP, MS));
                expect(Outcome.TIMED_OUT, condition.await(WaitPolicy.SLEEP, MS));
                condition.signal();
                condition.signalAll();
                lock.unlock();
            }
            try (Segment dead = Segment.open("objects", options)) {
                Lock.open(dead, "door").lock();
            }
            try (Segment next = Segment.open("objects", options)) {
                Lock lock = Lock.open(next, "door");
                expect(Outcome.OWNER_DIED, lock.lock(WaitPolicy.SLEEP, Long.MAX_VALUE));
                lock.unlock();
                expect(Outcome.NOT_RECOVERABLE, lock.lock(WaitPolicy.SLEEP, Long.MAX_VALUE));
            }
        }

        private static void signal(SegmentOptions options) throws Exception {
            DispatcherOptions named =
                    DispatcherOptions.defaults().name("signals").segment(options);
            int pid = (int) ProcessHandle.current().pid();
            Signal signal = Signal.of("RTMIN+9");
            try (SignalDispatcher dispatcher = SignalDispatcher.open(named);
                    SignalQueue queue = SignalQueue.open();
                    SignalTarget target = SignalTarget.dispatcher("signals", options)) {
                expectFailure(ErrnoException.class, () -> SignalDispatcher.open(named));
                expectFailure(IllegalArgumentException.class, () -> dispatcher.handle(Signal.of("KILL"), queue));
                dispatcher.handle(signal, queue);
                target.check();
                target.send(signal, 7);
                expect(7, queue.take().value());
                SignalTarget.thread(pid, dispatcher.threadId()).send(signal);
                expect(0, queue.take().value());
                dispatcher.ignore(signal);
                dispatcher.reset(signal);
            }
            try (SignalDispatcher dispatcher =
                    SignalDispatcher.open(DispatcherOptions.defaults().processWide())) {
                dispatcher.handle(signal, received -> {});
                SignalTarget.process(pid).send(signal, 8);
                new ProcessBuilder("true").start().waitFor();
            }
            Signal.all().forEach(each -> each.action());
            expectFailure(ErrnoException.class, () -> SignalTarget.dispatcher("signals", options));
            expectFailure(ErrnoException.class, () -> ProcessSignals.of(0x3fffffff));
            ProcessSignals.of(pid);
            CoreDumps.setFilter(pid, CoreDumps.filter(pid));
            CoreDumps.pattern();
        }

        private static void waitForSeveral(RingOptions rings, SegmentOptions options) throws Exception {
            try (Segment segment = Segment.create("several", options);
                    Ring ring = Ring.createAnonymous("several", rings);
                    RingWriter writer = ring.openWriter();
                    RingReader reader = ring.openReader();
                    WaitSet set = WaitSet.open()) {
                set.add(reader.whenReadable());
                WaitSet.Key space = set.add(writer.whenWritable(0));
                set.add(Semaphore.open(segment, "items").whenAvailable(1));
                WaitSet.Key lock = set.add(Lock.open(segment, "door").whenAvailable());
                set.add(Sequence.open(segment, "steps").whenReached(1));
                set.add(Latch.open(segment, "gate").whenOpen());
                expect(2, set.await(WaitPolicy.SLEEP, MS));
                expect(2, set.arm(0));
                space.cancel();
                lock.cancel();
                expect(Outcome.TIMED_OUT, set.await(WaitPolicy.SPIN_THEN_SLEEP, MS));
                expect(0, set.wakeup().await(WaitPolicy.SLEEP, Long.MAX_VALUE));
                Thread.currentThread().interrupt();
                expectFailure(InterruptedException.class, () -> set.await(WaitPolicy.SLEEP, Long.MAX_VALUE));
                expectFailure(
                        IllegalStateException.class,
                        () -> set.add(WatchAccess.get().descriptor(set, new Usage(() -> {}), -1, 1)));
                try (Segment again = Segment.open("several", options)) {
                    expect(2, again.participants().size());
                    set.add(segment.whenEnded(segment.participants().get(1)));
                }
                expect(1, set.await(WaitPolicy.SLEEP, Long.MAX_VALUE));
            }
        }

        private static void expect(long expected, long found) {
            if (expected != found) {
                throw new AssertionError("expected " + expected + ", found " + found);
            }
        }

        private static void expectFailure(Class<? extends Exception> expected, Call call) {
            try {
                call.make();
            } catch (Exception e) {
                if (expected.isInstance(e)) {
                    return;
                }
                throw new AssertionError(e);
            }
            throw new AssertionError("no " + expected);
        }
    }
}
