package dev.strait.bench.library;

import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;

/** Native calls that do nothing else than a system call, or nothing at all: bench/c/calls_jni.c. */
public abstract class JniCalls implements Pairs {
    /** The system property that says which mechanism of bench/c/calls.h. */
    public static final String MECHANISM = "strait.bench.mechanism";

    /** Of a message. */
    static final int BYTES = 64;

    /** Two that do nothing. */
    public static final class Empty extends JniCalls {
        @Override
        public void open(Parameters parameters) {
            System.loadLibrary("strait_bench_jni");
        }

        @Override
        public void pair() {
            nothing();
            nothing();
        }
    }

    /** The least that a wrapper can cost: a native call for each of two system calls. */
    public static final class Bare extends JniCalls {
        private long call;

        @Override
        public void open(Parameters parameters) {
            System.loadLibrary("strait_bench_jni");
            call = create(System.getProperty(MECHANISM), parameters.dir().toString());
        }

        @Override
        public void pair() {
            put(call);
            take(call);
        }
    }

    /**
     * Complains about a call that did not move a message.
     *
     * @param moved bytes
     */
    static void must(long moved) {
        if (moved != BYTES) {
            throw new IllegalStateException("a call moved " + moved + " bytes");
        }
    }

    @Override
    public final void close() {} // the process ends

    private static native long create(String mechanism, String directory);

    private static native void put(long call);

    private static native void take(long call);

    private static native void nothing();
}
