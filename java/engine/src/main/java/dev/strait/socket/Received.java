package dev.strait.socket;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What came along with bytes or a message. Closing it closes the descriptors that nobody has taken.
 *
 * @param length bytes of a stream, or the length that the message had; -1 at the end
 * @param isCut whether the message was longer than the room for it: its rest is gone
 * @param sender the address that the sender is bound to, of a datagram; unnamed when there is none
 * @param credentials who sent it, when {@linkplain UnixSocket#setPassesCredentials asked for}
 * @param descriptors in the order in which they were sent
 * @param isLess whether descriptors were sent that are not here: more than were wanted, or than this process may open
 *     (RLIMIT_NOFILE). They are closed
 */
public record Received(
        long length,
        boolean isCut,
        UnixAddress sender,
        Optional<Credentials> credentials,
        List<ReceivedDescriptor> descriptors,
        boolean isLess)
        implements AutoCloseable {

    static Received of(long length, int[] values, byte[] sender) {
        List<ReceivedDescriptor> descriptors = new ArrayList<>();
        for (int i = 0; i < values[7]; i++) {
            descriptors.add(new ReceivedDescriptor(values[SocketLayout.RECEIVED_HEAD + i]));
        }
        return new Received(
                length,
                values[0] != 0,
                UnixAddress.of(sender, values[6]),
                values[2] == 0 ? Optional.empty() : Optional.of(Credentials.of(values[3], values[4], values[5])),
                List.copyOf(descriptors),
                values[1] != 0);
    }

    /** Closes the descriptors that are still open. */
    @Override
    public void close() throws IOException {
        for (ReceivedDescriptor each : descriptors) {
            each.close();
        }
    }
}
