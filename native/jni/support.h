/* What the JNI files share: arguments in, results out. */
#ifndef STRAIT_JNI_SUPPORT_H
#define STRAIT_JNI_SUPPORT_H

#include <jni.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "strait/participant.h"

/* One native method: its name, its descriptor, and the function that javac -h declared. */
#define STRAIT_METHOD(name, descriptor, function)                                                            \
    {                                                                                                        \
        (char *)(name), (char *)(descriptor), (void *)(function)                                             \
    }

/* The tables of the classes that have native methods. */
struct strait_jni_class {
    const char *simple_name;
    const JNINativeMethod *methods;
    jint count;
};

extern const struct strait_jni_class strait_jni_descriptor;
extern const struct strait_jni_class strait_jni_dispatcher;
extern const struct strait_jni_class strait_jni_error;
extern const struct strait_jni_class strait_jni_event;
extern const struct strait_jni_class strait_jni_fifo;
extern const struct strait_jni_class strait_jni_gate;
extern const struct strait_jni_class strait_jni_kick;
extern const struct strait_jni_class strait_jni_open_file;
extern const struct strait_jni_class strait_jni_pending;
extern const struct strait_jni_class strait_jni_pipe;
extern const struct strait_jni_class strait_jni_posix_memory;
extern const struct strait_jni_class strait_jni_posix_queue;
extern const struct strait_jni_class strait_jni_posix_semaphore;
extern const struct strait_jni_class strait_jni_program;
extern const struct strait_jni_class strait_jni_ring;
extern const struct strait_jni_class strait_jni_segment;
extern const struct strait_jni_class strait_jni_share;
extern const struct strait_jni_class strait_jni_signal;
extern const struct strait_jni_class strait_jni_socket;
extern const struct strait_jni_class strait_jni_sync;
extern const struct strait_jni_class strait_jni_sysv;
extern const struct strait_jni_class strait_jni_wait_set;

/* Once, when the library is loaded. */
void strait_jni_reserve_signals(void);

/* Once: from now on children that Java makes inherit no mask of ours. */
void strait_jni_guard_children(JNIEnv *env);

/* A handle is the address of a C object. */
static inline void *strait_jni_pointer(jlong handle)
{
    return (void *)(uintptr_t)handle;
}

static inline jlong strait_jni_handle(const void *pointer)
{
    return (jlong)(uintptr_t)pointer;
}

/* What the beginning of a wait answers: the pending, which is positive, or else a result, with the sign bit.
 */
static inline jlong strait_jni_begun(const void *pending, int result)
{
    return pending == NULL ? INT64_MIN | (uint32_t)result : strait_jni_handle(pending);
}

/* The handle of the watch that a call has added to a wait set, or what it answered instead. */
struct strait_watch;
struct strait_wait_set;
jlong strait_jni_add(jlong set, int made, const struct strait_watch *watch);

/* Copies of a call's directory, name and long[] options. */
struct strait_jni_arguments {
    char directory[PATH_MAX];
    char name[PATH_MAX];
    struct strait_segment_options
        options; /* its directory points into this struct, its objects to the heap */
};

/* Fills them; strings may be null, and what does not fit is cut so that it is refused as too long. 0, or
 * -ENOMEM. To be freed after the call, also when it failed. */
int strait_jni_arguments(JNIEnv *env, jstring directory, jstring name, jlongArray options,
                         struct strait_jni_arguments *arguments, struct strait_failure *failure);
void strait_jni_arguments_free(struct strait_jni_arguments *arguments);

/* Room for a name of at most NAME_MAX bytes: what does not fit is cut so that it is refused as too long. */
enum { STRAIT_JNI_NAME_BYTES = 2 * NAME_MAX };

/* A copy of a Java string, NULL for null. */
const char *strait_jni_string(JNIEnv *env, jstring string, char *buffer, size_t bytes);

/* A copy of a path's bytes as NativePath.java gives them, with a NUL behind; what does not fit is cut so that
 * the kernel refuses it as too long. */
const char *strait_jni_path(JNIEnv *env, jbyteArray bytes, char path[PATH_MAX + 1]);

/* Writes a failure into the long[4] that Failure.java reads when `result` is negative. Returns the result. */
jlong strait_jni_failed(JNIEnv *env, jlong result, const struct strait_failure *failure, jlongArray values);

/* Writes a participant's numbers as the `index`-th into the long[] that Participant.java reads. */
void strait_jni_participant(JNIEnv *env, const struct strait_participant_info *info, jlongArray values,
                            int index);

/* A synchronisation object in the long[] that SegmentObject.java writes and reads. */
struct strait_jni_object {
    uint32_t kind;
    uint32_t flags;
    int64_t value;
    char name[STRAIT_OBJECT_NAME + 1]; /* zeros end it */
};

enum { STRAIT_JNI_OBJECT_VALUES = sizeof(struct strait_jni_object) / sizeof(jlong) };

/* Room for an array's bytes: on the caller's stack if it is enough, or else on the heap; NULL when there is
 * none. */
enum { STRAIT_JNI_ON_STACK_BYTES = 8192 };

static inline jbyte *strait_jni_room(jbyte *on_stack, jint length)
{
    return length <= STRAIT_JNI_ON_STACK_BYTES ? on_stack : malloc((size_t)length);
}

static inline void strait_jni_give_back(jbyte *bytes, const jbyte *on_stack)
{
    if (bytes != on_stack)
        free(bytes);
}

enum { STRAIT_JNI_PARTS = 64 }; /* buffers to a call */

/*
 * Where a direct buffer's memory begins. GetDirectBufferAddress asks first what class the buffer has, which
 * costs as much as the call that asks; who has seen to it that it is direct reads the field that it reads.
 * Where a JVM has no such field it is asked.
 */
char *strait_jni_memory(JNIEnv *env, jobject buffer);
void strait_jni_find_memory(JNIEnv *env); /* once, when the library is loaded */

/* Fills `parts` from direct buffers, of each the bounds are a position and a length. Returns how many. */
int strait_jni_parts(JNIEnv *env, jobjectArray buffers, jintArray bounds, struct iovec *parts);

/* A view of memory; NULL when there is none, or, with an exception pending, when the JVM has no room. */
jobject strait_jni_buffer(JNIEnv *env, void *address, uint64_t bytes);

#endif
