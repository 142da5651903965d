package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Payload;
import dev.strait.bench.side.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Messages of one size through channels that carry bytes: bench/c/stream.h in Java. */
final class StreamEnd implements End {
    private static final int BUFFER_BYTES = 1 << 16;

    private final ReadableByteChannel in;
    private final WritableByteChannel out;
    private final Payload payload;
    private final int bytes;
    private final ByteBuffer outgoing;
    /** Holds whole messages, so that none wraps. */
    private final ByteBuffer incoming;

    private int parsed;
    private Sink sink;

    StreamEnd(ReadableByteChannel in, WritableByteChannel out, Parameters parameters) {
        this.in = in;
        this.out = out;
        this.payload = new Payload(parameters);
        this.bytes = parameters.bytes();
        int capacity = bytes > BUFFER_BYTES ? bytes : BUFFER_BYTES / bytes * bytes;
        this.outgoing = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
        this.incoming = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void deliverTo(Sink newSink) {
        sink = newSink;
    }

    @Override
    public boolean offer(long value) throws IOException {
        if (payload.isLarge()) {
            return writeAll(payload.stamp(value).clear());
        }
        outgoing.clear();
        payload.fill(outgoing, 0, value);
        return writeAll(outgoing.limit(bytes));
    }

    @Override
    public int offerBatch(long value, int count) throws IOException {
        outgoing.clear();
        for (int i = 0; i < count; i++) {
            payload.fill(outgoing, i * bytes, value + i);
        }
        return writeAll(outgoing.limit(count * bytes)) ? count : 0;
    }

    /** Writes all, once it has written something. */
    private boolean writeAll(ByteBuffer from) throws IOException {
        if (out.write(from) == 0) {
            return false;
        }
        while (from.hasRemaining()) {
            out.write(from);
        }
        return true;
    }

    @Override
    public int poll() throws IOException {
        int got = read();
        if (got <= 0) {
            return got < 0 ? PEER_GONE : 0;
        }
        int count = 0;
        for (; incoming.position() - parsed >= bytes; count++) {
            int at = parsed;
            parsed += bytes;
            sink.onMessage(value(at));
        }
        if (parsed == incoming.position()) {
            incoming.clear();
            parsed = 0;
        }
        return count;
    }

    /** A peer that was killed while we had sent it something that it did not read resets the connection. */
    private int read() throws IOException {
        try {
            return in.read(incoming);
        } catch (IOException e) {
            if (e.getMessage() != null && e.getMessage().contains("reset")) {
                return -1;
            }
            throw e;
        }
    }

    /** A read has put the message into memory of ours already: large ones are not copied again. */
    private long value(int at) {
        return payload.isLarge() ? payload.stamped(incoming, at) : payload.check(incoming, at, bytes);
    }

    @Override
    public void close() throws IOException {
        out.close();
        in.close();
    }
}
