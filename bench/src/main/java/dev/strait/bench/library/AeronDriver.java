package dev.strait.bench.library;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.io.IOException;
import java.nio.file.Path;
import org.agrona.concurrent.BackoffIdleStrategy;

/**
 * The media driver of {@link AeronIpc}, in a process of its own. Its documentation gives it three cores that spin; here
 * the two sides have both cores, so it has one thread, which steps back when there is nothing to do.
 */
public final class AeronDriver {
    private AeronDriver() {}

    /**
     * Runs until standard input ends.
     *
     * @param arguments the directory in which the sides meet
     * @throws IOException never
     */
    @SuppressWarnings("try") // the driver is used by others
    public static void main(String[] arguments) throws IOException {
        MediaDriver.Context context = new MediaDriver.Context()
                .aeronDirectoryName(
                        Path.of(arguments[0]).resolve(AeronIpc.DIRECTORY).toString())
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(new BackoffIdleStrategy())
                .termBufferSparseFile(false)
                .performStorageChecks(true)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true);
        try (MediaDriver driver = MediaDriver.launch(context)) {
            System.out.println("ready 0");
            while (System.in.read() >= 0) {}
        }
        System.exit(0);
    }
}
