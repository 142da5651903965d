/*
 * Versions. The library's follows SemVer; the soname changes with any incompatible change of this API;
 * segments are interchangeable between all libraries of one layout major version.
 */
#ifndef STRAIT_VERSION_H
#define STRAIT_VERSION_H

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define STRAIT_LAYOUT_MAJOR 1 /* must be equal */
#define STRAIT_LAYOUT_MINOR 0 /* may differ: a minor version only uses what was reserved */

/* The library's version, "0.1.0". */
const char *strait_version(void);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
