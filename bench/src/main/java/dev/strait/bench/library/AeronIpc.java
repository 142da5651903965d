package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Sink;
import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Image;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.Header;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/** Aeron over shared memory: an exclusive publication for each direction, and a media driver of its own. */
public final class AeronIpc implements Library {
    /** Where the driver works, below the directory in which the sides meet. */
    static final String DIRECTORY = "aeron";

    private static final String CHANNEL = "aeron:ipc";
    /** Large messages go in as few fragments as possible. */
    private static final String LARGE_CHANNEL = "aeron:ipc?mtu=65504";

    private static final int LARGE_MESSAGE = 1 << 16;
    private static final int THERE = 1001;
    private static final int BACK = 1002;
    private static final int CYCLE = 1003;

    private Aeron cycling;

    private static Aeron connect(Path directory) {
        return Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(directory.resolve(DIRECTORY).toString())
                .preTouchMappedMemory(true));
    }

    @Override
    public End open(Parameters parameters) {
        return new Streams(parameters);
    }

    /** The client stays connected to its driver, which costs as much as a JVM's start. */
    @Override
    public void cycle(Path directory) throws IOException {
        if (cycling == null) {
            cycling = connect(directory);
        }
        UnsafeBuffer message = new UnsafeBuffer(new byte[64]);
        try (Subscription subscription = cycling.addSubscription(CHANNEL, CYCLE);
                Publication publication = cycling.addExclusivePublication(CHANNEL, CYCLE)) {
            while (publication.offer(message) < 0) {
                Thread.onSpinWait();
            }
            while (subscription.poll((buffer, offset, length, header) -> {}, 1) == 0) {
                Thread.onSpinWait();
            }
        }
    }

    private static final class Streams implements End {
        private static final long CONNECT_NS = TimeUnit.SECONDS.toNanos(20);

        private final Aeron aeron;
        private final ExclusivePublication publication;
        private final Subscription subscription;
        private final AgronaPayload payload;
        private final int bytes;
        private final boolean spins;
        private final BufferClaim claim = new BufferClaim();
        private final FragmentHandler handler;
        private final IdleStrategy idle = new BackoffIdleStrategy();
        private volatile boolean peerGone;
        private Sink sink;

        Streams(Parameters parameters) {
            bytes = parameters.bytes();
            spins = parameters.spins();
            payload = new AgronaPayload(parameters);
            handler = payload.isLarge() ? new FragmentAssembler(this::onFragment) : this::onFragment;
            aeron = connect(parameters.dir());
            String channel = bytes > LARGE_MESSAGE ? LARGE_CHANNEL : CHANNEL;
            subscription = aeron.addSubscription(
                    channel, parameters.first() ? BACK : THERE, image -> {}, this::onUnavailableImage);
            publication = aeron.addExclusivePublication(channel, parameters.first() ? THERE : BACK);
            awaitPeer();
        }

        private void awaitPeer() {
            long start = System.nanoTime();
            while (!publication.isConnected() || !subscription.isConnected()) {
                if (System.nanoTime() - start > CONNECT_NS) {
                    throw new IllegalStateException("no peer came");
                }
                idle.idle(0);
            }
        }

        private void onUnavailableImage(Image image) {
            peerGone = true;
        }

        @Override
        public void deliverTo(Sink newSink) {
            sink = newSink;
        }

        @Override
        public boolean offer(long value) throws IOException {
            if (payload.isLarge()) {
                return taken(publication.offer(payload.stamp(value), 0, bytes, null));
            }
            if (!taken(publication.tryClaim(bytes, claim))) {
                return false;
            }
            payload.fill(claim.buffer(), claim.offset(), value);
            claim.commit();
            return true;
        }

        private static boolean taken(long result) throws IOException {
            if (result > 0) {
                return true;
            }
            if (result != Publication.BACK_PRESSURED && result != Publication.ADMIN_ACTION) {
                throw new IOException("offer: " + Publication.errorString(result));
            }
            return false;
        }

        @Override
        public int poll() {
            int count = subscription.poll(handler, POLL_LIMIT);
            while (count == 0 && !spins && !peerGone) {
                idle.idle(count);
                count = subscription.poll(handler, POLL_LIMIT);
            }
            idle.reset();
            return count == 0 && peerGone ? PEER_GONE : count;
        }

        private void onFragment(DirectBuffer buffer, int offset, int length, Header header) {
            try {
                sink.onMessage(payload.check(buffer, offset, length));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            aeron.close();
        }
    }
}
