package dev.strait.bench.side;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What a side can be asked to do: line by line what bench/c/roles.h does in C. */
final class Roles {
    /** Messages between two looks at the clock. */
    private static final int CHUNK = 256;

    private final End end;
    private final Parameters parameters;
    private final Report report;
    private final Histogram latencies = Report.newHistogram();

    Roles(End end, Parameters parameters, Report report) {
        this.end = end;
        this.parameters = parameters;
        this.report = report;
    }

    void play() throws IOException, InterruptedException {
        switch (parameters.role()) {
            case "ping" -> ping();
            case "pong" -> pong();
            case "producer" -> producer();
            case "consumer" -> consumer();
            case "pacer" -> pacer();
            case "receiver" -> receiver();
            case "waker" -> waker();
            case "sleeper" -> sleeper();
            case "victim" -> victim();
            case "survivor" -> survivor();
            default -> throw new IllegalArgumentException("role " + parameters.role());
        }
    }

    private void offer(long value) throws IOException {
        while (!end.offer(value)) {}
    }

    /** A poll by someone whose peer must not go before it said so. */
    private int pollAlive() throws IOException, InterruptedException {
        int result = end.poll();
        if (result < 0) {
            throw new IOException("the peer is gone");
        }
        return result;
    }

    // ---- Round trips

    private static final class Echo implements Sink {
        private long value = -1;

        @Override
        public void onMessage(long received) {
            value = received;
        }
    }

    private void ping() throws IOException, InterruptedException {
        Echo echo = new Echo();
        end.deliverTo(echo);
        roundTrips(echo, System.nanoTime() + parameters.warmupNs());
        latencies.reset();
        long messages = roundTrips(echo, System.nanoTime() + parameters.measureNs());
        offer(Payload.END);
        report.say("messages", messages);
        report.say(latencies);
    }

    /** At least one. */
    private long roundTrips(Echo echo, long until) throws IOException, InterruptedException {
        long max = parameters.maxMessages();
        long value = 0;
        long stop;
        do {
            long start = System.nanoTime();
            roundTrip(value);
            stop = System.nanoTime();
            Payload.checkDifference(echo.value ^ value, echo.value);
            latencies.recordValue(stop - start);
            value++;
        } while (stop < until && (max == 0 || value < max));
        return value;
    }

    /** A method of its own, which the JIT compiles as one. */
    private void roundTrip(long value) throws IOException, InterruptedException {
        offer(value);
        while (pollAlive() == 0) {}
    }

    private final class Answering implements Sink {
        private boolean ended;

        @Override
        public void onMessage(long value) throws IOException {
            if (value == Payload.END) {
                ended = true;
            } else {
                offer(value);
            }
        }
    }

    private void pong() throws IOException, InterruptedException {
        Answering answering = new Answering();
        end.deliverTo(answering);
        while (!answering.ended) {
            pollAlive();
        }
    }

    // ---- As many as possible

    private void producer() throws IOException {
        long value = produceUntil(0, System.nanoTime() + parameters.warmupNs(), parameters.maxMessages() / 2);
        offer(Payload.MARK);
        produceUntil(value, System.nanoTime() + parameters.measureNs(), parameters.maxMessages());
        offer(Payload.END);
    }

    private long produceUntil(long from, long until, long maxValue) throws IOException {
        int chunk = parameters.bytes() > 4096 ? 1 : CHUNK;
        long value = from;
        while (System.nanoTime() < until && (maxValue == 0 || value < maxValue)) {
            value = parameters.batch() == 1 ? produceEach(value, chunk) : produceBatches(value, chunk);
        }
        return value;
    }

    private long produceEach(long from, int count) throws IOException {
        long value = from;
        while (value < from + count) {
            if (end.offer(value)) {
                value++;
            } else {
                Thread.onSpinWait();
            }
        }
        return value;
    }

    private long produceBatches(long from, int count) throws IOException {
        long value = from;
        while (value < from + count) {
            int taken = end.offerBatch(value, (int) Math.min(parameters.batch(), from + count - value));
            value += taken;
            if (taken == 0) {
                Thread.onSpinWait();
            }
        }
        return value;
    }

    private static final class Counting implements Sink {
        private long expected;
        private long messages;
        private long startNs;
        private long stopNs;

        @Override
        public void onMessage(long value) {
            if (value == expected) {
                expected++;
                messages++;
            } else if (value == Payload.MARK) {
                startNs = System.nanoTime();
                messages = 0;
            } else if (value == Payload.END) {
                stopNs = System.nanoTime();
            } else {
                throw new IllegalStateException("message " + value + " came instead of " + expected);
            }
        }
    }

    private void consumer() throws IOException, InterruptedException {
        Counting counting = new Counting();
        end.deliverTo(counting);
        while (counting.stopNs == 0) {
            if (pollAlive() == 0) {
                Thread.onSpinWait();
            }
        }
        report.say("messages", counting.messages);
        report.say("ns", counting.stopNs - counting.startNs);
    }

    // ---- At a fixed rate

    /** A message holds the time at which it was due, not at which we got to it: a late writer does not hide its delay. */
    private void pacer() throws IOException {
        long warmup = parameters.warmupNs() / parameters.intervalNs();
        long total = warmup + parameters.measureNs() / parameters.intervalNs();
        long start = System.nanoTime() + 1_000_000;
        long giveUp = start + 2 * (parameters.warmupNs() + parameters.measureNs());
        long now = start;
        boolean counted = false;
        long sent = 0;
        for (; sent < total && now < giveUp; sent++) {
            long due = start + sent * parameters.intervalNs();
            do {
                now = System.nanoTime();
            } while (now < due);
            if (!counted && (sent >= warmup || now > start + 2 * parameters.warmupNs())) {
                offer(Payload.MARK);
                counted = true;
            }
            offer(due);
        }
        offer(Payload.END);
        report.say("sent", sent);
        report.say("due", total);
    }

    private final class Timing implements Sink {
        private boolean counted;
        private boolean ended;
        private long messages;
        private long last;

        @Override
        public void onMessage(long value) {
            if (value > last) {
                last = value;
                latencies.recordValue(Math.max(0, System.nanoTime() - value));
                messages++;
            } else if (value == Payload.MARK && !counted) {
                counted = true;
                latencies.reset();
                messages = 0;
            } else if (value == Payload.END) {
                ended = true;
            } else {
                throw new IllegalStateException("message " + value + " came after " + last);
            }
        }
    }

    private void receiver() throws IOException, InterruptedException {
        Timing timing = new Timing();
        end.deliverTo(timing);
        while (!timing.ended) {
            pollAlive();
        }
        report.say("messages", timing.messages);
        report.say(latencies);
    }

    // ---- Waiting

    /** The reader has waited once before it counts, so that what a JVM does for the first time is over. */
    private void waker() throws IOException, InterruptedException {
        TimeUnit.NANOSECONDS.sleep(parameters.measureNs() / 10);
        offer(Payload.MARK);
        TimeUnit.NANOSECONDS.sleep(parameters.measureNs());
        offer(Payload.END);
    }

    private void sleeper() throws IOException, InterruptedException {
        Counting counting = new Counting();
        end.deliverTo(counting);
        cpuNs();
        while (counting.startNs == 0) {
            pollAlive();
        }
        long startNs = System.nanoTime();
        long cpuNs = cpuNs();
        while (counting.stopNs == 0) {
            pollAlive();
        }
        report.say("cpu_ns", cpuNs() - cpuNs);
        report.say("ns", System.nanoTime() - startNs);
    }

    /** Of the whole process, the JVM's own threads included. */
    private static long cpuNs() throws IOException {
        return CpuTime.ofProcess(ProcessHandle.current().pid());
    }

    // ---- Dying

    private void victim() throws IOException, InterruptedException {
        offer(0);
        report.ready();
        Thread.sleep(Long.MAX_VALUE);
    }

    private void survivor() throws IOException, InterruptedException {
        end.deliverTo(new Counting());
        while (pollAlive() == 0) {}
        report.ready();
        int result;
        do {
            result = end.poll();
        } while (result == 0);
        if (result == End.PEER_GONE) {
            report.say("known_ns", System.nanoTime());
        } else {
            report.cannot("nobody tells the reader within its patience");
        }
    }

    // ---- Opening and closing

    static void open(Library library, Parameters parameters, Report report) throws IOException, InterruptedException {
        Histogram times = Report.newHistogram();
        cycles(library, parameters.dir(), System.nanoTime() + parameters.warmupNs(), times);
        times.reset();
        cycles(library, parameters.dir(), System.nanoTime() + parameters.measureNs(), times);
        report.say("messages", times.getTotalCount());
        report.say(times);
    }

    private static void cycles(Library library, Path directory, long until, Histogram times)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        do {
            library.cycle(directory);
            long stop = System.nanoTime();
            times.recordValue(stop - start);
            start = stop;
        } while (start < until);
    }
}
