package dev.strait.internal;

import java.util.Objects;

/**
 * Where a segment is, or shall be: a name, a memfd's label, or the descriptor of a process.
 *
 * @param name a segment's name, or the label of a memfd to create; null to open a memfd
 * @param anonymous whether a memfd is meant
 * @param pid whose descriptor to open; 0 for this process's own
 * @param fd which one
 */
public record Place(String name, boolean anonymous, int pid, int fd) {
    /**
     * A named segment.
     *
     * @param name its name
     * @return its place
     */
    public static Place named(String name) {
        return new Place(Objects.requireNonNull(name, "name"), false, 0, 0);
    }

    /**
     * A memfd to be created.
     *
     * @param label what /proc shows
     * @return its place
     */
    public static Place memfd(String label) {
        return new Place(Objects.requireNonNull(label, "label"), true, 0, 0);
    }

    /**
     * A memfd that another process holds.
     *
     * @param pid the process
     * @param fd its descriptor
     * @return its place
     */
    public static Place descriptor(int pid, int fd) {
        return new Place(null, true, pid, fd);
    }
}
