package dev.strait.posix;

import dev.strait.descriptor.Descriptor;
import dev.strait.internal.Failure;
import java.io.IOException;

/** The socket that the kernel tells once of a queue: internal/posix_queue.h. */
final class PosixNotice extends Descriptor {
    private PosixNotice(int fd) {
        super(fd, "PosixNotice");
    }

    static PosixNotice open() throws IOException {
        int fd = PosixQueueNative.openNotice();
        if (fd < 0) {
            throw Failure.errno(fd, "socket", "AF_NETLINK");
        }
        return new PosixNotice(fd);
    }

    /** Whether a message has come; false when the registration was removed. */
    boolean await() throws IOException, InterruptedException {
        return performInterruptibly("recv", POLLIN, PosixQueueNative::receiveNotice) == 1;
    }
}
