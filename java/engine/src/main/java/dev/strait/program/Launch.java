package dev.strait.program;

import dev.strait.descriptor.Descriptor;
import dev.strait.internal.Failure;
import dev.strait.internal.KernelWaits;
import dev.strait.internal.VirtualThreads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** One start of a program: collects its descriptors, and closes what was given or opened for it, whatever happens. */
final class Launch {
    /** Lets an interrupt end the opening of a FIFO. Of all launches, and never closed. */
    private static final KernelWaits OPENS = new KernelWaits();

    private final Map<Integer, Source> sources;
    private final byte[] strings;
    private final int[] options;

    /** Our numbers of the files and descriptors that sources name. */
    private final IdentityHashMap<Object, Integer> fds = new IdentityHashMap<>();

    private final List<Integer> ours = new ArrayList<>();

    /**
     * @param sources of each of its numbers; none is another's
     * @param strings as {@link ProgramNative#start} takes them
     * @param options what stands before the descriptors there
     */
    Launch(Map<Integer, Source> sources, byte[] strings, int[] options) {
        this.sources = sources;
        this.strings = strings;
        this.options = options;
    }

    /** What the native call answers. */
    long run(Failure failure) throws IOException {
        try {
            Deque<Descriptor> lent = new ArrayDeque<>();
            for (Source source : sources.values()) {
                collect(source, lent);
            }
            return VirtualThreads.<Long, ClosedChannelException>offCarrier(() -> start(lent, failure));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            closeGiven();
        }
    }

    private void collect(Source source, Deque<Descriptor> lent) throws IOException {
        if (source instanceof Source.OfFile file && !fds.containsKey(file)) {
            own(file, open(file));
        } else if (source instanceof Source.Of of && of.lent()) {
            lent.add(of.descriptor());
        } else if (source instanceof Source.Of of && !fds.containsKey(of.descriptor())) {
            own(of.descriptor(), of.descriptor().release());
        }
    }

    private void own(Object named, int fd) {
        ours.add(fd);
        fds.put(named, fd);
    }

    private static int open(Source.OfFile file) throws IOException {
        byte[] path = (file.path() + '\0').getBytes(StandardCharsets.UTF_8);
        long result = OPENS.await(kick -> ProgramNative.open(path, file.flags(), kick));
        if (result < 0) {
            throw Failure.errno(result, "open", file.path());
        }
        return (int) result;
    }

    /** Borrows one after the other, and starts it when it has all. */
    private long start(Deque<Descriptor> lent, Failure failure) throws ClosedChannelException {
        Descriptor next = lent.poll();
        if (next == null) {
            return ProgramNative.start(strings, numbers(), failure.values);
        }
        return next.lend(fd -> {
            fds.put(next, fd);
            try {
                return start(lent, failure);
            } catch (ClosedChannelException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private int[] numbers() {
        List<Integer> numbers = new ArrayList<>();
        for (int option : options) {
            numbers.add(option);
        }
        sources.forEach((number, source) -> {
            numbers.add(fdOf(source));
            numbers.add(number);
        });
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    private int fdOf(Source source) {
        if (source instanceof Source.Inherited inherited) {
            return inherited.fd();
        }
        return fds.get(source instanceof Source.Of of ? of.descriptor() : source);
    }

    private void closeGiven() throws IOException {
        ours.forEach(ProgramNative::close);
        for (Source source : sources.values()) {
            if (source instanceof Source.Of of && !of.lent()) {
                of.descriptor().close();
            }
        }
    }
}
