/*
 * The limit for bandwidth: copies the same bytes, out of a source of one message's size, to one place after
 * the other in a buffer as large as the lane, alone, and tells nobody. A reader that keeps up costs the
 * writer nothing but this.
 */
#include <stdio.h>
#include <stdlib.h>

#include "shared.h"

enum { BUFFER_BYTES = 1 << 22 };

/* Copies until then; how many messages. */
static int64_t copy_until(int64_t until_ns, const struct payload *payload, unsigned char *buffer)
{
    int64_t messages = 0;
    for (uint32_t offset = 0; now_ns() < until_ns; messages++) {
        payload_fill(payload, buffer + offset, messages);
        __asm__ volatile("" ::"r"(buffer) : "memory");
        offset = offset + 2 * payload->bytes <= BUFFER_BYTES ? offset + payload->bytes : 0;
    }
    return messages;
}

int main(int argc, char **argv)
{
    struct parameters parameters = side_parameters(argc, argv);
    struct payload payload = payload_new(&parameters);
    unsigned char *buffer = shared_memory(BUFFER_BYTES);
    side_pin(parameters.cpu);
    side_ready();
    copy_until(now_ns() + parameters.warmup_ns, &payload, buffer);
    int64_t start = now_ns();
    int64_t messages = copy_until(start + parameters.measure_ns, &payload, buffer);
    side_say("messages", messages);
    side_say("ns", now_ns() - start);
    puts("done");
    return 0;
}
