#include "internal/beacon.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernel reads is `next`; a list that is changed while it reads may be walked at any instant. */
struct strait_beacon_node {
    struct strait_beacon_node *_Atomic next;
    struct strait_beacon_node *previous;
};

static struct {
    struct strait_beacon_node *_Atomic first;
    long futex_offset;
    struct strait_beacon_node *pending; /* for lock operations under way; we have none */
} head = {(struct strait_beacon_node *)&head, STRAIT_PARTICIPANTS_END, NULL};

static struct strait_beacon_node *last = NULL; /* NULL for none */

_Static_assert(sizeof head == sizeof(struct robust_list_head), "the kernel checks the size");
_Static_assert(offsetof(struct robust_list_head, futex_offset) == sizeof(void *), "the kernel's layout");

static struct strait_beacon_node *list_end(void)
{
    return (struct strait_beacon_node *)&head;
}

void strait_beacon_register(void)
{
    syscall(SYS_set_robust_list, &head, sizeof head);
}

int strait_beacon_map(struct strait_beacon *beacon, int fd, uint32_t page_bytes, uint64_t slot_offset,
                      uint64_t table_end, const char **operation)
{
    size_t lead_bytes = (STRAIT_PARTICIPANTS_END + page_bytes - 1) / page_bytes * page_bytes;
    int result =
        strait_mapping_map_behind(&beacon->mapping, fd, lead_bytes, table_end, page_bytes, operation);
    if (result < 0)
        return result;
    unsigned char *word =
        beacon->mapping.base + lead_bytes + slot_offset + offsetof(struct strait_slot, beacon);
    beacon->node = (struct strait_beacon_node *)(word - STRAIT_PARTICIPANTS_END);
    return 0;
}

void strait_beacon_link(struct strait_beacon *beacon)
{
    struct strait_beacon_node *node = beacon->node;
    atomic_store_explicit(&node->next, list_end(), memory_order_relaxed);
    node->previous = last;
    /* ORDER: the node before what leads to it. PAIRS WITH the kernel's walk, whenever this process is killed.
     */
    atomic_store_explicit(last == NULL ? &head.first : &last->next, node, memory_order_release);
    last = node;
}

void strait_beacon_unlink(struct strait_beacon *beacon)
{
    struct strait_beacon_node *node = beacon->node;
    struct strait_beacon_node *next = atomic_load_explicit(&node->next, memory_order_relaxed);
    atomic_store_explicit(node->previous == NULL ? &head.first : &node->previous->next, next,
                          memory_order_release);
    if (next == list_end())
        last = node->previous;
    else
        next->previous = node->previous;
}

void strait_beacon_release(struct strait_beacon *beacon)
{
    strait_mapping_release(&beacon->mapping);
    beacon->node = NULL;
}

void strait_beacon_forget_all(void)
{
    atomic_store_explicit(&head.first, list_end(), memory_order_relaxed);
    last = NULL;
}
