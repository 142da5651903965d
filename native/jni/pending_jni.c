/* Waits that have begun: what a virtual thread, and the thread that looks after all of them, ask of one. */
#include <poll.h>

#include "dev_strait_internal_PendingNative.h"
#include "internal/pending.h"
#include "internal/wait_set.h"
#include "support.h"

#define NOT_YET dev_strait_internal_PendingNative_NOT_YET

static struct strait_pending *pending_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

static struct strait_wait_set *set_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

JNIEXPORT jlong JNICALL Java_dev_strait_internal_PendingNative_poll(JNIEnv *env, jclass type, jlong pending)
{
    (void)env, (void)type;
    int outcome = strait_pending_look(pending_of(pending));
    return outcome == 0 ? NOT_YET : strait_pending_end(pending_of(pending), outcome);
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_PendingNative_cancel(JNIEnv *env, jclass type, jlong pending,
                                                                     jint reason)
{
    (void)env, (void)type;
    return strait_pending_end(pending_of(pending), reason);
}

JNIEXPORT jlong JNICALL Java_dev_strait_internal_PendingNative_create(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    struct strait_failure failure = {0};
    struct strait_wait_set *set;
    int result = strait_wait_set_create(&set, &failure);
    return result < 0 ? result : strait_jni_handle(set);
}

JNIEXPORT void JNICALL Java_dev_strait_internal_PendingNative_free(JNIEnv *env, jclass type, jlong set)
{
    (void)env, (void)type;
    strait_wait_set_free(set_of(set));
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_PendingNative_add(JNIEnv *env, jclass type, jlong set,
                                                                  jlong handle)
{
    (void)env, (void)type;
    struct strait_failure failure = {0};
    struct strait_pending *pending = pending_of(handle);
    if (pending->watch.participant != NULL)
        return strait_wait_set_add(set_of(set), &pending->watch, &pending->copy, &failure);
    int result =
        strait_wait_set_add_fd(set_of(set), (int)pending->watch.wanted, POLLIN, &pending->copy, &failure);
    if (result == 0)
        pending->copy->object = pending;
    return result;
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_PendingNative_remove(JNIEnv *env, jclass type, jlong set,
                                                                     jlong pending, jint reason)
{
    (void)env, (void)type;
    strait_wait_set_remove(set_of(set), pending_of(pending)->copy);
    return strait_pending_end(pending_of(pending), reason);
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_PendingNative_await(JNIEnv *env, jclass type, jlong set,
                                                                    jlong timeout_ns)
{
    (void)env, (void)type;
    return strait_wait_set_await(set_of(set), 0, timeout_ns);
}

JNIEXPORT jlong JNICALL Java_dev_strait_internal_PendingNative_fetch(JNIEnv *env, jclass type, jlong set,
                                                                     jintArray result)
{
    (void)type;
    struct strait_watch *watch = strait_wait_set_ready(set_of(set));
    if (watch == NULL)
        return 0;
    struct strait_pending *pending = watch->object;
    int outcome = watch->outcome;
    strait_wait_set_remove(set_of(set), watch);
    const jint ended = strait_pending_end(pending, outcome);
    (*env)->SetIntArrayRegion(env, result, 0, 1, &ended);
    return strait_jni_handle(pending);
}

JNIEXPORT void JNICALL Java_dev_strait_internal_PendingNative_wake(JNIEnv *env, jclass type, jlong set)
{
    (void)env, (void)type;
    strait_wait_set_wake(set_of(set));
}

#define METHOD(name, descriptor)                                                                             \
    STRAIT_METHOD(#name, descriptor, Java_dev_strait_internal_PendingNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(poll, "(J)J"),   METHOD(cancel, "(JI)I"), METHOD(create, "()J"),
    METHOD(free, "(J)V"),   METHOD(add, "(JJ)I"),    METHOD(remove, "(JJI)I"),
    METHOD(await, "(JJ)I"), METHOD(fetch, "(J[I)J"), METHOD(wake, "(J)V"),
};

const struct strait_jni_class strait_jni_pending = {"PendingNative", methods,
                                                    sizeof methods / sizeof methods[0]};
