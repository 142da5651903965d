/* Messages of one size through descriptors that carry bytes: pipes and stream sockets. */
#ifndef STREAM_H
#define STREAM_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "side.h"

enum { STREAM_BUFFER_BYTES = 65536 };

struct end {
    int out;
    int in;
    uint32_t bytes;
    struct payload payload;
    unsigned char *outgoing; /* a batch that is being filled */
    unsigned char *incoming; /* a multiple of the message's size, so that no message wraps */
    size_t capacity;
    size_t filled;
    size_t parsed;
};

static void stream_init(struct end *end, const struct parameters *parameters)
{
    end->bytes = parameters->bytes;
    end->payload = payload_new(parameters);
    end->capacity =
        end->bytes > STREAM_BUFFER_BYTES ? end->bytes : STREAM_BUFFER_BYTES / end->bytes * end->bytes;
    end->outgoing = aligned_alloc(4096, (end->capacity + 4095) & ~(size_t)4095);
    end->incoming = aligned_alloc(4096, (end->capacity + 4095) & ~(size_t)4095);
    if (end->outgoing == NULL || end->incoming == NULL)
        side_fail("aligned_alloc");
}

static void stream_mode(int fd, bool spins)
{
    int flags = fcntl(fd, F_GETFL);
    if (fcntl(fd, F_SETFL, spins ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) != 0)
        side_fail("fcntl");
}

/* Writes all, once it has written something. */
static bool write_all(int fd, const unsigned char *from, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t written = write(fd, from + done, bytes - done);
        if (written > 0)
            done += (size_t)written;
        else if (errno != EAGAIN)
            side_fail("write");
        else if (done == 0)
            return false;
    }
    return true;
}

static inline bool end_offer(struct end *end, int64_t value)
{
    if (end->bytes > WORDWISE_BYTES)
        return write_all(end->out, payload_stamp(&end->payload, value), end->bytes);
    payload_fill(&end->payload, end->outgoing, value);
    return write_all(end->out, end->outgoing, end->bytes);
}

static inline int end_offer_batch(struct end *end, int64_t value, int count)
{
    for (int i = 0; i < count; i++)
        payload_fill(&end->payload, end->outgoing + (size_t)i * end->bytes, value + i);
    return write_all(end->out, end->outgoing, (size_t)count * end->bytes) ? count : 0;
}

/* A read has put the message into memory of ours already: large ones are not copied again. */
static inline int64_t read_value(struct end *end, const unsigned char *message)
{
    return end->bytes > WORDWISE_BYTES ? payload_stamped(&end->payload, message)
                                       : payload_check(&end->payload, message);
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    ssize_t got = read(end->in, end->incoming + end->filled, end->capacity - end->filled);
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return PEER_GONE;
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got < 0)
        side_fail("read");
    end->filled += (size_t)got;
    int count = 0;
    for (; end->filled - end->parsed >= end->bytes; count++) {
        const unsigned char *message = end->incoming + end->parsed;
        end->parsed += end->bytes;
        sink(state, read_value(end, message));
    }
    if (end->parsed == end->filled)
        end->parsed = end->filled = 0;
    return count;
}

static void end_close(struct end *end)
{
    close(end->out);
    if (end->in != end->out)
        close(end->in);
}

/* One message through, in one process. */
static void stream_pass(int out, int in)
{
    char message[64] = {1};
    if (write(out, message, sizeof message) != sizeof message ||
        read(in, message, sizeof message) != sizeof message)
        side_fail("pass");
}

#endif
