package dev.strait.segment;

import java.lang.annotation.Native;

/** The numbers of native/src/internal/layout.h that Java knows; native/jni/layout_check.c compares them. */
final class SegmentLayout {
    @Native
    static final int LAYOUT_MAJOR = 1;

    @Native
    static final int LAYOUT_MINOR = 0;

    /** Of the offsets that layout version 1 fixes for ever. */
    @Native
    static final long FINGERPRINT = 0x33f735b8706f4ba9L;

    @Native
    static final int USER_BYTES_MAX = Integer.MAX_VALUE;

    @Native
    static final int HUGE_PAGES = 1;

    @Native
    static final int PREFAULT = 2;

    @Native
    static final int LOCK = 4;

    @Native
    static final int NO_DUMP = 8;

    @Native
    static final int REPLACE_ABANDONED = 16;

    @Native
    static final int PARTICIPANTS_MAX = 64;

    /** Numbers that native calls tell of one participant. */
    @Native
    static final int PARTICIPANT_VALUES = 11;

    @Native
    static final int OBJECTS_MAX = 1024;

    /** Bytes of an object's name. */
    @Native
    static final int OBJECT_NAME = 47;

    @Native
    static final int OBJECT_SEMAPHORE = 1;

    @Native
    static final int OBJECT_LOCK = 2;

    @Native
    static final int OBJECT_CONDITION = 3;

    @Native
    static final int OBJECT_SEQUENCE = 4;

    @Native
    static final int OBJECT_LATCH = 5;

    @Native
    static final int OBJECT_BARRIER = 6;

    /** Numbers of an object in what native calls take and tell. */
    @Native
    static final int OBJECT_VALUES = 8;

    /** Numbers of the options in front of those of the objects. */
    @Native
    static final int OPTION_VALUES = 5;

    private SegmentLayout() {}
}
