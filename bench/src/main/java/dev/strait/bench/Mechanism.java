package dev.strait.bench;

import static dev.strait.bench.Comparison.CALL_EVENTFD;
import static dev.strait.bench.Comparison.CALL_PIPE;
import static dev.strait.bench.Comparison.CALL_POSIX_QUEUE;
import static dev.strait.bench.Comparison.CALL_POSIX_SEMAPHORE;
import static dev.strait.bench.Comparison.CALL_SYSV_QUEUE;
import static dev.strait.bench.Comparison.CALL_SYSV_SEMAPHORE;
import static dev.strait.bench.Comparison.CALL_UNIX_DATAGRAM;
import static dev.strait.bench.Comparison.CALL_UNIX_SEQPACKET;
import static dev.strait.bench.Comparison.CALL_UNIX_STREAM;
import static dev.strait.bench.Comparison.RATE_SIGNAL;
import static dev.strait.bench.Comparison.WAKE_RTT_EVENTFD;
import static dev.strait.bench.Comparison.WAKE_RTT_PIPE;
import static dev.strait.bench.Comparison.WAKE_RTT_POSIX_QUEUE;
import static dev.strait.bench.Comparison.WAKE_RTT_SIGNAL;
import static dev.strait.bench.Comparison.WAKE_RTT_SYSV_QUEUE;
import static dev.strait.bench.Comparison.WAKE_RTT_UNIX_DATAGRAM;
import static dev.strait.bench.Comparison.WAKE_RTT_UNIX_SEQPACKET;
import static dev.strait.bench.Comparison.WAKE_RTT_UNIX_STREAM;

import dev.strait.bench.Program.InC;
import dev.strait.bench.library.JniCalls;
import dev.strait.bench.library.Strait;
import dev.strait.bench.library.StraitEvent;
import dev.strait.bench.library.StraitPipe;
import dev.strait.bench.library.StraitPosixQueue;
import dev.strait.bench.library.StraitPosixSemaphore;
import dev.strait.bench.library.StraitSignals;
import dev.strait.bench.library.StraitSysvQueue;
import dev.strait.bench.library.StraitSysvSemaphore;
import dev.strait.bench.library.StraitUnixDatagram;
import dev.strait.bench.library.StraitUnixSeqpacket;
import dev.strait.bench.library.StraitUnixStream;
import dev.strait.bench.side.Side;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A way for processes to talk: the ring, and what the kernel offers, through Strait's wrapper and in C. A subject compares
 * with others; this is compared with itself in C, and drawn beside the other ways.
 */
final class Mechanism {
    /** The one that the others are drawn beside, asleep until it is woken, and spinning. */
    static final String RING = "ring";

    static final String RING_SPINNING = "ring-spinning";

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;
    /** What the kernel lets into a message of a queue, and of a socket, as it is set up. */
    private static final int QUEUE_BYTES = 8 * KIB;

    private static final int PACKET_BYTES = 256 * KIB;

    private static final String IN_AND_OUT = "2";
    private static final Program SYSV_QUEUE = new InC("sysv_queue", true);
    private static final Program POSIX_QUEUE = new InC("posix_queue", true);

    /** All of them, in the order of the tables. */
    static final List<Mechanism> ALL = List.of(
            new Mechanism(RING).ours(Program.strait(Strait.class)).upTo(MIB).copies("0, or 2"),
            new Mechanism(RING_SPINNING)
                    .ours(Program.strait(Strait.class))
                    .spinning()
                    .upTo(MIB)
                    .copies("0, or 2"),
            new Mechanism("pipe")
                    .ours(Program.strait(StraitPipe.class))
                    .inC(new InC("pipe"))
                    .upTo(MIB)
                    .copies(IN_AND_OUT)
                    .roundTrip(WAKE_RTT_PIPE)
                    .calls(CALL_PIPE, StraitPipe.Calls.class, "pipe", false),
            new Mechanism("unix-stream")
                    .ours(Program.strait(StraitUnixStream.class))
                    .inC(new InC("unix_socket"))
                    .upTo(MIB)
                    .copies(IN_AND_OUT)
                    .roundTrip(WAKE_RTT_UNIX_STREAM)
                    .calls(CALL_UNIX_STREAM, StraitUnixStream.Calls.class, "unix_stream", false),
            new Mechanism("unix-datagram")
                    .ours(Program.strait(StraitUnixDatagram.class))
                    .inC(new InC("unix_datagram"))
                    .upTo(PACKET_BYTES)
                    .copies(IN_AND_OUT)
                    .roundTrip(WAKE_RTT_UNIX_DATAGRAM)
                    .calls(CALL_UNIX_DATAGRAM, StraitUnixDatagram.Calls.class, "unix_datagram", false),
            new Mechanism("unix-seqpacket")
                    .ours(Program.strait(StraitUnixSeqpacket.class))
                    .inC(new InC("unix_seqpacket"))
                    .upTo(PACKET_BYTES)
                    .copies(IN_AND_OUT)
                    .roundTrip(WAKE_RTT_UNIX_SEQPACKET)
                    .calls(CALL_UNIX_SEQPACKET, StraitUnixSeqpacket.Calls.class, "unix_seqpacket", false),
            new Mechanism("sysv-queue")
                    .ours(Program.strait(StraitSysvQueue.class, SYSV_QUEUE))
                    .inC(SYSV_QUEUE)
                    .upTo(QUEUE_BYTES)
                    .copies(IN_AND_OUT)
                    .roundTrip(WAKE_RTT_SYSV_QUEUE)
                    .calls(CALL_SYSV_QUEUE, StraitSysvQueue.Calls.class, "sysv_queue", true),
            new Mechanism("posix-queue")
                    .ours(Program.strait(StraitPosixQueue.class, POSIX_QUEUE))
                    .inC(POSIX_QUEUE)
                    .upTo(QUEUE_BYTES)
                    .copies(IN_AND_OUT)
                    .roundTrip(WAKE_RTT_POSIX_QUEUE)
                    .calls(CALL_POSIX_QUEUE, StraitPosixQueue.Calls.class, "posix_queue", false),
            new Mechanism("sysv-semaphore")
                    .calls(CALL_SYSV_SEMAPHORE, StraitSysvSemaphore.class, "sysv_semaphore", true),
            new Mechanism("posix-semaphore")
                    .calls(CALL_POSIX_SEMAPHORE, StraitPosixSemaphore.class, "posix_semaphore", false),
            new Mechanism("eventfd")
                    .ours(Program.strait(StraitEvent.class))
                    .inC(new InC("eventfd"))
                    .roundTrip(WAKE_RTT_EVENTFD)
                    .calls(CALL_EVENTFD, StraitEvent.Calls.class, "eventfd", false),
            new Mechanism("signal")
                    .ours(Program.strait(StraitSignals.class))
                    .inC(new InC("signal"))
                    .fromC(WAKE_RTT_SIGNAL)
                    .fromC(RATE_SIGNAL));

    /** Those that are drawn. */
    static final List<Mechanism> DRAWN =
            ALL.stream().filter(mechanism -> !mechanism.sizes.isEmpty()).toList();

    /**
     * What is measured of a wrapper.
     *
     * @param comparison where
     * @param first of all those who follow; null for themselves
     * @param ours through the wrapper
     * @param inC the same in C
     * @param byJni the same in C, called from Java; null for round trips
     * @param empty as many native calls that do nothing; null for round trips
     */
    record Wrapping(Comparison comparison, Program first, Program ours, Program inC, Program byJni, Program empty) {}

    final String label;

    private Program ours;
    private Program inC;
    private final List<Wrapping> wrappings = new ArrayList<>();
    private boolean spins;
    private List<Integer> sizes = List.of();
    private String copies;

    private Mechanism(String label) {
        this.label = label;
    }

    static List<Wrapping> wrappings() {
        return ALL.stream().flatMap(mechanism -> mechanism.wrappings.stream()).toList();
    }

    static Mechanism of(String label) {
        return DRAWN.stream()
                .filter(mechanism -> mechanism.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no mechanism is called " + label));
    }

    private Mechanism ours(Program program) {
        ours = program;
        return this;
    }

    private Mechanism inC(Program program) {
        inC = program;
        return this;
    }

    /** Compares round trips through our wrapper with those in C. */
    private Mechanism roundTrip(Comparison comparison) {
        wrappings.add(new Wrapping(comparison, null, ours, inC, null, null));
        return this;
    }

    /** Compares what our wrapper does with what comes from C with what C does. */
    private Mechanism fromC(Comparison comparison) {
        wrappings.add(new Wrapping(comparison, inC, ours, inC, null, null));
        return this;
    }

    /** Compares two of its calls with those of bench/c/calls.h, by which C also calls the mechanism. */
    private Mechanism calls(Comparison comparison, Class<?> ofOurs, String name, boolean leaves) {
        Program there = new InC("call_" + name, leaves);
        Program cleaner = there.cleaner();
        wrappings.add(new Wrapping(
                comparison,
                null,
                Program.strait(ofOurs, cleaner),
                there,
                new Program.InJava(
                        Side.class,
                        JniCalls.Bare.class,
                        List.of(),
                        List.of(Program.NATIVE_ACCESS, "-D" + JniCalls.MECHANISM + "=" + name),
                        cleaner),
                Program.java(JniCalls.Empty.class)));
        return this;
    }

    private Mechanism spinning() {
        spins = true;
        return this;
    }

    private Mechanism copies(String often) {
        copies = often;
        return this;
    }

    /** Drawn for those sizes of messages that it can carry. */
    private Mechanism upTo(int bytes) {
        int[] all = {64, KIB, QUEUE_BYTES, 16 * KIB, 64 * KIB, PACKET_BYTES, MIB};
        IntStream fitting = Arrays.stream(all).filter(size -> size <= bytes && (size != QUEUE_BYTES || size == bytes));
        sizes = fitting.boxed().toList();
        return this;
    }

    /** Bytes of the messages that it is drawn for, none if it carries no bytes. */
    List<Integer> sizes() {
        return sizes;
    }

    /** How often a message's bytes are copied on their way from one side's memory to the other's. */
    String copies() {
        return copies;
    }

    String language() {
        return ours != null ? "Java" : "C";
    }

    /** Through our wrapper, or in C where there is none. */
    Sides sides() {
        return new Sides(label, ours != null ? ours : inC);
    }

    /** Messages of a size, as many as possible or there and back. */
    Work work(Kind kind, int bytes) {
        return new Work("mechanisms-" + kind.name().toLowerCase(Locale.ROOT) + "-" + bytes, kind, bytes, 1, spins);
    }

    @Override
    public String toString() {
        return label;
    }
}
