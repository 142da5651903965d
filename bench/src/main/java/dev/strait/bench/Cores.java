package dev.strait.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The two processors that the sides are pinned to: two that this process may use and that are not threads of one core.
 *
 * @param first for the side that begins
 * @param second for the other
 */
record Cores(int first, int second) {
    /** For runs that pin nobody. */
    static final Cores ANY = new Cores(-1, -1);

    static Cores choose() throws IOException {
        List<Integer> usable = usable();
        int first = usable.get(0);
        String siblings = siblings(first);
        for (int cpu : usable.subList(1, usable.size())) {
            if (!siblings(cpu).equals(siblings)) {
                return new Cores(first, cpu);
            }
        }
        throw new IOException("two cores are needed, of which neither is the other's hyper-thread");
    }

    private static List<Integer> usable() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("Cpus_allowed_list:")) {
                return parse(line.substring(line.indexOf(':') + 1).trim());
            }
        }
        throw new IOException("/proc/self/status does not say which processors may be used");
    }

    /** "0-2,5" are 0, 1, 2 and 5. */
    static List<Integer> parse(String list) {
        List<Integer> cpus = new ArrayList<>();
        for (String range : list.split(",", -1)) {
            String[] ends = range.split("-", -1);
            for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++) {
                cpus.add(cpu);
            }
        }
        return cpus;
    }

    private static String siblings(int cpu) throws IOException {
        Path path = Path.of("/sys/devices/system/cpu/cpu" + cpu + "/topology/thread_siblings_list");
        return Files.exists(path) ? Files.readString(path).trim() : Integer.toString(cpu);
    }
}
