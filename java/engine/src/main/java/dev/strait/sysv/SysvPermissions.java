package dev.strait.sysv;

/**
 * Whose a System V object is, and who may use it: struct ipc_perm of sysvipc(7). Immutable; {@link #mode(int)} and
 * {@link #owner} make changed ones for {@link SysvObject#set}.
 *
 * @param key its name
 * @param uid its owner
 * @param gid its owner's group
 * @param creatorUid who made it, and may do with it what the owner may
 * @param creatorGid the group of who made it
 * @param mode 9 bits, 0 to 0777; those for execution count for {@link SysvMemory#EXEC} alone
 * @param sequence the kernel's count of objects that have had this one's place
 */
public record SysvPermissions(
        SysvKey key, long uid, long gid, long creatorUid, long creatorGid, int mode, int sequence) {
    /** How many numbers stand in front of each status: these and the id. */
    static final int VALUES = 8;

    private static final int MODE_BITS = 0777;

    static SysvPermissions of(long[] values) {
        return new SysvPermissions(
                new SysvKey((int) values[0]),
                values[1],
                values[2],
                values[3],
                values[4],
                (int) values[5] & MODE_BITS,
                (int) values[6]);
    }

    static int checkMode(int mode) {
        if ((mode & ~MODE_BITS) != 0) {
            throw new IllegalArgumentException("mode 0" + Integer.toOctalString(mode) + ": must be 0 to 0777");
        }
        return mode;
    }

    /**
     * The same with another mode.
     *
     * @param bits 0 to 0777
     * @return changed permissions
     * @throws IllegalArgumentException if it is something else
     */
    public SysvPermissions mode(int bits) {
        return new SysvPermissions(key, uid, gid, creatorUid, creatorGid, checkMode(bits), sequence);
    }

    /**
     * The same with another owner.
     *
     * @param newUid the user
     * @param newGid the group
     * @return changed permissions
     */
    public SysvPermissions owner(long newUid, long newGid) {
        return new SysvPermissions(key, newUid, newGid, creatorUid, creatorGid, mode, sequence);
    }
}
