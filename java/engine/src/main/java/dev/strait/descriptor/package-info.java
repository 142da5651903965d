/**
 * What everything has in common that owns a descriptor: closing, waiting, lending its number to a call.
 *
 * <p>Users meet {@link dev.strait.descriptor.Descriptor} as the base of pipe ends, sockets and events. To make a descriptor of
 * another kind waitable and closable in the same way, extend it. {@link dev.strait.descriptor.OpenFile} is a file whose bytes
 * the kernel moves to another descriptor, or from a pipe.
 */
package dev.strait.descriptor;
