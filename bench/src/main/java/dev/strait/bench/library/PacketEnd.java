package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Payload;
import dev.strait.bench.side.Sink;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Messages through what keeps them apart, each by a system call of its own: bench/c/packets.h in Java. It only sleeps. */
abstract class PacketEnd implements End {
    private final Payload payload;
    private final ByteBuffer outgoing;
    private final ByteBuffer incoming;
    private Sink sink;

    /**
     * Makes the buffers.
     *
     * @param parameters of this side
     * @param incoming where messages are received
     */
    PacketEnd(Parameters parameters, ByteBuffer incoming) {
        if (parameters.spins()) {
            throw new UnsupportedOperationException("only sleeps");
        }
        this.payload = new Payload(parameters);
        this.outgoing = ByteBuffer.allocateDirect(parameters.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        this.incoming = incoming.order(ByteOrder.LITTLE_ENDIAN);
    }

    PacketEnd(Parameters parameters) {
        this(parameters, ByteBuffer.allocateDirect(parameters.bytes()));
    }

    /**
     * Sends a message.
     *
     * @param message all of it
     */
    abstract void send(ByteBuffer message) throws IOException, InterruptedException;

    /**
     * Receives one.
     *
     * @param target the buffer for it, cleared
     * @return its length, or -1 when the peer is gone
     */
    abstract int receive(ByteBuffer target) throws IOException, InterruptedException;

    @Override
    public final void deliverTo(Sink newSink) {
        sink = newSink;
    }

    @Override
    public final boolean offer(long value) throws IOException {
        try {
            send(message(value));
        } catch (InterruptedException e) {
            throw (IOException) new InterruptedIOException().initCause(e);
        }
        return true;
    }

    private ByteBuffer message(long value) {
        if (payload.isLarge()) {
            return payload.stamp(value).clear();
        }
        payload.fill(outgoing.clear(), 0, value);
        return outgoing;
    }

    /** Receiving has put the message into memory of ours already: large ones are not copied again. */
    @Override
    public final int poll() throws IOException, InterruptedException {
        int length = receive(incoming.clear());
        if (length < 0) {
            return PEER_GONE;
        }
        payload.checkLength(length);
        sink.onMessage(payload.isLarge() ? payload.stamped(incoming, 0) : payload.check(incoming, 0, length));
        return 1;
    }
}
