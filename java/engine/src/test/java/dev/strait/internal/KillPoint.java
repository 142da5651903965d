package dev.strait.internal;

/**
 * Where the kill suite ends a process, as native/src/internal/kill_point.h, and where other tests hold a thread. Only the
 * second builds of the engine's classes and of its library, which tests make and use, know of it.
 */
public final class KillPoint {
    private KillPoint() {}

    /** Kills this process if STRAIT_KILL_AT names the point; or stays while it is held. */
    public static native void reach(String point);

    /** Holds the first thread of this process that comes to a point, in Java or in C. */
    public static native void hold(String point);

    /** Whether it has come there. */
    public static native boolean isReached(String point);

    /** Lets it go on. */
    public static native void letGo(String point);
}
