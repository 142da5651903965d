package dev.strait.signal;

import dev.strait.internal.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/** What a process leaves behind when a signal ends it with a core dump: core(5). */
public final class CoreDumps {
    private static final int PATTERN_BYTES = 4096;

    /** What of a process's memory can be in its dump. */
    public enum Memory {
        /** Anonymous and private: heaps and stacks. */
        ANONYMOUS_PRIVATE(0),
        /** Anonymous and shared: System V segments, memfds. */
        ANONYMOUS_SHARED(1),
        /** Private mappings of files. */
        FILE_PRIVATE(2),
        /** Shared mappings of files. */
        FILE_SHARED(3),
        /** The headers of programs and libraries. */
        ELF_HEADERS(4),
        /** Private huge pages. */
        HUGE_PRIVATE(5),
        /** Shared huge pages. */
        HUGE_SHARED(6),
        /** Private mappings of DAX files. */
        DAX_PRIVATE(7),
        /** Shared mappings of DAX files. */
        DAX_SHARED(8);

        private final int bit;

        Memory(int position) {
            bit = 1 << position;
        }
    }

    private CoreDumps() {}

    /**
     * What of a process's memory would be dumped. Children inherit it.
     *
     * @param pid the process
     * @return the kinds
     * @throws dev.strait.ErrnoException ESRCH when there is none; EACCES
     * @throws IOException one of these
     */
    public static Set<Memory> filter(int pid) throws IOException {
        int bits = SignalNative.coreFilter(pid);
        if (bits < 0) {
            throw Failure.errno(bits, "open", filterOf(pid));
        }
        Set<Memory> kinds = EnumSet.noneOf(Memory.class);
        for (Memory kind : Memory.values()) {
            if ((bits & kind.bit) != 0) {
                kinds.add(kind);
            }
        }
        return kinds;
    }

    /**
     * Says what of a process's memory shall be dumped.
     *
     * @param pid the process, of the same user
     * @param kinds what
     * @throws dev.strait.ErrnoException ESRCH when there is none; EACCES for another user's
     * @throws IOException one of these
     */
    public static void setFilter(int pid, Set<Memory> kinds) throws IOException {
        int bits = 0;
        for (Memory kind : kinds) {
            bits |= kind.bit;
        }
        int result = SignalNative.setCoreFilter(pid, bits);
        if (result < 0) {
            throw Failure.errno(result, "write", filterOf(pid));
        }
    }

    /**
     * Where dumps go: /proc/sys/kernel/core_pattern, the same for all processes.
     *
     * @return a file's name, or a program after {@code "|"}
     * @throws dev.strait.ErrnoException if it cannot be read
     * @throws IOException one of these
     */
    public static String pattern() throws IOException {
        byte[] pattern = new byte[PATTERN_BYTES];
        int length = SignalNative.corePattern(pattern);
        if (length < 0) {
            throw Failure.errno(length, "open", "/proc/sys/kernel/core_pattern");
        }
        return new String(pattern, 0, length, StandardCharsets.UTF_8);
    }

    private static String filterOf(int pid) {
        return "/proc/" + pid + "/coredump_filter";
    }
}
