package dev.strait.descriptor;

import dev.strait.internal.BufferParts;
import java.nio.ByteBuffer;

/** One system call between a descriptor and buffers, whose positions it moves. Results as the native ones. */
final class Bytes {
    private Bytes() {}

    static long read(int fd, ByteBuffer target) {
        int position = target.position();
        long result = target.isDirect()
                ? DescriptorNative.read(fd, target, position, target.remaining())
                : DescriptorNative.readArray(fd, target.array(), target.arrayOffset() + position, target.remaining());
        if (result > 0) {
            target.position(position + (int) result);
        }
        return result;
    }

    static long write(int fd, ByteBuffer source) {
        int position = source.position();
        int length = source.remaining();
        long result;
        if (source.isDirect()) {
            result = DescriptorNative.write(fd, source, position, length);
        } else if (source.hasArray()) {
            result = DescriptorNative.writeArray(fd, source.array(), source.arrayOffset() + position, length);
        } else {
            byte[] copy = new byte[length];
            source.duplicate().get(copy);
            result = DescriptorNative.writeArray(fd, copy, 0, length);
        }
        if (result > 0) {
            source.position(position + (int) result);
        }
        return result;
    }

    static long readv(int fd, BufferParts parts) {
        return parts.moved(DescriptorNative.readv(fd, parts.direct, parts.bounds));
    }

    static long writev(int fd, BufferParts parts) {
        return parts.moved(DescriptorNative.writev(fd, parts.direct, parts.bounds));
    }
}
