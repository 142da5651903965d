package dev.strait.posix;

import dev.strait.ErrnoException;
import dev.strait.testing.Jvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A JVM with another user or other limits: carries commands out and prints what each answered, an errno's name for one. */
public final class PosixPeer {
    /** As another user. */
    static final String[] NOBODY = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};

    /** Keeps what was opened from the collector. */
    private static final List<Object> OPEN = new ArrayList<>();

    private PosixPeer() {}

    /** Starts a JVM under a command, and returns what its commands answered. */
    static List<String> ask(String[] wrapper, String... commands) throws IOException, InterruptedException {
        return Jvm.of(PosixPeer.class)
                .option("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
                .under(wrapper)
                .succeed(commands)
                .lines()
                .toList();
    }

    /** Each argument is a command. */
    public static void main(String[] commands) throws Exception {
        for (String command : commands) {
            System.out.println(answer(command.split(" ", -1)));
        }
    }

    private static String answer(String[] words) throws IOException {
        try {
            Object result = carryOut(words[0], words.length > 1 ? words[1] : "", words);
            OPEN.add(result);
            return result instanceof String text ? text : "ok";
        } catch (ErrnoException e) {
            return e.symbol();
        }
    }

    private static Object carryOut(String command, String name, String[] words) throws IOException {
        PosixQueueOptions options = PosixQueueOptions.defaults();
        return switch (command) {
            case "queue-open" -> PosixQueue.open(name, options);
            case "queue-read" -> PosixQueue.open(name, options.readOnly());
            case "queue-write" -> PosixQueue.open(name, options.writeOnly());
            case "queue-create" -> PosixQueue.create(name, options);
            case "queue-size" ->
                PosixQueue.create(name, options.size(Long.parseLong(words[2]), Long.parseLong(words[3])));
            case "queue-attributes" ->
                PosixQueue.open(name, options).attributes().toString();
            case "queue-echo" -> echo(PosixQueue.create(name, options.size(1, 200_000)), Integer.parseInt(words[2]));
            case "queue-unlink" -> unlinked(() -> PosixQueue.unlink(name));
            case "queue-limits" -> PosixQueue.limits().toString();
            case "queue-list" -> PosixQueue.list().toString();
            case "semaphore-open" -> PosixSemaphore.open(name);
            case "semaphore-create" -> PosixSemaphore.create(name, 0600, 0);
            case "semaphore-unlink" -> unlinked(() -> PosixSemaphore.unlink(name));
            case "memory-open" -> PosixMemory.open(name);
            case "memory-read" -> PosixMemory.openReadOnly(name);
            case "memory-create" ->
                with(PosixMemory.create(name, 0600), memory -> memory.allocate(Long.parseLong(words[2])));
            case "memory-truncate" -> with(PosixMemory.open(name), memory -> memory.truncate(Long.parseLong(words[2])));
            case "memory-mode" -> with(PosixMemory.openReadOnly(name), memory -> memory.setMode(0600));
            case "memory-owner" -> with(PosixMemory.openReadOnly(name), memory -> memory.setOwner(65_534, -1));
            case "memory-cut" -> cut(PosixMemory.open(name));
            case "memory-unlink" -> unlinked(() -> PosixMemory.unlink(name));
            default -> throw new IllegalArgumentException(command);
        };
    }

    /** Where the last byte is after a message went through the queue, and what. */
    private static String echo(PosixQueue queue, int bytes) throws IOException {
        byte[] message = new byte[bytes];
        message[bytes - 1] = 9;
        queue.trySend(ByteBuffer.wrap(message), 0);
        ByteBuffer received = ByteBuffer.allocate(bytes);
        queue.tryReceive(received);
        return received.position() - 1 + " " + received.get(bytes - 1);
    }

    /** What a store says where there is no memory any more. The JVM may say so a little later. */
    private static String cut(PosixMemory memory) throws IOException {
        memory.allocate(8192);
        try (PosixMapping mapping = memory.map()) {
            memory.truncate(4096);
            mapping.buffer().put(8191, (byte) 1);
            return "nothing after " + memory.status();
        } catch (InternalError e) {
            return "InternalError";
        }
    }

    private interface Action {
        void run() throws IOException;
    }

    private interface ActionOn<T> {
        void run(T object) throws IOException;
    }

    private static Object unlinked(Action unlink) throws IOException {
        unlink.run();
        return "ok";
    }

    private static <T> T with(T object, ActionOn<T> action) throws IOException {
        action.run(object);
        return object;
    }
}
