package dev.strait.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * One attachment of one process to a segment, as it was when it was asked for.
 *
 * <p>The state is the kernel's word: a participant holds a lock that goes when its process is gone, whatever ended it.
 * Process id, start time and command are what it wrote about itself: for people to read.
 *
 * @param slot its place in the segment's table, 0 to 63
 * @param generation together with the slot never used again in this segment
 * @param state how it is
 * @param isSelf whether it is the attachment that was asked
 * @param isWriter whether it has the writer's role
 * @param isReader whether it has the reader's role
 * @param pid its process, in that process's PID namespace; 0 when another has used its slot since
 * @param uid its effective user
 * @param startTicks when its process started, in clock ticks since boot, as field 22 of {@code /proc/PID/stat}
 * @param joined when it attached
 * @param command the name of its process, as {@code /proc/PID/comm}
 */
public record Participant(
        int slot,
        long generation,
        State state,
        boolean isSelf,
        boolean isWriter,
        boolean isReader,
        long pid,
        long uid,
        long startTicks,
        Instant joined,
        String command) {

    /** How many can be attached to one segment at a time. */
    public static final int MAX = SegmentLayout.PARTICIPANTS_MAX;

    /** How a participant is. */
    public enum State {
        /** Running, sleeping or stopped. */
        LIVE,
        /** The kernel has begun to end its process, which may still store. */
        DYING,
        /** Its process is gone without having detached. */
        DEAD,
        /** It gave up the role in order; only asked for as a peer. */
        ENDED
    }

    static final int VALUES = SegmentLayout.PARTICIPANT_VALUES;

    private static final int WRITER = 1;
    private static final int READER = 2;
    private static final long NS_PER_SECOND = 1_000_000_000;

    /** Of the numbers that a native call put at {@code index * VALUES}, in the order of strait_jni_participant. */
    static Participant of(long[] values, int index) {
        LongBuffer in = LongBuffer.wrap(values, index * VALUES, VALUES);
        int slot = (int) in.get();
        State state = State.values()[(int) in.get() - 1];
        long roles = in.get();
        long pid = in.get();
        long uid = in.get();
        boolean isSelf = in.get() != 0;
        long generation = in.get();
        long startTicks = in.get();
        Instant joined = instant(in.get());
        String command = command(in.get(), in.get());
        boolean isWriter = (roles & WRITER) != 0;
        boolean isReader = (roles & READER) != 0;
        return new Participant(
                slot, generation, state, isSelf, isWriter, isReader, pid, uid, startTicks, joined, command);
    }

    private static Instant instant(long ns) {
        return Instant.ofEpochSecond(Long.divideUnsigned(ns, NS_PER_SECOND), Long.remainderUnsigned(ns, NS_PER_SECOND));
    }

    /** Sixteen bytes, ended by a zero if there is one. */
    private static String command(long start, long end) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(start).putLong(end);
        String text = new String(bytes.array(), StandardCharsets.UTF_8);
        int zero = text.indexOf(0);
        return zero < 0 ? text : text.substring(0, zero);
    }
}
