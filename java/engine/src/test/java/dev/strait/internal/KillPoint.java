package dev.strait.internal;

/**
 * Where the kill suite ends a process, as native/src/internal/kill_point.h. Only the second builds of the engine's classes
 * and of its library, which KillTest makes and uses, know of it.
 */
public final class KillPoint {
    private KillPoint() {}

    /** Kills this process if STRAIT_KILL_AT names the point. */
    public static native void reach(String point);
}
