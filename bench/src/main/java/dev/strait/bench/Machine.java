package dev.strait.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Where it was measured. */
final class Machine {
    private Machine() {}

    static Map<String, Object> describe(Cores cores) throws IOException {
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("processor", field("/proc/cpuinfo", "model name"));
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("pinned_to", new int[] {cores.first(), cores.second()});
        machine.put("memory", field("/proc/meminfo", "MemTotal"));
        machine.put("kernel", System.getProperty("os.version"));
        machine.put("system", field("/etc/os-release", "PRETTY_NAME"));
        machine.put("java", System.getProperty("java.vm.version"));
        machine.put("load_average", Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]);
        return machine;
    }

    /** What is checked out, with "-dirty" when something was changed since. */
    static String commit(Path root) {
        try {
            Process git = new ProcessBuilder(
                            "git",
                            "-C",
                            root.toString(),
                            "describe",
                            "--always",
                            "--dirty",
                            "--abbrev=40",
                            "--exclude=*")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
            return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 ? commit : "unknown";
        } catch (IOException e) {
            return "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }

    /** "name : value", or name="value". */
    private static String field(String file, String name) throws IOException {
        for (String line : Files.readAllLines(Path.of(file))) {
            if (line.startsWith(name)) {
                return line.substring(name.length())
                        .replaceFirst("^\\s*[:=]\\s*", "")
                        .replace("\"", "");
            }
        }
        return "unknown";
    }
}
