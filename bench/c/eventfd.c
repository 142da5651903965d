/* Two counters, one for each direction, which the first side makes and sends to the second. Each holds one
 * message, as a number: 1 more than the value, so that none is 0. */
#include <sys/eventfd.h>

#include "unix.h"

struct end {
    int out;
    int in;
};

static void must(bool success, const char *what)
{
    if (!success)
        side_fail(what);
}

static void send_both(int connection, const int both[2])
{
    char byte = 0;
    struct iovec part = {&byte, 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {0};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(header), both, 2 * sizeof(int));
    must(sendmsg(connection, &message, 0) == 1, "sendmsg");
}

static void receive_both(int connection, int both[2])
{
    char byte;
    struct iovec part = {&byte, 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    must(recvmsg(connection, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message) != NULL, "recvmsg");
    memcpy(both, CMSG_DATA(CMSG_FIRSTHDR(&message)), 2 * sizeof(int));
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    int connection = meet(parameters, SOCK_STREAM);
    int both[2];
    if (parameters->first) {
        both[0] = eventfd(0, EFD_CLOEXEC);
        both[1] = eventfd(0, EFD_CLOEXEC);
        must(both[0] >= 0 && both[1] >= 0, "eventfd");
        send_both(connection, both);
    } else {
        receive_both(connection, both);
    }
    close(connection);
    end->out = both[parameters->first ? 0 : 1];
    end->in = both[parameters->first ? 1 : 0];
}

/* VALUE_END is the largest number that a counter takes. */
static inline bool end_offer(struct end *end, int64_t value)
{
    uint64_t number = value == VALUE_END ? UINT64_MAX - 1 : (uint64_t)value + 1;
    must(write(end->out, &number, sizeof number) == sizeof number, "write");
    return true;
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    uint64_t number;
    must(read(end->in, &number, sizeof number) == sizeof number, "read");
    sink(state, number == UINT64_MAX - 1 ? VALUE_END : (int64_t)number - 1);
    return 1;
}

static void end_close(struct end *end)
{
    close(end->out);
    close(end->in);
}

#define WITHOUT_STREAM
#define WITHOUT_CYCLE
#include "roles.h"
