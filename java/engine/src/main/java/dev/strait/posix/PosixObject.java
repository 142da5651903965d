package dev.strait.posix;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * An object that has a name, as the kernel lists it.
 *
 * @param name with its slash
 * @param sizeBytes what of it there is: the memory's size, a semaphore's, or the bytes of all messages in a queue
 * @param mode its permissions, 0600 for instance
 * @param uid whose it is
 * @param gid whose group's it is
 * @param modified when it was last written by a system call, or its size changed
 */
public record PosixObject(String name, long sizeBytes, int mode, int uid, int gid, Instant modified) {
    private static final int PERMISSIONS = 07777;

    /** Where glibc has shared memory and semaphores. */
    static final Path SHARED_MEMORY = Path.of("/dev/shm");

    /** The prefix of a semaphore's file. */
    static final String SEMAPHORE = "sem.";

    /** The files whose names begin with one prefix and not with another, in order; those that vanish meanwhile are left out. */
    static List<PosixObject> list(Path directory, String prefix, String butNot) throws IOException {
        List<PosixObject> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.startsWith(prefix)
                        && !name.startsWith(butNot)
                        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    found.addAll(look(file, "/" + name.substring(prefix.length())));
                }
            }
        }
        found.sort(Comparator.comparing(PosixObject::name));
        return Collections.unmodifiableList(found);
    }

    /** None when it has vanished. */
    private static List<PosixObject> look(Path file, String name) throws IOException {
        try {
            Map<String, Object> found =
                    Files.readAttributes(file, "unix:size,mode,uid,gid,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
            return List.of(new PosixObject(
                    name,
                    (Long) found.get("size"),
                    (Integer) found.get("mode") & PERMISSIONS,
                    (Integer) found.get("uid"),
                    (Integer) found.get("gid"),
                    ((FileTime) found.get("lastModifiedTime")).toInstant()));
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    PosixObject withSizeBytes(long bytes) {
        return new PosixObject(name, bytes, mode, uid, gid, modified);
    }
}
