package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.strait.testing.PairingTable;
import dev.strait.testing.Scenario;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a ring does, with a writer, W, and a reader, R, in two processes, in each pairing of Java and C. */
final class RingPairingTest {
    private static final String SCENARIOS = "/dev/strait/ring/scenarios.txt";

    private static final PairingTable TABLE =
            new PairingTable(SCENARIOS, "WR", "ring_peer", RingPeer.class, Map.of('V', RingPairingTest::vandalise));

    @AfterAll
    static void endPeers() throws IOException {
        TABLE.close();
    }

    @TestFactory
    Stream<DynamicTest> scenarios() {
        return TABLE.tests();
    }

    @Test
    void the_table_has_its_scenarios() {
        assertThat(Scenario.all(SCENARIOS)).hasSizeGreaterThan(30).allSatisfy(scenario -> assertThat(scenario.steps())
                .isNotEmpty());
    }

    /** "NAME tail|cursor VALUE", "NAME length POSITION VALUE". */
    private static String vandalise(Path directory, String[] words) throws IOException {
        try (Vandal vandal = new Vandal(directory.resolve(words[0]))) {
            switch (words[1]) {
                case "tail" -> vandal.putTail(Long.parseLong(words[2]));
                case "cursor" -> vandal.putCursor(Long.parseLong(words[2]));
                case "length" -> vandal.putLength(Integer.parseInt(words[2]), Integer.parseInt(words[3]));
                default -> fail("no " + words[1]);
            }
        }
        return "ok";
    }
}
