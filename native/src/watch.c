#include "internal/watch.h"

#include <errno.h>
#include <stdlib.h>

#include "internal/kill_point.h"

/* ---- The list --------------------------------------------------------------------------------------------
 */

static struct strait_bell *bell_of(struct strait_watches *watches, struct strait_participant *participant)
{
    for (struct strait_bell *bell = watches->bells; bell != NULL; bell = bell->next)
        if (bell->participant == participant && !bell->is_closed)
            return bell;
    struct strait_bell *bell = calloc(1, sizeof *bell);
    if (bell == NULL)
        return NULL;
    *bell = (struct strait_bell){.participant = participant, .next = watches->bells};
    watches->bells = bell;
    watches->bell_changes++;
    return bell;
}

static void drop_bell(struct strait_watches *watches, struct strait_bell *bell)
{
    struct strait_bell **link = &watches->bells;
    if (--bell->uses > 0)
        return;
    while (*link != bell)
        link = &(*link)->next;
    *link = bell->next;
    watches->bell_changes++;
    free(bell);
}

int strait_watches_add(struct strait_watches *watches, struct strait_watch *watch)
{
    watch->bell = bell_of(watches, watch->participant);
    if (watch->bell == NULL)
        return -ENOMEM;
    watch->bell->uses++;
    watch->outcome = 0;
    watch->next = NULL;
    watch->previous = watches->last;
    *(watches->last == NULL ? &watches->first : &watches->last->next) = watch;
    watches->last = watch;
    return 0;
}

void strait_watches_remove(struct strait_watches *watches, struct strait_watch *watch)
{
    *(watch->previous == NULL ? &watches->first : &watch->previous->next) = watch->next;
    *(watch->next == NULL ? &watches->last : &watch->next->previous) = watch->previous;
    drop_bell(watches, watch->bell);
}

void strait_watches_enter(struct strait_watches *watches)
{
    for (struct strait_bell *bell = watches->bells; bell != NULL; bell = bell->next)
        bell->is_inside = !bell->is_closed && strait_participant_enter(bell->participant);
}

void strait_watches_exit(struct strait_watches *watches)
{
    for (struct strait_bell *bell = watches->bells; bell != NULL; bell = bell->next) {
        if (bell->is_inside)
            strait_participant_exit(bell->participant);
        bell->is_inside = false;
    }
}

/* ---- A round ---------------------------------------------------------------------------------------------
 */

/* Once it is, the participant may be freed when we are outside again: it is not looked at any more. */
static bool is_closed(const struct strait_watch *watch)
{
    struct strait_bell *bell = watch->bell;
    if (!bell->is_inside || strait_participant_is_shut(bell->participant))
        bell->is_closed = true;
    return bell->is_closed;
}

uint32_t strait_watches_look(struct strait_watches *watches)
{
    uint32_t ready = 0;
    for (struct strait_watch *watch = watches->first; watch != NULL; watch = watch->next) {
        watch->outcome = is_closed(watch) ? STRAIT_CLOSED : watch->look(watch);
        ready += watch->outcome != 0;
    }
    return ready;
}

static void read_doorbells(struct strait_watches *watches)
{
    watches->words.count = 0;
    for (struct strait_bell *bell = watches->bells; bell != NULL; bell = bell->next) {
        const struct strait_participant *participant = bell->participant;
        if (bell->is_inside)
            strait_futex_words_add(&watches->words, &participant->slots[participant->slot].doorbell);
    }
}

static void set_bits(struct strait_watches *watches)
{
    for (struct strait_watch *watch = watches->first; watch != NULL; watch = watch->next)
        if (watch->waiters != NULL && watch->bell->is_inside)
            atomic_fetch_or_explicit(watch->waiters, UINT64_C(1) << watch->participant->slot,
                                     memory_order_relaxed);
}

uint32_t strait_watches_round(struct strait_watches *watches)
{
    read_doorbells(watches);
    set_bits(watches);
    STRAIT_KILL_POINT(sleep_bit);
    /* ORDER: our bits before our looks. PAIRS WITH strait_wait_published, strait_sync_released, pass_on in
     * sync.c, and strait_participant_ring_all. */
    strait_fence();
    uint32_t ready = strait_watches_look(watches);
    STRAIT_KILL_POINT(sleep_looked);
    return ready;
}

/* ---- A participant's end ---------------------------------------------------------------------------------
 */

/* The slot keeps how its last user ended until the next one has. */
static int look_for_end(struct strait_watch *watch)
{
    const struct strait_participant *participant = watch->participant;
    uint32_t slot = (uint32_t)watch->owner;
    uint64_t identity = atomic_load_explicit(&participant->slots[slot].identity, memory_order_acquire);
    enum strait_slot_state state = strait_slot_state(identity);
    uint64_t later = (strait_slot_generation(identity) - watch->wanted) & STRAIT_GENERATION_MASK;
    bool is_using = state == STRAIT_SLOT_JOINING || state == STRAIT_SLOT_LIVE;
    if (later == 0 && is_using)
        return 0;
    bool is_last_end = later == 0 ? state == STRAIT_SLOT_FREE : later == 1 && is_using;
    return is_last_end && (identity & STRAIT_SLOT_DIED) == 0 ? STRAIT_END : STRAIT_PEER_DIED;
}

int strait_participant_watch(struct strait_participant *participant, uint32_t slot, uint64_t generation,
                             struct strait_watch *watch)
{
    if (slot >= participant->segment->geometry.slot_count || slot == participant->slot || generation == 0 ||
        generation > STRAIT_GENERATION_MASK)
        return -EINVAL;
    *watch = (struct strait_watch){
        .participant = participant, .look = look_for_end, .wanted = generation, .owner = slot};
    return 0;
}
