package dev.strait;

import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Barrier;
import dev.strait.sync.Latch;
import dev.strait.sync.Lock;
import dev.strait.sync.Semaphore;
import dev.strait.sync.Sequence;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The other process of {@link VirtualThreadTest}: {@code DIRECTORY WHAT} on each line of its input. */
final class VirtualPeer {
    private static final List<Object> HELD = new ArrayList<>();

    private VirtualPeer() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            SegmentOptions options = SegmentOptions.defaults().directory(Path.of(words[0]));
            switch (words[1]) {
                case "writer", "reader" ->
                    open(Ring.open("ring", RingOptions.defaults().segment(options)), words[1]);
                default -> hold(Segment.open("shop", options), words[1]);
            }
            System.out.println("ok");
        }
        System.out.println(HELD); // they stay reachable
    }

    private static void open(Ring ring, String role) throws IOException {
        HELD.add(role.equals("writer") ? ring.openWriter() : ring.openReader());
    }

    private static void hold(Segment segment, String what) throws Exception {
        HELD.add(segment);
        switch (what) {
            case "few" -> Semaphore.open(segment, "few").acquire();
            case "door" -> Lock.open(segment, "door").lock();
            case "number" -> Sequence.open(segment, "number").join();
            case "ready" -> Latch.open(segment, "ready").join();
            case "round" -> Barrier.open(segment, "round").join();
            case "attach" -> {}
            case "release" -> release(Semaphore.open(segment, "items"));
            default -> throw new IllegalArgumentException(what);
        }
    }

    private static void release(Semaphore items) {
        for (int i = 0; i < VirtualThreadTest.RELEASES; i++) {
            items.release();
            LockSupport.parkNanos(10_000);
        }
    }
}
