#include "payload.h"

#define SHORT_LENGTH 64

static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Eight bytes of a payload, the first in the lowest bits. */
static uint64_t word_at(uint64_t seed, uint64_t index)
{
    return mix(mix(seed) + index);
}

static unsigned char byte_of(uint64_t word, size_t i)
{
    return (unsigned char)(word >> i % 8 * 8);
}

void payload_fill(void *bytes, size_t length, uint64_t seed)
{
    unsigned char *to = bytes;
    uint64_t word = 0;
    for (size_t i = 0; i < length; i++) {
        if (i % 8 == 0)
            word = word_at(seed, i / 8);
        to[i] = byte_of(word, i);
    }
}

bool payload_matches(const void *bytes, size_t length, uint64_t seed)
{
    const unsigned char *from = bytes;
    uint64_t word = 0;
    for (size_t i = 0; i < length; i++) {
        if (i % 8 == 0)
            word = word_at(seed, i / 8);
        if (from[i] != byte_of(word, i))
            return false;
    }
    return true;
}

uint32_t payload_sum(const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    uint32_t sum = 0x811c9dc5;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ from[i]) * 0x01000193;
    return sum;
}

uint32_t payload_stream_length(uint64_t seed, uint64_t i, uint64_t lane_bytes)
{
    uint64_t random = mix(seed ^ mix(i));
    uint64_t longest = (random & 1) != 0 ? SHORT_LENGTH : lane_bytes / 2;
    return (uint32_t)((random >> 1) % (longest + 1));
}

uint64_t payload_stream_seed(uint64_t seed, uint64_t i)
{
    return (seed << 32) + i;
}

uint64_t payload_digest(uint64_t digest, uint32_t sum)
{
    return (digest ^ sum) * UINT64_C(0x100000001b3);
}
