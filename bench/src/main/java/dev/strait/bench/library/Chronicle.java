package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Payload;
import dev.strait.bench.side.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.threads.Pauser;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Chronicle Queue on tmpfs, a queue for each direction. It keeps what it carries, so the driver bounds the number of
 * messages.
 */
public final class Chronicle implements Library {
    private static final long BLOCK_BYTES = 64 << 20;

    static {
        Jvm.disableDebugHandler();
        Jvm.setPerfExceptionHandler(null);
    }

    private static ChronicleQueue queue(Path path, long blockBytes) {
        return SingleChronicleQueueBuilder.binary(path)
                .rollCycle(RollCycles.FAST_DAILY)
                .blockSize(blockBytes)
                .build();
    }

    @Override
    public End open(Parameters parameters) {
        return new Queues(parameters);
    }

    @Override
    public void cycle(Path directory) throws IOException {
        Path path = directory.resolve("cycle");
        Bytes<byte[]> message = Bytes.wrapForRead(new byte[64]);
        try (ChronicleQueue queue = queue(path, 1 << 20);
                ExcerptAppender appender = queue.createAppender();
                ExcerptTailer tailer = queue.createTailer()) {
            appender.writeBytes(message);
            try (DocumentContext document = tailer.readingDocument()) {
                if (!document.isPresent()) {
                    throw new IOException("no message");
                }
            }
        }
        delete(path);
    }

    private static void delete(Path directory) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }

    private static final class Queues implements End {
        private final ChronicleQueue outQueue;
        private final ChronicleQueue inQueue;
        private final ExcerptAppender appender;
        private final ExcerptTailer tailer;
        private final Payload payload;
        private final BytesStore<?, ByteBuffer> source;
        private final Bytes<ByteBuffer> target;
        private final int bytes;
        private final boolean spins;
        private final Pauser pauser = Pauser.balanced();
        private Sink sink;

        Queues(Parameters parameters) {
            bytes = parameters.bytes();
            spins = parameters.spins();
            payload = new Payload(parameters);
            source = BytesStore.wrap(payload.stamp(0));
            target = Bytes.wrapForWrite(payload.target());
            outQueue = queue(parameters.dir().resolve(parameters.direction(true)), BLOCK_BYTES);
            inQueue = queue(parameters.dir().resolve(parameters.direction(false)), BLOCK_BYTES);
            appender = outQueue.createAppender();
            tailer = inQueue.createTailer();
            appender.singleThreadedCheckDisabled(true);
            tailer.singleThreadedCheckDisabled(true);
        }

        @Override
        public void deliverTo(Sink newSink) {
            sink = newSink;
        }

        @Override
        public boolean offer(long value) {
            try (DocumentContext document = appender.writingDocument()) {
                Bytes<?> message = document.wire().bytes();
                if (payload.isLarge()) {
                    payload.stamp(value);
                    message.write(source, 0L, bytes);
                } else {
                    fillWords(message, value);
                }
            }
            return true;
        }

        private void fillWords(Bytes<?> message, long value) {
            if (bytes == Payload.WORDWISE_BYTES) {
                fill(message, value, Payload.WORDWISE_BYTES);
            } else {
                fill(message, value, bytes);
            }
        }

        private static void fill(Bytes<?> message, long value, int size) {
            for (int offset = 0; offset < size; offset += 8) {
                message.writeLong(value + offset);
            }
        }

        @Override
        public int poll() throws IOException {
            int count = pollBatch();
            while (count == 0 && !spins) {
                pauser.pause();
                count = pollBatch();
            }
            pauser.reset();
            return count;
        }

        private int pollBatch() throws IOException {
            int count = 0;
            while (count < POLL_LIMIT && pollOne()) {
                count++;
            }
            return count;
        }

        private boolean pollOne() throws IOException {
            long value;
            try (DocumentContext document = tailer.readingDocument()) {
                if (!document.isPresent()) {
                    return false;
                }
                value = check(document.wire().bytes());
            }
            sink.onMessage(value);
            return true;
        }

        private long check(Bytes<?> message) {
            payload.checkLength((int) message.readRemaining());
            if (payload.isLarge()) {
                target.clear();
                message.read(target, bytes);
                return payload.stamped(payload.target(), 0);
            }
            return bytes == Payload.WORDWISE_BYTES
                    ? checkWords(message, Payload.WORDWISE_BYTES)
                    : checkWords(message, bytes);
        }

        private static long checkWords(Bytes<?> message, int size) {
            long value = message.readLong();
            long difference = 0;
            for (int offset = 8; offset < size; offset += 8) {
                difference |= message.readLong() ^ (value + offset);
            }
            Payload.checkDifference(difference, value);
            return value;
        }

        @Override
        public void close() {
            outQueue.close();
            inQueue.close();
        }
    }
}
