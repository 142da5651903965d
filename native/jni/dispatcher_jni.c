/* Dispatchers of signals. */
#include "dev_strait_signal_DispatcherNative.h"
#include "internal/descriptor.h"
#include "internal/signal_net.h"
#include "internal/signal_set.h"
#include "internal/signal_table.h"
#include "support.h"

enum { BATCH = 64, VALUES = 4 };

static struct strait_dispatcher *dispatcher_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

/* With a name. */
static int open_named(JNIEnv *env, jint mode, jstring directory, jstring name, jlongArray options,
                      struct strait_dispatcher **dispatcher, struct strait_failure *failure)
{
    struct strait_jni_arguments arguments;
    int result = strait_jni_arguments(env, directory, name, options, &arguments, failure);
    if (result == 0)
        result = strait_dispatcher_open((enum strait_dispatcher_mode)mode, arguments.name, &arguments.options,
                                        dispatcher, failure);
    strait_jni_arguments_free(&arguments);
    return result;
}

JNIEXPORT jlong JNICALL Java_dev_strait_signal_DispatcherNative_open(JNIEnv *env, jclass type, jint mode,
                                                                     jstring directory, jstring name,
                                                                     jlongArray options, jlongArray values)
{
    (void)type;
    struct strait_failure failure = {0};
    struct strait_dispatcher *dispatcher = NULL;
    int result = name != NULL ? open_named(env, mode, directory, name, options, &dispatcher, &failure)
                              : strait_dispatcher_open((enum strait_dispatcher_mode)mode, NULL, NULL,
                                                       &dispatcher, &failure);
    return result < 0 ? strait_jni_failed(env, result, &failure, values) : strait_jni_handle(dispatcher);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_DispatcherNative_take(JNIEnv *env, jclass type,
                                                                    jlong dispatcher, jint number)
{
    (void)env, (void)type;
    return strait_dispatcher_take(dispatcher_of(dispatcher), number);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_DispatcherNative_ignore(JNIEnv *env, jclass type,
                                                                      jlong dispatcher, jint number)
{
    (void)env, (void)type;
    return strait_dispatcher_ignore(dispatcher_of(dispatcher), number);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_DispatcherNative_release(JNIEnv *env, jclass type,
                                                                       jlong dispatcher, jint number)
{
    (void)env, (void)type;
    return strait_dispatcher_release(dispatcher_of(dispatcher), number);
}

/* In the order that DispatcherLoop.signalAt reads. */
static void pack(const struct strait_signal_info *info, jlong values[VALUES])
{
    values[0] = (jlong)((uint64_t)(uint32_t)info->number << 32 | (uint32_t)info->code);
    values[1] = (jlong)((uint64_t)(uint32_t)info->pid << 32 | info->uid);
    values[2] = info->value;
    values[3] = info->time_ns;
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_DispatcherNative_receive(JNIEnv *env, jclass type,
                                                                       jlong dispatcher, jlongArray signals)
{
    (void)type;
    struct strait_signal_info infos[BATCH];
    jlong values[BATCH * VALUES];
    int count = strait_dispatcher_receive(dispatcher_of(dispatcher), infos, BATCH, STRAIT_WAIT_FOREVER);
    for (int i = 0; i < count; i++)
        pack(&infos[i], &values[i * VALUES]);
    if (count > 0)
        (*env)->SetLongArrayRegion(env, signals, 0, count * VALUES, values);
    return count;
}

JNIEXPORT void JNICALL Java_dev_strait_signal_DispatcherNative_wake(JNIEnv *env, jclass type,
                                                                    jlong dispatcher)
{
    (void)env, (void)type;
    strait_dispatcher_wake(dispatcher_of(dispatcher));
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_DispatcherNative_thread(JNIEnv *env, jclass type,
                                                                      jlong dispatcher)
{
    (void)env, (void)type;
    return strait_dispatcher_thread(dispatcher_of(dispatcher));
}

JNIEXPORT void JNICALL Java_dev_strait_signal_DispatcherNative_close(JNIEnv *env, jclass type,
                                                                     jlong dispatcher)
{
    (void)env, (void)type;
    strait_dispatcher_close(dispatcher_of(dispatcher));
}

JNIEXPORT jlong JNICALL Java_dev_strait_signal_DispatcherNative_blockFree(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return (jlong)strait_signal_mask(SIG_BLOCK, strait_signal_free());
}

JNIEXPORT void JNICALL Java_dev_strait_signal_DispatcherNative_unblockFree(JNIEnv *env, jclass type,
                                                                           jlong before)
{
    (void)env, (void)type;
    strait_signal_mask(SIG_UNBLOCK, strait_signal_free() & ~(uint64_t)before);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_DispatcherNative_openEvent(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return strait_waker_open();
}

JNIEXPORT void JNICALL Java_dev_strait_signal_DispatcherNative_setEvent(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    strait_waker_wake(fd);
}

JNIEXPORT void JNICALL Java_dev_strait_signal_DispatcherNative_resetEvent(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    strait_waker_reset(fd);
}

JNIEXPORT void JNICALL Java_dev_strait_signal_DispatcherNative_guardChildren(JNIEnv *env, jclass type,
                                                                             jlong agents)
{
    (void)type;
    strait_net_set_agents((uint64_t)agents);
    strait_jni_guard_children(env);
}

#define METHOD(name, descriptor)                                                                             \
    STRAIT_METHOD(#name, descriptor, Java_dev_strait_signal_DispatcherNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(open, "(ILjava/lang/String;Ljava/lang/String;[J[J)J"),
    METHOD(take, "(JI)I"),
    METHOD(ignore, "(JI)I"),
    METHOD(release, "(JI)I"),
    METHOD(receive, "(J[J)I"),
    METHOD(wake, "(J)V"),
    METHOD(thread, "(J)I"),
    METHOD(close, "(J)V"),
    METHOD(blockFree, "()J"),
    METHOD(unblockFree, "(J)V"),
    METHOD(guardChildren, "(J)V"),
    METHOD(openEvent, "()I"),
    METHOD(setEvent, "(I)V"),
    METHOD(resetEvent, "(I)V"),
};

const struct strait_jni_class strait_jni_dispatcher = {"DispatcherNative", methods,
                                                       sizeof methods / sizeof methods[0]};
