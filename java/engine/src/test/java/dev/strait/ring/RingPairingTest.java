package dev.strait.ring;

import static org.assertj.core.api.Assertions.fail;

import dev.strait.testing.PairingTable;
import dev.strait.testing.PairingTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** What a ring does, with a writer, W, and a reader, R, in two processes, in each pairing of Java and C. */
final class RingPairingTest extends PairingTest {
    RingPairingTest() {
        super(
                new PairingTable(
                        "/dev/strait/ring/scenarios.txt",
                        "WR",
                        "ring_peer",
                        RingPeer.class,
                        Map.of('V', RingPairingTest::vandalise)),
                90);
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
