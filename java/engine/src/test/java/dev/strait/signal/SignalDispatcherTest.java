package dev.strait.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.segment.SegmentOptions;
import dev.strait.testing.InSharedMemory;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Java adds to a dispatcher: handlers, executors, replacing, closing. Signals go to its own thread. */
final class SignalDispatcherTest {
    private static final Signal SIGNAL = Signal.realTime(5);
    private static final Signal OTHER = Signal.realTime(6);
    private static final int SOON_S = 20;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private final BlockingQueue<ReceivedSignal> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    private SegmentOptions options;
    private SignalDispatcher dispatcher;
    private SignalTarget target;

    @BeforeEach
    void open() throws IOException {
        options = SegmentOptions.defaults().directory(directory);
        dispatcher = SignalDispatcher.open(DispatcherOptions.defaults()
                .name("dispatcher")
                .segment(options)
                .onFailure((signal, thrown) -> failures.add(thrown)));
        target = SignalTarget.dispatcher("dispatcher", options);
    }

    @AfterEach
    void close() {
        target.close();
        dispatcher.close();
    }

    private ReceivedSignal next() throws InterruptedException {
        ReceivedSignal signal = received.poll(SOON_S, TimeUnit.SECONDS);
        assertThat(signal).as("signal").isNotNull();
        return signal;
    }

    @Test
    void a_handler_runs_in_the_dispatchers_thread() throws Exception {
        BlockingQueue<String> threads = new LinkedBlockingQueue<>();
        dispatcher.handle(SIGNAL, signal -> threads.add(Thread.currentThread().getName()));
        target.send(SIGNAL, 1);
        assertThat(threads.poll(SOON_S, TimeUnit.SECONDS)).isEqualTo("strait-signals");
    }

    @Test
    void a_handler_runs_where_its_executor_does() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor(run -> new Thread(run, "executor"));
        BlockingQueue<String> threads = new LinkedBlockingQueue<>();
        dispatcher.handle(SIGNAL, signal -> threads.add(Thread.currentThread().getName()), executor);
        target.send(SIGNAL, 1);
        assertThat(threads.poll(SOON_S, TimeUnit.SECONDS)).isEqualTo("executor");
        executor.shutdown();
        target.send(SIGNAL, 2);
        assertThat(failures.poll(SOON_S, TimeUnit.SECONDS)).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void what_a_handler_throws_is_reported_and_stops_nothing() throws Exception {
        Error thrown = new Error("a test's");
        dispatcher.handle(SIGNAL, signal -> {
            throw thrown;
        });
        dispatcher.handle(OTHER, received::add);
        target.send(SIGNAL, 1);
        target.send(OTHER, 2);
        assertThat(failures.poll(SOON_S, TimeUnit.SECONDS)).isSameAs(thrown);
        assertThat(next().value()).isEqualTo(2);
    }

    @Test
    void without_a_listener_the_threads_uncaught_exception_handler_is_told() throws Exception {
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> failures.add(thrown));
        try (SignalDispatcher plain = SignalDispatcher.open(DispatcherOptions.defaults())) {
            plain.handle(SIGNAL, signal -> {
                throw new IOException("a test's");
            });
            SignalTarget.thread((int) ProcessHandle.current().pid(), plain.threadId())
                    .send(SIGNAL);
            assertThat(failures.poll(SOON_S, TimeUnit.SECONDS)).hasMessage("a test's");
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void no_signal_is_lost_while_its_handler_is_replaced() throws Exception {
        int count = 5_000;
        AtomicInteger seen = new AtomicInteger();
        dispatcher.handle(SIGNAL, signal -> seen.incrementAndGet());
        Thread sender = new Thread(() -> send(count));
        sender.start();
        while (sender.isAlive()) {
            dispatcher.handle(SIGNAL, signal -> seen.incrementAndGet());
        }
        dispatcher.handle(OTHER, received::add);
        target.send(OTHER, 0); // after all of them: the lower number is read first
        next();
        assertThat(seen).hasValue(count);
    }

    private void send(int count) {
        try {
            for (int i = 0; i < count; i++) {
                target.send(SIGNAL, i);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void ignoring_drops_also_what_was_read_already() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch isInside = new CountDownLatch(1);
        dispatcher.handle(OTHER, signal -> {
            isInside.countDown();
            go.await();
            dispatcher.ignore(SIGNAL);
            dispatcher.handle(SIGNAL, received::add);
        });
        dispatcher.handle(SIGNAL, received::add);
        target.send(OTHER, 0);
        isInside.await();
        target.send(SIGNAL, 1);
        assertThat(dispatcher.pending()).contains(SIGNAL);
        go.countDown();
        dispatcher.reset(OTHER);
        dispatcher.handle(OTHER, received::add);
        target.send(OTHER, 2);
        assertThat(next().value()).isEqualTo(2);
        target.send(SIGNAL, 3);
        assertThat(next().value()).isEqualTo(3);
    }

    @Test
    void another_thread_ignores_when_the_running_handler_has_returned() throws Exception {
        dispatcher.handle(SIGNAL, received::add);
        dispatcher.ignore(SIGNAL);
        assertThat(dispatcher.ignored()).containsExactly(SIGNAL);
        assertThat(dispatcher.handled()).isEmpty();
        target.send(SIGNAL, 1);
        dispatcher.handle(OTHER, received::add);
        target.send(OTHER, 2);
        assertThat(next().value()).isEqualTo(2);
        assertThat(received).isEmpty();
    }

    @Test
    void what_is_reset_waits_until_it_is_handled_again() throws Exception {
        dispatcher.handle(SIGNAL, received::add);
        dispatcher.reset(SIGNAL);
        dispatcher.reset(SIGNAL);
        target.send(SIGNAL, 1);
        assertThat(dispatcher.pending()).contains(SIGNAL);
        assertThat(dispatcher.blocked()).contains(SIGNAL, OTHER, Signal.of("USR1"));
        dispatcher.handle(SIGNAL, received::add);
        assertThat(next().value()).isEqualTo(1);
    }

    @Test
    void a_handler_may_close_its_dispatcher() throws Exception {
        CountDownLatch areSent = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        dispatcher.handle(SIGNAL, signal -> {
            received.add(signal);
            areSent.await();
            dispatcher.close();
            closed.countDown();
        });
        target.send(SIGNAL, 1);
        target.send(SIGNAL, 2);
        areSent.countDown();
        closed.await();
        dispatcher.close();
        assertThat(received).hasSize(1);
        assertThatThrownBy(() -> target.send(SIGNAL)).hasMessageEndingWith("No such process (ESRCH)");
    }

    @Test
    void a_closed_dispatcher_refuses_everything() {
        dispatcher.close();
        dispatcher.close();
        assertThat(dispatcher.isClosed()).isTrue();
        List<Runnable> calls = List.of(
                () -> dispatcher.handle(SIGNAL, received::add),
                () -> dispatcher.ignore(SIGNAL),
                () -> dispatcher.reset(SIGNAL));
        for (Runnable call : calls) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("SignalDispatcher[dispatcher]: is closed");
        }
    }

    @Test
    void a_queue_is_a_handler_that_a_wait_set_waits_for() throws Exception {
        try (SignalQueue queue = SignalQueue.open();
                WaitSet set = WaitSet.open()) {
            dispatcher.handle(SIGNAL, queue);
            dispatcher.handle(OTHER, queue);
            WaitSet.Key key = set.add(queue.whenReadable());
            assertThat(queue.poll()).isNull();
            target.send(SIGNAL, 1);
            assertThat(set.await(WaitPolicy.SLEEP, TimeUnit.SECONDS.toNanos(SOON_S)))
                    .isEqualTo(1);
            target.send(OTHER, 2);
            assertThat(queue.take().value()).isEqualTo(1);
            assertThat(queue.take().value()).isEqualTo(2);
            assertThat(set.await(WaitPolicy.SLEEP, 1)).isNegative();
            key.cancel();
        }
    }

    @Test
    void a_closed_queue_fails_as_a_handler() throws Exception {
        SignalQueue queue = SignalQueue.open();
        dispatcher.handle(SIGNAL, queue);
        queue.close();
        assertThatThrownBy(queue::poll).isInstanceOf(ClosedChannelException.class);
        target.send(SIGNAL, 3);
        assertThat(failures.poll(SOON_S, TimeUnit.SECONDS)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void a_name_that_is_used_is_refused() {
        assertThatThrownBy(() -> SignalDispatcher.open(
                        DispatcherOptions.defaults().name("dispatcher").segment(options)))
                .hasMessageContaining("EBUSY")
                .hasMessageContaining(
                        "held by process " + ProcessHandle.current().pid());
    }

    @Test
    void a_process_wide_dispatcher_has_no_name() {
        assertThatThrownBy(() -> SignalDispatcher.open(
                        DispatcherOptions.defaults().name("dispatcher").processWide()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("name \"dispatcher\"");
    }

    @Test
    void a_closed_target_sends_nothing() {
        target.close();
        target.close();
        assertThatThrownBy(() -> target.send(SIGNAL))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("SignalTarget[dispatcher dispatcher]: is closed");
    }
}
