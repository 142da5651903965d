package dev.strait.signal;

import dev.strait.ErrnoException;
import dev.strait.segment.SegmentOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A JVM that is busy in every way, and receives what three senders send: {@code MODE DIRECTORY COUNT}. Says "ready"; then,
 * when all have sent, is told by a line, and says how many arrived of each, in order or not. Signals of type 0 to 2 are the
 * senders', 3 tells of USR1.
 */
final class StormPeer {
    private static final int SENDERS = 3;
    private static final int OLD_THREADS = 400;

    private static final List<Thread> OLD = new ArrayList<>();
    private static final CountDownLatch LEAVE = new CountDownLatch(1);

    @SuppressWarnings("unused") // what is allocated
    private static volatile Object sink;

    /** What arrived of each. */
    private static final AtomicIntegerArray COUNTS = new AtomicIntegerArray(SENDERS + 1);

    private static final boolean[] IN_ORDER = {true, true, true};
    private static final boolean[] ONCE = {true, true, true};

    private StormPeer() {}

    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[2]);
        startOldThreads();
        begin("allocator", StormPeer::allocate);
        begin("churner", StormPeer::churn);
        startVirtualThreads();
        DispatcherOptions options = DispatcherOptions.defaults();
        options = arguments[0].equals("process")
                ? options.processWide()
                : options.name("storm").segment(SegmentOptions.defaults().directory(Path.of(arguments[1])));
        try (SignalDispatcher dispatcher = SignalDispatcher.open(options)) {
            for (int i = 0; i < SENDERS; i++) {
                receive(dispatcher, i, count);
            }
            dispatcher.handle(Signal.of("USR1"), signal -> {
                System.out.println("USR1 " + COUNTS.incrementAndGet(SENDERS));
            });
            System.out.println("ready");
            Thread leaver = new Thread(() -> letOldThreadsLeave(count));
            leaver.start();
            System.in.read(); // all have sent
            await(count);
            leaver.join();
            for (int i = 0; i < SENDERS; i++) {
                System.out.println(COUNTS.get(i) + (ONCE[i] ? " once" : " doubled") + (IN_ORDER[i] ? " in order" : ""));
            }
        }
        System.out.println("end");
        System.exit(0);
    }

    private static void receive(SignalDispatcher dispatcher, int sender, int count) {
        boolean[] seen = new boolean[count];
        dispatcher.handle(Signal.realTime(sender + 6), signal -> {
            IN_ORDER[sender] &= signal.value() == COUNTS.get(sender);
            ONCE[sender] &= !seen[signal.value()];
            seen[signal.value()] = true;
            COUNTS.incrementAndGet(sender);
        });
    }

    private static void await(int count) {
        for (int look = 0; look < 20_000; look++) {
            boolean all = true;
            for (int i = 0; i < SENDERS; i++) {
                all &= COUNTS.get(i) >= count;
            }
            if (all) {
                return;
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    // ---- What goes on meanwhile

    private static void begin(String name, Runnable run) {
        Thread thread = new Thread(run, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** They have the mask that was before the dispatcher, and put it back when they end. */
    private static void startOldThreads() {
        for (int i = 0; i < OLD_THREADS; i++) {
            Thread thread = new Thread(() -> {
                try {
                    LEAVE.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            thread.start();
            OLD.add(thread);
        }
    }

    /** Into the storm. */
    private static void letOldThreadsLeave(int count) {
        for (int i = 0; i < SENDERS; i++) {
            while (COUNTS.get(i) < count / 10) {
                LockSupport.parkNanos(100_000);
            }
        }
        LEAVE.countDown();
        try {
            for (Thread thread : OLD) {
                thread.join();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void allocate() {
        while (true) {
            for (int i = 0; i < 100; i++) {
                sink = new byte[1 << 16];
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void churn() {
        while (true) {
            Thread thread = new Thread(() -> LockSupport.parkNanos(100_000));
            thread.start();
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static void startVirtualThreads() throws ReflectiveOperationException {
        if (Runtime.version().feature() < 21) {
            return;
        }
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        ThreadFactory factory = (ThreadFactory)
                Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
        begin("virtual", () -> {
            while (true) {
                for (int i = 0; i < 20; i++) {
                    factory.newThread(() -> LockSupport.parkNanos(500_000)).start();
                }
                LockSupport.parkNanos(2_000_000);
            }
        });
    }

    /** Sends to it: {@code MODE DIRECTORY COUNT SENDER PID}. */
    static final class Sender {
        public static void main(String[] arguments) throws IOException {
            int count = Integer.parseInt(arguments[2]);
            Signal signal = Signal.realTime(Integer.parseInt(arguments[3]) + 6);
            try (SignalTarget target = arguments[0].equals("process")
                    ? SignalTarget.process(Integer.parseInt(arguments[4]))
                    : SignalTarget.dispatcher("storm", SegmentOptions.defaults().directory(Path.of(arguments[1])))) {
                for (int i = 0; i < count; i++) {
                    sendPatiently(target, signal, i);
                }
            }
            System.out.println("sent");
        }

        private static void sendPatiently(SignalTarget target, Signal signal, int value) throws IOException {
            while (true) {
                try {
                    target.send(signal, value);
                    return;
                } catch (ErrnoException e) {
                    if (!e.symbol().equals("EAGAIN")) {
                        throw e;
                    }
                    LockSupport.parkNanos(100_000);
                }
            }
        }
    }
}
