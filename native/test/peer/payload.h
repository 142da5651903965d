/*
 * Bytes that two languages make alike from a seed, so that a test can send and check them without keeping
 * any. dev.strait.ring.Payload is the same in Java.
 */
#ifndef STRAIT_TEST_PAYLOAD_H
#define STRAIT_TEST_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void payload_fill(void *bytes, size_t length, uint64_t seed);
bool payload_matches(const void *bytes, size_t length, uint64_t seed);

/* FNV-1a. */
uint32_t payload_sum(const void *bytes, size_t length);

/* The i-th message of a stream: half of them short, half up to half a lane. */
uint32_t payload_stream_length(uint64_t seed, uint64_t i, uint64_t lane_bytes);
uint64_t payload_stream_seed(uint64_t seed, uint64_t i);

/* A sum over sums. */
uint64_t payload_digest(uint64_t digest, uint32_t sum);

#endif
