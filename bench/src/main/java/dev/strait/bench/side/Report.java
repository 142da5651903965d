package dev.strait.bench.side;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** What a side says to the driver, in lines of text. */
final class Report {
    private static final int DIGITS = 3;

    private final PrintStream out;
    private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    Report(PrintStream out) {
        this.out = out;
    }

    static Histogram newHistogram() {
        return new Histogram(DIGITS);
    }

    /** The number of the calling thread, as the kernel has it. */
    static String thread() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self"))
                .getFileName()
                .toString();
    }

    /** Says that it is ready, and which thread works, and waits for the word to go. */
    void ready() throws IOException {
        out.println("ready " + thread());
        if (in.readLine() == null) {
            throw new IOException("the driver is gone");
        }
        Thread thread = new Thread(this::endWithTheDriver, "driver");
        thread.setDaemon(true);
        thread.start();
    }

    /** Who waits for a peer that is gone, with nobody left to end it, does not spin for ever. */
    private void endWithTheDriver() {
        try {
            waitForever();
        } catch (IOException e) {
            // as good as its end
        }
        Runtime.getRuntime().halt(1);
    }

    private void waitForever() throws IOException {
        while (in.readLine() != null) {}
    }

    void say(String name, long value) {
        out.println(name + " " + value);
    }

    void cannot(String why) {
        out.println("cannot " + why);
    }

    void say(Histogram histogram) {
        StringBuilder line = new StringBuilder("histogram");
        for (HistogramIterationValue value : histogram.recordedValues()) {
            line.append(' ')
                    .append(histogram.lowestEquivalentValue(value.getValueIteratedTo()))
                    .append(':')
                    .append(value.getCountAtValueIteratedTo());
        }
        out.println(line);
    }

    void done() {
        out.println("done");
    }
}
