package dev.strait.bench;

import dev.strait.bench.side.CpuTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** Runs one subject through one comparison: starts its processes, lets them go, reads what they report. */
final class Runner implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 90;
    private static final long SURVIVORS_PATIENCE_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long SLOW_NOTICE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAIRS_WARMUP_MS = 2_000;
    /** What a shell says of one that SIGKILL ended. */
    private static final int KILLED = 128 + 9;

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final Program.Environment environment;
    private final Cores cores;
    private final Pace pace;
    private final Path logs;
    private volatile boolean abandoned;
    private final Set<Run> runs = ConcurrentHashMap.newKeySet();
    private final Thread hook = new Thread(this::abandonAll, "clean up");
    private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "watchdog");
        thread.setDaemon(true);
        return thread;
    });

    Runner(Program.Environment environment, Cores cores, Pace pace, Path logs) {
        this.environment = environment;
        this.cores = cores;
        this.pace = pace;
        this.logs = logs;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** When somebody interrupts us. */
    private void abandonAll() {
        abandoned = true;
        runs.forEach(Run::abandon);
    }

    Reading run(Work work, Sides sides) throws IOException, InterruptedException {
        return work.kind() == Kind.DEATH ? deaths(work, sides) : new Run(work, sides).measure();
    }

    /** By name, of the threads that work on both sides together, from when they are ready to their end. */
    Map<String, Long> systemCalls(Work work, Sides sides) throws IOException, InterruptedException {
        Run run = new Run(work, sides);
        run.isTraced = true;
        run.measure();
        Map<String, Long> sum = new TreeMap<>();
        for (Strace strace : run.traces) {
            strace.counts().forEach((name, calls) -> sum.merge(name, calls, Long::sum));
        }
        return sum;
    }

    /** The median of several deaths; one that is noticed by a time-out is not repeated. */
    private Reading deaths(Work work, Sides sides) throws IOException, InterruptedException {
        List<Double> times = new ArrayList<>();
        while (times.size() < pace.deaths()) {
            Reading reading = new Run(work, sides).measure();
            if (reading.values().isEmpty()) {
                return reading;
            }
            times.add(reading.values().get(Metric.NS));
            if (times.get(0) > SLOW_NOTICE_NS) {
                break;
            }
        }
        return Reading.of(Metric.NS, Summary.of(times).median());
    }

    @Override
    public void close() {
        watchdog.shutdownNow();
        if (!abandoned) {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    /** One run, its directory and its processes. */
    private final class Run {
        private final Work work;
        private final Sides sides;
        private final Path directory;
        private final List<SideProcess> running = new ArrayList<>();
        private final List<Strace> traces = new ArrayList<>();
        private boolean isTraced;
        private volatile boolean ending;

        Run(Work work, Sides sides) throws IOException, InterruptedException {
            if (abandoned) {
                throw new InterruptedException();
            }
            this.work = work;
            this.sides = sides;
            this.directory = Files.createTempDirectory(SHARED_MEMORY, "strait-bench-");
        }

        Reading measure() throws IOException, InterruptedException {
            runs.add(this);
            var timeout = watchdog.schedule(this::kill, PATIENCE_SECONDS, TimeUnit.SECONDS);
            try {
                SideProcess helper = sides.helper() == null ? null : startHelper();
                Reading reading =
                        switch (work.kind()) {
                            case OPEN_CLOSE, LOAD, PAIRS -> alone();
                            case DEATH -> death();
                            case IDLE -> idle(helper);
                            default -> sides.second() == null ? alone() : together();
                        };
                end();
                return reading;
            } catch (IOException e) {
                kill();
                throw new IOException(work.label() + ", " + sides.label() + ": " + e.getMessage() + culprits(), e);
            } finally {
                timeout.cancel(false);
                kill();
                clean();
                runs.remove(this);
            }
        }

        void abandon() {
            kill();
            try {
                clean();
            } catch (IOException | InterruptedException e) {
                System.err.println("ci/bench: " + directory + " is left behind: " + e);
            }
        }

        // ---- Processes

        private SideProcess startHelper() throws IOException {
            List<String> command = new ArrayList<>(sides.helper().command(environment));
            command.add(directory.toString());
            SideProcess helper = start(command, "helper");
            helper.awaitReady();
            return helper;
        }

        private SideProcess start(boolean first) throws IOException {
            Program program = first ? sides.first() : sides.second();
            List<String> command = new ArrayList<>(program.command(environment));
            command.add(first ? work.kind().first : work.kind().second);
            command.addAll(parameters(first));
            return start(command, first ? "first" : "second");
        }

        private SideProcess start(List<String> command, String end) throws IOException {
            SideProcess side =
                    new SideProcess(command, logs.resolve(work.label() + "-" + sides.label() + "-" + end + ".log"));
            synchronized (running) {
                running.add(side);
            }
            // Who waits for a side that failed would wait for ever.
            var unused = side.process().onExit().thenAccept(process -> {
                if (!ending && process.exitValue() != 0) {
                    kill();
                }
            });
            return side;
        }

        private List<String> parameters(boolean first) {
            int cpu = work.kind() == Kind.IDLE ? -1 : first ? cores.first() : cores.second();
            boolean idle = work.kind() == Kind.IDLE;
            long warmupMs = sides.warmsUp() ? javaWarmupMs() : pace.nativeWarmupMs();
            return List.of(
                    "dir=" + directory,
                    "end=" + (first ? "first" : "second"),
                    "cpu=" + cpu,
                    "spins=" + work.spins(),
                    "verifies=" + pace.verifies(),
                    "bytes=" + work.bytes(),
                    "batch=" + work.batch(),
                    "warmup_ns=" + warmupMs * 1_000_000,
                    "measure_ns=" + (idle ? pace.idleMs() : pace.measureMs()) * 1_000_000L,
                    "interval_ns=" + Comparison.RATE_INTERVAL_NS,
                    "max_messages=" + maxMessages(),
                    "patience_ns=" + (work.kind() == Kind.DEATH ? SURVIVORS_PATIENCE_NS : 0));
        }

        /** A few nanoseconds show it when the JIT has not finished, so a quick run warms up almost as long as a full one. */
        private long javaWarmupMs() {
            long warmupMs = pace.warmupMs();
            return work.kind() == Kind.PAIRS ? Math.min(3 * warmupMs, PAIRS_WARMUP_MS) : warmupMs;
        }

        private long maxMessages() {
            long bound = sides.maxMessages();
            return bound == 0 || pace.maxMessages() == 0
                    ? Math.max(bound, pace.maxMessages())
                    : Math.min(bound, pace.maxMessages());
        }

        private void kill() {
            ending = true;
            synchronized (running) {
                running.forEach(side -> side.process().destroyForcibly());
                traces.forEach(Strace::kill);
            }
        }

        /** Who failed by itself, and was not killed because another did. */
        private String culprits() throws IOException, InterruptedException {
            StringBuilder culprits = new StringBuilder();
            for (SideProcess side : running) {
                int exit = side.process().waitFor();
                if (exit != 0 && exit != KILLED) {
                    culprits.append(String.format("%n  exit code %d: %s", exit, side.lastWords()));
                }
            }
            return culprits.toString();
        }

        /** Lets all end by themselves, the helper last. */
        private void end() throws IOException {
            ending = true;
            List<SideProcess> sides;
            synchronized (running) {
                sides = List.copyOf(running);
            }
            for (int i = sides.size() - 1; i >= 0; i--) {
                sides.get(i).close();
            }
        }

        private void clean() throws IOException, InterruptedException {
            for (SideProcess side : running) {
                side.process().waitFor();
            }
            Program cleaner = sides.first().cleaner();
            if (cleaner != null) {
                List<String> command = new ArrayList<>(cleaner.command(environment));
                command.addAll(List.of("remove", "dir=" + directory));
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor();
            }
            List<Path> paths;
            try (Stream<Path> walk = Files.walk(directory)) {
                paths = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path path : paths) {
                Files.deleteIfExists(path);
            }
        }

        // ---- What they do

        private Reading alone() throws IOException {
            SideProcess side = start(true);
            side.awaitReady();
            side.go();
            return reading(side.report(), Map.of());
        }

        private Reading together() throws IOException {
            SideProcess first = start(true);
            SideProcess second = start(false);
            first.awaitReady();
            second.awaitReady();
            if (isTraced) {
                trace(first, "first");
                trace(second, "second");
            }
            second.go();
            first.go();
            Map<String, String> ofFirst = first.report();
            return reading(ofFirst, second.report());
        }

        private void trace(SideProcess side, String end) throws IOException {
            Strace strace = new Strace(side.thread(), logs.resolve("strace-" + sides.label() + "-" + end));
            synchronized (running) {
                traces.add(strace);
            }
        }

        private Reading reading(Map<String, String> first, Map<String, String> second) throws IOException {
            return switch (work.kind()) {
                case ROUND_TRIP -> latencies(first, null);
                case PACED -> latencies(second, fallenBehind(first));
                case STREAM -> Reading.of(Metric.MESSAGES_PER_SECOND, rate(first, second));
                case BANDWIDTH -> Reading.of(Metric.BYTES_PER_SECOND, rate(first, second) * work.bytes());
                case OPEN_CLOSE ->
                    Reading.of(Metric.NS, (double) histogram(first).getValueAtPercentile(50));
                case LOAD -> Reading.of(Metric.NS, number(first, "load_ns"));
                case PAIRS ->
                    Reading.of(Metric.NS, (double) histogram(first).getValueAtPercentile(50) / Kind.PAIRS_TO_A_CHUNK);
                default -> throw new IllegalStateException(work.label());
            };
        }

        private Reading latencies(Map<String, String> report, String remark) throws IOException {
            return Reading.ofLatencies(histogram(report), work.kind().metrics(), remark);
        }

        private String fallenBehind(Map<String, String> report) throws IOException {
            boolean keptUp = number(report, "sent") >= number(report, "due");
            return keptUp ? null : "does not keep the rate, and was stopped after twice the time";
        }

        /** Messages a second; the one who counts is the second side, if there is one. */
        private double rate(Map<String, String> first, Map<String, String> second) throws IOException {
            Map<String, String> counting = second.isEmpty() ? first : second;
            return number(counting, "messages") / number(counting, "ns") * 1e9;
        }

        /** A helper waits too, and uses what it uses. */
        private Reading idle(SideProcess helper) throws IOException {
            SideProcess first = start(true);
            SideProcess second = start(false);
            first.awaitReady();
            second.awaitReady();
            long startNs = System.nanoTime();
            long helpersNs = cpuNs(helper);
            second.go();
            first.go();
            Map<String, String> report = second.report();
            double helpersShare = (double) (cpuNs(helper) - helpersNs) / (System.nanoTime() - startNs);
            first.report();
            return Reading.of(
                    Metric.CPU_PERCENT, 100 * (number(report, "cpu_ns") / number(report, "ns") + helpersShare));
        }

        private long cpuNs(SideProcess side) throws IOException {
            return side == null ? 0 : CpuTime.ofProcess(side.process().pid());
        }

        private Reading death() throws IOException, InterruptedException {
            SideProcess victim = start(true);
            SideProcess survivor = start(false);
            victim.awaitReady();
            survivor.awaitReady();
            survivor.go();
            TimeUnit.MILLISECONDS.sleep(50); // until it waits
            ending = true;
            long killedNs = sendKill(victim.process().pid());
            Map<String, String> report = survivor.report();
            String cannot = report.get("cannot");
            return cannot != null ? Reading.none(cannot) : Reading.of(Metric.NS, number(report, "known_ns") - killedNs);
        }

        /** A program in C, which takes the time just before. */
        private long sendKill(long pid) throws IOException, InterruptedException {
            String program = new Program.InC("kill").command(environment).get(0);
            Process process = new ProcessBuilder(program, Long.toString(pid)).start();
            String line = process.inputReader().readLine();
            if (process.waitFor() != 0 || line == null) {
                throw new IOException("kill failed");
            }
            return Long.parseLong(line);
        }

        private double number(Map<String, String> report, String name) throws IOException {
            String value = report.get(name);
            if (value == null) {
                throw new IOException("did not report " + name + ", but " + report);
            }
            return Double.parseDouble(value);
        }

        private Histogram histogram(Map<String, String> report) throws IOException {
            String text = report.get("histogram");
            if (text == null) {
                throw new IOException("did not report a histogram, but " + report.keySet());
            }
            return Histograms.parse(text);
        }
    }
}
