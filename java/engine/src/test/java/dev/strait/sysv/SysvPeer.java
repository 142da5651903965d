package dev.strait.sysv;

import dev.strait.ErrnoException;
import dev.strait.testing.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A JVM that does what it is told with System V objects, as another user or in another namespace. It answers each line with
 * one line: a result, or {@code msgsnd EACCES}.
 */
final class SysvPeer implements AutoCloseable {
    private static final int MODE = 0600;

    private final Jvm.Child child;

    private SysvPeer(Jvm.Child child) {
        this.child = child;
    }

    /** As another user, without any capability. */
    static SysvPeer asNobody() throws IOException {
        return start("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
    }

    /** In an IPC namespace of its own, after a shell has run the script. */
    static SysvPeer inNamespace(String script) throws IOException {
        return start("unshare", "--ipc", "sh", "-c", script + " && exec \"$@\"", "sh");
    }

    static SysvPeer start(String... wrapper) throws IOException {
        return new SysvPeer(Jvm.of(SysvPeer.class)
                .under(wrapper)
                .option("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
                .start());
    }

    void tell(String command) throws IOException {
        child.process().getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
        child.process().getOutputStream().flush();
    }

    String ask(String command) throws IOException {
        tell(command);
        return answer();
    }

    String answer() throws IOException {
        return child.line();
    }

    Process process() {
        return child.process();
    }

    @Override
    public void close() {
        child.close();
    }

    // ---- In the other JVM

    public static void main(String[] arguments) throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            System.out.println(answer(line.split(" ")));
        }
    }

    private static String answer(String[] words) {
        try {
            return String.valueOf(run(words));
        } catch (ErrnoException e) {
            return e.operation() + " " + e.symbol();
        } catch (Exception e) {
            return e.toString();
        }
    }

    private static Object run(String[] words) throws IOException, InterruptedException {
        String[] what = words[0].split("-", 2);
        int[] numbers = new int[words.length - 1];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Integer.decode(words[i + 1]);
        }
        return switch (what[0]) {
            case "queue" -> runQueue(what[1], numbers);
            case "set" -> runSet(what[1], numbers);
            default -> runMemory(what[1], numbers);
        };
    }

    private static Object runQueue(String command, int... numbers) throws IOException, InterruptedException {
        try (SysvQueue queue = SysvQueue.ofId(numbers[0])) {
            SysvMessage message = SysvMessage.allocate(100);
            return switch (command) {
                case "open" -> SysvQueue.open(new SysvKey(numbers[0]), numbers[1]);
                case "create" -> many(numbers[0], () -> SysvQueue.create(SysvKey.PRIVATE, MODE));
                case "send" -> done(() -> queue.send(message));
                case "receive" -> queue.receive(message, 0);
                case "status" -> queue.status().messages();
                case "list" -> SysvQueue.list().stream().anyMatch(each -> each.id() == numbers[0]);
                case "set" -> done(() -> queue.set(new SysvPermissions(SysvKey.PRIVATE, 0, 0, 0, 0, MODE, 0), 1));
                case "maximum" -> {
                    SysvQueue own = SysvQueue.create(SysvKey.PRIVATE, MODE);
                    try {
                        yield done(() -> own.set(own.status().permissions(), numbers[0]));
                    } finally {
                        own.remove();
                    }
                }
                case "limits" -> SysvQueue.limits();
                default -> done(queue::remove);
            };
        }
    }

    private static Object runSet(String command, int... numbers) throws IOException, InterruptedException {
        try (SysvSemaphoreSet set = SysvSemaphoreSet.ofId(numbers[0])) {
            return switch (command) {
                case "open" -> SysvSemaphoreSet.open(new SysvKey(numbers[0]), 0, numbers[1]);
                case "create" -> many(numbers[0], () -> SysvSemaphoreSet.create(SysvKey.PRIVATE, 1, MODE));
                case "large" -> SysvSemaphoreSet.create(SysvKey.PRIVATE, numbers[0], MODE);
                case "add" ->
                    done(() -> set.operate(SysvOperations.builder()
                            .add(0, numbers[1], numbers[2])
                            .build()));
                case "zero" ->
                    done(() ->
                            set.operate(SysvOperations.builder().awaitZero(0, 0).build()));
                case "value" -> set.value(0);
                case "values" -> set.values().length;
                case "assign" -> done(() -> set.setValue(0, numbers[1]));
                case "all" -> done(() -> set.setValues(numbers[1], numbers[2]));
                case "status" -> set.status().count();
                case "set" -> done(() -> set.set(new SysvPermissions(SysvKey.PRIVATE, 0, 0, 0, 0, MODE, 0)));
                default -> done(set::remove);
            };
        }
    }

    private static Object runMemory(String command, int... numbers) throws IOException, InterruptedException {
        try (SysvMemory memory = SysvMemory.ofId(numbers[0])) {
            return switch (command) {
                case "open" -> SysvMemory.open(new SysvKey(numbers[0]), 0, numbers[1]);
                case "create" -> many(numbers[0], () -> SysvMemory.create(SysvKey.PRIVATE, 1, MODE));
                case "sized" -> many(1, () -> SysvMemory.create(SysvKey.PRIVATE, numbers[0], MODE));
                case "huge" -> SysvMemory.create(SysvKey.PRIVATE, numbers[0], MODE, SysvMemory.HUGETLB);
                case "attach" -> memory.attach(numbers[1]).sizeBytes();
                case "status" -> memory.status().sizeBytes();
                case "lock" -> done(() -> memory.setLocked(true));
                case "set" -> done(() -> memory.set(new SysvPermissions(SysvKey.PRIVATE, 0, 0, 0, 0, MODE, 0)));
                default -> done(memory::remove);
            };
        }
    }

    private interface Action {
        void run() throws IOException, InterruptedException;
    }

    private interface Make {
        SysvObject make() throws IOException;
    }

    private static String done(Action action) throws IOException, InterruptedException {
        action.run();
        return "done";
    }

    /** Makes so many, and removes them. */
    private static String many(int count, Make make) throws IOException {
        List<SysvObject> made = new ArrayList<>();
        try {
            while (made.size() < count) {
                made.add(make.make());
            }
            return "done";
        } finally {
            for (SysvObject each : made) {
                each.remove();
            }
        }
    }
}
