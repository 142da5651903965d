package dev.strait.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Plays a table of scenarios. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class PairingTest {
    private final PairingTable table;
    private final int fewest;

    /** A test with no fewer scenarios than that. */
    protected PairingTest(PairingTable table, int fewest) {
        this.table = table;
        this.fewest = fewest;
    }

    @AfterAll
    final void endPeers() throws IOException {
        table.close();
    }

    @TestFactory
    final Stream<DynamicTest> scenarios() {
        return table.tests();
    }

    @Test
    final void the_table_has_its_scenarios() {
        assertThat(table.scenarios())
                .hasSizeGreaterThanOrEqualTo(fewest)
                .allSatisfy(scenario -> assertThat(scenario.steps()).isNotEmpty());
    }
}
