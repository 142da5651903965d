/*
 * Address space: what a segment maps, and how it is taken away under views that still live.
 *
 * Before and behind each mapping lies a page that can be neither read nor written: whatever strays over an
 * end is stopped there, and does not reach another's memory.
 */
#ifndef STRAIT_INTERNAL_MAPPING_H
#define STRAIT_INTERNAL_MAPPING_H

#include <stddef.h>
#include <stdint.h>

struct strait_mapping {
    unsigned char *base; /* NULL when there is none */
    size_t bytes;        /* of address space, without the guards */
};

/* All that can fail return 0 or a negated errno; then *operation names the call. */

/* Maps `bytes` of the file from its start. `alignment` is the file's page size, here and below. */
int strait_mapping_map(struct strait_mapping *mapping, int fd, size_t bytes, size_t alignment,
                       const char **operation);

/* The same for reading alone. */
int strait_mapping_map_read_only(struct strait_mapping *mapping, int fd, size_t bytes, size_t alignment,
                                 const char **operation);

/*
 * Maps `count` blocks of `block_bytes` that follow each other in the file from `offset` on, each of them
 * twice, back to back: block i is at base + 2 * i * block_bytes, and its byte b is also at b + block_bytes.
 * So whatever wraps round the end of a block is contiguous in memory.
 */
int strait_mapping_map_twice(struct strait_mapping *mapping, int fd, uint64_t offset, size_t block_bytes,
                             size_t count, size_t alignment, const char **operation);

/* Maps the first `bytes` of the file, rounded up to its pages of `alignment`, behind `lead_bytes` of private
 * memory, which is a multiple of that. */
int strait_mapping_map_behind(struct strait_mapping *mapping, int fd, size_t lead_bytes, size_t bytes,
                              size_t alignment, const char **operation);

/* Maps a part of the file, from a multiple of the page size on, as mmap(2) says of protection and sharing. */
int strait_mapping_map_part(struct strait_mapping *mapping, int fd, uint64_t offset, size_t bytes,
                            int protection, int sharing, const char **operation);

/* Takes the file away and leaves zeros at the same addresses, private to this process: late readers and
 * writers do no harm. 0, or a negated errno when it is all still there. */
int strait_mapping_overlay(struct strait_mapping *mapping);

/* Gives the address space back. */
void strait_mapping_release(struct strait_mapping *mapping);

/* Applies STRAIT_SEGMENT_PREFAULT, _LOCK and _NO_DUMP. */
int strait_mapping_apply(const struct strait_mapping *mapping, uint32_t flags, const char **operation);

#endif
