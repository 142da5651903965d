/* Ending system calls that wait and have no descriptor. */
#include <stdlib.h>

#include "dev_strait_internal_KickNative.h"
#include "internal/kick.h"
#include "support.h"

JNIEXPORT jint JNICALL Java_dev_strait_internal_KickNative_signal(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return strait_kick_signal();
}

JNIEXPORT jlong JNICALL Java_dev_strait_internal_KickNative_create(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return strait_jni_handle(calloc(1, sizeof(struct strait_kick)));
}

JNIEXPORT void JNICALL Java_dev_strait_internal_KickNative_free(JNIEnv *env, jclass type, jlong kick)
{
    (void)env, (void)type;
    free(strait_jni_pointer(kick));
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_KickNative_arm(JNIEnv *env, jclass type, jlong kick)
{
    (void)env, (void)type;
    return strait_kick_arm(strait_jni_pointer(kick));
}

JNIEXPORT jint JNICALL Java_dev_strait_internal_KickNative_kickAt(JNIEnv *env, jclass type, jlong kick,
                                                                  jlong deadline_ns)
{
    (void)env, (void)type;
    return strait_kick_at(strait_jni_pointer(kick), deadline_ns);
}

JNIEXPORT void JNICALL Java_dev_strait_internal_KickNative_cancel(JNIEnv *env, jclass type, jlong kick)
{
    (void)env, (void)type;
    strait_kick_cancel(strait_jni_pointer(kick));
}

JNIEXPORT void JNICALL Java_dev_strait_internal_KickNative_kick(JNIEnv *env, jclass type, jlong kick)
{
    (void)env, (void)type;
    strait_kick(strait_jni_pointer(kick));
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_internal_KickNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(signal, "()I"),   METHOD(create, "()J"),  METHOD(free, "(J)V"), METHOD(arm, "(J)I"),
    METHOD(kickAt, "(JJ)I"), METHOD(cancel, "(J)V"), METHOD(kick, "(J)V"),
};

const struct strait_jni_class strait_jni_kick = {"KickNative", methods, sizeof methods / sizeof methods[0]};
