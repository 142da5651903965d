/** Not exported: loading the native library, making exceptions, freeing native memory. */
package dev.strait.internal;
