package dev.strait.posix;

import dev.strait.internal.Failure;
import dev.strait.internal.Lifeline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A part of a {@link PosixMemory} in the address space of this process, mmap(2). It lives on when the object is closed or
 * unlinked.
 *
 * <p><b>Closing</b> never crashes the JVM: views that are still around read zeros, and what is written to them is lost; the
 * address space is given back when the last of them is unreachable. A mapping that nobody closed is closed when it and its
 * views are.
 *
 * <p><b>If the object shrinks</b>, by whomever, what lies beyond its new end is gone: Java code that touches it gets an
 * {@link InternalError} at best, native code SIGBUS, which kills the JVM. See {@link PosixMemory#truncate}.
 *
 * <p>All methods may be called by any thread.
 */
public final class PosixMapping implements AutoCloseable {
    private final long handle;
    private final boolean writable;
    private final ByteBuffer root;
    private final String text;
    private boolean closed;

    private PosixMapping(long handle, boolean writable, String text) {
        Lifeline lifeline = new Lifeline(handle, PosixMemoryNative::free);
        this.handle = handle;
        this.writable = writable;
        this.text = text;
        lifeline.holdFor(this);
        this.root = PosixMemoryNative.buffer(handle);
        lifeline.holdFor(root);
    }

    static PosixMapping map(PosixMemory memory, long offset, long bytes, boolean writable, boolean isPrivate)
            throws IOException {
        long handle = memory.lend(fd -> PosixMemoryNative.map(fd, offset, bytes, writable, isPrivate));
        if (Failure.isErrno(handle)) {
            throw Failure.errno(handle, "mmap", memory.toString());
        }
        return new PosixMapping(handle, writable, memory + ", " + bytes + " bytes from " + offset);
    }

    /**
     * The memory. Each call gives a new view, in the machine's byte order, at position 0.
     *
     * @return a view of all of it, direct; read-only if it was mapped so
     */
    public ByteBuffer buffer() {
        ByteBuffer view = writable ? root.duplicate() : root.asReadOnlyBuffer();
        return view.order(ByteOrder.nativeOrder());
    }

    /** Takes the memory away, munmap(2): views read zeros from now on. Does nothing the second time. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            PosixMemoryNative.unmap(handle);
        }
    }

    /**
     * For messages.
     *
     * @return {@code PosixMapping[PosixMemory[/prices], 4096 bytes from 0]}
     */
    @Override
    public String toString() {
        return "PosixMapping[" + text + "]";
    }
}
