/* Waits that have begun: what a virtual thread, and the thread that looks after all of them, ask of one. */
#include "internal/pending.h"

#include <errno.h>
#include <stdlib.h>

#include "dev_strait_internal_PendingNative.h"
#include "support.h"

#define NOT_YET dev_strait_internal_PendingNative_NOT_YET

static struct strait_pending *pending_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

static struct strait_pendings *pendings_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

JNIEXPORT jlong JNICALL Java_dev_strait_internal_PendingNative_poll(JNIEnv *env, jclass type, jlong pending)
{
    (void)env, (void)type;
    struct strait_watch *watch = &pending_of(pending)->watch;
    int outcome = watch->look(watch);
    return outcome == 0 ? NOT_YET : strait_pending_end(pending_of(pending), outcome);
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_PendingNative_cancel(JNIEnv *env, jclass type, jlong pending,
                                                                     jint reason)
{
    (void)env, (void)type;
    return strait_pending_cancel(pending_of(pending), reason);
}

JNIEXPORT jlong JNICALL Java_dev_strait_internal_PendingNative_create(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    struct strait_pendings *pendings = calloc(1, sizeof *pendings);
    return pendings == NULL ? -ENOMEM : strait_jni_handle(pendings);
}

JNIEXPORT void JNICALL Java_dev_strait_internal_PendingNative_free(JNIEnv *env, jclass type, jlong pendings)
{
    (void)env, (void)type;
    free(pendings_of(pendings));
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_PendingNative_add(JNIEnv *env, jclass type, jlong pendings,
                                                                  jlong pending)
{
    (void)env, (void)type;
    return strait_pendings_add(pendings_of(pendings), pending_of(pending));
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_PendingNative_remove(JNIEnv *env, jclass type, jlong pendings,
                                                                     jlong pending, jint reason)
{
    (void)env, (void)type;
    return strait_pendings_cancel(pendings_of(pendings), pending_of(pending), reason);
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_PendingNative_await(JNIEnv *env, jclass type, jlong pendings,
                                                                    jlong timeout_ns)
{
    (void)env, (void)type;
    return strait_pendings_await(pendings_of(pendings), timeout_ns);
}

JNIEXPORT jlong JNICALL Java_dev_strait_internal_PendingNative_fetch(JNIEnv *env, jclass type, jlong pendings,
                                                                     jintArray result)
{
    (void)type;
    int value;
    struct strait_pending *pending = strait_pendings_fetch(pendings_of(pendings), &value);
    if (pending != NULL)
        (*env)->SetIntArrayRegion(env, result, 0, 1, (jint *)&value);
    return strait_jni_handle(pending);
}

JNIEXPORT void JNICALL Java_dev_strait_internal_PendingNative_wake(JNIEnv *env, jclass type, jlong pendings)
{
    (void)env, (void)type;
    strait_pendings_wake(pendings_of(pendings));
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
