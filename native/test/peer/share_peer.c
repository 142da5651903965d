/*
 * Server and client of a rendezvous, by the public headers alone.
 *
 *     share_peer serve ADDRESS            hands one ring out, and prints the client's pid and the messages'
 * sum share_peer refuse ADDRESS           admits nobody for a second share_peer send ADDRESS COUNT       gets
 * a ring, and sends the numbers from 1 to COUNT on it share_peer attach|view ADDRESS      accepts a segment,
 * and prints the text in its region
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "strait/strait.h"

#define SECOND INT64_C(1000000000)

static void must(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, strait_errno_symbol(result));
        exit(1);
    }
}

static int add(void *context, int32_t type, const void *payload, uint32_t length)
{
    int64_t number;
    (void)type;
    if (length == sizeof number) {
        memcpy(&number, payload, sizeof number);
        *(int64_t *)context += number;
    }
    return 0;
}

static bool nobody(const struct strait_share_client *client, void *context)
{
    (void)client, (void)context;
    return false;
}

static int64_t sum_of(struct strait_ring *ring)
{
    struct strait_ring_reader *reader;
    int64_t sum = 0;
    must(strait_ring_reader_open(ring, &reader, NULL), "reader");
    for (;;) {
        int result = strait_ring_await_data(reader, 0, 20 * SECOND);
        if (result == STRAIT_END || result == STRAIT_PEER_DIED)
            return sum;
        must(result, "await");
        must(strait_ring_poll(reader, add, &sum, 100), "poll");
    }
}

static int serve(const char *address, strait_share_admit *admit, int64_t timeout_ns)
{
    struct strait_share_server *server;
    struct strait_share_client client;
    struct strait_ring *ring;
    must(strait_share_server_open(address, 0600, &server), "open");
    puts("open");
    fflush(stdout);
    int result =
        strait_share_server_accept(server, NULL, NULL, admit, NULL, timeout_ns, &ring, &client, NULL);
    strait_share_server_close(server);
    if (result < 0)
        return result == STRAIT_TIMED_OUT ? 0 : 1;
    printf("%d %" PRId64 "\n", (int)client.pid, sum_of(ring));
    strait_ring_close(ring);
    return 0;
}

static void send_numbers(const char *address, int64_t count)
{
    struct strait_ring *ring;
    struct strait_ring_writer *writer;
    must(strait_share_connect(address, NULL, 20 * SECOND, &ring, NULL), "connect");
    must(strait_ring_writer_open(ring, &writer, NULL), "writer");
    for (int64_t number = 1; number <= count; number++)
        must(strait_ring_offer(writer, 1, &number, sizeof number), "offer");
    strait_ring_close(ring);
}

static int connected(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
    return fd;
}

static void attach(const char *path)
{
    struct strait_segment *segment;
    must(strait_share_accept_segment(connected(path), NULL, 20 * SECOND, &segment, NULL), "accept");
    puts(strait_segment_user(segment));
    strait_segment_close(segment);
}

static void view(const char *path)
{
    struct strait_share_view *seen;
    must(strait_share_accept_view(connected(path), NULL, 20 * SECOND, &seen, NULL), "accept");
    puts(strait_share_view_user(seen));
    strait_share_view_close(seen);
}

int main(int count, char **arguments)
{
    const char *what = count >= 3 ? arguments[1] : "";
    if (strcmp(what, "serve") == 0)
        return serve(arguments[2], NULL, 20 * SECOND);
    if (strcmp(what, "refuse") == 0)
        return serve(arguments[2], nobody, SECOND);
    if (strcmp(what, "send") == 0 && count == 4)
        send_numbers(arguments[2], strtoll(arguments[3], NULL, 10));
    else if (strcmp(what, "attach") == 0)
        attach(arguments[2]);
    else if (strcmp(what, "view") == 0)
        view(arguments[2]);
    else
        return 2;
    return 0;
}
