package dev.strait;

import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingReader;
import dev.strait.ring.RingWriter;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Barrier;
import dev.strait.sync.Condition;
import dev.strait.sync.Latch;
import dev.strait.sync.Lock;
import dev.strait.sync.OwnerDiedException;
import dev.strait.sync.Semaphore;
import dev.strait.sync.Sequence;
import dev.strait.testing.PeerProcess;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;

/** One of each thing that can be waited for, and all calls that wait for them. */
final class VirtualScene implements AutoCloseable {
    private static final int LANE_BYTES = 65_536;

    final Path directory;
    final SegmentOptions options;
    final Segment segment;
    final Semaphore items;
    final Semaphore few;
    final Lock door;
    final Condition opened;
    final Sequence number;
    final Latch ready;
    final Barrier round;
    final WaitSet set = WaitSet.open();
    final Ring ring;
    final Ring spinning;
    RingWriter writer;
    RingReader reader;
    RingWriter spinningWriter;
    RingReader spinningReader;

    VirtualScene(Path directory) throws IOException {
        this.directory = directory;
        options = SegmentOptions.defaults().directory(directory);
        segment = Segment.create(
                "shop",
                options.object(
                        Semaphore.declare("items", 0),
                        Semaphore.declare("few", 1).recoverable(),
                        Lock.declare("door"),
                        Condition.declare("opened"),
                        Sequence.declare("number", 0),
                        Latch.declare("ready", 1),
                        Barrier.declare("round", 2)));
        items = Semaphore.open(segment, "items");
        few = Semaphore.open(segment, "few");
        door = Lock.open(segment, "door");
        opened = Condition.open(door, "opened");
        number = Sequence.open(segment, "number");
        ready = Latch.open(segment, "ready");
        set.add(items.whenAvailable(1));
        round = Barrier.open(segment, "round");
        RingOptions rings = RingOptions.defaults().laneBytes(LANE_BYTES).segment(options);
        ring = Ring.create("ring", rings);
        writer = ring.openWriter();
        reader = ring.openReader();
        spinning = Ring.create("spinning", rings.spinOnly());
        spinningWriter = spinning.openWriter();
        spinningReader = spinning.openReader();
    }

    void offer() {
        offer(writer);
    }

    private static void offer(RingWriter writer) {
        if (writer.offer(0, ByteBuffer.allocateDirect(8), 0, 8) != 0) {
            throw new AssertionError("offer");
        }
    }

    /** Leaves no room for another message. */
    private static void fill(RingWriter writer) {
        if (writer.claim(0, writer.maxLength()) < 0 || writer.commit() != 0) {
            throw new AssertionError("fill");
        }
    }

    private static void drain(RingReader reader) {
        while (reader.skip() > 0) {
            // Until it is empty.
        }
    }

    @Override
    public void close() {
        shut();
    }

    /** Ends all waits. */
    void shut() {
        set.close();
        segment.close();
        ring.close();
        spinning.close();
    }

    /** A call that waits. */
    enum Call {
        ACQUIRE {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.items.acquire(1, WaitPolicy.SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.items.release();
            }
        },
        ACQUIRE_MIXED {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.items.acquire(1, WaitPolicy.SPIN_THEN_SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.items.release();
            }
        },
        ACQUIRE_SPINNING {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.items.acquire(1, WaitPolicy.SPIN, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.items.release();
            }

            @Override
            boolean parks() {
                return false;
            }
        },
        ACQUIRE_UNINTERRUPTIBLY {
            @Override
            int await(VirtualScene scene, long timeoutNs) {
                try {
                    scene.items.acquireUninterruptibly();
                    return 0;
                } catch (IllegalStateException e) {
                    return Outcome.CLOSED;
                }
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.items.release();
            }

            @Override
            boolean isInterruptible() {
                return false;
            }

            @Override
            boolean isTimed() {
                return false;
            }
        },
        ACQUIRE_RECOVERABLE {
            @Override
            void prepare(VirtualScene scene) throws Exception {
                scene.few.acquire();
            }

            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.few.acquire(1, WaitPolicy.SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.few.release();
            }

            @Override
            String peer() {
                return "few";
            }

            @Override
            int died() {
                return 0;
            }
        },
        LOCK {
            @Override
            void prepare(VirtualScene scene) throws Exception {
                scene.door.lock();
            }

            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                int outcome = scene.door.lock(WaitPolicy.SLEEP, timeoutNs);
                if (outcome == 0) {
                    scene.door.unlock();
                }
                return outcome;
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.door.unlock();
            }

            @Override
            String peer() {
                return "door";
            }

            @Override
            int died() {
                return Outcome.OWNER_DIED;
            }
        },
        LOCK_UNINTERRUPTIBLY {
            @Override
            void prepare(VirtualScene scene) throws Exception {
                scene.door.lock();
            }

            @Override
            int await(VirtualScene scene, long timeoutNs) {
                try {
                    scene.door.lock();
                } catch (OwnerDiedException e) {
                    return Outcome.OWNER_DIED;
                } catch (IllegalStateException e) {
                    return Outcome.CLOSED;
                }
                scene.door.unlock();
                return 0;
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.door.unlock();
            }

            @Override
            boolean isInterruptible() {
                return false;
            }

            @Override
            boolean isTimed() {
                return false;
            }

            @Override
            String peer() {
                return "door";
            }

            @Override
            int died() {
                return Outcome.OWNER_DIED;
            }
        },
        CONDITION {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws Exception {
                scene.door.lock();
                try {
                    return scene.opened.await(WaitPolicy.SLEEP, timeoutNs);
                } finally {
                    if (scene.door.isHeldByCurrentThread()) {
                        scene.door.unlock();
                    }
                }
            }

            @Override
            void satisfy(VirtualScene scene) throws Exception {
                scene.door.lock();
                scene.opened.signal();
                scene.door.unlock();
            }
        },
        CONDITION_UNINTERRUPTIBLY {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws Exception {
                scene.door.lock();
                try {
                    scene.opened.awaitUninterruptibly();
                    scene.door.unlock();
                    return 0;
                } catch (IllegalStateException e) {
                    return Outcome.CLOSED;
                }
            }

            @Override
            void satisfy(VirtualScene scene) throws Exception {
                scene.door.lock();
                scene.opened.signalAll();
                scene.door.unlock();
            }

            @Override
            boolean isInterruptible() {
                return false;
            }

            @Override
            boolean isTimed() {
                return false;
            }
        },
        SEQUENCE {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.number.await(3, WaitPolicy.SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.number.increment(3);
            }

            @Override
            String peer() {
                return "number";
            }

            @Override
            int died() {
                return Outcome.PEER_DIED;
            }
        },
        LATCH {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.ready.await(WaitPolicy.SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.ready.countDown();
            }

            @Override
            String peer() {
                return "ready";
            }

            @Override
            int died() {
                return Outcome.PEER_DIED;
            }
        },
        BARRIER {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.round.await(WaitPolicy.SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) throws InterruptedException {
                if (scene.round.await() != 0) {
                    throw new AssertionError("not the last");
                }
            }

            @Override
            int satisfied() {
                return 1;
            }

            @Override
            String peer() {
                return "round";
            }

            @Override
            int died() {
                return Outcome.BROKEN;
            }
        },
        DATA {
            @Override
            void close(VirtualScene scene) {
                scene.reader.close();
            }

            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.reader.awaitData(WaitPolicy.SPIN_THEN_SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.offer();
            }

            @Override
            int satisfied() {
                return Outcome.READY;
            }

            @Override
            void prepareFor(VirtualScene scene, PeerProcess peer) throws Exception {
                scene.writer.close();
                super.prepareFor(scene, peer);
            }

            @Override
            String peer() {
                return "writer";
            }

            @Override
            int died() {
                return Outcome.PEER_DIED;
            }
        },
        DATA_SPINNING {
            @Override
            void close(VirtualScene scene) {
                scene.spinningReader.close();
            }

            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.spinningReader.awaitData(WaitPolicy.SPIN, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                offer(scene.spinningWriter);
            }

            @Override
            int satisfied() {
                return Outcome.READY;
            }

            @Override
            boolean parks() {
                return false;
            }
        },
        SPACE {
            @Override
            void close(VirtualScene scene) {
                scene.writer.close();
            }

            @Override
            void prepare(VirtualScene scene) {
                fill(scene.writer);
            }

            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.writer.awaitSpace(8, WaitPolicy.SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                drain(scene.reader);
            }

            @Override
            int satisfied() {
                return Outcome.READY;
            }

            @Override
            void prepareFor(VirtualScene scene, PeerProcess peer) throws Exception {
                scene.reader.close();
                super.prepareFor(scene, peer);
                fill(scene.writer);
            }

            @Override
            String peer() {
                return "reader";
            }

            @Override
            int died() {
                return Outcome.PEER_DIED;
            }
        },
        SPACE_SPINNING {
            @Override
            void close(VirtualScene scene) {
                scene.spinningWriter.close();
            }

            @Override
            void prepare(VirtualScene scene) {
                fill(scene.spinningWriter);
            }

            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.spinningWriter.awaitSpace(8, WaitPolicy.SPIN, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                drain(scene.spinningReader);
            }

            @Override
            int satisfied() {
                return Outcome.READY;
            }

            @Override
            boolean parks() {
                return false;
            }
        },
        WAIT_SET {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.set.await(WaitPolicy.SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.items.release();
            }

            @Override
            int satisfied() {
                return 1;
            }

            @Override
            void close(VirtualScene scene) {
                scene.set.close();
            }

            @Override
            void prepareFor(VirtualScene scene, PeerProcess peer) throws Exception {
                super.prepareFor(scene, peer);
                scene.set.add(scene.number.whenReached(3));
            }

            @Override
            String peer() {
                return "number";
            }

            @Override
            int died() {
                return 1;
            }
        },
        WAIT_SET_MIXED {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.set.await(WaitPolicy.SPIN_THEN_SLEEP, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.set.wakeup();
            }

            @Override
            void close(VirtualScene scene) {
                scene.set.close();
            }
        },
        WAIT_SET_SPINNING {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws InterruptedException {
                return scene.set.await(WaitPolicy.SPIN, timeoutNs);
            }

            @Override
            void satisfy(VirtualScene scene) {
                scene.items.release();
            }

            @Override
            int satisfied() {
                return 1;
            }

            @Override
            void close(VirtualScene scene) {
                scene.set.close();
            }

            @Override
            boolean parks() {
                return false;
            }
        },
        OPEN {
            @Override
            int await(VirtualScene scene, long timeoutNs) throws Exception {
                try (Segment later = Segment.open("later", scene.options.timeout(Duration.ofNanos(timeoutNs)))) {
                    return later.wasCreated() ? Outcome.BROKEN : 0;
                } catch (InterruptedIOException e) {
                    throw new InterruptedException(e.getMessage());
                } catch (ErrnoException e) {
                    return e.symbol().equals("ENOENT") ? Outcome.TIMED_OUT : Outcome.BROKEN;
                }
            }

            @Override
            void satisfy(VirtualScene scene) throws Exception {
                Segment.create("later", scene.options).close();
            }
        };

        /** Makes it wait. */
        void prepare(VirtualScene scene) throws Exception {}

        /** Makes it wait for the peer. */
        void prepareFor(VirtualScene scene, PeerProcess peer) throws Exception {
            String reply = peer.ask(scene.directory + " " + peer());
            if (!reply.equals("ok")) {
                throw new AssertionError(reply);
            }
        }

        abstract int await(VirtualScene scene, long timeoutNs) throws Exception;

        /** Lets it go on. */
        abstract void satisfy(VirtualScene scene) throws Exception;

        /** What it returns then. */
        int satisfied() {
            return 0;
        }

        /** Ends it with CLOSED. */
        void close(VirtualScene scene) {
            scene.shut();
        }

        boolean parks() {
            return true;
        }

        boolean isInterruptible() {
            return true;
        }

        boolean isTimed() {
            return true;
        }

        /** What the peer is to hold whose death ends it; null for none. */
        String peer() {
            return null;
        }

        /** What it returns then. */
        int died() {
            throw new UnsupportedOperationException(name());
        }
    }
}
