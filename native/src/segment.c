#include "strait/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/directory.h"
#include "internal/failure.h"
#include "internal/fd.h"
#include "internal/kill_point.h"
#include "internal/publish.h"
#include "internal/segment.h"

#define KNOWN_FLAGS                                                                                          \
    ((uint32_t)(STRAIT_SEGMENT_HUGE_PAGES | STRAIT_SEGMENT_PREFAULT | STRAIT_SEGMENT_LOCK |                  \
                STRAIT_SEGMENT_NO_DUMP | STRAIT_SEGMENT_REPLACE_ABANDONED))
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u /* Linux 6.3 */
#endif
#define REQUIRED_SEALS  (F_SEAL_SHRINK | F_SEAL_GROW)
#define FORBIDDEN_SEALS (F_SEAL_WRITE | 0x10 /* F_SEAL_FUTURE_WRITE */)

enum { ANY_KIND = 0 }; /* no kind: PLAIN or RING */

_Atomic uint64_t strait_segment_forks;

static const struct strait_segment_options default_options = STRAIT_SEGMENT_OPTIONS_INIT;

/* ---- Mapping an open file --------------------------------------------------------------------------------
 */

/* The unit that mappings of this file come in: its huge page, or the processor's page. */
static int page_bytes_of(int fd, uint32_t flags, uint32_t *page_bytes, struct strait_failure *failure)
{
    struct statfs status;
    *page_bytes = (uint32_t)sysconf(_SC_PAGESIZE);
    if (fstatfs(fd, &status) < 0)
        return strait_fail(failure, "fstatfs", -errno);
    if (status.f_type == HUGETLBFS_MAGIC)
        *page_bytes = (uint32_t)status.f_bsize;
    else if ((flags & STRAIT_SEGMENT_HUGE_PAGES) != 0)
        return strait_fail(failure, "open(hugetlbfs)", -EINVAL);
    return 0;
}

/* From the header to the lanes. */
static int map_fixed(struct strait_segment *segment, const char **operation)
{
    const struct strait_geometry *geometry = &segment->geometry;
    return strait_mapping_map(&segment->fixed, segment->fd, strait_geometry_fixed_bytes(geometry),
                              geometry->page_bytes, operation);
}

static int map_lanes(struct strait_segment *segment, const char **operation)
{
    const struct strait_geometry *geometry = &segment->geometry;
    if (geometry->lane_count == 0)
        return 0;
    return strait_mapping_map_twice(&segment->lanes, segment->fd, geometry->lanes.offset,
                                    geometry->lane_bytes, geometry->lane_count, geometry->page_bytes,
                                    operation);
}

static int map_all(struct strait_segment *segment, uint32_t flags, struct strait_failure *failure)
{
    const char *operation;
    int result = segment->fixed.base == NULL ? map_fixed(segment, &operation) : 0;
    if (result == 0)
        result = map_lanes(segment, &operation);
    if (result == 0)
        result = strait_mapping_apply(&segment->fixed, flags, &operation);
    if (result == 0)
        result = strait_mapping_apply(&segment->lanes, flags, &operation);
    return result < 0 ? strait_fail(failure, operation, result) : 0;
}

static struct strait_segment *new_segment(const char *path, bool anonymous)
{
    struct strait_segment *segment = calloc(1, sizeof *segment);
    if (segment == NULL)
        return NULL;
    segment->fd = -1;
    segment->pid = getpid();
    segment->forks = atomic_load(&strait_segment_forks);
    segment->anonymous = anonymous;
    segment->path = strdup(path);
    if (segment->path == NULL) {
        free(segment);
        return NULL;
    }
    return segment;
}

/* directory/name; the caller knows that both fit. */
static struct strait_segment *new_named_segment(const struct strait_directory *directory, const char *name)
{
    char path[PATH_MAX + STRAIT_NAME_MAX + 2];
    snprintf(path, sizeof path, "%s/%s", directory->path, name);
    return new_segment(path, false);
}

/* ---- Creating --------------------------------------------------------------------------------------------
 */

/* Size, memory, permissions, content: everything but the name. */
static int fill(struct strait_segment *segment, const struct strait_segment_options *options,
                const struct strait_plan *plan, struct strait_failure *failure)
{
    uint32_t page_bytes;
    const char *operation;
    int result = page_bytes_of(segment->fd, options->flags, &page_bytes, failure);
    if (result < 0)
        return result;
    result = strait_geometry_plan(plan, page_bytes, &segment->geometry, failure);
    if (result < 0)
        return result;
    if (fchmod(segment->fd, options->mode & 0777) < 0)
        return strait_fail(failure, "fchmod", -errno);
    if (options->group >= 0 && fchown(segment->fd, (uid_t)-1, (gid_t)options->group) < 0)
        return strait_fail(failure, "fchown", -errno);
    result = strait_fd_allocate(segment->fd, segment->geometry.segment_bytes);
    if (result < 0)
        return strait_fail(failure, "posix_fallocate", result);
    STRAIT_KILL_POINT(create_memory);
    result = map_fixed(segment, &operation);
    if (result < 0)
        return strait_fail(failure, operation, result);
    strait_header_write(segment->fixed.base, plan, &segment->geometry);
    STRAIT_KILL_POINT(create_header);
    segment->created = true;
    return map_all(segment, options->flags, failure);
}

/* What is the same for all ways of making one. */
struct order {
    const struct strait_segment_options *options;
    const struct strait_plan *plan;
    const struct strait_joining *joining;
};

static int join(struct strait_segment *segment, const struct order *order, struct strait_failure *failure)
{
    return order->joining == NULL ? 0 : order->joining->join(segment, failure);
}

static int make_named_in(const struct strait_directory *directory, const char *name, bool by_rename,
                         const struct order *order, struct strait_segment **made,
                         struct strait_failure *failure)
{
    struct strait_unpublished file;
    struct strait_segment *segment = new_named_segment(directory, name);
    if (segment == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    int result = strait_unpublished_create(directory, by_rename, &file, failure);
    if (result == 0) {
        STRAIT_KILL_POINT(create_file);
        segment->fd = file.fd;
        result = fill(segment, order->options, order->plan, failure);
        if (result == 0)
            result = join(segment, order, failure);
        if (result == 0)
            result = strait_unpublished_publish(directory, &file, name, failure);
        if (result < 0) {
            if (segment->self != NULL)
                order->joining->leave(segment);
            strait_unpublished_discard(directory, &file);
            segment->fd = -1;
        }
    }
    if (result < 0) {
        strait_segment_discard(segment);
        return result;
    }
    STRAIT_KILL_POINT(create_name);
    *made = segment;
    return 0;
}

/* A file without a name that cannot be linked (no /proc, no capability) is made once more with a temporary
 * one. */
static int make_named(const char *name, bool by_rename, const struct order *order,
                      struct strait_segment **segment, struct strait_failure *failure)
{
    struct strait_directory directory;
    int result = strait_directory_open(order->options->directory, -1, true, &directory, failure);
    if (result < 0)
        return result;
    result = make_named_in(&directory, name, by_rename, order, segment, failure);
    if (!by_rename && (result == -ENOENT || result == -EPERM))
        result = make_named_in(&directory, name, true, order, segment, failure);
    strait_directory_close(&directory);
    return result;
}

static int make_memfd(const char *label, const struct order *order, struct strait_segment **made,
                      struct strait_failure *failure)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    if ((order->options->flags & STRAIT_SEGMENT_HUGE_PAGES) != 0)
        flags |= MFD_HUGETLB;
    struct strait_segment *segment = new_segment(label, true);
    if (segment == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    segment->fd = (int)syscall(SYS_memfd_create, label, flags);
    if (segment->fd < 0 && errno == EACCES) /* vm.memfd_noexec is 2 */
        segment->fd = (int)syscall(SYS_memfd_create, label, flags | MFD_NOEXEC_SEAL);
    int result = segment->fd < 0 ? strait_fail(failure, "memfd_create", -errno)
                                 : fill(segment, order->options, order->plan, failure);
    if (result == 0 && fcntl(segment->fd, F_ADD_SEALS, REQUIRED_SEALS) < 0)
        result = strait_fail(failure, "fcntl(F_ADD_SEALS)", -errno);
    if (result == 0)
        result = join(segment, order, failure);
    if (result < 0)
        strait_segment_discard(segment);
    else
        *made = segment;
    return result;
}

/* A memfd is opened without a name. */
static int check_arguments(const struct strait_place *place, bool named,
                           const struct strait_segment_options *options, struct strait_failure *failure)
{
    if ((options->flags & ~KNOWN_FLAGS) != 0 || (options->mode & ~0777u) != 0 || options->group < -1 ||
        options->group >= UINT32_MAX || options->owner < -1 || options->owner >= UINT32_MAX)
        return strait_fail(failure, "options", -EINVAL);
    if (named && !strait_name_is_valid(place->name))
        return strait_fail(failure, "name", -EINVAL);
    return 0;
}

int strait_segment_make(const struct strait_place *place, const struct strait_segment_options *options,
                        const struct strait_plan *plan, const struct strait_joining *joining,
                        struct strait_segment **segment, struct strait_failure *failure)
{
    struct order order = {options == NULL ? &default_options : options, plan, joining};
    int result = check_arguments(place, true, order.options, failure);
    if (result < 0)
        return result;
    return place->anonymous ? make_memfd(place->name, &order, segment, failure)
                            : make_named(place->name, false, &order, segment, failure);
}

int strait_segment_make_by_rename(const struct strait_place *place,
                                  const struct strait_segment_options *options,
                                  const struct strait_plan *plan, struct strait_segment **segment,
                                  struct strait_failure *failure)
{
    struct order order = {options == NULL ? &default_options : options, plan, NULL};
    return make_named(place->name, true, &order, segment, failure);
}

/* ---- Opening ---------------------------------------------------------------------------------------------
 */

static int wrong_type(mode_t mode, struct strait_failure *failure)
{
    return strait_fail_mismatch(failure, -EPROTO, STRAIT_MISMATCH_FILE_TYPE, S_IFREG, mode & S_IFMT);
}

/* A directory or a socket cannot even be opened; what it is says more than EISDIR or ENXIO. */
static int open_failed(const struct strait_segment *segment, int error, struct strait_failure *failure)
{
    struct stat status;
    if (strait_path_stat(segment->path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
        return wrong_type(status.st_mode, failure);
    return strait_fail(failure, "open", error);
}

/* What the file itself must be, before a byte of it is believed. */
static int check_file(const struct strait_segment *segment, const struct strait_segment_options *options,
                      struct stat *status, struct strait_failure *failure)
{
    uint64_t owner = options->owner >= 0 ? (uint64_t)options->owner : geteuid();
    int seals = segment->anonymous ? fcntl(segment->fd, F_GET_SEALS) : 0;
    int result =
        strait_fd_stat(segment->fd, status); /* after the seals: what they fix is the size from now on */
    if (result < 0)
        return strait_fail(failure, "fstat", result);
    if (!S_ISREG(status->st_mode))
        return wrong_type(status->st_mode, failure);
    if (status->st_uid != owner)
        return strait_fail_mismatch(failure, -EPERM, STRAIT_MISMATCH_OWNER, owner, status->st_uid);
    if ((status->st_mode & 0777 & ~options->mode) != 0)
        return strait_fail_mismatch(failure, -EPERM, STRAIT_MISMATCH_MODE, options->mode,
                                    status->st_mode & 0777);
    if (segment->anonymous &&
        (seals < 0 || (seals & REQUIRED_SEALS) != REQUIRED_SEALS || (seals & FORBIDDEN_SEALS) != 0))
        return strait_fail_mismatch(failure, -EPROTO, STRAIT_MISMATCH_SEALS, REQUIRED_SEALS,
                                    seals < 0 ? 0 : (uint64_t)seals);
    return 0;
}

/* Reads the header once, into memory of our own. */
static int read_header(const struct strait_segment *segment, struct strait_header *header,
                       uint64_t file_bytes, struct strait_failure *failure)
{
    ssize_t length;
    do
        length = pread(segment->fd, header, sizeof *header, 0);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return strait_fail(failure, "pread", -errno);
    if (length < (ssize_t)sizeof *header)
        return strait_fail_mismatch(failure, -EPROTO, STRAIT_MISMATCH_SIZE, sizeof *header, file_bytes);
    return 0;
}

/* `kind` may be ANY_KIND. */
static int check_open_file(struct strait_segment *segment, const struct strait_segment_options *options,
                           uint32_t kind, struct strait_failure *failure)
{
    struct stat status;
    struct strait_header header;
    uint32_t page_bytes;

    int result = check_file(segment, options, &status, failure);
    if (result < 0)
        return result;
    uint64_t file_bytes = (uint64_t)status.st_size;
    result = read_header(segment, &header, file_bytes, failure);
    if (result < 0)
        return result;
    result = page_bytes_of(segment->fd, options->flags, &page_bytes, failure);
    if (result < 0)
        return result;
    if (kind == ANY_KIND)
        kind = header.kind == STRAIT_SEGMENT_RING ? STRAIT_SEGMENT_RING : STRAIT_SEGMENT_PLAIN;
    return strait_header_check(&header, file_bytes, page_bytes, (enum strait_segment_kind)kind,
                               &segment->geometry, failure);
}

static int attach_file(struct strait_segment *segment, const struct strait_segment_options *options,
                       enum strait_segment_kind kind, struct strait_failure *failure)
{
    int result = check_open_file(segment, options, kind, failure);
    return result < 0 ? result : map_all(segment, options->flags, failure);
}

/* Takes the segment, whose descriptor is open or a negated errno. */
static int finish_attach(struct strait_segment *segment, const struct strait_segment_options *options,
                         enum strait_segment_kind kind, struct strait_segment **attached,
                         struct strait_failure *failure)
{
    int result = segment->fd < 0 ? open_failed(segment, -errno, failure)
                                 : attach_file(segment, options, kind, failure);
    if (result < 0)
        strait_segment_discard(segment);
    else
        *attached = segment;
    return result;
}

static int attach_named(const char *name, const struct strait_segment_options *options,
                        enum strait_segment_kind kind, struct strait_segment **attached,
                        struct strait_failure *failure)
{
    struct strait_directory directory;
    int result = strait_directory_open(options->directory, options->owner, false, &directory, failure);
    if (result < 0)
        return result;
    struct strait_segment *segment = new_named_segment(&directory, name);
    if (segment != NULL)
        segment->fd = openat(directory.fd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int error = errno;
    strait_directory_close(&directory);
    if (segment == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    errno = error;
    return finish_attach(segment, options, kind, attached, failure);
}

/* Not /proc/self, which is gone when the main thread is. */
static void path_of_descriptor(int32_t pid, int fd, char *path, size_t bytes)
{
    if (pid == 0)
        snprintf(path, bytes, "/proc/thread-self/fd/%d", fd);
    else
        snprintf(path, bytes, "/proc/%d/fd/%d", (int)pid, fd);
}

/*
 * Opening the link in /proc makes a description of our own, whose locks are ours. What stands there may be
 * anything: it is looked at before it is opened, because opening a device can have effects.
 */
static int open_descriptor(const char *descriptor, struct strait_failure *failure)
{
    char path[64];
    struct stat status;
    int found = open(descriptor, O_PATH | O_CLOEXEC);
    if (found < 0)
        return strait_fail(failure, "open(O_PATH)", -errno);
    int result = strait_fd_stat(found, &status);
    if (result < 0) {
        result = strait_fail(failure, "fstat", result);
    } else if (!S_ISREG(status.st_mode)) {
        result = wrong_type(status.st_mode, failure);
    } else {
        snprintf(path, sizeof path, "/proc/thread-self/fd/%d", found);
        result = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (result < 0)
            result = strait_fail(failure, "open", -errno);
    }
    close(found);
    return result;
}

static int attach_memfd(int32_t pid, int fd, const struct strait_segment_options *options,
                        enum strait_segment_kind kind, struct strait_segment **attached,
                        struct strait_failure *failure)
{
    char path[64];
    path_of_descriptor(pid, fd, path, sizeof path);
    struct strait_segment *segment = new_segment(path, true);
    if (segment == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    int opened = open_descriptor(path, failure);
    if (opened < 0) {
        strait_segment_discard(segment);
        return opened;
    }
    segment->fd = opened;
    return finish_attach(segment, options, kind, attached, failure);
}

/* The header says what it is: a plain segment or a ring will do. */
static int map_view(struct strait_segment *segment, const struct strait_segment_options *options,
                    struct strait_failure *failure)
{
    const char *operation;
    int result = check_open_file(segment, options, ANY_KIND, failure);
    if (result < 0)
        return result;
    result = strait_mapping_map_read_only(&segment->fixed, segment->fd,
                                          strait_geometry_fixed_bytes(&segment->geometry),
                                          segment->geometry.page_bytes, &operation);
    if (result == 0) /* what is prefaulted is written to */
        result = strait_mapping_apply(&segment->fixed, options->flags & ~(uint32_t)STRAIT_SEGMENT_PREFAULT,
                                      &operation);
    return result < 0 ? strait_fail(failure, operation, result) : 0;
}

int strait_segment_view(int fd, const struct strait_segment_options *options, struct strait_segment **view,
                        struct strait_failure *failure)
{
    char path[64];
    path_of_descriptor(0, fd, path, sizeof path);
    options = options == NULL ? &default_options : options;
    struct strait_segment *segment = new_segment(path, true);
    if (segment == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    segment->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    int result = segment->fd < 0 ? strait_fail(failure, "fcntl(F_DUPFD_CLOEXEC)", -errno)
                                 : map_view(segment, options, failure);
    if (result < 0)
        strait_segment_discard(segment);
    else
        *view = segment;
    return result;
}

/* Looks again after 1, 2, 4 … 32 ms: a process that waits for hours costs about 0.02 % of a core. */
static void pause_before_retry(int attempt, int64_t deadline_ns)
{
    int64_t until_ns = strait_now_ns() + (INT64_C(1000000) << (attempt < 5 ? attempt : 5));
    struct timespec until = strait_timespec(until_ns < deadline_ns ? until_ns : deadline_ns);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

int strait_segment_attach(const struct strait_place *place, const struct strait_segment_options *options,
                          enum strait_segment_kind kind, struct strait_segment **segment,
                          struct strait_failure *failure)
{
    options = options == NULL ? &default_options : options;
    int result = check_arguments(place, !place->anonymous, options, failure);
    if (result < 0)
        return result;
    if (place->anonymous)
        return attach_memfd(place->pid, place->fd, options, kind, segment, failure);
    int64_t deadline_ns = strait_deadline_after(options->timeout_ns);
    for (int attempt = 0;; attempt++) {
        result = attach_named(place->name, options, kind, segment, failure);
        if (result != -ENOENT || strait_now_ns() >= deadline_ns)
            return result;
        pause_before_retry(attempt, deadline_ns);
    }
}

/* What is removed must be a segment, and its name must still lead to it. With all slots locked. */
static int remove_locked(const struct strait_directory *directory, const char *name, int fd,
                         const struct strait_segment_options *options, struct strait_failure *failure)
{
    struct stat ours;
    struct stat named;
    uint64_t magic = 0;
    uint64_t owner = options->owner >= 0 ? (uint64_t)options->owner : geteuid();
    int result = strait_fd_stat(fd, &ours);
    if (result < 0)
        return strait_fail(failure, "fstat", result);
    if (!S_ISREG(ours.st_mode))
        return wrong_type(ours.st_mode, failure);
    if (ours.st_uid != owner)
        return strait_fail_mismatch(failure, -EPERM, STRAIT_MISMATCH_OWNER, owner, ours.st_uid);
    if (pread(fd, &magic, sizeof magic, 0) < 0 || magic != STRAIT_MAGIC)
        return strait_fail_mismatch(failure, -EPROTO, STRAIT_MISMATCH_MAGIC, STRAIT_MAGIC, magic);
    STRAIT_KILL_POINT(remove_lock);
    result = strait_fd_stat_at(directory->fd, name, &named);
    if (result == 0 && (ours.st_dev != named.st_dev || ours.st_ino != named.st_ino))
        return 0; /* somebody was faster, and has made another */
    if (result == 0 && unlinkat(directory->fd, name, 0) < 0)
        result = -errno;
    STRAIT_KILL_POINT(remove_name);
    return result < 0 ? strait_fail(failure, "unlink", result) : 0;
}

int strait_segment_remove_abandoned(const struct strait_place *place,
                                    const struct strait_segment_options *options,
                                    struct strait_failure *failure)
{
    struct strait_directory directory;
    int result = strait_directory_open(options->directory, options->owner, false, &directory, failure);
    if (result < 0)
        return result;
    int fd = openat(directory.fd, place->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    result = fd < 0 ? -errno : strait_fd_lock_range(fd, STRAIT_LOCK_BYTE, STRAIT_SLOTS);
    if (result == -EAGAIN)
        result = -EBUSY;
    if (result < 0)
        strait_fail(failure, fd < 0 ? "open" : "fcntl(F_OFD_SETLK)", result);
    else
        result = remove_locked(&directory, place->name, fd, options, failure);
    if (fd >= 0)
        close(fd);
    strait_directory_close(&directory);
    return result;
}

/* ---- Public ----------------------------------------------------------------------------------------------
 */

int strait_segment_unlink(const char *name, const struct strait_segment_options *options)
{
    struct strait_directory directory;
    if (!strait_name_is_valid(name))
        return -EINVAL;
    options = options == NULL ? &default_options : options;
    int result = strait_directory_open(options->directory, options->owner, false, &directory, NULL);
    if (result < 0)
        return result;
    result = unlinkat(directory.fd, name, 0) < 0 ? -errno : 0;
    strait_directory_close(&directory);
    return result;
}

bool strait_segment_is_ours(const struct strait_segment *segment)
{
    return getpid() == segment->pid;
}

/* In a forked child the mappings are not there (MADV_DONTFORK), and others may be at their addresses. */
void strait_segment_shut(struct strait_segment *segment)
{
    if (segment->fd < 0)
        return;
    if (strait_segment_is_ours(segment)) {
        strait_mapping_overlay(&segment->fixed);
        strait_mapping_overlay(&segment->lanes);
        STRAIT_KILL_POINT(leave_overlaid);
        strait_fd_unlock_all(segment->fd); /* a forked child may still have the description */
        STRAIT_KILL_POINT(leave_unlocked);
    }
    close(segment->fd);
    segment->fd = -1;
}

void strait_segment_free(struct strait_segment *segment)
{
    if (strait_segment_is_ours(segment)) {
        strait_mapping_release(&segment->fixed);
        strait_mapping_release(&segment->lanes);
    }
    free(segment->syncs);
    free(segment->self);
    free(segment->path);
    free(segment);
}

void strait_segment_discard(struct strait_segment *segment)
{
    strait_segment_shut(segment);
    strait_segment_free(segment);
}

int strait_segment_is_linked(const struct strait_segment *segment)
{
    struct stat ours;
    struct stat named;
    if (segment->anonymous)
        return 1;
    int result = strait_fd_stat(segment->fd, &ours);
    if (result == 0)
        result = strait_path_stat(segment->path, &named);
    if (result == -ENOENT || result == -ENOTDIR)
        return 0;
    return result < 0 ? result : ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

void *strait_segment_user(const struct strait_segment *segment)
{
    return segment->geometry.user.bytes == 0 ? NULL : segment->fixed.base + segment->geometry.user.offset;
}

uint64_t strait_segment_user_bytes(const struct strait_segment *segment)
{
    return segment->geometry.user.bytes;
}

const char *strait_segment_path(const struct strait_segment *segment)
{
    return segment->path;
}

uint64_t strait_segment_epoch(const struct strait_segment *segment)
{
    return segment->geometry.epoch;
}

int strait_segment_fd(const struct strait_segment *segment)
{
    return segment->fd;
}

bool strait_segment_was_created(const struct strait_segment *segment)
{
    return segment->created;
}

uint64_t strait_segment_bytes(const struct strait_segment *segment)
{
    return segment->geometry.segment_bytes;
}
