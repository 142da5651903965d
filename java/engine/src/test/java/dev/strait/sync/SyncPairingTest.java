package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.testing.PairingTable;
import dev.strait.testing.Scenario;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What synchronisation objects do between two processes, in each pairing of Java and C. */
final class SyncPairingTest {
    private static final String SCENARIOS = "/dev/strait/sync/scenarios.txt";

    private static final PairingTable TABLE = new PairingTable(SCENARIOS, "AB", "sync_peer", SyncPeer.class, Map.of());

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
        assertThat(Scenario.all(SCENARIOS)).hasSizeGreaterThan(90).allSatisfy(scenario -> assertThat(scenario.steps())
                .isNotEmpty());
    }
}
