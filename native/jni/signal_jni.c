/* Signals: their table, sending, looking. */
#include <errno.h>
#include <stdlib.h>

#include "dev_strait_signal_SignalNative.h"
#include "strait/signal.h"
#include "support.h"

enum { NAME_BYTES = 32 };

static jstring to_java(JNIEnv *env, const char *text)
{
    return text == NULL ? NULL : (*env)->NewStringUTF(env, text);
}

/* A handler of ours outlives whoever wanted it, and so must the library: the class keeps its loader, and that
 * us. */
JNIEXPORT void JNICALL Java_dev_strait_signal_SignalNative_stay(JNIEnv *env, jclass type)
{
    (*env)->NewGlobalRef(env, type);
}

JNIEXPORT jstring JNICALL Java_dev_strait_signal_SignalNative_name(JNIEnv *env, jclass type, jint number)
{
    (void)type;
    return to_java(env, strait_signal_name(number));
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_number(JNIEnv *env, jclass type, jstring name)
{
    (void)type;
    char text[NAME_BYTES];
    return strait_jni_string(env, name, text, sizeof text) == NULL ? -EINVAL : strait_signal_number(text);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_action(JNIEnv *env, jclass type, jint number)
{
    (void)env, (void)type;
    return strait_signal_action(number);
}

JNIEXPORT jstring JNICALL Java_dev_strait_signal_SignalNative_refusal(JNIEnv *env, jclass type, jint number)
{
    (void)type;
    return to_java(env, strait_signal_refusal(number));
}

static struct strait_signal_target target_of(jint kind, jint id, jint thread)
{
    return (struct strait_signal_target){(enum strait_signal_target_kind)kind, id, thread, NULL};
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_send(JNIEnv *env, jclass type, jint kind, jint id,
                                                                jint thread, jint number)
{
    (void)env, (void)type;
    const struct strait_signal_target target = target_of(kind, id, thread);
    return strait_signal_send(&target, number);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_queue(JNIEnv *env, jclass type, jint kind, jint id,
                                                                 jint thread, jint number, jint value)
{
    (void)env, (void)type;
    const struct strait_signal_target target = target_of(kind, id, thread);
    return strait_signal_queue(&target, number, value);
}

static jlong keep(struct strait_signal_target found)
{
    struct strait_signal_target *target = malloc(sizeof *target);
    if (target == NULL) {
        strait_signal_forget(&found);
        return -ENOMEM;
    }
    *target = found;
    return strait_jni_handle(target);
}

JNIEXPORT jlong JNICALL Java_dev_strait_signal_SignalNative_find(JNIEnv *env, jclass type, jstring directory,
                                                                 jstring name, jlongArray options,
                                                                 jlongArray values)
{
    (void)type;
    struct strait_jni_arguments arguments;
    struct strait_failure failure = {"malloc", STRAIT_MISMATCH_NONE, 0, 0};
    struct strait_signal_target target;
    int result = strait_jni_arguments(env, directory, name, options, &arguments, &failure);
    if (result == 0)
        result = strait_signal_find(arguments.name, &arguments.options, &target, &failure);
    strait_jni_arguments_free(&arguments);
    return strait_jni_failed(env, result < 0 ? result : keep(target), &failure, values);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_sendTo(JNIEnv *env, jclass type, jlong target,
                                                                  jint number)
{
    (void)env, (void)type;
    return strait_signal_send(strait_jni_pointer(target), number);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_queueTo(JNIEnv *env, jclass type, jlong target,
                                                                   jint number, jint value)
{
    (void)env, (void)type;
    return strait_signal_queue(strait_jni_pointer(target), number, value);
}

JNIEXPORT void JNICALL Java_dev_strait_signal_SignalNative_forget(JNIEnv *env, jclass type, jlong target)
{
    (void)env, (void)type;
    strait_signal_forget(strait_jni_pointer(target));
    free(strait_jni_pointer(target));
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_look(JNIEnv *env, jclass type, jint pid,
                                                                jint thread, jlongArray values)
{
    (void)type;
    struct strait_signal_state now;
    int result = strait_signal_look(pid, thread, &now);
    if (result < 0)
        return result;
    const jlong numbers[] = {(jlong)now.blocked,        (jlong)now.ignored,         (jlong)now.caught,
                             (jlong)now.pending_thread, (jlong)now.pending_process, (jlong)now.queued,
                             (jlong)now.queue_limit};
    (*env)->SetLongArrayRegion(env, values, 0, sizeof numbers / sizeof numbers[0], numbers);
    return 0;
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_coreFilter(JNIEnv *env, jclass type, jint pid)
{
    (void)env, (void)type;
    return strait_core_filter_get(pid);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_setCoreFilter(JNIEnv *env, jclass type, jint pid,
                                                                         jint bits)
{
    (void)env, (void)type;
    return strait_core_filter_set(pid, (uint32_t)bits);
}

JNIEXPORT jint JNICALL Java_dev_strait_signal_SignalNative_corePattern(JNIEnv *env, jclass type,
                                                                       jbyteArray pattern)
{
    (void)type;
    char text[4096];
    int length = strait_core_pattern(text, sizeof text);
    if (length > 0)
        (*env)->SetByteArrayRegion(env, pattern, 0, length, (const jbyte *)text);
    return length;
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_signal_SignalNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(stay, "()V"),
    METHOD(name, "(I)Ljava/lang/String;"),
    METHOD(number, "(Ljava/lang/String;)I"),
    METHOD(action, "(I)I"),
    METHOD(refusal, "(I)Ljava/lang/String;"),
    METHOD(send, "(IIII)I"),
    METHOD(queue, "(IIIII)I"),
    METHOD(find, "(Ljava/lang/String;Ljava/lang/String;[J[J)J"),
    METHOD(sendTo, "(JI)I"),
    METHOD(queueTo, "(JII)I"),
    METHOD(forget, "(J)V"),
    METHOD(look, "(II[J)I"),
    METHOD(coreFilter, "(I)I"),
    METHOD(setCoreFilter, "(II)I"),
    METHOD(corePattern, "([B)I"),
};

const struct strait_jni_class strait_jni_signal = {"SignalNative", methods,
                                                   sizeof methods / sizeof methods[0]};
