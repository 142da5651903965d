package dev.strait.internal;

import java.nio.charset.Charset;
import java.nio.file.Path;

/** Paths as system calls take them. */
public final class NativePath {
    /** In which the JDK's own file system gives names to the kernel, too. */
    private static final Charset NAMES = Charset.forName(System.getProperty("sun.jnu.encoding"));

    private NativePath() {}

    /**
     * The bytes of a path.
     *
     * @param path of the default file system
     * @return without a NUL at the end
     */
    public static byte[] bytes(Path path) {
        return path.toString().getBytes(NAMES);
    }
}
