package dev.strait.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What ci/bench understands. */
final class OptionsTest {
    private static final Path ROOT = Path.of("/project");

    @Test
    void without_options_all_are_compared_with_others_and_kept() throws Options.Wrong {
        Options options = Options.parse(ROOT);
        assertThat(options.comparisons()).containsExactlyElementsOf(Comparison.WITH_OTHERS);
        assertThat(options.others()).isEqualTo(Subject.OTHERS);
        assertThat(options.pace()).isEqualTo(Pace.FULL);
        assertThat(options.charts()).isEqualTo(Path.of("/project/bench/results"));
        assertThat(options.json()).isEqualTo(Path.of("/project/bench/results/results.json"));
    }

    @Test
    void a_quick_or_partial_run_does_not_touch_what_is_kept() throws Options.Wrong {
        assertThat(Options.parse(ROOT, "--quick").charts()).isEqualTo(Path.of("/project/target/bench"));
        assertThat(Options.parse(ROOT, "--only", "load").charts()).isEqualTo(Path.of("/project/target/bench"));
        assertThat(Options.parse(ROOT, "--other", "pipe").charts()).isEqualTo(Path.of("/project/target/bench"));
    }

    @Test
    void names_choose_comparisons_and_others() throws Options.Wrong {
        Options options =
                Options.parse(ROOT, "--only", "load,rtt-64B", "--other", "pipe,none", "--rounds", "7", "--json", "a");
        assertThat(options.comparisons()).containsExactly(Comparison.LOAD, Comparison.RTT_64B);
        assertThat(options.others()).extracting(subject -> subject.label).containsExactly("pipe");
        assertThat(options.pace().rounds()).isEqualTo(7);
        assertThat(options.json()).isEqualTo(Path.of("a"));
    }

    @Test
    void none_alone_compares_with_nobody() throws Options.Wrong {
        assertThat(Options.parse(ROOT, "--other", "none").others()).isEmpty();
    }

    @Test
    void wrappers_are_a_group_of_comparisons() throws Options.Wrong {
        Options options = Options.parse(ROOT, "--only", "wrappers");
        assertThat(options.comparisons()).containsExactlyElementsOf(Comparison.WRAPPERS);
        assertThat(options.mechanisms()).isEmpty();
    }

    @Test
    void mechanisms_are_drawn_instead_of_compared() throws Options.Wrong {
        Options options = Options.parse(ROOT, "--mechanisms");
        assertThat(options.mechanisms()).isEqualTo(Mechanism.DRAWN);
        assertThat(options.comparisons()).isEmpty();
        assertThat(options.pace()).isEqualTo(Pace.MECHANISMS);
        assertThat(options.json()).isEqualTo(Path.of("/project/bench/results/mechanisms.json"));
    }

    @Test
    void some_mechanisms_or_quickly_does_not_touch_what_is_kept() throws Options.Wrong {
        Options some = Options.parse(ROOT, "--mechanisms", "--only", "ring,pipe");
        assertThat(some.mechanisms()).extracting(mechanism -> mechanism.label).containsExactly("ring", "pipe");
        assertThat(some.json()).isEqualTo(Path.of("/project/target/bench/mechanisms.json"));
        Options quick = Options.parse(ROOT, "--quick", "--mechanisms");
        assertThat(quick.charts()).isEqualTo(Path.of("/project/target/bench"));
        assertThat(quick.pace()).isEqualTo(Pace.MECHANISMS_QUICK);
    }

    @Test
    void what_is_wrong_is_named() {
        refuses("no mechanism is called doors", "--mechanisms", "--only", "doors");
        refuses("--other", "--mechanisms", "--other", "pipe");
        refuses("rtt-64", "--only", "rtt-64");
        refuses("nng", "--other", "nng");
        refuses("--rounds 0", "--rounds", "0");
        refuses("--json needs a value", "--json");
        refuses("unknown option --fast", "--fast");
    }

    private static void refuses(String problem, String... arguments) {
        assertThatThrownBy(() -> Options.parse(ROOT, arguments))
                .isInstanceOf(Options.Wrong.class)
                .hasMessageContaining(problem);
    }
}
