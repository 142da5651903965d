package dev.strait.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Where a Unix socket is, see unix(7): at a path, under an abstract name, or nowhere.
 *
 * <p>A path is an entry in a directory, whose permissions say who may connect. An abstract name stands in no directory, belongs
 * to the network namespace, has no permissions, and vanishes with the last descriptor of its socket. Immutable.
 */
public final class UnixAddress {
    private static final UnixAddress NONE = new UnixAddress(new byte[0]);

    private final byte[] name;

    private UnixAddress(byte[] name) {
        this.name = name;
    }

    /**
     * A path.
     *
     * @param path of up to 107 bytes; a longer one is refused by the call that gets it, with EINVAL
     * @return its address
     * @throws IllegalArgumentException if it is empty
     */
    public static UnixAddress ofPath(Path path) {
        return ofPath(path.toString());
    }

    /**
     * A path.
     *
     * @param path of up to 107 bytes in UTF-8; a longer one is refused by the call that gets it, with EINVAL
     * @return its address
     * @throws IllegalArgumentException if it is empty
     */
    public static UnixAddress ofPath(String path) {
        if (path.isEmpty() || path.charAt(0) == 0) {
            throw new IllegalArgumentException("path \"" + path + "\": must have a first character, and not NUL");
        }
        return new UnixAddress(path.getBytes(UTF_8));
    }

    /**
     * An abstract name.
     *
     * @param name without the {@code @} that tools print in front of it; up to 107 bytes in UTF-8, else the call that gets it
     *     refuses it with EINVAL
     * @return its address
     */
    public static UnixAddress ofAbstract(String name) {
        byte[] text = name.getBytes(UTF_8);
        byte[] bytes = new byte[text.length + 1];
        System.arraycopy(text, 0, bytes, 1, text.length);
        return new UnixAddress(bytes);
    }

    /**
     * For who binds: an abstract name of the kernel's choice. What was chosen tells {@link UnixSocket#localAddress}.
     *
     * @return the address of nowhere
     */
    public static UnixAddress automatic() {
        return NONE;
    }

    /** As the kernel tells it. */
    static UnixAddress of(byte[] bytes, int length) {
        return length == 0 ? NONE : new UnixAddress(Arrays.copyOf(bytes, length));
    }

    /** As native calls take it; not to be changed. */
    byte[] bytes() {
        return name;
    }

    /**
     * Whether it is that of a socket that is bound to nothing: one of a pair, or a client's.
     *
     * @return whether there is no name
     */
    public boolean isUnnamed() {
        return name.length == 0;
    }

    /**
     * Whether it is an abstract name.
     *
     * @return whether it is no path, and there is one
     */
    public boolean isAbstract() {
        return name.length > 0 && name[0] == 0;
    }

    /**
     * The path.
     *
     * @return empty when it is none
     */
    public Optional<Path> path() {
        return isUnnamed() || isAbstract() ? Optional.empty() : Optional.of(Path.of(new String(name, UTF_8)));
    }

    /**
     * Whether it leads to the same place.
     *
     * @param other another
     * @return whether its bytes are the same
     */
    @Override
    public boolean equals(Object other) {
        return other instanceof UnixAddress address && Arrays.equals(name, address.name);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(name);
    }

    /**
     * For messages.
     *
     * @return the path; {@code @name} when it is abstract; {@code unnamed}
     */
    @Override
    public String toString() {
        if (isUnnamed()) {
            return "unnamed";
        }
        return isAbstract() ? "@" + new String(name, 1, name.length - 1, UTF_8) : new String(name, UTF_8);
    }
}
