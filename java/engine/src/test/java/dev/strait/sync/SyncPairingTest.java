package dev.strait.sync;

import dev.strait.testing.PairingTable;
import dev.strait.testing.PairingTest;
import java.util.Map;

/** What synchronisation objects do between two processes, in each pairing of Java and C. */
final class SyncPairingTest extends PairingTest {
    SyncPairingTest() {
        super(new PairingTable("/dev/strait/sync/scenarios.txt", "AB", "sync_peer", SyncPeer.class, Map.of()), 90);
    }
}
