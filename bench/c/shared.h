/* Memory that other processes could map. */
#ifndef SHARED_H
#define SHARED_H

#include <sys/mman.h>

#include "side.h"

static inline void *shared_memory(size_t bytes)
{
    void *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        side_fail("mmap");
    return memory;
}

#endif
