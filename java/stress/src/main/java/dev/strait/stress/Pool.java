package dev.strait.stress;

import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.segment.SegmentOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Objects of one kind, for each state one. jcstress makes all states of a stride anew before it takes the next, and
 * {@code ci/stress} keeps strides so short that an object's turn comes again when its state is long gone.
 */
final class Pool<T> {
    private static final int OBJECTS = 1024;

    private final Object[] objects = new Object[OBJECTS];
    private final AtomicInteger taken = new AtomicInteger();

    /** Opens an object by its name. */
    @FunctionalInterface
    interface Opening<T> {
        T open(Segment segment, String name) throws IOException;
    }

    Pool(Function<String, SegmentObject> declaration, Opening<T> opening) {
        SegmentObject[] declared = new SegmentObject[OBJECTS];
        for (int i = 0; i < OBJECTS; i++) {
            declared[i] = declaration.apply(Integer.toString(i));
        }
        try {
            Segment segment =
                    Segment.createAnonymous("stress", SegmentOptions.defaults().object(declared));
            for (int i = 0; i < OBJECTS; i++) {
                objects[i] = opening.open(segment, declared[i].name());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The one that nobody has used for longest. */
    @SuppressWarnings("unchecked")
    T take() {
        return (T) objects[taken.getAndIncrement() & OBJECTS - 1];
    }
}
