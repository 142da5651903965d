/* A program's own epoll loop that also hears of what happens in shared memory: epoll_loop SEGMENT RING
 * SECONDS. It prints each message of the ring and each permit of the semaphore "requests" of the segment, and
 * a tick every second, until the ring's writer ends or the seconds have passed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "strait/strait.h"

static struct strait_segment *segment;
static struct strait_ring *ring;
static struct strait_semaphore *requests;
static struct strait_ring_reader *reader;
static struct strait_wait_set *set;
static int event_fd; /* rung for all that is in the set */
static int timer_fd;
static bool has_ended;

static int check(const char *what, int result)
{
    const char *outcome = strait_outcome_name(result);
    if (result >= 0)
        return result;
    fprintf(stderr, "epoll_loop: %s: %s\n", what, outcome != NULL ? outcome : strait_errno_text(result));
    exit(1);
}

static int print_message(void *context, int32_t type, const void *payload, uint32_t length)
{
    (void)context;
    printf("message %d: %.*s\n", type, (int)length, (const char *)payload);
    return 0;
}

/* Takes whatever there is: the wait set only says that it is worth trying. */
static void take_all(void)
{
    int result;
    while ((result = strait_ring_poll(reader, print_message, NULL, 100)) > 0) {
    }
    has_ended = result == STRAIT_END || result == STRAIT_PEER_DIED;
    while (strait_semaphore_acquire(requests, 1, 0, 0) == 0)
        printf("request\n");
}

/* Comes back when the set is armed, and so nothing is left. */
static void take_and_arm(void)
{
    while (!has_ended && check("arm", strait_wait_set_arm(set, event_fd)) > 0)
        take_all();
}

static void loop(int epoll_fd, int seconds)
{
    while (!has_ended && seconds > 0) {
        struct epoll_event event;
        uint64_t count;
        fflush(stdout);
        if (epoll_wait(epoll_fd, &event, 1, -1) != 1 || read(event.data.fd, &count, sizeof count) < 0)
            continue;
        if (event.data.fd == event_fd) {
            take_all();
            take_and_arm();
        } else {
            printf("tick\n");
            seconds--;
        }
    }
}

static void listen_to(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        perror("epoll_loop");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    const struct itimerspec second = {.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
    if (argc != 4) {
        fprintf(stderr, "usage: epoll_loop SEGMENT RING SECONDS\n");
        return 2;
    }
    check("segment", strait_segment_open(argv[1], NULL, &segment, NULL));
    check("ring", strait_ring_open(argv[2], NULL, &ring, NULL));
    check("requests", strait_semaphore_open(segment, "requests", &requests, NULL));
    check("reader", strait_ring_reader_open(ring, &reader, NULL));
    check("set", strait_wait_set_create(&set, NULL));
    check("add", strait_wait_set_add_reader(set, reader, NULL, NULL));
    check("add", strait_wait_set_add_semaphore(set, requests, 1, NULL, NULL));

    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    timerfd_settime(timer_fd, 0, &second, NULL);
    listen_to(epoll_fd, event_fd);
    listen_to(epoll_fd, timer_fd);
    take_and_arm();
    loop(epoll_fd, atoi(argv[3]));

    strait_wait_set_free(set);
    strait_ring_close(ring);
    strait_segment_close(segment);
    printf(has_ended ? "end\n" : "time is up\n");
    return 0;
}
