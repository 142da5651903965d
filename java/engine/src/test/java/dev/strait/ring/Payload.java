package dev.strait.ring;

import java.nio.ByteBuffer;

/** Bytes that two languages make alike from a seed; native/test/peer/payload.h is the same in C. */
final class Payload {
    private static final int SHORT_LENGTH = 64;

    private Payload() {}

    static void fill(ByteBuffer bytes, int offset, int length, long seed) {
        long word = 0;
        for (int i = 0; i < length; i++) {
            if (i % 8 == 0) {
                word = wordAt(seed, i / 8);
            }
            bytes.put(offset + i, byteOf(word, i));
        }
    }

    static boolean matches(ByteBuffer bytes, int offset, int length, long seed) {
        long word = 0;
        for (int i = 0; i < length; i++) {
            if (i % 8 == 0) {
                word = wordAt(seed, i / 8);
            }
            if (bytes.get(offset + i) != byteOf(word, i)) {
                return false;
            }
        }
        return true;
    }

    /** FNV-1a. */
    static int sum(ByteBuffer bytes, int offset, int length) {
        int sum = 0x811c9dc5;
        for (int i = 0; i < length; i++) {
            sum = (sum ^ (bytes.get(offset + i) & 0xff)) * 0x01000193;
        }
        return sum;
    }

    /** The i-th message of a stream: half of them short, half up to half a lane. */
    static int streamLength(long seed, long i, int laneBytes) {
        long random = mix(seed ^ mix(i));
        int longest = (random & 1) != 0 ? SHORT_LENGTH : laneBytes / 2;
        return (int) ((random >>> 1) % (longest + 1));
    }

    static long streamSeed(long seed, long i) {
        return (seed << 32) + i;
    }

    /** A sum over sums. */
    static long digest(long digest, int sum) {
        return (digest ^ (sum & 0xffff_ffffL)) * 0x100000001b3L;
    }

    private static long mix(long value) {
        long x = value + 0x9e3779b97f4a7c15L;
        x = (x ^ x >>> 30) * 0xbf58476d1ce4e5b9L;
        x = (x ^ x >>> 27) * 0x94d049bb133111ebL;
        return x ^ x >>> 31;
    }

    private static long wordAt(long seed, int index) {
        return mix(mix(seed) + index);
    }

    private static byte byteOf(long word, int i) {
        return (byte) (word >>> (i % 8 * 8));
    }
}
