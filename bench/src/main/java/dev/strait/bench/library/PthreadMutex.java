package dev.strait.bench.library;

import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;

/** A process-shared pthread mutex, called through JNI: bench/c/pthread_mutex_jni.c. */
public final class PthreadMutex implements Pairs {
    private long mutex;

    @Override
    public void open(Parameters parameters) {
        System.loadLibrary("strait_bench_jni");
        mutex = create();
    }

    @Override
    public void pair() {
        if (lock(mutex) != 0 || unlock(mutex) != 0) {
            throw new IllegalStateException("pthread_mutex");
        }
    }

    @Override
    public void close() {}

    private static native long create();

    private static native int lock(long mutex);

    private static native int unlock(long mutex);
}
