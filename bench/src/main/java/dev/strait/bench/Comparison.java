package dev.strait.bench;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What is compared. The labels are fixed: others rely on them. */
enum Comparison {
    RTT_64B("rtt-64B", Kind.ROUND_TRIP, 64, "64 bytes there and back, both sides look all the time"),
    THROUGHPUT_64B_EACH("throughput-64B-each", Kind.STREAM, 64, "64-byte messages, each committed by itself"),
    THROUGHPUT_64B_BATCH("throughput-64B-batch", Kind.STREAM, 64, "64-byte messages, up to 32 to a commit"),
    THROUGHPUT_8B_EACH("throughput-8B-each", Kind.STREAM, 8, "8-byte messages, each committed by itself"),
    THROUGHPUT_1KIB_EACH("throughput-1KiB-each", Kind.STREAM, 1024, "1 KiB messages, each committed by itself"),
    BANDWIDTH_1MIB("bandwidth-1MiB", Kind.BANDWIDTH, 1 << 20, "1 MiB messages, copied in and copied out"),
    WAKE_RTT_64B("wake-rtt-64B", Kind.ROUND_TRIP, 64, "64 bytes there and back, both sides sleep until they are woken"),
    IDLE_CPU("idle-cpu", Kind.IDLE, 64, "processor time of a reader's process while it waits for 10 s"),
    FIXED_RATE_1M(
            "fixed-rate-1M", Kind.PACED, 64, "one way, one million 64-byte messages a second, from when each was due"),
    DEATH_NOTICE("death-notice", Kind.DEATH, 64, "from SIGKILL to the peer, to knowing it"),
    OPEN_CLOSE("open-close", Kind.OPEN_CLOSE, 64, "create, open both ends, pass a message, close, remove"),
    LOAD("load", Kind.LOAD, 64, "the same for the first time in a fresh JVM, classes and native code included"),
    SEM_UNCONTENDED("sem-uncontended", Kind.PAIRS, 0, "a permit taken and given back, which nobody else wants"),
    SEM_UNCONTENDED_C("sem-uncontended-c", Kind.PAIRS, 0, "the same; Strait in C"),
    LOCK_UNCONTENDED("lock-uncontended", Kind.PAIRS, 0, "a lock taken and given up, which nobody else wants"),
    LOCK_UNCONTENDED_C("lock-uncontended-c", Kind.PAIRS, 0, "the same; Strait in C"),
    LOCK_HANDOVER(
            "lock-handover", Kind.ROUND_TRIP, 8, "a lock handed over and another back, both sides sleep meanwhile"),
    LOCK_HANDOVER_C("lock-handover-c", Kind.ROUND_TRIP, 8, "the same; Strait from C to C"),
    WAKE_RTT_PIPE(
            "wake-rtt-pipe", Kind.ROUND_TRIP, 64, "64 bytes there and back through FIFOs; all sleep from here on"),
    WAKE_RTT_UNIX_STREAM("wake-rtt-unix-stream", Kind.ROUND_TRIP, 64, "the same through a stream socket"),
    WAKE_RTT_UNIX_DATAGRAM("wake-rtt-unix-datagram", Kind.ROUND_TRIP, 64, "the same through datagram sockets"),
    WAKE_RTT_UNIX_SEQPACKET("wake-rtt-unix-seqpacket", Kind.ROUND_TRIP, 64, "the same through a socket of packets"),
    WAKE_RTT_SYSV_QUEUE("wake-rtt-sysv-queue", Kind.ROUND_TRIP, 64, "the same through System V queues"),
    WAKE_RTT_POSIX_QUEUE("wake-rtt-posix-queue", Kind.ROUND_TRIP, 64, "the same through POSIX queues"),
    WAKE_RTT_EVENTFD("wake-rtt-eventfd", Kind.ROUND_TRIP, 8, "the same through eventfds, each of which holds a number"),
    WAKE_RTT_SIGNAL("wake-rtt-signal", Kind.ROUND_TRIP, 8, "a signal to the dispatcher or a loop in C, and one back"),
    RATE_SIGNAL("rate-signal", Kind.STREAM, 8, "signals to the dispatcher or a loop in C, as many as possible"),
    CALL_PIPE("call-pipe", Kind.PAIRS, 64, "64 bytes written to a pipe and read again by one thread"),
    CALL_UNIX_STREAM("call-unix-stream", Kind.PAIRS, 64, "64 bytes through a stream socket"),
    CALL_UNIX_DATAGRAM("call-unix-datagram", Kind.PAIRS, 64, "64 bytes through a datagram socket"),
    CALL_UNIX_SEQPACKET("call-unix-seqpacket", Kind.PAIRS, 64, "64 bytes through a socket of packets"),
    CALL_SYSV_QUEUE("call-sysv-queue", Kind.PAIRS, 64, "64 bytes through a System V queue"),
    CALL_POSIX_QUEUE("call-posix-queue", Kind.PAIRS, 64, "64 bytes through a POSIX queue"),
    CALL_SYSV_SEMAPHORE("call-sysv-semaphore", Kind.PAIRS, 0, "a permit given to a System V semaphore and taken"),
    CALL_POSIX_SEMAPHORE("call-posix-semaphore", Kind.PAIRS, 0, "a permit given to a POSIX semaphore and taken"),
    CALL_EVENTFD("call-eventfd", Kind.PAIRS, 8, "1 added to a counter and taken from it");

    /** The others are about synchronisation. */
    static final Set<Comparison> MESSAGES = EnumSet.range(RTT_64B, LOAD);

    /** Those about Strait's wrappers of what the kernel offers. */
    static final Set<Comparison> WRAPPERS = EnumSet.range(WAKE_RTT_PIPE, CALL_EVENTFD);

    /** All but those, which take a run of their own. */
    static final Set<Comparison> WITH_OTHERS = EnumSet.complementOf(EnumSet.copyOf(WRAPPERS));

    static final int BATCH = 32;
    static final long RATE_INTERVAL_NS = 1_000;

    final String label;
    final Kind kind;
    final int bytes;
    final String meaning;

    Comparison(String label, Kind kind, int bytes, String meaning) {
        this.label = label;
        this.kind = kind;
        this.bytes = bytes;
        this.meaning = meaning;
    }

    static Comparison of(String label) {
        for (Comparison comparison : values()) {
            if (comparison.label.equals(label)) {
                return comparison;
            }
        }
        throw new IllegalArgumentException("no comparison is called " + label);
    }

    int batch() {
        return this == THROUGHPUT_64B_BATCH ? BATCH : 1;
    }

    /** Whether both sides look all the time; the others sleep. */
    boolean spins() {
        boolean isAboutWaking = this == WAKE_RTT_64B || this == LOCK_HANDOVER || this == LOCK_HANDOVER_C;
        return !isAboutWaking && !WRAPPERS.contains(this) && kind != Kind.IDLE && kind != Kind.DEATH;
    }

    /** Whether it is Strait in C that the others are compared with. */
    boolean isOfStraitInC() {
        return this == SEM_UNCONTENDED_C || this == LOCK_UNCONTENDED_C || this == LOCK_HANDOVER_C;
    }

    Work work() {
        return new Work(label, kind, bytes, batch(), spins());
    }

    /** Whether its latencies are; throughput has a chart for all. */
    boolean isDrawn() {
        return kind.metrics().contains(Metric.P50) && !WRAPPERS.contains(this);
    }

    boolean isThroughput() {
        return (kind == Kind.STREAM || kind == Kind.BANDWIDTH) && !WRAPPERS.contains(this);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s: %s", label, meaning);
    }
}
