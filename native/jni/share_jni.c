/* Sharing segments: what goes over the socket, and views of what has come. */
#include "dev_strait_share_ShareNative.h"
#include "internal/segment.h"
#include "internal/share.h"
#include "support.h"

JNIEXPORT jint JNICALL Java_dev_strait_share_ShareNative_open(JNIEnv *env, jclass type, jlong segment,
                                                              jint access)
{
    (void)env, (void)type;
    return strait_share_open(strait_jni_pointer(segment), (enum strait_share_access)access, NULL);
}

JNIEXPORT jint JNICALL Java_dev_strait_share_ShareNative_kind(JNIEnv *env, jclass type, jlong handle)
{
    (void)env, (void)type;
    const struct strait_segment *segment = strait_jni_pointer(handle);
    return (jint)segment->geometry.kind;
}

JNIEXPORT jlong JNICALL Java_dev_strait_share_ShareNative_view(JNIEnv *env, jclass type, jint fd,
                                                               jlongArray options, jlongArray values)
{
    (void)type;
    struct strait_jni_arguments arguments;
    struct strait_failure failure = {0};
    struct strait_share_view *view = NULL;
    int result = strait_jni_arguments(env, NULL, NULL, options, &arguments, &failure);
    if (result == 0)
        result = strait_share_view_open(fd, &arguments.options, &view, &failure);
    strait_jni_arguments_free(&arguments);
    return result < 0 ? strait_jni_failed(env, result, &failure, values) : strait_jni_handle(view);
}

JNIEXPORT jobject JNICALL Java_dev_strait_share_ShareNative_user(JNIEnv *env, jclass type, jlong handle)
{
    (void)type;
    const struct strait_share_view *view = strait_jni_pointer(handle);
    return strait_jni_buffer(env, (void *)strait_share_view_user(view), strait_share_view_user_bytes(view));
}

JNIEXPORT void JNICALL Java_dev_strait_share_ShareNative_shut(JNIEnv *env, jclass type, jlong view)
{
    (void)env, (void)type;
    strait_share_view_shut(strait_jni_pointer(view));
}

JNIEXPORT void JNICALL Java_dev_strait_share_ShareNative_free(JNIEnv *env, jclass type, jlong view)
{
    (void)env, (void)type;
    strait_share_view_close(strait_jni_pointer(view));
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_share_ShareNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(open, "(JI)I"),    METHOD(kind, "(J)I"),
    METHOD(view, "(I[J[J)J"), METHOD(user, "(J)Ljava/nio/ByteBuffer;"),
    METHOD(shut, "(J)V"),     METHOD(free, "(J)V"),
};

const struct strait_jni_class strait_jni_share = {"ShareNative", methods, sizeof methods / sizeof methods[0]};
