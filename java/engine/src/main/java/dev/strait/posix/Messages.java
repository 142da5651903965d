package dev.strait.posix;

import dev.strait.internal.BufferParts;
import java.nio.ByteBuffer;

/** One system call between a queue and a buffer, whose position it moves. Results as the native ones. */
final class Messages {
    private Messages() {}

    static long send(int fd, ByteBuffer source, int priority) {
        int position = source.position();
        int length = source.remaining();
        int result;
        if (source.isDirect()) {
            result = PosixQueueNative.send(fd, source, position, length, priority);
        } else if (source.hasArray()) {
            result = PosixQueueNative.sendArray(fd, source.array(), source.arrayOffset() + position, length, priority);
        } else {
            byte[] copy = new byte[length];
            source.duplicate().get(copy);
            result = PosixQueueNative.sendArray(fd, copy, 0, length, priority);
        }
        if (result == 0) {
            source.position(position + length);
        }
        return result;
    }

    /** The priority. */
    static long receive(int fd, ByteBuffer target) {
        BufferParts.checkWritable(target);
        int position = target.position();
        long result = target.isDirect()
                ? PosixQueueNative.receive(fd, target, position, target.remaining())
                : PosixQueueNative.receiveArray(
                        fd, target.array(), target.arrayOffset() + position, target.remaining());
        if (result < 0) {
            return result;
        }
        target.position(position + (int) result);
        return result >>> Integer.SIZE;
    }
}
