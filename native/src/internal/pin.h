/*
 * PIN(symbol): a library that is built here shall run with glibc 2.17, whose functions in libpthread got new
 * versions when they moved into libc.so, with 2.32 and 2.34; the old ones are the same. In a static archive
 * there are no versions, so a file that pins is compiled for each kind of library.
 */
#ifndef STRAIT_INTERNAL_PIN_H
#define STRAIT_INTERNAL_PIN_H

#include <limits.h> /* __GLIBC__ */

#if defined(STRAIT_SHARED) && defined(__GLIBC__) && defined(__x86_64__)
#define PIN(symbol) __asm__(".symver " #symbol "," #symbol "@GLIBC_2.2.5")
#elif defined(STRAIT_SHARED) && defined(__GLIBC__) && defined(__aarch64__)
#define PIN(symbol) __asm__(".symver " #symbol "," #symbol "@GLIBC_2.17")
#else
#define PIN(symbol) _Static_assert(1, "as it is")
#endif

#endif
