package dev.strait.program;

import dev.strait.descriptor.Descriptor;
import dev.strait.pipe.Pipe;
import dev.strait.pipe.PipeReader;
import dev.strait.pipe.PipeWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs of which each reads what the one before has written: {@code A | B | C}. Immutable, and can be started any number
 * of times, unless descriptors are given away with it.
 *
 * <pre>{@code
 * Pipeline words = Pipeline.of(Program.of("tr", "-s", " ", "\\n"), Program.of("sort"), Program.of("uniq", "-c"))
 *         .input(Path.of("text"))
 *         .output(Path.of("counts"));
 * try (StartedPipeline pipeline = words.start()) {
 *     pipeline.waitFor();
 * }
 * }</pre>
 *
 * <p>No program has an end of a pipe that is not its own, and neither have we: so each reads an end of file when the one before
 * has ended, and is told by SIGPIPE or EPIPE when the one behind has.
 */
public final class Pipeline {
    private final List<Program> programs;
    private final boolean opensInput;
    private final boolean opensOutput;

    private Pipeline(List<Program> programs, boolean opensInput, boolean opensOutput) {
        this.programs = programs;
        this.opensInput = opensInput;
        this.opensOutput = opensOutput;
    }

    /**
     * Programs in a line.
     *
     * @param programs one or more. Where two of them meet, the pipe replaces what they say of their 1 and 0
     * @return the pipeline, with the input of the first and the output of the last as these say
     * @throws IllegalArgumentException if there is none
     */
    public static Pipeline of(Program... programs) {
        if (programs.length == 0) {
            throw new IllegalArgumentException("programs []: must be one or more");
        }
        return new Pipeline(List.of(programs), false, false);
    }

    /**
     * Lets the first one read a file.
     *
     * @param file as {@link Program#from}
     * @return such a pipeline
     */
    public Pipeline input(Path file) {
        return withFirst(programs.get(0).from(0, file), false);
    }

    /**
     * Gives the first one something to read.
     *
     * @param descriptor as {@link Program#give}
     * @return such a pipeline
     */
    public Pipeline input(Descriptor descriptor) {
        return withFirst(programs.get(0).give(0, descriptor), false);
    }

    /**
     * Lets the first one read what we write to {@link StartedPipeline#input}.
     *
     * @return such a pipeline
     */
    public Pipeline openInput() {
        return withFirst(programs.get(0), true);
    }

    /**
     * Lets the last one write to a file, which is created or emptied.
     *
     * @param file as {@link Program#to}
     * @return such a pipeline
     */
    public Pipeline output(Path file) {
        return withLast(last().to(1, file), false);
    }

    /**
     * Lets the last one write to the end of a file.
     *
     * @param file as {@link Program#append}
     * @return such a pipeline
     */
    public Pipeline append(Path file) {
        return withLast(last().append(1, file), false);
    }

    /**
     * Gives the last one something to write to.
     *
     * @param descriptor as {@link Program#give}
     * @return such a pipeline
     */
    public Pipeline output(Descriptor descriptor) {
        return withLast(last().give(1, descriptor), false);
    }

    /**
     * Lets us read what the last one writes from {@link StartedPipeline#output}.
     *
     * @return such a pipeline
     */
    public Pipeline openOutput() {
        return withLast(last(), true);
    }

    private Program last() {
        return programs.get(programs.size() - 1);
    }

    private Pipeline withFirst(Program first, boolean opens) {
        List<Program> changed = new ArrayList<>(programs);
        changed.set(0, first);
        return new Pipeline(changed, opens, opensOutput);
    }

    private Pipeline withLast(Program last, boolean opens) {
        List<Program> changed = new ArrayList<>(programs);
        changed.set(programs.size() - 1, last);
        return new Pipeline(changed, opensInput, opens);
    }

    /**
     * Starts all programs, the first one first. If one cannot be started, those before it are ended.
     *
     * @return the children, which run
     * @throws dev.strait.ErrnoException as {@link Program#start}; pipe2: EMFILE, ENFILE
     */
    public StartedPipeline start() throws IOException {
        List<ChildProgram> children = new ArrayList<>();
        PipeWriter input = null;
        PipeReader output = null;
        try {
            if (opensInput) {
                Pipe pipe = Pipe.open();
                input = pipe.writer();
                output = pipe.reader();
            }
            for (int i = 0; i < programs.size(); i++) {
                Program program =
                        output == null ? programs.get(i) : programs.get(i).give(0, output);
                output = null;
                if (i < programs.size() - 1 || opensOutput) {
                    Pipe pipe = Pipe.open();
                    output = pipe.reader();
                    program = program.give(1, pipe.writer());
                }
                children.add(program.start());
            }
            return new StartedPipeline(List.copyOf(children), input, output);
        } catch (Throwable e) {
            new StartedPipeline(children, input, output).close();
            throw e;
        }
    }

    /**
     * For messages.
     *
     * @return {@code Pipeline[[sort] | [uniq -c]]}
     */
    @Override
    public String toString() {
        return "Pipeline["
                + String.join(" | ", programs.stream().map(Program::name).toList()) + "]";
    }
}
