#include "internal/signal_name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal/failure.h"
#include "internal/fd.h"
#include "internal/role.h"
#include "strait/signal.h"

#define MAGIC UINT64_C(0x4c4e474953525453) /* "STRSIGNL" in memory */

/* In shared memory, drawn in native/PROTOCOL.md: all of it may be anything. */
struct record {
    _Atomic uint64_t owner;
    _Atomic uint64_t magic;
    _Atomic uint64_t published; /* the owner's word when what follows is its own */
    _Atomic uint64_t thread;    /* process id in the upper half, thread id in the lower */
    _Atomic uint64_t namespace; /* of the process ids: an inode of nsfs */
};

_Static_assert(offsetof(struct record, owner) == 0, "layout");
_Static_assert(offsetof(struct record, magic) == 8, "layout");
_Static_assert(offsetof(struct record, published) == 16, "layout");
_Static_assert(offsetof(struct record, thread) == 24, "layout");
_Static_assert(offsetof(struct record, namespace) == 32, "layout");
_Static_assert(sizeof(struct record) == 40, "layout");

struct strait_signal_name {
    struct strait_segment *segment;
    struct strait_role role;
};

struct strait_signal_link {
    struct strait_segment *segment;
    uint64_t owner; /* whom it was found with */
    pid_t process;
    pid_t thread;
};

/* 0 without /proc: then nobody is found. */
static uint64_t own_namespace(void)
{
    struct stat status;
    int fd = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    int result = strait_fd_stat(fd, &status);
    close(fd);
    return result < 0 ? 0 : (uint64_t)status.st_ino;
}

/* NULL when the segment holds something else. */
static struct record *record_of(const struct strait_segment *segment)
{
    struct record *record = strait_segment_user(segment);
    uint64_t magic = 0;
    if (record == NULL || strait_segment_user_bytes(segment) < sizeof *record)
        return NULL;
    bool is_new = atomic_compare_exchange_strong(&record->magic, &magic, MAGIC);
    return is_new || magic == MAGIC ? record : NULL;
}

/* ---- The dispatcher's side -------------------------------------------------------------------------------
 */

static void publish(struct record *record, const struct strait_role *role, pid_t thread)
{
    atomic_store(&record->thread, (uint64_t)(uint32_t)getpid() << 32 | (uint32_t)thread);
    atomic_store(&record->namespace, own_namespace());
    /* ORDER: the record before the word that says it is complete. PAIRS WITH read_record. */
    atomic_store_explicit(&record->published, atomic_load(&role->owner), memory_order_release);
}

static int take(struct strait_signal_name *name, pid_t thread, struct strait_failure *failure)
{
    struct record *record = record_of(name->segment);
    if (record == NULL)
        return strait_fail(failure, "dispatcher", -EPROTO);
    strait_role_init(&name->role, name->segment->self, 0, &record->owner);
    int result = strait_role_open(&name->role, failure);
    if (result < 0)
        return result;
    publish(record, &name->role, thread);
    return 0;
}

int strait_signal_name_take(const char *name, const struct strait_segment_options *options, pid_t thread,
                            struct strait_signal_name **taken, struct strait_failure *failure)
{
    struct strait_segment_options own = STRAIT_SEGMENT_OPTIONS_INIT;
    if (options != NULL)
        own = *options;
    own.user_bytes = sizeof(struct record);
    struct strait_signal_name *made = calloc(1, sizeof *made);
    if (made == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    int result = strait_segment_open_or_create(name, &own, &made->segment, failure);
    if (result >= 0)
        result = take(made, thread, failure);
    if (result == 0) {
        *taken = made;
        return 0;
    }
    strait_segment_close(made->segment);
    free(made);
    return result;
}

void strait_signal_name_leave(struct strait_signal_name *name)
{
    if (name == NULL)
        return;
    if (strait_segment_is_ours(name->segment))
        strait_role_close(&name->role);
    strait_segment_close(name->segment);
    free(name);
}

/* ---- The sender's side -----------------------------------------------------------------------------------
 */

/* Who has the name now: its owner's word, or 0. */
static uint64_t owner_of(const struct strait_segment *segment, const struct record *record)
{
    uint64_t owner = atomic_load(&record->owner);
    if (strait_owner_state(owner) != STRAIT_OWNER_LIVE)
        return 0;
    return strait_participant_life(segment->self, owner) == STRAIT_LIVE ? owner : 0;
}

static int read_record(struct strait_signal_link *link, const struct record *record)
{
    uint64_t owner = owner_of(link->segment, record);
    /* PAIRS WITH publish; and whoever takes the name changes the owner before the rest. */
    if (owner == 0 || atomic_load_explicit(&record->published, memory_order_acquire) != owner)
        return -ENOENT;
    uint64_t thread = atomic_load(&record->thread);
    uint64_t namespace = atomic_load(&record->namespace);
    if (atomic_load(&record->owner) != owner)
        return -ENOENT;
    link->owner = owner;
    link->process = (pid_t)(thread >> 32);
    link->thread = (pid_t)(uint32_t)thread;
    if (namespace == 0 || namespace != own_namespace())
        return -EXDEV;
    return link->process > 0 && link->thread > 0 ? 0 : -EPROTO;
}

static int find(struct strait_signal_link *link, struct strait_failure *failure)
{
    const struct record *record = record_of(link->segment);
    int result = record == NULL ? -EPROTO : read_record(link, record);
    return result < 0 ? strait_fail(failure, "dispatcher", result) : 0;
}

int strait_signal_link_open(const char *name, const struct strait_segment_options *options,
                            struct strait_signal_link **link, struct strait_failure *failure)
{
    struct strait_signal_link *made = calloc(1, sizeof *made);
    if (made == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    int result = strait_segment_open(name, options, &made->segment, failure);
    if (result == 0)
        result = find(made, failure);
    if (result == 0) {
        *link = made;
        return 0;
    }
    strait_signal_link_close(made);
    return result;
}

void strait_signal_link_close(struct strait_signal_link *link)
{
    if (link == NULL)
        return;
    strait_segment_close(link->segment);
    free(link);
}

int strait_signal_link_look(const struct strait_signal_link *link, pid_t *process, pid_t *thread)
{
    *process = link->process;
    *thread = link->thread;
    return owner_of(link->segment, strait_segment_user(link->segment)) == link->owner ? 0 : -ESRCH;
}
