package dev.strait.bench;

import static dev.strait.bench.Comparison.BANDWIDTH_1MIB;
import static dev.strait.bench.Comparison.DEATH_NOTICE;
import static dev.strait.bench.Comparison.IDLE_CPU;
import static dev.strait.bench.Comparison.LOAD;
import static dev.strait.bench.Comparison.LOCK_HANDOVER;
import static dev.strait.bench.Comparison.LOCK_HANDOVER_C;
import static dev.strait.bench.Comparison.LOCK_UNCONTENDED;
import static dev.strait.bench.Comparison.LOCK_UNCONTENDED_C;
import static dev.strait.bench.Comparison.OPEN_CLOSE;
import static dev.strait.bench.Comparison.RTT_64B;
import static dev.strait.bench.Comparison.SEM_UNCONTENDED;
import static dev.strait.bench.Comparison.SEM_UNCONTENDED_C;
import static dev.strait.bench.Comparison.THROUGHPUT_64B_BATCH;
import static dev.strait.bench.Comparison.WAKE_RTT_64B;
import static dev.strait.bench.Program.java;

import dev.strait.bench.library.AeronDriver;
import dev.strait.bench.library.AeronIpc;
import dev.strait.bench.library.AgronaManyToOne;
import dev.strait.bench.library.AgronaOneToOne;
import dev.strait.bench.library.Chronicle;
import dev.strait.bench.library.HandOver;
import dev.strait.bench.library.JdkPairs;
import dev.strait.bench.library.JdkUnixChannel;
import dev.strait.bench.library.Junixsocket;
import dev.strait.bench.library.PthreadMutex;
import dev.strait.bench.library.Strait;
import dev.strait.bench.library.StraitPairs;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Who is compared. The labels are fixed: others rely on them. */
final class Subject {
    /** The twin of a wrapper. */
    static final String IN_C = "in-c";

    /** What the cost of a wrapper is counted in. */
    static final String EMPTY_JNI_CALLS = "empty-jni-calls";

    /** The one that all others are compared with, from Java to Java. */
    static final Subject STRAIT = new Subject("strait", Program.strait(Strait.class))
            .with(SEM_UNCONTENDED, Program.strait(StraitPairs.PlainSemaphore.class))
            .with(LOCK_UNCONTENDED, Program.strait(StraitPairs.OfLock.class))
            .with(LOCK_HANDOVER, Program.strait(HandOver.OfLocks.class))
            .with(Mechanism.Wrapping::ours);

    /** The same in C, which others are compared with where the comparison's name says so. */
    private static final Subject STRAIT_IN_C = new Subject("strait-c-c", new Program.InC("strait"))
            .cannot(Set.of(LOAD), notInAJvm())
            .with(Set.of(SEM_UNCONTENDED, SEM_UNCONTENDED_C), new Program.InC("strait_semaphore"))
            .with(Set.of(LOCK_UNCONTENDED, LOCK_UNCONTENDED_C), new Program.InC("strait_lock"))
            .with(Set.of(LOCK_HANDOVER, LOCK_HANDOVER_C), new Program.InC("strait_handover"));

    /** All others, in the order of the tables. */
    static final List<Subject> OTHERS = List.of(
            agrona("agrona-one-to-one", AgronaOneToOne.class),
            agrona("agrona-many-to-one", AgronaManyToOne.class),
            aeron(),
            chronicle(),
            new Subject("jdk-unix-channel", java(JdkUnixChannel.class, List.of(), List.of())),
            new Subject("junixsocket", java(Junixsocket.class, List.of("junixsocket"), List.of())),
            new Subject("pipe", new Program.InC("pipe")).cannot(Set.of(LOAD), notInAJvm()),
            new Subject("unix-socket", new Program.InC("unix_socket")).cannot(Set.of(LOAD), notInAJvm()),
            queue("sysv-queue", "sysv_queue", "msgmax"),
            queue("posix-queue", "posix_queue", "msgsize_max"),
            new Subject("cache-line-ping-pong", new Program.InC("cache_line"))
                    .can(Set.of(RTT_64B), "it is a limit of rtt-64B"),
            new Subject("futex-ping-pong", new Program.InC("futex"))
                    .can(Set.of(WAKE_RTT_64B), "it is a limit of wake-rtt-64B")
                    .with(Set.of(LOCK_HANDOVER, LOCK_HANDOVER_C), new Program.InC("futex")),
            new Subject("memcpy", new Program.InC("memcpy"), null)
                    .can(Set.of(BANDWIDTH_1MIB), "it is a limit of bandwidth-1MiB"),
            new Subject("lane-in-c", new Program.InC("lane"))
                    .cannot(Set.of(WAKE_RTT_64B, IDLE_CPU), onlyPolls())
                    .cannot(Set.of(DEATH_NOTICE), nobodyNotices())
                    .cannot(Set.of(LOAD), notInAJvm()),
            new Subject("strait-java-c", Program.strait(Strait.class), new Program.InC("strait"))
                    .cannot(Set.of(OPEN_CLOSE, LOAD), "one process opens both ends, and it has one language")
                    .with(LOCK_HANDOVER, Program.strait(HandOver.OfLocks.class), new Program.InC("strait_handover")),
            STRAIT_IN_C,
            new Subject("strait-recoverable")
                    .with(SEM_UNCONTENDED, Program.strait(StraitPairs.RecoverableSemaphore.class))
                    .with(SEM_UNCONTENDED_C, new Program.InC("strait_recoverable")),
            new Subject("strait-semaphore")
                    .with(LOCK_HANDOVER, Program.strait(HandOver.OfSemaphores.class))
                    .with(LOCK_HANDOVER_C, new Program.InC("strait_semaphore_handover")),
            new Subject("two-locked-adds")
                    .with(Set.of(SEM_UNCONTENDED, SEM_UNCONTENDED_C), new Program.InC("locked_adds")),
            new Subject("jdk-semaphore").with(SEM_UNCONTENDED, java(JdkPairs.OvertakingSemaphore.class)),
            new Subject("jdk-semaphore-fair").with(SEM_UNCONTENDED, java(JdkPairs.FairSemaphore.class)),
            new Subject("semop")
                    .with(Set.of(SEM_UNCONTENDED, SEM_UNCONTENDED_C), new Program.InC("call_sysv_semaphore", true)),
            new Subject("compare-and-swap-pair")
                    .with(Set.of(LOCK_UNCONTENDED, LOCK_UNCONTENDED_C), new Program.InC("cas_pair")),
            new Subject("pthread-mutex-jni").with(LOCK_UNCONTENDED, java(PthreadMutex.class)),
            new Subject("pthread-mutex")
                    .with(Set.of(LOCK_UNCONTENDED, LOCK_UNCONTENDED_C), new Program.InC("pthread_mutex")),
            new Subject("reentrant-lock").with(LOCK_UNCONTENDED, java(JdkPairs.OfLock.class)),
            new Subject(IN_C).with(Mechanism.Wrapping::inC),
            new Subject("in-c-by-jni").with(Mechanism.Wrapping::byJni),
            new Subject(EMPTY_JNI_CALLS).with(Mechanism.Wrapping::empty));

    private static final long BYTES_KEPT_MAX = 1L << 31;

    final String label;

    private final Map<Comparison, Programs> programs = new EnumMap<>(Comparison.class);
    private final Map<Comparison, String> cannot = new EnumMap<>(Comparison.class);
    private final Map<Comparison, String> remarks = new EnumMap<>(Comparison.class);
    private Program helper;
    private boolean keepsMessages;

    /** Those of a comparison; the second is null when the first is alone. */
    private record Programs(Program first, Program second) {}

    /** One that is about nothing yet. */
    private Subject(String label) {
        this.label = label;
    }

    /** One that is about messages. */
    private Subject(String label, Program both) {
        this(label, both, both);
    }

    private Subject(String label, Program first, Program second) {
        this(label);
        Comparison.MESSAGES.forEach(comparison -> with(comparison, first, second));
    }

    private Subject with(Comparison comparison, Program both) {
        return with(comparison, both, both);
    }

    private Subject with(Set<Comparison> these, Program both) {
        these.forEach(comparison -> with(comparison, both));
        return this;
    }

    private Subject with(Comparison comparison, Program first, Program second) {
        programs.put(comparison, new Programs(first, second));
        return this;
    }

    /** Whoever it is in what is measured of wrappers; null where it is nobody. */
    private Subject with(Function<Mechanism.Wrapping, Program> whose) {
        for (Mechanism.Wrapping wrapping : Mechanism.wrappings()) {
            Program program = whose.apply(wrapping);
            if (program != null) {
                with(wrapping.comparison(), wrapping.first() == null ? program : wrapping.first(), program);
            }
        }
        return this;
    }

    /** Whom the others are compared with. */
    static Subject strait(Comparison comparison) {
        return comparison.isOfStraitInC() ? STRAIT_IN_C : STRAIT;
    }

    static Subject of(String label) {
        for (Subject subject : OTHERS) {
            if (subject.label.equals(label)) {
                return subject;
            }
        }
        throw new IllegalArgumentException("nobody to compare with is called " + label);
    }

    /** Whether there is something to compare Strait with, or to say why not. */
    boolean isAbout(Comparison comparison) {
        return programs.containsKey(comparison) && strait(comparison) != this;
    }

    /** Who does it. */
    Sides sides(Comparison comparison) {
        Programs those = programs.get(comparison);
        long maxMessages = keepsMessages ? BYTES_KEPT_MAX / (comparison.bytes + 8) : 0;
        return new Sides(label, those.first, those.second, helper, maxMessages);
    }

    /** Why it cannot do this, or null if it can. */
    String reason(Comparison comparison) {
        return cannot.get(comparison);
    }

    /** What there is to say about its doing this, or null. */
    String remark(Comparison comparison) {
        return remarks.get(comparison);
    }

    @Override
    public String toString() {
        return label;
    }

    private Subject cannot(Set<Comparison> these, String why) {
        these.forEach(comparison -> cannot.put(comparison, why));
        return this;
    }

    private Subject can(Set<Comparison> these, String whyNoOther) {
        Set<Comparison> others = EnumSet.copyOf(Comparison.MESSAGES);
        others.removeAll(these);
        return cannot(others, whyNoOther);
    }

    private Subject remark(Set<Comparison> these, String text) {
        these.forEach(comparison -> remarks.merge(comparison, text, (a, b) -> a + "; " + b));
        return this;
    }

    private Subject withoutBatches() {
        return remark(Set.of(THROUGHPUT_64B_BATCH), "cannot publish several at once, so commits each by itself");
    }

    // ---- How each is started

    /** Agrona's documentation: open this package, and turn bounds checks off for speed. */
    private static List<String> agronasOptions() {
        return List.of(
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "-Dagrona.disable.bounds.checks=true");
    }

    private static Subject agrona(String label, Class<?> library) {
        return new Subject(label, java(library, List.of("agrona-"), agronasOptions()))
                .cannot(Set.of(WAKE_RTT_64B), onlyPolls())
                .cannot(Set.of(DEATH_NOTICE), nobodyNotices())
                .remark(Set.of(IDLE_CPU), "polls with its BackoffIdleStrategy")
                .remark(Set.of(BANDWIDTH_1MIB), "its ring holds 16 MiB, the least for messages of 1 MiB")
                .withoutBatches();
    }

    private static Subject aeron() {
        List<String> jars = List.of("agrona-", "aeron-");
        Subject subject = new Subject("aeron-ipc", java(AeronIpc.class, jars, agronasOptions()))
                .cannot(Set.of(WAKE_RTT_64B), onlyPolls())
                .remark(EnumSet.complementOf(EnumSet.of(WAKE_RTT_64B)), driversPlace())
                .remark(Set.of(IDLE_CPU), "polls with its BackoffIdleStrategy; the driver's time is included")
                .remark(Set.of(DEATH_NOTICE), "by its time-out, 10 s as delivered")
                .remark(Set.of(OPEN_CLOSE), "the client stays connected")
                .withoutBatches();
        subject.helper = new Program.InJava(AeronDriver.class, null, jars, agronasOptions(), null);
        return subject;
    }

    private static String driversPlace() {
        return Runtime.getRuntime().availableProcessors() > 2
                ? "its media driver has a core besides the two, and does not spin"
                : "its media driver shares the two cores with both sides, and does not spin";
    }

    private static Subject chronicle() {
        List<String> options = List.of(
                "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
                "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
                "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                "--add-opens=java.base/java.io=ALL-UNNAMED",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "-Dchronicle.analytics.disable=true",
                "-Dchronicle.announcer.disable=true",
                "-Djvm.resource.tracing=false",
                "-Ddisable.thread.safety=true",
                "-Ddisable.single.threaded.check=true");
        List<String> jars = List.of(
                "chronicle-",
                "affinity-",
                "compiler-",
                "posix-",
                "jna-",
                "jnr-",
                "jffi-",
                "asm-",
                "slf4j-",
                "annotations-");
        Subject subject = new Subject("chronicle-queue", java(Chronicle.class, jars, options))
                .cannot(Set.of(WAKE_RTT_64B), onlyPolls())
                .cannot(Set.of(DEATH_NOTICE), nobodyNotices())
                .remark(Set.of(IDLE_CPU), "polls with its Pauser.balanced()")
                .withoutBatches();
        subject.keepsMessages = true;
        return subject;
    }

    private static Subject queue(String label, String program, String limit) {
        return new Subject(label, new Program.InC(program, true))
                .cannot(Set.of(BANDWIDTH_1MIB), "a message holds at most 8,192 bytes (" + limit + ")")
                .cannot(Set.of(DEATH_NOTICE), nobodyNotices())
                .cannot(Set.of(LOAD), notInAJvm())
                .withoutBatches();
    }

    private static String onlyPolls() {
        return "it only polls: nobody can sleep until there is a message";
    }

    private static String nobodyNotices() {
        return "it does not notice that a peer is gone";
    }

    private static String notInAJvm() {
        return "nothing is loaded into a JVM";
    }
}
