package dev.strait.socket;

import dev.strait.internal.BufferParts;
import java.nio.ByteBuffer;

/** One system call between a socket and buffers, whose positions it moves. Results as the native ones. */
final class SocketBytes {
    private SocketBytes() {}

    static long send(int fd, ByteBuffer source, byte[] receiver) {
        int position = source.position();
        int length = source.remaining();
        long result;
        if (source.isDirect()) {
            result = SocketNative.send(fd, source, position, length, receiver);
        } else if (source.hasArray() && length <= SocketLayout.ARRAY_BYTES_MAX) {
            result = SocketNative.sendArray(fd, source.array(), source.arrayOffset() + position, length, receiver);
        } else {
            return sendParts(fd, drain(source), receiver, null, null);
        }
        if (result > 0) {
            source.position(position + (int) result);
        }
        return result;
    }

    /** The result may be more than there was room for. */
    static long receive(int fd, ByteBuffer target, int flags) {
        int position = target.position();
        int room = target.remaining();
        long result;
        if (target.isDirect()) {
            result = SocketNative.receive(fd, target, position, room, flags);
        } else if (room <= SocketLayout.ARRAY_BYTES_MAX) {
            result = SocketNative.receiveArray(fd, target.array(), target.arrayOffset() + position, room, flags);
        } else {
            return receiveParts(fd, fill(target), flags);
        }
        if (result > 0) {
            target.position(position + (int) Math.min(result, room));
        }
        return result;
    }

    static BufferParts drain(ByteBuffer source) {
        return BufferParts.toDrain(new ByteBuffer[] {source}, 0, 1);
    }

    static BufferParts fill(ByteBuffer target) {
        return BufferParts.toFill(new ByteBuffer[] {target}, 0, 1);
    }

    static long sendParts(int fd, BufferParts parts, byte[] receiver, int[] descriptors, int[] credentials) {
        return parts.moved(SocketNative.sendParts(fd, parts.direct, parts.bounds, receiver, descriptors, credentials));
    }

    static long receiveParts(int fd, BufferParts parts, int flags) {
        return parts.moved(SocketNative.receiveParts(fd, parts.direct, parts.bounds, flags, 0, null, null));
    }
}
