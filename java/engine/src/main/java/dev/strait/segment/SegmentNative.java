package dev.strait.segment;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/** strait/segment.h. Handles are addresses; results below 0 are negated errnos, described in {@code failure}. */
final class SegmentNative {
    static {
        NativeLibrary.bind(SegmentNative.class);
    }

    private SegmentNative() {}

    static native long create(String directory, String name, boolean anonymous, long[] options, long[] failure);

    static native long open(String directory, String name, int pid, int fd, long[] options, long[] failure);

    static native long openOrCreate(String directory, String name, long[] options, long[] failure);

    static native int unlink(String directory, String name, long owner);

    /** Where a name leads, for messages. */
    static native String pathOf(String directory, String name);

    static native String path(long segment);

    static native long epoch(long segment);

    static native long bytes(long segment);

    static native int fd(long segment);

    static native int isLinked(long segment);

    static native boolean wasCreated(long segment);

    /** Fills {@code values}, {@link Participant#VALUES} for each, and returns how many there are. */
    static native int participants(long segment, long[] values);

    /** Fills {@code values}, {@link SegmentLayout#OBJECT_VALUES} for each object, and returns how many there are. */
    static native int objects(long segment, long[] values);

    /** The user's region; null when there is none. */
    static native ByteBuffer user(long segment);

    /** Adds a watch of a participant's end to a wait set: its handle, or what was answered instead. */
    static native long watchParticipant(long segment, int slot, long generation, long set);

    static native void shut(long segment);

    /** Shuts it if nobody did, and frees it. */
    static native void free(long segment);
}
