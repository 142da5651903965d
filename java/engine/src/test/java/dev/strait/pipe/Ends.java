package dev.strait.pipe;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Text through ends of pipes. */
final class Ends {
    static final long SOON_S = 20;

    private Ends() {}

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    static ByteBuffer direct(String text) {
        return ByteBuffer.allocateDirect(text.length()).put(bytes(text)).flip();
    }

    static void write(WritableByteChannel end, String text) throws IOException {
        assertThat(end.write(bytes(text))).isEqualTo(text.length());
    }

    static String text(ByteBuffer buffer) {
        byte[] text = new byte[buffer.flip().remaining()];
        buffer.get(text);
        return new String(text, US_ASCII);
    }

    /** What one read takes. */
    static String read(ReadableByteChannel end) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(100_000);
        return end.read(buffer) < 0 ? "the end" : text(buffer);
    }

    /** What there is until the end. */
    static String readAll(ReadableByteChannel end) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String some = read(end); !some.equals("the end"); some = read(end)) {
            all.append(some);
        }
        return all.toString();
    }

    static void assertErrno(String symbol, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.symbol())
                .isEqualTo(symbol));
    }
}
