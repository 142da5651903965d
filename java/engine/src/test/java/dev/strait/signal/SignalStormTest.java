package dev.strait.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Jvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Three processes send real-time signals with payloads to a JVM, which allocates, starts threads, and lets 400 older ones end,
 * under Flight Recorder, while jcmd dumps its threads. STRAIT_TEST_SHARE says how many: 1 is a tenth of the whole, 10 is all
 * of it, with all collectors.
 */
final class SignalStormTest {
    private static final double SHARE = Double.parseDouble(System.getenv().getOrDefault("STRAIT_TEST_SHARE", "1"));
    private static final int SENDERS = 3;
    private static final int SIGNALS = (int) (2_000 * Math.min(SHARE, 10));
    private static final int STANDARD_SIGNALS = (int) (100 * Math.min(SHARE, 10));
    private static final String USUAL = "UseG1GC";

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    @TempDir
    Path recordings;

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "thread, UseG1GC",
        "process, UseG1GC",
        "agent, UseG1GC",
        "thread, UseZGC",
        "process, UseZGC",
        "agent, UseZGC"
    })
    void all_signals_of_three_senders_arrive_once_and_in_order_where_that_is_promised(String mode, String collector)
            throws Exception {
        assumeTrue(SHARE >= 10 || collector.equals(USUAL), "with other collectors in the long tests");
        String peersMode = mode.equals("thread") ? "thread" : "process";
        Jvm jvm = Jvm.of(StormPeer.class)
                .option(
                        "-XX:+" + collector,
                        "-Xmx256m",
                        "-XX:StartFlightRecording=settings=profile,filename=" + recordings.resolve("storm.jfr"),
                        "-Xlog:jfr+startup=error");
        if (mode.equals("agent")) {
            jvm.option(Agents.option(recordings, "USR1,RTMIN+6,RTMIN+7,RTMIN+8"));
        }
        try (Jvm.Child peer = jvm.start(peersMode, directory.toString(), SIGNALS + "")) {
            assertThat(peer.line()).isEqualTo("ready");
            List<Jvm.Child> senders = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                senders.add(Jvm.of(StormPeer.Sender.class)
                        .start(
                                peersMode,
                                directory.toString(),
                                SIGNALS + "",
                                i + "",
                                peer.process().pid() + ""));
            }
            while (senders.stream().anyMatch(sender -> sender.process().isAlive())) {
                dumpThreads(peer);
            }
            for (Jvm.Child sender : senders) {
                assertThat(sender.rest()).isEqualTo("sent\n");
                sender.close();
            }
            peer.process().getOutputStream().write('\n');
            peer.process().getOutputStream().flush();
            for (int i = 0; i < SENDERS; i++) {
                String order = mode.equals("process") ? "" : " in order";
                assertThat(peer.line()).startsWith(SIGNALS + " once" + order);
            }
            assertThat(peer.rest()).isEqualTo("end\n");
            assertThat(peer.process().waitFor()).isZero();
        }
    }

    private static void dumpThreads(Jvm.Child peer) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        peer.process().pid() + "",
                        "Thread.print")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectErrorStream(true)
                .start();
        assertThat(jcmd.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(jcmd.exitValue()).isZero();
    }

    @Test
    void standard_signals_sent_one_after_the_others_arrival_all_arrive() throws Exception {
        try (Jvm.Child peer = Jvm.of(StormPeer.class).option("-Xmx256m").start("process", directory.toString(), "0")) {
            assertThat(peer.line()).isEqualTo("ready");
            SignalTarget target = SignalTarget.process((int) peer.process().pid());
            for (int i = 1; i <= STANDARD_SIGNALS; i++) {
                target.send(Signal.of("USR1"));
                assertThat(peer.line()).isEqualTo("USR1 " + i);
            }
            peer.process().getOutputStream().write('\n');
            peer.process().getOutputStream().flush();
            assertThat(peer.rest()).endsWith("end\n");
        }
    }
}
