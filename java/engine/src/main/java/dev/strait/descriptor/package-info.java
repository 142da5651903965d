/**
 * What everything has in common that owns a descriptor: closing, waiting, lending its number to a call.
 *
 * <p>Users meet {@link dev.strait.descriptor.Descriptor} as the base of pipe ends, sockets and events. To make a descriptor of
 * another kind waitable and closable in the same way, extend it.
 */
package dev.strait.descriptor;
