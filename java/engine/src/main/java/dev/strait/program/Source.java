package dev.strait.program;

import dev.strait.descriptor.Descriptor;

/** Where one of a program's descriptors comes from. */
sealed interface Source {
    /** A descriptor of ours: given away, or lent. */
    record Of(Descriptor descriptor, boolean lent) implements Source {}

    /** A file that is opened for it. */
    record OfFile(String path, int flags) implements Source {}

    /** Our own descriptor of this number. */
    record Inherited(int fd) implements Source {}

    /** What another of its numbers is. */
    record SameAs(int number) implements Source {}
}
