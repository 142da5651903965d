#include "internal/objects.h"

#include <errno.h>
#include <string.h>

#include "internal/failure.h"
#include "internal/kill_point.h"
#include "internal/owner.h"
#include "strait/barrier.h"
#include "strait/latch.h"
#include "strait/semaphore.h"

/* ---- What each kind is -----------------------------------------------------------------------------------
 */

/* The flags that it knows, and its values' range. */
struct kind {
    uint64_t bytes;
    uint32_t flags;
    int64_t least;
    int64_t most;
};

static const struct kind kinds[] = {
    [STRAIT_OBJECT_SEMAPHORE] = {sizeof(struct strait_queue), STRAIT_SEMAPHORE_OVERTAKING, 0,
                                 STRAIT_SEMAPHORE_MAX},
    [STRAIT_OBJECT_LOCK] = {sizeof(struct strait_lock_words), 0, 0, 0},
    [STRAIT_OBJECT_CONDITION] = {sizeof(struct strait_condition_words), 0, 0, 0},
    [STRAIT_OBJECT_SEQUENCE] = {sizeof(struct strait_gate), 0, 0, INT64_MAX},
    [STRAIT_OBJECT_LATCH] = {sizeof(struct strait_gate), 0, 0, STRAIT_LATCH_MAX},
    [STRAIT_OBJECT_BARRIER] = {sizeof(struct strait_gate), 0, 1, STRAIT_BARRIER_MAX},
};

static const struct kind recoverable_semaphore = {sizeof(struct strait_semaphore_words),
                                                  STRAIT_SEMAPHORE_RECOVERABLE | STRAIT_SEMAPHORE_OVERTAKING,
                                                  1, STRAIT_SEMAPHORE_MAX};

/* NULL for none. */
static const struct kind *kind_of(uint32_t kind, uint32_t flags)
{
    if (kind == STRAIT_OBJECT_SEMAPHORE && (flags & STRAIT_SEMAPHORE_RECOVERABLE) != 0)
        return &recoverable_semaphore;
    return kind < sizeof kinds / sizeof kinds[0] && kinds[kind].bytes > 0 ? &kinds[kind] : NULL;
}

/* Before anybody else can see it. */
static void initialise(void *words, const struct strait_object *object)
{
    switch (object->kind) {
    case STRAIT_OBJECT_SEMAPHORE: {
        struct strait_semaphore_words *semaphore = words;
        atomic_init(&semaphore->queue.next_ticket, 1);
        if ((object->flags & STRAIT_SEMAPHORE_RECOVERABLE) == 0)
            atomic_init(&semaphore->queue.word, (uint64_t)object->value);
        break;
    }
    case STRAIT_OBJECT_LOCK:
        atomic_init(&((struct strait_lock_words *)words)->queue.next_ticket, 1);
        break;
    case STRAIT_OBJECT_SEQUENCE:
    case STRAIT_OBJECT_LATCH:
        atomic_init(&((struct strait_gate *)words)->word, (uint64_t)object->value);
        break;
    case STRAIT_OBJECT_CONDITION:
    case STRAIT_OBJECT_BARRIER:
        break;
    }
}

/* ---- Making them -----------------------------------------------------------------------------------------
 */

static int check(const struct strait_object *objects, uint32_t index, struct strait_failure *failure)
{
    const struct strait_object *object = &objects[index];
    size_t length = object->name == NULL ? 0 : strlen(object->name);
    if (length < 1 || length > STRAIT_OBJECT_NAME)
        return strait_fail_mismatch(failure, -EINVAL, STRAIT_MISMATCH_OBJECT, STRAIT_OBJECT_NAME, length);
    for (uint32_t other = 0; other < index; other++)
        if (strcmp(objects[other].name, object->name) == 0)
            return strait_fail_mismatch(failure, -EINVAL, STRAIT_MISMATCH_OBJECT, other, index);
    const struct kind *kind = kind_of(object->kind, object->flags);
    if (kind == NULL)
        return strait_fail_mismatch(failure, -EINVAL, STRAIT_MISMATCH_OBJECT, STRAIT_OBJECT_BARRIER,
                                    object->kind);
    if ((object->flags & ~kind->flags) != 0)
        return strait_fail_mismatch(failure, -EINVAL, STRAIT_MISMATCH_OBJECT, kind->flags, object->flags);
    if (object->value < kind->least || object->value > kind->most)
        return strait_fail_mismatch(failure, -EINVAL, STRAIT_MISMATCH_OBJECT, (uint64_t)kind->most,
                                    (uint64_t)object->value);
    return 0;
}

static uint64_t directory_bytes(uint32_t count)
{
    return sizeof(struct strait_sync_control) + count * (uint64_t)sizeof(struct strait_object_entry);
}

int strait_objects_plan(const struct strait_object *objects, uint32_t count, uint64_t *bytes,
                        struct strait_failure *failure)
{
    if (count > STRAIT_OBJECTS_MAX || objects == NULL)
        return strait_fail_mismatch(failure, -EINVAL, STRAIT_MISMATCH_OBJECT, STRAIT_OBJECTS_MAX, count);
    *bytes = directory_bytes(count);
    for (uint32_t i = 0; i < count; i++) {
        int result = check(objects, i, failure);
        if (result < 0)
            return result;
        *bytes += kind_of(objects[i].kind, objects[i].flags)->bytes;
    }
    return 0;
}

void strait_objects_write(unsigned char *base, struct strait_section section,
                          const struct strait_object *objects, uint32_t count)
{
    if (count == 0)
        return;
    struct strait_sync_control *control = (struct strait_sync_control *)(base + section.offset);
    uint64_t offset = section.offset + directory_bytes(count);
    control->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct strait_object_entry *entry = &control->entries[i];
        strcpy(entry->name, objects[i].name);
        entry->kind = objects[i].kind;
        entry->flags = objects[i].flags;
        entry->value = objects[i].value;
        entry->offset = offset;
        entry->bytes = kind_of(entry->kind, entry->flags)->bytes;
        initialise(base + offset, &objects[i]);
        offset += entry->bytes;
    }
}

/* ---- Finding them, in memory that may hold anything ------------------------------------------------------
 */

uint32_t strait_objects_count(const unsigned char *base, struct strait_section section)
{
    if (section.bytes < sizeof(struct strait_sync_control))
        return 0;
    uint32_t count = *(const volatile uint32_t *)(base + section.offset);
    return count <= STRAIT_OBJECTS_MAX && directory_bytes(count) <= section.bytes ? count : 0;
}

static const struct strait_object_entry *entry_at(const unsigned char *base, struct strait_section section,
                                                  uint32_t index)
{
    return &((const struct strait_sync_control *)(base + section.offset))->entries[index];
}

int strait_objects_find(const unsigned char *base, struct strait_section section, const char *name)
{
    size_t length = strlen(name) + 1;
    uint32_t count = length > STRAIT_OBJECT_NAME + 1 ? 0 : strait_objects_count(base, section);
    for (uint32_t i = 0; i < count; i++)
        if (memcmp(entry_at(base, section, i)->name, name, length) == 0)
            return (int)i;
    return -ENOENT;
}

/* Whether its words lie behind the directory and in the section. */
static bool lies_inside(const struct strait_object_entry *entry, struct strait_section section,
                        uint32_t count, uint64_t bytes)
{
    uint64_t start = section.offset + directory_bytes(count);
    uint64_t end = section.offset + section.bytes;
    return entry->offset % STRAIT_LINE == 0 && entry->offset >= start && entry->offset <= end &&
           bytes <= end - entry->offset;
}

bool strait_objects_view(unsigned char *base, struct strait_section section, uint32_t index,
                         struct strait_object_view *view)
{
    struct strait_object_entry entry;
    uint32_t count = strait_objects_count(base, section);
    if (index >= count)
        return false;
    memcpy(&entry, entry_at(base, section, index), sizeof entry);
    atomic_signal_fence(memory_order_seq_cst); /* the compiler shall not read it again */
    const struct kind *kind = kind_of(entry.kind, entry.flags);
    if (kind == NULL || (entry.flags & ~kind->flags) != 0 || entry.value < kind->least ||
        entry.value > kind->most || !lies_inside(&entry, section, count, kind->bytes))
        return false;
    *view = (struct strait_object_view){entry.kind, entry.flags, entry.value, base + entry.offset};
    return true;
}

void strait_objects_notify(struct strait_condition_words *condition, bool all)
{
    uint64_t notified = atomic_load_explicit(&condition->notified, memory_order_acquire);
    for (;;) {
        uint64_t drawn = atomic_load_explicit(&condition->next_ticket, memory_order_acquire);
        uint64_t to = all ? drawn : notified + 1;
        if (notified >= drawn)
            return;
        if (atomic_compare_exchange_weak_explicit(&condition->notified, &notified, to, memory_order_seq_cst,
                                                  memory_order_acquire))
            return;
    }
}

/* ---- Letting go of what the dead held --------------------------------------------------------------------
 */

static void leave_line(struct strait_queue *queue, uint32_t slot)
{
    atomic_fetch_and_explicit(&queue->watchers, ~(UINT64_C(1) << slot), memory_order_relaxed);
    atomic_fetch_and_explicit(&queue->waiting, ~(UINT64_C(1) << slot), memory_order_seq_cst);
    atomic_store_explicit(&queue->ticket[slot], 0, memory_order_release);
}

/* When this fails somebody has already taken it over, who saw that the lock was free. */
static void disown(_Atomic uint64_t *word, uint32_t slot)
{
    uint64_t owner = atomic_load_explicit(word, memory_order_acquire);
    if (strait_owner_is_held(owner) && strait_owner_slot(owner) == slot)
        atomic_compare_exchange_strong_explicit(word, &owner, strait_owner_in_state(owner, STRAIT_OWNER_DEAD),
                                                memory_order_acq_rel, memory_order_relaxed);
}

/* Said before the cell is cleared, so that another says it if we die between. */
static void lose_party(struct strait_gate *gate, uint32_t slot, bool breaks)
{
    if (atomic_load_explicit(&gate->party[slot], memory_order_acquire) == 0)
        return;
    if (breaks)
        atomic_fetch_or_explicit(&gate->word, STRAIT_BARRIER_BROKEN, memory_order_seq_cst);
    else
        atomic_store_explicit(&gate->lost, 1, memory_order_seq_cst);
    STRAIT_KILL_POINT(reap_party);
    atomic_store_explicit(&gate->party[slot], 0, memory_order_release);
}

void strait_objects_reap(unsigned char *base, struct strait_section section, uint32_t slot)
{
    struct strait_object_view object;
    uint32_t count = strait_objects_count(base, section);
    for (uint32_t i = 0; i < count; i++) {
        if (!strait_objects_view(base, section, i, &object))
            continue;
        switch (object.kind) {
        case STRAIT_OBJECT_SEMAPHORE: {
            struct strait_semaphore_words *semaphore = object.words;
            leave_line(&semaphore->queue, slot);
            STRAIT_KILL_POINT(reap_line);
            if ((object.flags & STRAIT_SEMAPHORE_RECOVERABLE) != 0) {
                atomic_store_explicit(&semaphore->ledger.held[slot], 0, memory_order_release);
                STRAIT_KILL_POINT(reap_held);
                disown(&semaphore->ledger.owner, slot);
                STRAIT_KILL_POINT(reap_ledger);
            }
            break;
        }
        case STRAIT_OBJECT_LOCK: {
            struct strait_lock_words *lock = object.words;
            leave_line(&lock->queue, slot);
            disown(&lock->queue.word, slot);
            STRAIT_KILL_POINT(reap_object);
            break;
        }
        case STRAIT_OBJECT_SEQUENCE:
        case STRAIT_OBJECT_LATCH:
        case STRAIT_OBJECT_BARRIER:
            lose_party(object.words, slot, object.kind == STRAIT_OBJECT_BARRIER);
            break;
        default:
            /* A notification may have been the dead one's; one too many harms nobody. */
            strait_objects_notify(object.words, true);
            break;
        }
    }
}
