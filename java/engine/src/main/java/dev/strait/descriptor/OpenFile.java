package dev.strait.descriptor;

import dev.strait.internal.Failure;
import dev.strait.internal.NativePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * A file that is open, as an end for what moves bytes between descriptors without a copy through this process: sendfile(2)
 * here, splice(2) at the ends of pipes. {@link java.nio.channels.FileChannel} does everything else better, but keeps its
 * descriptor to itself.
 *
 * <p>The file has one place, which reads, writes, and transfers without an offset begin at and move. Nothing waits for a
 * regular file.
 */
public final class OpenFile extends Descriptor implements ScatteringByteChannel, GatheringByteChannel {
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int O_TRUNC = 01000;
    private static final int O_APPEND = 02000;
    private static final int ALL_MAY_READ_AND_WRITE = 0666;

    private static final int SEEK_SET = 0;
    private static final int SEEK_CUR = 1;

    /** sendfile(2) where the file goes on, not at an offset. */
    private static final long GO_ON = -1;

    private OpenFile(int fd) {
        super(fd, "OpenFile");
    }

    /**
     * open(2), with the options' meaning as in {@link java.nio.channels.FileChannel#open}. What is created gets mode 0666
     * without what the umask has.
     *
     * @param path the file's
     * @param options READ, WRITE, APPEND, CREATE, CREATE_NEW, TRUNCATE_EXISTING; none is READ
     * @return the open file
     * @throws IllegalArgumentException if another option is given, or APPEND together with READ or TRUNCATE_EXISTING
     * @throws dev.strait.ErrnoException ENOENT, EEXIST, EACCES, EISDIR, ENOTDIR, ELOOP, ENAMETOOLONG, ENOSPC, EROFS, EMFILE,
     *     ENFILE, and others as open(2) says; ENXIO for a FIFO without a reader
     * @throws IOException that
     */
    public static OpenFile open(Path path, OpenOption... options) throws IOException {
        int fd = OpenFileNative.open(NativePath.bytes(path), flags(Set.of(options)), ALL_MAY_READ_AND_WRITE);
        if (fd < 0) {
            throw Failure.errno(fd, "open", path.toString());
        }
        return new OpenFile(fd);
    }

    private static int flags(Set<OpenOption> options) {
        boolean appends = options.contains(StandardOpenOption.APPEND);
        boolean writes = appends || options.contains(StandardOpenOption.WRITE);
        boolean reads = options.contains(StandardOpenOption.READ) || !writes;
        if (appends
                && (options.contains(StandardOpenOption.READ)
                        || options.contains(StandardOpenOption.TRUNCATE_EXISTING))) {
            throw new IllegalArgumentException(options + ": APPEND excludes READ and TRUNCATE_EXISTING");
        }
        int flags = !writes ? O_RDONLY : reads ? O_RDWR : O_WRONLY;
        for (OpenOption each : options) {
            flags |= flag(each, writes);
        }
        return flags;
    }

    /** Those that create or truncate count for writers alone, as for the JDK's channels. */
    private static int flag(OpenOption option, boolean writes) {
        if (!(option instanceof StandardOpenOption standard)) {
            throw new IllegalArgumentException(option + ": must be a StandardOpenOption");
        }
        return switch (standard) {
            case READ, WRITE -> 0;
            case APPEND -> O_APPEND;
            case CREATE -> writes ? O_CREAT : 0;
            case CREATE_NEW -> writes ? O_CREAT | O_EXCL : 0;
            case TRUNCATE_EXISTING -> writes ? O_TRUNC : 0;
            default -> throw new IllegalArgumentException(option + ": is not offered here");
        };
    }

    /**
     * read(2) at the file's place.
     *
     * @return bytes; -1 at the end
     * @throws dev.strait.ErrnoException EBADF when it is not open for reading; EISDIR; EIO
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        return readBytes(target);
    }

    /** readv(2), as {@link #read(ByteBuffer)}. */
    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return readBytes(targets, 0, targets.length);
    }

    /** readv(2), as {@link #read(ByteBuffer)}. */
    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return readBytes(targets, offset, length);
    }

    /**
     * write(2) at the file's place, or at its end when it appends.
     *
     * @throws dev.strait.ErrnoException EBADF when it is not open for writing; ENOSPC, EDQUOT, EFBIG, EIO
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        return writeBytes(source);
    }

    /** writev(2), as {@link #write(ByteBuffer)}. */
    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return writeBytes(sources, 0, sources.length);
    }

    /** writev(2), as {@link #write(ByteBuffer)}. */
    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return writeBytes(sources, offset, length);
    }

    /**
     * The file's place, lseek(2).
     *
     * @return bytes from its beginning
     * @throws dev.strait.ErrnoException ESPIPE when it has none: a FIFO, a terminal
     * @throws IOException that, or if this is closed
     */
    public long position() throws IOException {
        return ask("lseek", fd -> OpenFileNative.seek(fd, 0, SEEK_CUR));
    }

    /**
     * Moves the file's place, lseek(2).
     *
     * @param offset bytes from its beginning, 0 or more; may be beyond its end
     * @return this
     * @throws IllegalArgumentException if the offset is negative
     * @throws dev.strait.ErrnoException as {@link #position()}; EINVAL beyond what the file system can count
     * @throws IOException that, or if this is closed
     */
    public OpenFile position(long offset) throws IOException {
        checkedOffset(offset);
        ask("lseek", fd -> OpenFileNative.seek(fd, offset, SEEK_SET));
        return this;
    }

    /**
     * How long the file is, fstat(2).
     *
     * @return bytes
     * @throws IOException if this is closed
     */
    public long size() throws IOException {
        return ask("fstat", OpenFileNative::size);
    }

    private long ask(String operation, Call call) throws IOException {
        long result = lend(call);
        if (result < 0) {
            throw Failure.errno(result, operation, toString());
        }
        return result;
    }

    /**
     * sendfile(2): from the file's place to whatever can be written to, and waits for room there. Whether and for how long it
     * waits is this object's affair, and an interrupt closes this.
     *
     * @param target a pipe, a socket, another file
     * @param count at most, 0 or more; the kernel sends less than 2³¹ at once
     * @return bytes; 0 when this is not blocking and there is no room; -1 at the end
     * @throws IllegalArgumentException if the count is negative
     * @throws dev.strait.ErrnoException EPIPE when the target's reader is gone; EBADF when this cannot be read from, or the
     *     target not written to; EINVAL when this cannot be mapped, or the target appends; ENOSPC and the like of files;
     *     EIO; ENOMEM; ETIMEDOUT
     * @throws IOException that, or when one is closed
     */
    public long sendTo(Descriptor target, long count) throws IOException {
        return send(target, GO_ON, count);
    }

    /**
     * sendfile(2) from an offset; the file's place stays as it is.
     *
     * @param target as {@link #sendTo(Descriptor, long)}, and all the rest
     * @param offset bytes from the beginning, 0 or more
     * @param count as there
     * @return as there; -1 also beyond the end
     * @throws IllegalArgumentException if the offset or count is negative
     * @throws IOException as there
     */
    public long sendTo(Descriptor target, long offset, long count) throws IOException {
        return send(target, checkedOffset(offset), count);
    }

    private long send(Descriptor target, long offset, long count) throws IOException {
        return transfer("sendfile", this, target, count, (from, to) -> OpenFileNative.send(from, offset, to, count));
    }
}
