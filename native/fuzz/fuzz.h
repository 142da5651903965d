/*
 * What the fuzz targets share. Each is a function that takes bytes and makes of them a segment that no honest
 * peer would write, attaches to it, and calls what works on it. It must come back, with answers of the
 * expected kinds; what strays out of a mapping hits a guard page.
 *
 * libFuzzer calls it (ci/fuzz), or replay.c does with the stored corpus and random changes of that (ctest).
 */
#ifndef STRAIT_FUZZ_H
#define STRAIT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "internal/layout.h"
#include "strait/strait.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* Aborts, in every build. */
#define fuzz_must(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* The bytes that decide; zeros behind their end. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

uint64_t fuzz_take(struct fuzz_input *input, unsigned bytes);

/* The image's synchronisation objects, in the order of declaration. */
enum fuzz_object {
    FUZZ_PLAIN,
    FUZZ_OVERTAKING,
    FUZZ_RECOVERABLE,
    FUZZ_UNFAIR, /* recoverable and overtaking */
    FUZZ_LOCK,
    FUZZ_CONDITION,
    FUZZ_SEQUENCE,
    FUZZ_LATCH,
    FUZZ_BARRIER,
    FUZZ_OBJECTS
};

/* How each was declared. */
extern const struct strait_object fuzz_objects[FUZZ_OBJECTS];

/* Bytes of the untouched image: a ring with a small lane, a user's region, messages, writer and reader; and
 * objects, of which the first attachment has permits, the lock, and the barrier's and the latch's parties. */
size_t fuzz_image_bytes(void);

/*
 * A sealed memfd with the image in it, `bytes` long, cut or with a hole at its end, and as seen by somebody
 * who writes whatever he likes. Closes what the one before left.
 */
struct fuzz_peer {
    int fd;
    int locks; /* a description of its own */
    uint8_t *memory;
    size_t bytes;
};

void fuzz_peer_open(struct fuzz_peer *peer, uint64_t bytes);
void fuzz_peer_close(struct fuzz_peer *peer);

/* Takes the locks of these slots, as a live participant does. */
void fuzz_peer_lock(const struct fuzz_peer *peer, uint64_t slots);

/* Writes words that the input chooses to places that the input chooses, where things are. */
void fuzz_peer_write(const struct fuzz_peer *peer, struct fuzz_input *input, unsigned words);

/* The same, but into objects, or seldom into their directory. */
void fuzz_peer_write_objects(const struct fuzz_peer *peer, struct fuzz_input *input, unsigned words);

/* An object's words, where the image has them; and whether the directory still says so. */
void *fuzz_peer_object(const struct fuzz_peer *peer, enum fuzz_object object);
bool fuzz_peer_has_directory(const struct fuzz_peer *peer);

struct strait_slot *fuzz_peer_slots(const struct fuzz_peer *peer);

/* Attaches to it; NULL when it is refused, in a way that is expected. */
struct strait_ring *fuzz_open_ring(const struct fuzz_peer *peer);
struct strait_segment *fuzz_open_segment(const struct fuzz_peer *peer);

/* Looks at all participants. */
void fuzz_list(const struct strait_segment *segment);

#endif
