/*
 * The ringer: one thread of this process that waits in place of others, and writes an eventfd when what they
 * wait for is there. So whoever sleeps in epoll_wait(2), poll(2) or the like hears of what happens in shared
 * memory. It runs while any client is attached.
 *
 * A client is a list of watches and the eventfd to be written, once: then it is no longer armed, and nobody
 * but its owner touches its watches. Arming begins with a round of its own, so nothing that came before is
 * missed; what comes after it finds our bits, and rings a doorbell that the ringer sleeps on. If the ringer's
 * last round did not include the client's doorbells, it is told to make a new one. It goes on sleeping on
 * those of a client whose eventfd it has written until one of them rings: who arms it again meanwhile need
 * not tell, because whatever comes then changes a doorbell from the value that the ringer has seen.
 */
#ifndef STRAIT_INTERNAL_RINGER_H
#define STRAIT_INTERNAL_RINGER_H

#include "internal/watch.h"

struct strait_ringer_client {
    struct strait_watches *watches;
    int event_fd;
    bool exits; /* is inside of the segments for its owner, and leaves them when it is rung or disarmed */
    /* The ringer's. */
    bool is_attached;
    bool is_armed;
    uint64_t heard; /* the watches' bell_changes when the ringer last looked at them; 0: it does not sleep on
                       them */
    struct strait_ringer_client *next;
};

/* Before it is armed for the first time. -EAGAIN when there is no room for a thread. */
int strait_ringer_attach(struct strait_ringer_client *client);
void strait_ringer_detach(struct strait_ringer_client *client);

/* From inside of the segments: how many of its watches are ready, and then it is not armed; or 0. */
uint32_t strait_ringer_arm(struct strait_ringer_client *client);

/* From here on its watches are its owner's. Nothing when it is not armed. */
void strait_ringer_disarm(struct strait_ringer_client *client);

#endif
