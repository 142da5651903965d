package dev.strait.internal;

import dev.strait.CorruptSegmentException;
import dev.strait.ErrnoException;
import dev.strait.segment.SegmentMismatchException;
import java.io.IOException;

/**
 * The one place where a failed native call becomes an exception.
 *
 * <p>A native call that can fail in many ways fills {@link #values}: what {@code struct strait_failure} says.
 */
public final class Failure {
    private static final int ENOENT = 2;
    private static final int EINVAL = 22;
    private static final int EUCLEAN = 117;

    private static final int MISMATCH_GEOMETRY = 12;
    private static final int MISMATCH_HOLDER = 13;
    private static final int MISMATCH_OBJECT = 14;

    /** What each value of {@code enum strait_mismatch} is called in a message, and the radix of its numbers. */
    private static final String[][] MISMATCHES = {
        {"", ""},
        {"file type", "octal"},
        {"owner's uid", "decimal"},
        {"directory owner's uid", "decimal"},
        {"mode", "octal"},
        {"seals", "hexadecimal"},
        {"bytes", "decimal"},
        {"magic", "hexadecimal"},
        {"layout version", "decimal"},
        {"incompatible features", "hexadecimal"},
        {"layout fingerprint", "hexadecimal"},
        {"kind (1 plain, 2 ring)", "decimal"},
        {"geometry", "decimal"},
        {"holder", "decimal"},
        {"object", "decimal"},
    };

    /** Loaded with this class: when descriptors have run out, a class that lies in a folder can no longer be. */
    @SuppressWarnings("unused")
    private static final Class<?>[] NEEDED_TO_FAIL = {
        ErrorNative.class, ErrnoException.class, SegmentMismatchException.class, CorruptSegmentException.class
    };

    /** Address of the operation's name, mismatch, expected value, found value. */
    public final long[] values = new long[4];

    /** Made before a native call that fills it. */
    public Failure() {}

    /**
     * Whether a native call's result is a negated errno.
     *
     * @param result what it returned
     * @return whether it failed
     */
    public static boolean isErrno(long result) {
        return result < 0 && result > -4096;
    }

    /**
     * Whether a native call failed because what it named does not exist.
     *
     * @param result what it returned
     * @return whether it was ENOENT
     */
    public static boolean isNoEntry(long result) {
        return result == -ENOENT;
    }

    /**
     * What has failed in a call that filled this.
     *
     * @return the name of a system call, usually
     */
    public String operation() {
        return ErrorNative.string(values[0]);
    }

    /**
     * The exception for a failed call that filled this.
     *
     * @param result the negated errno
     * @param name the segment's name as it was given
     * @param object what the call was made on, for the message
     * @return an exception to throw
     * @throws IllegalArgumentException if the call refused its arguments
     */
    public IOException exception(long result, String name, String object) {
        int mismatch = (int) values[1];
        String operation = operation();
        if (result == -EINVAL && operation.equals("name")) {
            throw badName(name);
        }
        if (result == -EINVAL && mismatch == MISMATCH_GEOMETRY) {
            throw new IllegalArgumentException(
                    object + ": size " + values[3] + " does not fit the page or limit of " + values[2] + " bytes");
        }
        if (result == -EINVAL && mismatch == MISMATCH_OBJECT) {
            throw new IllegalArgumentException(object + ": a synchronisation object is declared with " + values[3]
                    + ", where " + values[2] + " is the limit");
        }
        if (result == -EINVAL && operation.equals("open(hugetlbfs)")) {
            throw new IllegalArgumentException(
                    object + ": huge pages were asked for, but its directory is not on hugetlbfs");
        }
        if (mismatch == MISMATCH_HOLDER) {
            return errno(result, "open", object + ", held by process " + values[3]);
        }
        if (mismatch != 0) {
            return new SegmentMismatchException(
                    object, MISMATCHES[mismatch][0], number(mismatch, values[2]), number(mismatch, values[3]));
        }
        if (result == -EUCLEAN) {
            throw corrupt(object);
        }
        boolean onDirectory = operation.equals("mkdir") || operation.equals("open(O_DIRECTORY)");
        return errno(result, operation, onDirectory ? object.substring(0, object.lastIndexOf('/')) : object);
    }

    /**
     * The exception for a failed kernel call.
     *
     * @param result the negated errno
     * @param operation the call
     * @param object what it was made on
     * @return an exception to throw
     */
    public static ErrnoException errno(long result, String operation, String object) {
        int errno = (int) -result;
        return new ErrnoException(operation, object, errno, ErrorNative.symbol(errno), ErrorNative.text(errno));
    }

    /**
     * The exception for shared memory that no correct peer wrote.
     *
     * @param object the segment's path
     * @return an exception to throw
     */
    public static CorruptSegmentException corrupt(String object) {
        return new CorruptSegmentException(object + ": a position or length lies outside its lane");
    }

    /**
     * The exception for a synchronisation object whose words no correct peer wrote.
     *
     * @param object which
     * @return an exception to throw
     */
    public static CorruptSegmentException corruptObject(String object) {
        return new CorruptSegmentException(object + ": its words can be none of such an object");
    }

    /**
     * The exception for a synchronisation object that could not be opened.
     *
     * @param result the negated errno
     * @param object which, and what there is
     * @return an exception to throw
     * @throws CorruptSegmentException if its entry can be none
     */
    public static ErrnoException object(long result, String object) {
        if (result == -EUCLEAN) {
            throw corruptObject(object);
        }
        return errno(result, "open", object);
    }

    /**
     * The exception for an unlink that failed.
     *
     * @param result the negated errno
     * @param name the segment's name as it was given
     * @param object its path
     * @return an exception to throw
     * @throws IllegalArgumentException if the name is none
     */
    public static ErrnoException unlink(long result, String name, String object) {
        if (result == -EINVAL) {
            throw badName(name);
        }
        return errno(result, "unlink", object);
    }

    /**
     * The exception for a wait that failed.
     *
     * @param result the negated errno
     * @param operation the kernel call
     * @param object the segment's path
     * @return an exception to throw
     */
    public static RuntimeException unchecked(long result, String operation, String object) {
        if (result == -EUCLEAN) {
            return corrupt(object);
        }
        return new IllegalStateException(errno(result, operation, object));
    }

    private static IllegalArgumentException badName(String name) {
        return new IllegalArgumentException(
                "name \"" + name + "\": must be 1 to 200 of [A-Za-z0-9._-], and not \".\" or \"..\"");
    }

    private static String number(int mismatch, long value) {
        return switch (MISMATCHES[mismatch][1]) {
            case "octal" -> "0" + Long.toOctalString(value);
            case "hexadecimal" -> "0x" + Long.toHexString(value);
            default -> Long.toUnsignedString(value);
        };
    }
}
