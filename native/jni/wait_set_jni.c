/* Wait sets. Java calls these at any time, also when the set is shut. */
#include "dev_strait_wait_WaitSetNative.h"
#include "internal/wait_set.h"
#include "support.h"

static struct strait_wait_set *set_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

JNIEXPORT jlong JNICALL Java_dev_strait_wait_WaitSetNative_create(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    struct strait_wait_set *set;
    int result = strait_wait_set_create(&set, NULL);
    return result < 0 ? result : strait_jni_handle(set);
}

JNIEXPORT jlong JNICALL Java_dev_strait_wait_WaitSetNative_addDescriptor(JNIEnv *env, jclass type, jlong set,
                                                                         jint fd, jint events)
{
    (void)env, (void)type;
    struct strait_watch *watch;
    int result = strait_wait_set_add_fd(set_of(set), fd, (short)events, &watch, NULL);
    return result < 0 ? result : strait_jni_handle(watch);
}

JNIEXPORT void JNICALL Java_dev_strait_wait_WaitSetNative_setIndex(JNIEnv *env, jclass type, jlong watch,
                                                                   jint index)
{
    (void)env, (void)type;
    strait_watch_set_context(strait_jni_pointer(watch), strait_jni_pointer(index));
}

JNIEXPORT jint JNICALL Java_dev_strait_wait_WaitSetNative_remove(JNIEnv *env, jclass type, jlong set,
                                                                 jlong watch)
{
    (void)env, (void)type;
    return strait_wait_set_remove(set_of(set), strait_jni_pointer(watch));
}

JNIEXPORT jint JNICALL Java_dev_strait_wait_WaitSetNative_interrupts(JNIEnv *env, jclass type, jlong set)
{
    (void)env, (void)type;
    return (jint)strait_wait_set_interrupts(set_of(set));
}

JNIEXPORT void JNICALL Java_dev_strait_wait_WaitSetNative_interrupt(JNIEnv *env, jclass type, jlong set)
{
    (void)env, (void)type;
    strait_wait_set_interrupt(set_of(set));
}

JNIEXPORT void JNICALL Java_dev_strait_wait_WaitSetNative_wake(JNIEnv *env, jclass type, jlong set)
{
    (void)env, (void)type;
    strait_wait_set_wake(set_of(set));
}

/* The indexes of what is ready, each followed by its outcome. */
static void copy_ready(JNIEnv *env, jlong set, jintArray ready)
{
    jsize room = (*env)->GetArrayLength(env, ready);
    const struct strait_watch *watch = strait_wait_set_ready(set_of(set));
    for (jsize at = 0; watch != NULL && at + 2 <= room; at += 2) {
        jint pair[2] = {(jint)strait_jni_handle(strait_watch_context(watch)), strait_watch_outcome(watch)};
        (*env)->SetIntArrayRegion(env, ready, at, 2, pair);
        watch = strait_watch_next_ready(watch);
    }
}

JNIEXPORT jint JNICALL Java_dev_strait_wait_WaitSetNative_await(JNIEnv *env, jclass type, jlong set,
                                                                jint interrupts, jlong spin_ns,
                                                                jlong timeout_ns, jintArray ready)
{
    (void)type;
    struct strait_patience patience = {(uint32_t)interrupts, spin_ns, timeout_ns};
    int result = strait_wait_set_pass(set_of(set), &patience);
    if (result > 0)
        copy_ready(env, set, ready);
    return result;
}

JNIEXPORT jlong JNICALL Java_dev_strait_wait_WaitSetNative_begin(JNIEnv *env, jclass type, jlong set)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    int result = strait_wait_set_begin(set_of(set), &pending);
    return strait_jni_begun(pending, result);
}

JNIEXPORT jint JNICALL Java_dev_strait_wait_WaitSetNative_arm(JNIEnv *env, jclass type, jlong set,
                                                              jint event_fd)
{
    (void)env, (void)type;
    return strait_wait_set_arm(set_of(set), event_fd);
}

JNIEXPORT void JNICALL Java_dev_strait_wait_WaitSetNative_shut(JNIEnv *env, jclass type, jlong set)
{
    (void)env, (void)type;
    strait_wait_set_shut(set_of(set));
}

JNIEXPORT void JNICALL Java_dev_strait_wait_WaitSetNative_free(JNIEnv *env, jclass type, jlong set)
{
    (void)env, (void)type;
    strait_wait_set_free(set_of(set));
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_wait_WaitSetNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(create, "()J"),   METHOD(addDescriptor, "(JII)J"), METHOD(setIndex, "(JI)V"),
    METHOD(remove, "(JJ)I"), METHOD(interrupts, "(J)I"),      METHOD(interrupt, "(J)V"),
    METHOD(wake, "(J)V"),    METHOD(await, "(JIJJ[I)I"),      METHOD(arm, "(JI)I"),
    METHOD(shut, "(J)V"),    METHOD(begin, "(J)J"),           METHOD(free, "(J)V"),
};

const struct strait_jni_class strait_jni_wait_set = {"WaitSetNative", methods,
                                                     sizeof methods / sizeof methods[0]};
