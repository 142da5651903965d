package dev.strait.signal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.testing.Jvm;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signals for the whole JVM, with and without the agent. */
final class ProcessWideTest {
    private static final Signal SIGNAL = Signal.realTime(6);

    @TempDir
    Path directory;

    private static Jvm peer() {
        return Jvm.of(ProcessWidePeer.class);
    }

    private Jvm withAgent(String signals) throws IOException {
        return peer().option(Agents.option(directory, signals));
    }

    @Test
    void children_inherit_no_trace_of_ours() throws Exception {
        String plain = Jvm.of(ProcessWidePeer.Plain.class).succeed();
        assertThat(plain).contains("SigBlk").contains("SigIgn").contains("ShdPnd");
        assertThat(peer().succeed("inherit")).isEqualTo(plain.repeat(21));
        assertThat(withAgent("USR1,RTMIN+6").succeed("inherit")).isEqualTo(plain.repeat(21));
    }

    @Test
    void chld_and_the_wait_for_a_process_do_not_disturb_each_other() throws Exception {
        assertThat(peer().succeed("children")).isEqualTo("50 children\n");
    }

    @Test
    void closing_restores_disposition_and_masks_and_drops_what_is_pending() throws Exception {
        try (Jvm.Child child = peer().start("restore")) {
            assertThat(child.line()).isEqualTo("true false false");
            assertThat(child.process().waitFor()).isEqualTo(128 + SIGNAL.number());
        }
    }

    @Test
    void what_is_sent_to_an_agents_jvm_waits_for_its_dispatcher() throws Exception {
        expectEarlySignal(withAgent("RTMIN+6"));
    }

    @Test
    void the_agent_is_loaded_by_java_tool_options_too_and_blocks_real_time_signals() throws Exception {
        String option = Agents.option(directory, "");
        expectEarlySignal(peer().environment("JAVA_TOOL_OPTIONS", option));
    }

    private static void expectEarlySignal(Jvm jvm) throws Exception {
        try (Jvm.Child child = jvm.start("early")) {
            String line = child.line();
            assertThat(line.startsWith("Picked up") ? child.line() : line).isEqualTo("ready");
            SignalTarget.process((int) child.process().pid()).send(SIGNAL, 4);
            child.process().getOutputStream().write('\n');
            child.process().getOutputStream().flush();
            assertThat(child.rest()).isEqualTo("early 4\nlate 5\n");
        }
    }

    @Test
    void an_agent_refuses_what_no_dispatcher_could_take() throws Exception {
        for (String name : new String[] {"KILL", "USR2", "SEGV", "NONE", "RTMAX-3"}) {
            assertThat(Jvm.of(ProcessWidePeer.Plain.class)
                            .option(Agents.option(directory, name))
                            .fail())
                    .contains("strait agent: " + name + ": ");
            directory.resolve("libstrait.so").toFile().delete();
        }
    }
}
