package dev.strait.bench.library;

import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.posix.PosixSemaphore;
import java.io.IOException;

/** Strait's POSIX semaphores: a permit given and taken by one thread. */
public final class StraitPosixSemaphore implements Pairs {
    private PosixSemaphore semaphore;

    @Override
    public void open(Parameters parameters) throws IOException {
        String name = "/strait-bench-call-" + ProcessHandle.current().pid();
        semaphore = PosixSemaphore.create(name, 0600, 0);
        PosixSemaphore.unlink(name);
    }

    @Override
    public void pair() throws IOException, InterruptedException {
        semaphore.post();
        semaphore.await();
    }

    @Override
    public void close() {
        semaphore.close();
    }
}
