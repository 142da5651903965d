package dev.strait.ring;

import dev.strait.Outcome;
import dev.strait.segment.Participant;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentMismatchException;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Peer;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The Java end of {@link RingPairingTest}, whose table, scenarios.txt, tells the commands. native/test/peer/ring_peer.c
 * is the same program in C.
 *
 * <p>Its own exceptions become the errno that C answers in their place:
 *
 * <ul>
 *   <li>{@link SegmentMismatchException}: EPERM when it is about an owner or a mode, else EPROTO.
 *   <li>{@link IllegalStateException}: EINVAL from a commit without a claim and from a wait that must not sleep; EBUSY
 *       from all else: a claim that is open, a call from inside a handler.
 *   <li>The exception of a handler that fails: EIO. A message of a stream that is not as sent: EBADMSG.
 * </ul>
 */
final class RingPeer extends Peer {
    private static final int BATCH = 100;
    private static final long STREAM_PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final MessageHandler PASS = (type, buffer, offset, length) -> true;

    /** What a mismatch is about when C answers EPERM. */
    private static final Set<String> FORBIDDEN = Set.of("owner's uid", "directory owner's uid", "mode");

    private static final Set<String> REFUSE_STATE_AS_EINVAL = Set.of("commit", "await-data", "await-space");

    private Ring ring;
    private RingWriter writer;
    private RingReader reader;
    private int claimedOffset;
    private int claimedLength;

    /** A handler's failure. */
    private static final class HandlerFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** A message of a stream that is not as it was sent. */
    private static final class Garbled extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** The command wants a ring, or a role, that is not there. */
    private static final class Missing extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private RingPeer() {
        addSegmentCommands();
        addWriterCommands();
        addReaderCommands();
    }

    public static void main(String[] arguments) throws IOException {
        new RingPeer().serve();
    }

    @Override
    protected boolean isRegistered() {
        return Rings.someoneSleeps(ring);
    }

    @Override
    protected String symbolOfOwn(Call call, Exception failure) {
        if (failure instanceof SegmentMismatchException e) {
            return FORBIDDEN.contains(e.what()) ? "EPERM" : "EPROTO";
        } else if (failure instanceof IllegalStateException) {
            return REFUSE_STATE_AS_EINVAL.contains(call.word(0)) ? "EINVAL" : "EBUSY";
        } else if (failure instanceof HandlerFailure) {
            return "EIO";
        } else if (failure instanceof Garbled) {
            return "EBADMSG";
        } else if (failure instanceof Missing) {
            return "EBADF";
        }
        return null;
    }

    private String symbol(String command, Exception failure) {
        return symbol(new Call(List.of(command)), failure);
    }

    // ---- Rings and segments ------------------------------------------------------------------------------------

    private void addSegmentCommands() {
        command("create", call -> attach(Ring.create(call.word(1), creation(call))));
        command("open", call -> attach(Ring.open(call.word(1), opening(call))));
        command("open-or-create", call -> attach(Ring.openOrCreate(call.word(1), creation(call))));
        command(
                "create-memfd",
                call -> attach(Ring.createAnonymous(call.word(1), creation(call))) + " "
                        + ProcessHandle.current().pid() + " " + ring.segment().fd());
        command("open-memfd", call -> attach(Ring.openAnonymous(call.number(1), call.number(2), opening(call))));
        command("create-plain", call -> {
            Segment.create(call.word(1), segmentOptions(call)).close();
            return "created";
        });
        act("unlink", call -> Ring.unlink(call.word(1), opening(call)));
        ask("is-linked", call -> ring().segment().isLinked());
        command("epoch", call -> String.format("%016x", ring().segment().epoch()));
        command("segment-bytes", call -> Long.toString(ring().segment().sizeBytes()));
        command("capacity", call -> Integer.toString(ring().capacity()));
        ask("is-spin-only", call -> ring().isSpinOnly());
        command("policy", call -> ring().readerPolicy().toString());
        command("participants", call -> ring().segment().participants().stream()
                .map(RingPeer::describe)
                .collect(Collectors.joining(" ")));
        act("discard", call -> ring().discardUnread());
        command("writer-peer", call -> stateOf(writer().peer()));
        command("reader-peer", call -> stateOf(reader().peer()));
        command("user-bytes", call -> Integer.toString(ring().segment().region().capacity()));
        command("user-put", call -> {
            ByteBuffer range = ring().segment().region().slice(call.number(1), call.number(2));
            Payload.fill(range, 0, range.capacity(), call.number(3));
            return sumOf(range, 0, range.capacity());
        });
        command("user-get", call -> {
            ByteBuffer range = ring().segment().region().slice(call.number(1), call.number(2));
            return sumOf(range, 0, range.capacity());
        });
    }

    private static String describe(Participant participant) {
        return participant.state()
                + (participant.isWriter() ? "+writer" : "")
                + (participant.isReader() ? "+reader" : "");
    }

    private static String stateOf(Optional<Participant> peer) {
        return peer.map(participant -> participant.state().toString()).orElse("nobody");
    }

    private SegmentOptions segmentOptions(Call call) {
        SegmentOptions options = SegmentOptions.defaults()
                .directory(directory())
                .userBytes(call.option("user", 10, 0))
                .mode(call.option("mode", 8, 0600))
                .timeout(Duration.ofMillis(call.option("timeout", 10, 0)));
        return call.has("replace") ? options.replaceAbandoned() : options;
    }

    private RingOptions opening(Call call) {
        return RingOptions.defaults().segment(segmentOptions(call));
    }

    private RingOptions creation(Call call) {
        RingOptions options = opening(call).laneBytes(call.number(2));
        RingOptions policed = call.has("release") ? options.readerPolicy(ReaderPolicy.RELEASE) : options;
        return call.has("spin-only") ? policed.spinOnly() : policed;
    }

    private String attach(Ring attached) {
        close();
        ring = attached;
        return attached.segment().wasCreated() ? "created" : "opened";
    }

    @Override
    protected void close() {
        if (ring != null) {
            ring.close();
        }
        ring = null;
        writer = null;
        reader = null;
        claimedOffset = 0;
    }

    private Ring ring() {
        return present(ring);
    }

    private static <T> T present(T thing) {
        if (thing == null) {
            throw new Missing();
        }
        return thing;
    }

    // ---- Writing -----------------------------------------------------------------------------------------------

    private void addWriterCommands() {
        act("writer", call -> {
            writer = ring().openWriter();
        });
        act("close-writer", call -> writer().close());
        command("claim", call -> claimed(call, writer().claim(call.number(1), call.number(2))));
        command("claim-more", call -> claimed(call, writer().claimMore(call.number(1), call.number(2))));
        command("fill", this::fill);
        command("commit", call -> done(writer().commit()));
        act("abort", call -> writer().abort());
        command("offer", this::offer);
        command("await-space", call -> {
            Wait wait = call.begin(2);
            return wait.reply(writer().awaitSpace(call.number(1), wait.policy(), wait.timeoutNs()));
        });
        command("writer-position", call -> Long.toString(writer().position()));
        command("free", call -> Long.toString(writer().freeBytes()));
        act("interrupt-writer", call -> {
            present(writer);
            interrupt();
        });
        command("stream", this::stream);
    }

    private RingWriter writer() {
        return present(writer);
    }

    private String claimed(Call call, int offset) {
        if (offset <= 0) {
            return outcome(offset);
        }
        claimedOffset = offset;
        claimedLength = call.number(2);
        return offset % 8 == 0 ? "ok" : "not aligned, ok";
    }

    private String fill(Call call) {
        if (claimedOffset == 0) {
            throw new Missing();
        }
        ByteBuffer lane = writer().buffer();
        Payload.fill(lane, claimedOffset, claimedLength, call.number(1));
        return sumOf(lane, claimedOffset, claimedLength);
    }

    private String offer(Call call) {
        RingWriter to = writer();
        int length = call.number(2);
        ByteBuffer payload = ByteBuffer.allocate(Math.max(0, length));
        Payload.fill(payload, 0, length, call.number(3));
        int result = to.offer(call.number(1), payload, 0, length);
        return result == 0 ? "ok " + sumOf(payload, 0, length) : outcome(result);
    }

    private String stream(Call call) throws InterruptedException {
        int count = call.number(1);
        long seed = call.number(2);
        long digest = 0;
        ByteBuffer lane = writer().buffer();
        for (int i = 0; i < count; i++) {
            int length = Payload.streamLength(seed, i, ring.capacity());
            int offset = claimOrWait(call, i, length);
            if (offset < 0) {
                return outcome(offset);
            }
            Payload.fill(lane, offset, length, Payload.streamSeed(seed, i));
            digest = Payload.digest(digest, Payload.sum(lane, offset, length));
            if (i + 1 == count || i % 5 % 2 == 0) { // batches of one to three messages
                int result = writer.commit();
                if (result != 0) {
                    return outcome(result);
                }
            }
        }
        return String.format("ok %016x", digest);
    }

    /** Claims, and waits when the lane is full, after publishing what stands in its own way. */
    private int claimOrWait(Call call, int type, int length) throws InterruptedException {
        for (; ; ) {
            int offset = writer.claimMore(type, length);
            if (offset != Outcome.FULL) {
                return offset;
            }
            try {
                int result = writer.commit();
                if (result != 0) {
                    return result;
                }
            } catch (IllegalStateException nothingClaimed) {
                // Then all of it was published before.
            }
            int outcome = writer.awaitSpace(length, call.policy(), STREAM_PATIENCE_NS);
            if (outcome != Outcome.READY) {
                return outcome;
            }
        }
    }

    // ---- Reading -----------------------------------------------------------------------------------------------

    private void addReaderCommands() {
        act("reader", call -> {
            reader = ring().openReader();
        });
        act("close-reader", call -> reader().close());
        command("poll", call -> new Polling(0, 0, null).poll(call.number(1)));
        command("poll-stop", call -> new Polling(call.number(1), 0, null).poll(BATCH));
        command("poll-fail", call -> new Polling(0, call.number(1), null).poll(BATCH));
        command("poll-into", call -> new Polling(0, 0, call.word(1)).poll(BATCH));
        command("skip", call -> outcomeOrCount(reader().skip()));
        command("await-data", call -> {
            Wait wait = call.begin(1);
            return wait.reply(reader().awaitData(wait.policy(), wait.timeoutNs()));
        });
        command("reader-position", call -> Long.toString(reader().position()));
        command("available", call -> Long.toString(reader().availableBytes()));
        act("interrupt-reader", call -> {
            present(reader);
            interrupt();
        });
        command("drain", this::drain);
    }

    private RingReader reader() {
        return present(reader);
    }

    /** What a handler does, and what it saw: " type:length:sum" for each message. */
    private final class Polling implements MessageHandler {
        private final int stopAt; // 0 for never, as failAt
        private final int failAt;
        private final String into; // what it calls
        private final StringBuilder messages = new StringBuilder();
        private int seen;

        Polling(int stopAt, int failAt, String into) {
            this.stopAt = stopAt;
            this.failAt = failAt;
            this.into = into;
        }

        String poll(int limit) {
            String result;
            try {
                result = outcomeOrCount(reader().poll(this, limit));
            } catch (RuntimeException e) {
                result = "error " + symbol("poll", e);
            }
            return result + messages;
        }

        @Override
        public boolean onMessage(int type, ByteBuffer buffer, int offset, int length) {
            seen++;
            if (seen == failAt) {
                throw new HandlerFailure();
            }
            messages.append(' ').append(type).append(':').append(length).append(':');
            messages.append(sumOf(buffer, offset, length));
            if (offset % 8 != 0) {
                messages.append(" not aligned");
            }
            if (into != null) {
                messages.append(' ').append(callInto());
            }
            return seen != stopAt;
        }

        private String callInto() {
            try {
                return switch (into) {
                    case "poll" -> outcomeOrCount(reader.poll(PASS, 1));
                    case "skip" -> outcomeOrCount(reader.skip());
                    case "await" -> outcome(reader.awaitData(WaitPolicy.SLEEP, 0));
                    case "free" -> Long.toString(writer.freeBytes());
                    default -> {
                        reader.close();
                        yield "0";
                    }
                };
            } catch (InterruptedException | RuntimeException e) {
                return "error " + symbol(into, e);
            }
        }
    }

    private String drain(Call call) {
        Draining draining = new Draining(call.number(1), call.number(2));
        int result = 0;
        try {
            while (draining.seen < draining.count && result >= 0) {
                result = reader().poll(draining, BATCH, call.policy(), STREAM_PATIENCE_NS);
            }
        } catch (InterruptedException | RuntimeException e) {
            return "error " + symbol("drain", e) + " at message " + draining.seen;
        }
        return result < 0
                ? outcome(result) + " at message " + draining.seen
                : String.format("ok %016x", draining.digest);
    }

    private final class Draining implements MessageHandler {
        private final int count;
        private final long seed;
        private int seen;
        private long digest;

        Draining(int count, long seed) {
            this.count = count;
            this.seed = seed;
        }

        @Override
        public boolean onMessage(int type, ByteBuffer buffer, int offset, int length) {
            if (type != seen
                    || length != Payload.streamLength(seed, seen, ring.capacity())
                    || !Payload.matches(buffer, offset, length, Payload.streamSeed(seed, seen))) {
                throw new Garbled();
            }
            digest = Payload.digest(digest, Payload.sum(buffer, offset, length));
            seen++;
            return seen != count;
        }
    }

    // ---- Replies -----------------------------------------------------------------------------------------------

    private static String sumOf(ByteBuffer bytes, int offset, int length) {
        return String.format("%08x", Payload.sum(bytes, offset, length));
    }

    private static String outcome(int outcome) {
        return Outcome.toString(outcome);
    }

    private static String outcomeOrCount(int result) {
        return result > 0 ? Integer.toString(result) : outcome(result);
    }
}
