package dev.strait.internal;

import dev.strait.segment.Participant;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;

/** What the objects that live in a segment use of it, and users do not see. */
public abstract class SegmentAccess {
    private static volatile SegmentAccess instance;

    /** A native call that creates or opens, and returns a handle. */
    @FunctionalInterface
    public interface Attach {
        /**
         * Makes the call.
         *
         * @param directory from the options; null for the default
         * @param options from the options
         * @param failure filled when the result is negative
         * @return a handle, or a negated errno
         */
        long attach(String directory, long[] options, long[] failure);
    }

    /**
     * What this process has of a segment beside its memory.
     *
     * @param object what is asked for again by its name
     * @param whenClosed told of the close before the memory goes
     */
    public record Part(Object object, Runnable whenClosed) {}

    /** Makes a part. */
    @FunctionalInterface
    public interface Opener {
        /**
         * Makes it.
         *
         * @param handle the native segment
         * @param lifeline what keeps it
         * @return the part
         * @throws IOException if it fails
         */
        Part open(long handle, Lifeline lifeline) throws IOException;
    }

    /** For the one implementation. */
    protected SegmentAccess() {}

    /**
     * Called when the segment's class is initialised.
     *
     * @param access the implementation
     */
    public static void set(SegmentAccess access) {
        instance = access;
    }

    /**
     * The implementation.
     *
     * @return it
     */
    public static SegmentAccess get() {
        if (instance == null) {
            try {
                MethodHandles.lookup().ensureInitialized(Segment.class);
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
        return instance;
    }

    /**
     * Makes a call once.
     *
     * @param place for the message when it fails
     * @param options of the user
     * @param call the call
     * @return the handle
     * @throws IOException if it fails
     */
    public abstract long create(Place place, SegmentOptions options, Attach call) throws IOException;

    /**
     * Makes a call again and again until the segment exists or the options' timeout has passed.
     *
     * @param place for the message when it fails
     * @param options of the user
     * @param call the call
     * @return the handle
     * @throws IOException if it fails
     */
    public abstract long open(Place place, SegmentOptions options, Attach call) throws IOException;

    /**
     * The participant that a native call tells of.
     *
     * @param call fills its numbers; false when there is none
     * @return the participant
     */
    public abstract Optional<Participant> participant(Predicate<long[]> call);

    /**
     * A segment that is part of something else.
     *
     * @param handle the native segment
     * @param lifeline what keeps it
     * @param closeParts run before each close; may refuse by an exception
     * @param shut run once, takes the memory away
     * @return the segment
     */
    public abstract Segment wrap(long handle, Lifeline lifeline, Runnable closeParts, Runnable shut);

    /**
     * The part of that name, made when it is asked for the first time.
     *
     * @param segment which is open
     * @param name of the part
     * @param opener makes it
     * @return what the part is about
     * @throws IOException if it fails
     * @throws IllegalStateException if the segment is closed
     */
    public abstract Object part(Segment segment, String name, Opener opener) throws IOException;

    /**
     * A native call on a segment, which is not closed meanwhile.
     *
     * @param segment which is open
     * @param call gets its handle; does not wait
     * @return what the call returned
     * @throws IllegalStateException if the segment is closed
     */
    public abstract long use(Segment segment, LongUnaryOperator call);
}
