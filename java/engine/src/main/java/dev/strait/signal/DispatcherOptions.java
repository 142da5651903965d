package dev.strait.signal;

import dev.strait.segment.SegmentOptions;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * How a {@link SignalDispatcher} receives. Immutable: each method returns changed options.
 *
 * <p>By default it receives what is sent to its own thread, has no name, and reports what a handler throws to the uncaught
 * exception handler of the thread that the handler runs in.
 */
public final class DispatcherOptions {
    private static final DispatcherOptions DEFAULTS =
            new DispatcherOptions(null, SegmentOptions.defaults(), false, (signal, thrown) -> report(thrown));

    private final String name;
    private final SegmentOptions segment;
    private final boolean processWide;
    private final BiConsumer<? super ReceivedSignal, ? super Throwable> onFailure;

    private DispatcherOptions(
            String name,
            SegmentOptions segment,
            boolean processWide,
            BiConsumer<? super ReceivedSignal, ? super Throwable> onFailure) {
        this.name = name;
        this.segment = segment;
        this.processWide = processWide;
        this.onFailure = onFailure;
    }

    private static void report(Throwable thrown) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    }

    /**
     * The defaults.
     *
     * @return them
     */
    public static DispatcherOptions defaults() {
        return DEFAULTS;
    }

    /**
     * The name by which {@link SignalTarget#dispatcher} finds it. It is that of a segment, which stays until it is unlinked.
     *
     * @param segmentName 1 to 200 of [A-Za-z0-9._-]
     * @return such options
     */
    public DispatcherOptions name(String segmentName) {
        return new DispatcherOptions(
                Objects.requireNonNull(segmentName, "segmentName"), segment, processWide, onFailure);
    }

    /**
     * Where that segment is, and who may open it: only directory, mode, group and owner count.
     *
     * @param options of the segment
     * @return such options
     */
    public DispatcherOptions segment(SegmentOptions options) {
        return new DispatcherOptions(name, Objects.requireNonNull(options, "options"), processWide, onFailure);
    }

    /**
     * It receives what anybody sends to the process. {@linkplain dev.strait.signal The package's documentation} says how, and
     * what the agent is for.
     *
     * @return such options
     */
    public DispatcherOptions processWide() {
        return new DispatcherOptions(name, segment, true, onFailure);
    }

    /**
     * What is done with what a handler throws, or an executor that refuses it.
     *
     * @param listener gets the signal and what was thrown, in the thread that the handler ran in
     * @return such options
     */
    public DispatcherOptions onFailure(BiConsumer<? super ReceivedSignal, ? super Throwable> listener) {
        return new DispatcherOptions(name, segment, processWide, Objects.requireNonNull(listener, "listener"));
    }

    String name() {
        return name;
    }

    SegmentOptions segment() {
        return segment;
    }

    boolean isProcessWide() {
        return processWide;
    }

    BiConsumer<? super ReceivedSignal, ? super Throwable> onFailure() {
        return onFailure;
    }
}
