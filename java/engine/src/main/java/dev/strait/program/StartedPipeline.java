package dev.strait.program;

import dev.strait.pipe.PipeReader;
import dev.strait.pipe.PipeWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A {@link Pipeline} that was started. Closing it ends what has not ended, and leaves nothing. */
public final class StartedPipeline implements AutoCloseable {
    private final List<ChildProgram> children;
    private final PipeWriter input;
    private final PipeReader output;

    StartedPipeline(List<ChildProgram> children, PipeWriter input, PipeReader output) {
        this.children = children;
        this.input = input;
        this.output = output;
    }

    /**
     * The programs.
     *
     * @return the first one first
     */
    public List<ChildProgram> children() {
        return children;
    }

    /**
     * Where we write what the first one reads. To be closed when that is all.
     *
     * @return the end that {@link Pipeline#openInput} asked for
     * @throws IllegalStateException if nobody asked for it
     */
    public PipeWriter input() {
        return asked(input, "openInput");
    }

    /**
     * Where we read what the last one writes.
     *
     * @return the end that {@link Pipeline#openOutput} asked for
     * @throws IllegalStateException if nobody asked for it
     */
    public PipeReader output() {
        return asked(output, "openOutput");
    }

    private static <T> T asked(T end, String method) {
        if (end == null) {
            throw new IllegalStateException("the pipeline was started without " + method);
        }
        return end;
    }

    /**
     * Waits until all have ended.
     *
     * @return how they did, the first one first; the last is what a shell tells
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws IOException as {@link ChildProgram#waitFor()}
     */
    public List<ExitStatus> waitFor() throws IOException, InterruptedException {
        List<ExitStatus> statuses = new ArrayList<>();
        for (ChildProgram child : children) {
            statuses.add(child.waitFor());
        }
        return statuses;
    }

    /**
     * Closes our ends and all children.
     *
     * @throws IOException as {@link ChildProgram#close}, of the first that failed
     */
    @Override
    public void close() throws IOException {
        List<AutoCloseable> all = new ArrayList<>(children);
        all.add(input);
        all.add(output);
        IOException failure = null;
        for (AutoCloseable each : all) {
            try {
                if (each != null) {
                    each.close();
                }
            } catch (IOException e) {
                failure = failure == null ? e : failure;
            } catch (Exception e) {
                throw new AssertionError(e); // none of them throws another
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
