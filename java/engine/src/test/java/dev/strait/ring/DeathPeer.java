package dev.strait.ring;

import dev.strait.segment.SegmentOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A writer that gets killed: {@code DeathPeer DIRECTORY wait|spawn|twice}. */
final class DeathPeer {
    private static final int CHILDREN = 8;

    private DeathPeer() {}

    public static void main(String[] arguments) throws Exception {
        RingOptions options =
                RingOptions.defaults().segment(SegmentOptions.defaults().directory(Path.of(arguments[0])));
        Ring ring = Ring.open("ring", options);
        RingWriter writer = ring.openWriter();
        for (int i = 0; i < 3; i++) {
            writer.offer(i, ByteBuffer.allocateDirect(8), 0, 8);
        }
        Ring second = arguments[1].equals("twice") ? Ring.open("ring", options) : null;
        System.out.println("ready");
        if (arguments[1].equals("spawn")) {
            spawn();
        }
        Thread.sleep(Long.MAX_VALUE);
        System.out.println(ring + " " + second); // they stay reachable
    }

    /** Children that outlive us, more and more of them; they end by themselves. */
    private static void spawn() throws Exception {
        for (int i = 0; ; i++) {
            Process child = new ProcessBuilder("sleep", "5")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (i == CHILDREN) {
                System.out.println("spawned");
            }
            if (i >= CHILDREN) {
                child.destroyForcibly().waitFor();
            }
        }
    }
}
