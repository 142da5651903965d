/** How long to look before sleeping. */
package dev.strait.wait;
