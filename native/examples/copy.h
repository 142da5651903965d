/* What the two ends of the demo agree on; CopyMessages.java and PieceSizes.java have the same in Java. */
#ifndef COPY_H
#define COPY_H

#include <stdint.h>
#include <time.h>

enum copy_message {
    COPY_DATA = 1,  /* a piece of the file: int64 offset in the file, then its bytes */
    COPY_STAMP = 2, /* int64 time at which it was due, nanoseconds of CLOCK_MONOTONIC; padded to 64 bytes */
};

enum {
    COPY_DATA_HEADER = 8, /* bytes before a piece's content */
    COPY_STAMP_BYTES = 64,
    COPY_STAMPS_PER_SECOND = 100000,
    COPY_WARM_UP_STAMPS = 100000, /* not counted */
    COPY_COUNTED_STAMPS = 300000,
    COPY_PIECE_BYTES_MAX = 1 << 16,
};

static inline int64_t copy_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
