#include "internal/mapping.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "strait/segment.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define SMALLEST_PAGE 4096

static int failed(const char *call, const char **operation)
{
    *operation = call;
    return -errno;
}

static int map_as(void *address, size_t bytes, int fd, uint64_t offset, int protection, int sharing,
                  const char **operation)
{
    void *mapped = mmap(address, bytes, protection, sharing | MAP_FIXED, fd, (off_t)offset);
    return mapped == MAP_FAILED ? failed("mmap(MAP_FIXED)", operation) : 0;
}

static int map_at(void *address, size_t bytes, int fd, uint64_t offset, const char **operation)
{
    return map_as(address, bytes, fd, offset, PROT_READ | PROT_WRITE, MAP_SHARED, operation);
}

static size_t guard_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* A forked child must not keep the mapping: it would keep the description, and with it our lock, alive. */
static int keep_from_children(const struct strait_mapping *mapping, const char **operation)
{
    const size_t guard = guard_bytes();
    int result = madvise(mapping->base - guard, mapping->bytes + 2 * guard, MADV_DONTFORK);
    return result < 0 ? failed("madvise(MADV_DONTFORK)", operation) : 0;
}

/* Address space with nothing in it, aligned, with a guard before and behind it. */
static int reserve(struct strait_mapping *mapping, size_t bytes, size_t alignment, const char **operation)
{
    const size_t guard = guard_bytes();
    const size_t slack = alignment > guard ? alignment : 0;
    const size_t guarded = bytes + 2 * guard;
    unsigned char *start =
        mmap(NULL, guarded + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED)
        return failed("mmap(PROT_NONE)", operation);
    size_t skip = slack == 0 ? 0 : (alignment - (uintptr_t)(start + guard) % alignment) % alignment;
    if (skip > 0)
        munmap(start, skip);
    if (slack > skip)
        munmap(start + skip + guarded, slack - skip);
    mapping->base = start + skip + guard;
    mapping->bytes = bytes;
    return 0;
}

static int map_alone(struct strait_mapping *mapping, int fd, uint64_t offset, size_t bytes, size_t alignment,
                     int protection, int sharing, const char **operation)
{
    int result = reserve(mapping, bytes, alignment, operation);
    if (result < 0)
        return result;
    result = map_as(mapping->base, bytes, fd, offset, protection, sharing, operation);
    if (result == 0)
        result = keep_from_children(mapping, operation);
    if (result < 0)
        strait_mapping_release(mapping);
    return result;
}

int strait_mapping_map(struct strait_mapping *mapping, int fd, size_t bytes, size_t alignment,
                       const char **operation)
{
    return map_alone(mapping, fd, 0, bytes, alignment, PROT_READ | PROT_WRITE, MAP_SHARED, operation);
}

int strait_mapping_map_part(struct strait_mapping *mapping, int fd, uint64_t offset, size_t bytes,
                            int protection, int sharing, const char **operation)
{
    return map_alone(mapping, fd, offset, bytes, guard_bytes(), protection, sharing, operation);
}

int strait_mapping_map_read_only(struct strait_mapping *mapping, int fd, size_t bytes, size_t alignment,
                                 const char **operation)
{
    return map_alone(mapping, fd, 0, bytes, alignment, PROT_READ, MAP_SHARED, operation);
}

int strait_mapping_map_twice(struct strait_mapping *mapping, int fd, uint64_t offset, size_t block_bytes,
                             size_t count, size_t alignment, const char **operation)
{
    int result = reserve(mapping, 2 * block_bytes * count, alignment, operation);
    if (result < 0)
        return result;
    unsigned char *address = mapping->base;
    for (size_t i = 0; i < 2 * count && result == 0; i++, address += block_bytes)
        result = map_at(address, block_bytes, fd, offset + i / 2 * block_bytes, operation);
    if (result == 0)
        result = keep_from_children(mapping, operation);
    if (result < 0)
        strait_mapping_release(mapping);
    return result;
}

int strait_mapping_map_behind(struct strait_mapping *mapping, int fd, size_t lead_bytes, size_t bytes,
                              size_t alignment, const char **operation)
{
    size_t whole_bytes = (bytes + alignment - 1) / alignment * alignment;
    int result = reserve(mapping, lead_bytes + whole_bytes, alignment, operation);
    if (result < 0)
        return result;
    if (mprotect(mapping->base, lead_bytes, PROT_READ | PROT_WRITE) < 0)
        result = failed("mprotect", operation);
    if (result == 0)
        result = map_at(mapping->base + lead_bytes, whole_bytes, fd, 0, operation);
    if (result == 0)
        result = keep_from_children(mapping, operation);
    if (result < 0)
        strait_mapping_release(mapping);
    return result;
}

static void *map_zeros(const struct strait_mapping *mapping, int sharing)
{
    return mmap(mapping->base, mapping->bytes, PROT_READ | PROT_WRITE,
                sharing | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/* Private memory counts against RLIMIT_DATA; memory that could be shared, but is not, does not. */
int strait_mapping_overlay(struct strait_mapping *mapping)
{
    if (mapping->base == NULL || map_zeros(mapping, MAP_PRIVATE) != MAP_FAILED)
        return 0;
    return map_zeros(mapping, MAP_SHARED) == MAP_FAILED ? -errno : 0;
}

void strait_mapping_release(struct strait_mapping *mapping)
{
    const size_t guard = guard_bytes();
    if (mapping->base != NULL)
        munmap(mapping->base - guard, mapping->bytes + 2 * guard);
    *mapping = (struct strait_mapping){NULL, 0};
}

/* Kernels before 5.14: an atomic addition of nothing dirties a page without changing what a peer sees. */
static void touch_every_page(const struct strait_mapping *mapping)
{
    for (size_t i = 0; i < mapping->bytes; i += SMALLEST_PAGE)
        atomic_fetch_add_explicit((_Atomic unsigned char *)(mapping->base + i), 0, memory_order_relaxed);
}

int strait_mapping_apply(const struct strait_mapping *mapping, uint32_t flags, const char **operation)
{
    if (mapping->base == NULL)
        return 0;
    if ((flags & STRAIT_SEGMENT_NO_DUMP) != 0 && madvise(mapping->base, mapping->bytes, MADV_DONTDUMP) < 0)
        return failed("madvise(MADV_DONTDUMP)", operation);
    if ((flags & STRAIT_SEGMENT_LOCK) != 0 && mlock(mapping->base, mapping->bytes) < 0)
        return failed("mlock", operation);
    if ((flags & STRAIT_SEGMENT_PREFAULT) != 0 &&
        madvise(mapping->base, mapping->bytes, MADV_POPULATE_WRITE) < 0) {
        *operation = "madvise(MADV_POPULATE_WRITE)";
        if (errno != EINVAL)
            return -errno;
        touch_every_page(mapping);
    }
    return 0;
}
