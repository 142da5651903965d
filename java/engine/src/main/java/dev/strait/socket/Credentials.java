package dev.strait.socket;

/**
 * Who a process is, as the kernel tells it.
 *
 * @param pid its id, in this process's PID namespace; 0 when it has none there
 * @param uid its user, in this process's user namespace: 0 to 4294967295
 * @param gid its group: 0 to 4294967295
 */
public record Credentials(int pid, long uid, long gid) {
    static Credentials of(int pid, int uid, int gid) {
        return new Credentials(pid, Integer.toUnsignedLong(uid), Integer.toUnsignedLong(gid));
    }

    int[] toNative() {
        return new int[] {pid, (int) uid, (int) gid};
    }
}
