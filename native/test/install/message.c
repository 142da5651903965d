/* Sends one message to itself, with nothing but the installed headers and library. */
#include <stdio.h>
#include <string.h>

#include <strait/strait.h>

static int compare(void *context, int32_t type, const void *payload, uint32_t length)
{
    const char *expected = context;
    return type == 7 && length == strlen(expected) && memcmp(payload, expected, length) == 0 ? 0 : -1;
}

int main(void)
{
    char text[] = "through the strait";
    struct strait_ring *ring;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    int result = strait_ring_create_memfd("message", NULL, NULL, &ring, NULL);
    if (result < 0) {
        fprintf(stderr, "%s\n", strait_errno_text(result));
        return 1;
    }
    if (strait_ring_writer_open(ring, &writer, NULL) < 0 || strait_ring_reader_open(ring, &reader, NULL) < 0)
        return 2;
    if (strait_ring_offer(writer, 7, text, (uint32_t)strlen(text)) != 0)
        return 3;
    if (strait_ring_poll(reader, compare, text, 10) != 1)
        return 4;
    strait_ring_close(ring);
    return 0;
}
