package dev.strait.bench.library;

import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.sysv.SysvKey;
import dev.strait.sysv.SysvOperations;
import dev.strait.sysv.SysvSemaphoreSet;
import java.io.IOException;

/** Strait's System V semaphores: a permit given and taken by one thread. */
public final class StraitSysvSemaphore implements Pairs {
    private final SysvOperations give = SysvOperations.builder().add(0, 1, 0).build();
    private final SysvOperations take = SysvOperations.builder().add(0, -1, 0).build();
    private SysvSemaphoreSet set;

    @Override
    public void open(Parameters parameters) throws IOException {
        set = SysvSemaphoreSet.create(SysvKey.of(parameters.dir(), 1), 1, 0600);
    }

    @Override
    public void pair() throws IOException, InterruptedException {
        set.operate(give);
        set.operate(take);
    }

    @Override
    public void close() {
        set.close();
    }
}
