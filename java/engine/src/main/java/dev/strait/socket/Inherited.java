package dev.strait.socket;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A descriptor that a service manager has opened for this process and started it with, see sd_listen_fds(3).
 *
 * @param fd its number, for {@link UnixStream#adoptListener} and its kin
 * @param name what the manager calls it; {@code unknown} when it does not say
 */
public record Inherited(int fd, String name) {
    private static final int FIRST = 3;

    /**
     * Those of this process: by the environment variables LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES.
     *
     * @return in the order of their numbers; empty when they are for another process, or there are none
     */
    public static List<Inherited> all() {
        return of(System.getenv(), ProcessHandle.current().pid());
    }

    static List<Inherited> of(Map<String, String> environment, long pid) {
        List<Inherited> all = new ArrayList<>();
        if (number(environment.get("LISTEN_PID")) == pid) {
            String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
            for (int i = 0; i < number(environment.get("LISTEN_FDS")); i++) {
                all.add(new Inherited(FIRST + i, i < names.length && !names[i].isEmpty() ? names[i] : "unknown"));
            }
        }
        return List.copyOf(all);
    }

    private static long number(String text) {
        return text != null && text.matches("[0-9]{1,9}") ? Long.parseLong(text) : -1;
    }
}
