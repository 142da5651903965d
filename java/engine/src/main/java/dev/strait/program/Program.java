package dev.strait.program;

import dev.strait.descriptor.Descriptor;
import dev.strait.event.PidFd;
import dev.strait.internal.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A program to be started as a child process, with exactly the descriptors that it is given, at any number. Immutable: each
 * method returns a changed one, and it can be started any number of times, unless descriptors are given away with it.
 *
 * <pre>{@code
 * Pipe pipe = Pipe.open();
 * Program sort = Program.of("sort", "-u").to(1, Path.of("names")).give(0, pipe.reader());
 * try (ChildProgram child = sort.start()) {
 *     pipe.writer().write(names);
 *     pipe.writer().close();
 *     ExitStatus status = child.waitFor();
 * }
 * }</pre>
 *
 * <p><b>Descriptors.</b> The program has what is said here, and of our own descriptors 0, 1 and 2 where nothing is said;
 * everything else is closed, whether or not it is close-on-exec. What is given waits: O_NONBLOCK is taken from its
 * description, since few programs expect it. To give a descriptor is to hand it over: {@link #start} closes ours, whether or not
 * it succeeds. So nobody waits for an end of file that never comes because we have the other end ourselves.
 *
 * <p><b>The rest.</b> All signals have their default actions and none is blocked, whatever this JVM ignores or blocks. User,
 * umask, limits, priority, and unless something else is said environment, working directory, process group and session are
 * ours. Strings are handed over in UTF-8.
 *
 * <p>{@link ProcessBuilder} has no descriptors beyond 2, no pidfd and no groups; where that suffices it is as good. Beside
 * each other both work: neither takes the other's children.
 */
public final class Program {
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int O_TRUNC = 01000;
    private static final int O_APPEND = 02000;

    private static final int OWN_GROUP = 1;
    private static final int OWN_SESSION = 2;

    private final List<String> command;
    private final String directory;
    /** A value, or null for a variable that is taken away. */
    private final Map<String, String> changes;

    private final boolean forgetsEnvironment;
    private final int group;
    private final Map<Integer, Source> sources;

    private Program(
            List<String> command,
            String directory,
            Map<String, String> changes,
            boolean forgetsEnvironment,
            int group,
            Map<Integer, Source> sources) {
        this.command = command;
        this.directory = directory;
        this.changes = changes;
        this.forgetsEnvironment = forgetsEnvironment;
        this.group = group;
        this.sources = sources;
    }

    /**
     * A program and its arguments.
     *
     * @param name a path, or what is looked for in the directories of our own PATH, as execvp(3) does
     * @param arguments behind it
     * @return the program, with our own 0, 1 and 2
     * @throws IllegalArgumentException if a string has a NUL
     */
    public static Program of(String name, String... arguments) {
        return of(Stream.concat(Stream.of(name), Stream.of(arguments)).toList());
    }

    /**
     * A program and its arguments.
     *
     * @param command its name, as for {@link #of(String, String...)}, and what stands behind it
     * @return the program, with our own 0, 1 and 2
     * @throws IllegalArgumentException if the list is empty, or a string has a NUL
     */
    public static Program of(List<String> command) {
        if (command.isEmpty()) {
            throw new IllegalArgumentException("command []: must have a program");
        }
        command.forEach(Program::checkString);
        return new Program(List.copyOf(command), "", Map.of(), false, 0, Map.of());
    }

    // ---- Its surroundings ------------------------------------------------------------------------------------------

    /**
     * Where it starts. Does not move the files that are opened for it, nor a relative PATH.
     *
     * @param path a directory
     * @return a program that starts there
     */
    public Program directory(Path path) {
        return new Program(command, checkString(path.toString()), changes, forgetsEnvironment, group, sources);
    }

    /**
     * Sets a variable of its environment.
     *
     * @param name of the variable
     * @param value null to take it away
     * @return a program that has it
     * @throws IllegalArgumentException if the name is empty or has a {@code =}, or a string has a NUL
     */
    public Program environment(String name, String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0) {
            throw new IllegalArgumentException("variable \"" + name + "\": must have a name, and no '=' in it");
        }
        checkString(name);
        Map<String, String> changed = new TreeMap<>(changes);
        changed.put(name, value == null ? null : checkString(value));
        return new Program(command, directory, changed, forgetsEnvironment, group, sources);
    }

    /**
     * Gives it no variables of our environment, but those that {@link #environment} sets, before or after this.
     *
     * @return a program without them
     */
    public Program emptyEnvironment() {
        return new Program(command, directory, changes, true, group, sources);
    }

    /**
     * Starts it as the leader of a process group of its own, setpgid(2): what the terminal sends to ours, it does not get.
     *
     * @return such a program
     */
    public Program ownGroup() {
        return new Program(command, directory, changes, forgetsEnvironment, OWN_GROUP, sources);
    }

    /**
     * Starts it as the leader of a session of its own, setsid(2), without a terminal.
     *
     * @return such a program
     */
    public Program ownSession() {
        return new Program(command, directory, changes, forgetsEnvironment, OWN_SESSION, sources);
    }

    // ---- Its descriptors -------------------------------------------------------------------------------------------

    /**
     * Hands a descriptor over: {@link #start} closes ours. One that is given at several numbers is closed once.
     *
     * @param number what it is there; 0 is standard input, 1 output, 2 errors
     * @param descriptor ours, until the start
     * @return a program that gets it, and can be started once
     * @throws IllegalArgumentException if the number is negative
     */
    public Program give(int number, Descriptor descriptor) {
        return with(number, new Source.Of(Objects.requireNonNull(descriptor), false));
    }

    /**
     * Lets it have a descriptor that stays open here, too. Calls of ours on it may wait in the kernel from then on, where nothing
     * ends them, since both share one description, which waits. So this is for what several programs get and we do not use: lend it
     * to all but the last, and {@link #give} it to that.
     *
     * @param number what it is there
     * @param descriptor ours
     * @return a program that gets it
     * @throws IllegalArgumentException if the number is negative
     */
    public Program lend(int number, Descriptor descriptor) {
        return with(number, new Source.Of(Objects.requireNonNull(descriptor), true));
    }

    /**
     * Lets it read from a file, as {@code < file}.
     *
     * @param number what it is there, 0 usually
     * @param file opened at the start; a FIFO waits for its other end
     * @return a program that has it
     * @throws IllegalArgumentException if the number is negative
     */
    public Program from(int number, Path file) {
        return withFile(number, file, 0);
    }

    /**
     * Lets it write to a file, which is created or emptied, as {@code > file}.
     *
     * @param number what it is there, 1 or 2 usually
     * @param file opened at the start; a FIFO waits for its other end
     * @return a program that has it
     * @throws IllegalArgumentException if the number is negative
     */
    public Program to(int number, Path file) {
        return withFile(number, file, O_WRONLY | O_CREAT | O_TRUNC);
    }

    /**
     * Lets it write to the end of a file, which is created when it is missing, as {@code >> file}.
     *
     * @param number what it is there, 1 or 2 usually
     * @param file opened at the start; a FIFO waits for its other end
     * @return a program that has it
     * @throws IllegalArgumentException if the number is negative
     */
    public Program append(int number, Path file) {
        return withFile(number, file, O_WRONLY | O_CREAT | O_APPEND);
    }

    /**
     * Lets it read an end of file, and write to nowhere: /dev/null.
     *
     * @param number what it is there
     * @return a program that has it
     * @throws IllegalArgumentException if the number is negative
     */
    public Program discard(int number) {
        return withFile(number, Path.of("/dev/null"), O_RDWR);
    }

    /**
     * Lets it have our own descriptor of this number, as it is so for 0, 1 and 2 if nothing else is said.
     *
     * @param number here and there
     * @return a program that has it
     * @throws IllegalArgumentException if the number is negative
     */
    public Program inherit(int number) {
        return with(number, new Source.Inherited(number));
    }

    /**
     * Lets one of its descriptors be what another is, on the same open file: {@code 2>&1} is {@code duplicate(2, 1)}. Unlike in a
     * shell it does not matter which was said first.
     *
     * @param number what it is there
     * @param original that other one
     * @return a program that has it
     * @throws IllegalArgumentException if a number is negative, or the other one is to be what this one is
     */
    public Program duplicate(int number, int original) {
        checkNumber(original);
        Program changed = with(number, new Source.SameAs(original));
        int at = original;
        while (at != number && changed.sources.get(at) instanceof Source.SameAs same) {
            at = same.number();
        }
        if (at == number) {
            throw new IllegalArgumentException(
                    "duplicate(" + number + ", " + original + "): " + original + " is what " + number + " is");
        }
        return changed;
    }

    private Program withFile(int number, Path file, int flags) {
        return with(number, new Source.OfFile(checkString(file.toString()), flags));
    }

    private Program with(int number, Source source) {
        checkNumber(number);
        Map<Integer, Source> changed = new TreeMap<>(sources);
        changed.put(number, source);
        return new Program(command, directory, changes, forgetsEnvironment, group, changed);
    }

    private static void checkNumber(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("number " + number + ": must be 0 or more");
        }
    }

    private static String checkString(String string) {
        if (string.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("\"" + string.replace("\0", "\\0") + "\": must have no NUL");
        }
        return string;
    }

    // ---- Starting --------------------------------------------------------------------------------------------------

    /**
     * Starts it. What was given is closed here then, also when this fails.
     *
     * @return the child, which runs
     * @throws dev.strait.ErrnoException of the step that failed, and then there is no child. execve: ENOENT, EACCES, E2BIG and
     *     what else execve(2) says; chdir; open: of a file, or EINTR when the thread is interrupted while a FIFO waits;
     *     fcntl(F_DUPFD_CLOEXEC): EINVAL when a number is beyond RLIMIT_NOFILE, EBADF when one to be inherited is not open; clone: EAGAIN,
     *     EMFILE, ENOMEM, and ENOSYS before Linux 5.2
     * @throws java.nio.channels.ClosedChannelException if a descriptor that is given or lent is closed
     */
    public ChildProgram start() throws IOException {
        int[] options = {command.size(), changes.size(), forgetsEnvironment ? 1 : 0, group};
        Failure failure = new Failure();
        long result = new Launch(resolved(), strings(), options).run(failure);
        if (result < 0) {
            String operation = failure.operation();
            throw Failure.errno(result, operation, operation.equals("chdir") ? directory : command.get(0));
        }
        long pid = result >> 32;
        return new ChildProgram(this, PidFd.adopt((int) result, pid));
    }

    /** With none that is another's. */
    private Map<Integer, Source> resolved() {
        Map<Integer, Source> resolved = new TreeMap<>();
        sources.keySet().forEach(number -> resolved.put(number, sourceOf(number)));
        return resolved;
    }

    private Source sourceOf(int number) {
        Source source = sources.getOrDefault(number, new Source.Inherited(number));
        return source instanceof Source.SameAs same ? sourceOf(same.number()) : source;
    }

    private byte[] strings() {
        ByteArrayOutputStream strings = new ByteArrayOutputStream();
        command.forEach(argument -> add(argument, strings));
        changes.forEach((name, value) -> add(value == null ? name : name + "=" + value, strings));
        add(directory, strings);
        return strings.toByteArray();
    }

    private static void add(String string, ByteArrayOutputStream strings) {
        strings.writeBytes(string.getBytes(StandardCharsets.UTF_8));
        strings.write(0);
    }

    /**
     * For messages.
     *
     * @return {@code Program[sort -u]}
     */
    @Override
    public String toString() {
        return "Program" + name();
    }

    /** With its arguments, in brackets. */
    String name() {
        return "[" + String.join(" ", command) + "]";
    }
}
