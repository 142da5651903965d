/* Files that are open, for what moves bytes between descriptors. Results are 0 or positive, else a negated
 * errno. */
#ifndef STRAIT_INTERNAL_OPEN_FILE_H
#define STRAIT_INTERNAL_OPEN_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* open(2), close-on-exec and non-blocking beside `flags`. */
int strait_open_file_open(const char *path, int flags, mode_t mode);

/* lseek(2); fstat(2): bytes. */
int64_t strait_open_file_seek(int fd, int64_t offset, int whence);
int64_t strait_open_file_size(int fd);

/* sendfile(2): bytes; from an offset, which leaves the file's own alone, where that is not negative. */
int64_t strait_open_file_send(int from, int64_t offset, int to, size_t count);

#endif
