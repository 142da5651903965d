package dev.strait.segment;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How to create or open a segment. Immutable: each method returns changed options.
 *
 * <pre>{@code SegmentOptions.defaults().userBytes(4096).prefault()}</pre>
 */
public final class SegmentOptions {
    private static final SegmentOptions DEFAULTS = new SegmentOptions(null, 0, 0600, 0, -1, -1, 0, List.of());

    private final String directory;
    private final long userBytes;
    private final int mode;
    private final int flags;
    private final long group;
    private final long owner;
    private final long timeoutNs;
    private final List<SegmentObject> objects;

    private SegmentOptions(
            String directory,
            long userBytes,
            int mode,
            int flags,
            long group,
            long owner,
            long timeoutNs,
            List<SegmentObject> objects) {
        this.directory = directory;
        this.userBytes = userBytes;
        this.mode = mode;
        this.flags = flags;
        this.group = group;
        this.owner = owner;
        this.timeoutNs = timeoutNs;
        this.objects = objects;
    }

    /**
     * The default directory, no user region, mode 0600, the caller as owner, no waiting.
     *
     * @return the defaults
     */
    public static SegmentOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Where named segments live. Without it: the system property {@code dev.strait.dir}, then the environment variable
     * {@code STRAIT_DIR}, then {@code /dev/shm/strait-<uid>}, which is made when it is missing. A directory of another
     * user is refused, unless that user is root or the {@link #owner}; so is one in which others may replace files.
     *
     * @param path a directory that exists
     * @return options with it
     */
    public SegmentOptions directory(Path path) {
        return new SegmentOptions(path.toString(), userBytes, mode, flags, group, owner, timeoutNs, objects);
    }

    /**
     * When creating: the size of a region of the user's own bytes.
     *
     * @param bytes 0 to 2,147,483,647
     * @return options with it
     * @throws IllegalArgumentException if the size is negative
     */
    public SegmentOptions userBytes(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("userBytes " + bytes + ": must be 0 to " + Integer.MAX_VALUE);
        }
        return new SegmentOptions(directory, bytes, mode, flags, group, owner, timeoutNs, objects);
    }

    /**
     * When creating: the permission bits, whatever the umask. When opening: the widest bits that are accepted.
     *
     * @param bits 0 to 0777, octal
     * @return options with it
     * @throws IllegalArgumentException if there are other bits
     */
    public SegmentOptions mode(int bits) {
        if ((bits & ~0777) != 0) {
            throw new IllegalArgumentException("mode 0" + Integer.toOctalString(bits) + ": must be 0 to 0777");
        }
        return new SegmentOptions(directory, userBytes, bits, flags, group, owner, timeoutNs, objects);
    }

    /**
     * When creating: the group of the file.
     *
     * @param gid a group id, 0 to 4,294,967,295
     * @return options with it
     * @throws IllegalArgumentException if it is out of range
     */
    public SegmentOptions group(long gid) {
        return new SegmentOptions(directory, userBytes, mode, flags, checkId("group", gid), owner, timeoutNs, objects);
    }

    /**
     * When opening: the user who must own the segment; without it, the caller.
     *
     * @param uid a user id, 0 to 4,294,967,295
     * @return options with it
     * @throws IllegalArgumentException if it is out of range
     */
    public SegmentOptions owner(long uid) {
        return new SegmentOptions(directory, userBytes, mode, flags, group, checkId("owner", uid), timeoutNs, objects);
    }

    /**
     * When opening: how long to wait for the segment to be created.
     *
     * @param timeout zero or less does not wait
     * @return options with it
     */
    public SegmentOptions timeout(Duration timeout) {
        long ns;
        try {
            ns = Math.max(timeout.toNanos(), 0);
        } catch (ArithmeticException e) {
            ns = timeout.isNegative() ? 0 : Long.MAX_VALUE;
        }
        return new SegmentOptions(directory, userBytes, mode, flags, group, owner, ns, objects);
    }

    /**
     * Huge pages: for an anonymous segment, from the system's pool; a named one must be in a hugetlbfs directory.
     *
     * @return options with it
     */
    public SegmentOptions hugePages() {
        return withFlag(SegmentLayout.HUGE_PAGES);
    }

    /**
     * Sets up all page tables while attaching, so that no page fault comes later.
     *
     * @return options with it
     */
    public SegmentOptions prefault() {
        return withFlag(SegmentLayout.PREFAULT);
    }

    /**
     * Locks what this process maps into memory, see mlock(2); the limit is RLIMIT_MEMLOCK.
     *
     * @return options with it
     */
    public SegmentOptions lock() {
        return withFlag(SegmentLayout.LOCK);
    }

    /**
     * Leaves this process's mapping out of its core dumps.
     *
     * @return options with it
     */
    public SegmentOptions noDump() {
        return withFlag(SegmentLayout.NO_DUMP);
    }

    /**
     * When creating, also by opening or creating: a segment of that name to which nobody is attached any more is removed
     * and made anew. Without it, what its last users left is opened, or in the way. One that a stopped process is
     * attached to is not abandoned.
     *
     * @return options with it
     */
    public SegmentOptions replaceAbandoned() {
        return withFlag(SegmentLayout.REPLACE_ABANDONED);
    }

    /**
     * When creating: adds synchronisation objects to those that the segment shall have. An existing segment keeps its own.
     *
     * @param more declared by the classes of {@code dev.strait.sync}
     * @return options with them
     * @throws IllegalArgumentException if two objects have one name, or there are more than {@link SegmentObject#MAX}
     */
    public SegmentOptions object(SegmentObject... more) {
        Map<String, SegmentObject> all = new LinkedHashMap<>();
        Stream.concat(objects.stream(), Stream.of(more)).forEach(object -> {
            SegmentObject other = all.put(object.name(), object);
            if (other != null) {
                throw new IllegalArgumentException(object + ": the segment has a " + other + " already");
            }
        });
        if (all.size() > SegmentObject.MAX) {
            throw new IllegalArgumentException(
                    all.size() + " synchronisation objects: must be 0 to " + SegmentObject.MAX);
        }
        return new SegmentOptions(
                directory, userBytes, mode, flags, group, owner, timeoutNs, List.copyOf(all.values()));
    }

    /**
     * The directory that these options lead to, before the environment is asked.
     *
     * @return null when neither option nor property names one
     */
    String directory() {
        // Not one literal: relocation by a build tool would rename it, and with it the property.
        return directory != null ? directory : System.getProperty(String.join(".", "dev", "strait", "dir"));
    }

    long timeoutNs() {
        return timeoutNs;
    }

    /** What the native calls take: user bytes, mode, flags, group, owner; then the objects. */
    long[] toNative() {
        long[] values = new long[SegmentLayout.OPTION_VALUES + objects.size() * SegmentLayout.OBJECT_VALUES];
        System.arraycopy(new long[] {userBytes, mode, flags, group, owner}, 0, values, 0, SegmentLayout.OPTION_VALUES);
        for (int i = 0; i < objects.size(); i++) {
            objects.get(i).toNative(values, SegmentLayout.OPTION_VALUES + i * SegmentLayout.OBJECT_VALUES);
        }
        return values;
    }

    private SegmentOptions withFlag(int flag) {
        return new SegmentOptions(directory, userBytes, mode, flags | flag, group, owner, timeoutNs, objects);
    }

    private static long checkId(String what, long id) {
        if (id < 0 || id > 0xffff_ffffL) {
            throw new IllegalArgumentException(what + " " + id + ": must be 0 to 4294967295");
        }
        return id;
    }
}
