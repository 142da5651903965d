/* Descriptors: bytes in and out, and waiting for them. Memory is a direct buffer's, or else an array's. */
#include <errno.h>

#include "dev_strait_descriptor_DescriptorNative.h"
#include "internal/descriptor.h"
#include "support.h"

enum { ARRAY_BYTES_MAX = 1 << 20 };

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_DescriptorNative_read(JNIEnv *env, jclass type, jint fd,
                                                                         jobject buffer, jint position,
                                                                         jint length)
{
    (void)type;
    char *bytes = strait_jni_memory(env, buffer);
    return strait_descriptor_read(fd, bytes + position, (size_t)length);
}

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_DescriptorNative_write(JNIEnv *env, jclass type, jint fd,
                                                                          jobject buffer, jint position,
                                                                          jint length)
{
    (void)type;
    const char *bytes = strait_jni_memory(env, buffer);
    return strait_descriptor_write(fd, bytes + position, (size_t)length);
}

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_DescriptorNative_readArray(JNIEnv *env, jclass type,
                                                                              jint fd, jbyteArray array,
                                                                              jint offset, jint length)
{
    (void)type;
    jbyte on_stack[STRAIT_JNI_ON_STACK_BYTES];
    jint wanted = length < ARRAY_BYTES_MAX ? length : ARRAY_BYTES_MAX;
    jbyte *bytes = strait_jni_room(on_stack, wanted);
    if (bytes == NULL)
        return -ENOMEM;
    int64_t result = strait_descriptor_read(fd, bytes, (size_t)wanted);
    if (result > 0)
        (*env)->SetByteArrayRegion(env, array, offset, (jsize)result, bytes);
    strait_jni_give_back(bytes, on_stack);
    return result;
}

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_DescriptorNative_writeArray(JNIEnv *env, jclass type,
                                                                               jint fd, jbyteArray array,
                                                                               jint offset, jint length)
{
    (void)type;
    jbyte on_stack[STRAIT_JNI_ON_STACK_BYTES];
    jint offered = length < ARRAY_BYTES_MAX ? length : ARRAY_BYTES_MAX;
    jbyte *bytes = strait_jni_room(on_stack, offered);
    if (bytes == NULL)
        return -ENOMEM;
    (*env)->GetByteArrayRegion(env, array, offset, offered, bytes);
    int64_t result = strait_descriptor_write(fd, bytes, (size_t)offered);
    strait_jni_give_back(bytes, on_stack);
    return result;
}

int strait_jni_parts(JNIEnv *env, jobjectArray buffers, jintArray bounds, struct iovec *parts)
{
    jint numbers[2 * STRAIT_JNI_PARTS];
    jsize count = (*env)->GetArrayLength(env, buffers);
    (*env)->GetIntArrayRegion(env, bounds, 0, 2 * count, numbers);
    for (jsize i = 0; i < count; i++) {
        jobject buffer = (*env)->GetObjectArrayElement(env, buffers, i);
        char *bytes = strait_jni_memory(env, buffer);
        parts[i] = (struct iovec){bytes + numbers[2 * i], (size_t)numbers[2 * i + 1]};
        (*env)->DeleteLocalRef(env, buffer);
    }
    return count;
}

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_DescriptorNative_readv(JNIEnv *env, jclass type, jint fd,
                                                                          jobjectArray buffers,
                                                                          jintArray bounds)
{
    (void)type;
    struct iovec parts[STRAIT_JNI_PARTS];
    return strait_descriptor_readv(fd, parts, strait_jni_parts(env, buffers, bounds, parts));
}

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_DescriptorNative_writev(JNIEnv *env, jclass type, jint fd,
                                                                           jobjectArray buffers,
                                                                           jintArray bounds)
{
    (void)type;
    struct iovec parts[STRAIT_JNI_PARTS];
    return strait_descriptor_writev(fd, parts, strait_jni_parts(env, buffers, bounds, parts));
}

JNIEXPORT jint JNICALL Java_dev_strait_descriptor_DescriptorNative_await(JNIEnv *env, jclass type, jint fd,
                                                                         jint events, jint waker,
                                                                         jlong timeout_ns)
{
    (void)env, (void)type;
    return strait_descriptor_await(fd, (short)events, waker, timeout_ns);
}

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_DescriptorNative_begin(JNIEnv *env, jclass type, jint fd,
                                                                          jint events, jint waker)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    int result = strait_descriptor_begin(fd, (short)events, waker, &pending);
    return strait_jni_begun(pending, result);
}

JNIEXPORT jint JNICALL Java_dev_strait_descriptor_DescriptorNative_setBlocking(JNIEnv *env, jclass type,
                                                                               jint fd, jboolean is_blocking)
{
    (void)env, (void)type;
    return strait_descriptor_set_blocking(fd, is_blocking);
}

JNIEXPORT jint JNICALL Java_dev_strait_descriptor_DescriptorNative_setCloseOnExec(JNIEnv *env, jclass type,
                                                                                  jint fd, jboolean closes)
{
    (void)env, (void)type;
    return strait_descriptor_set_close_on_exec(fd, closes);
}

JNIEXPORT jint JNICALL Java_dev_strait_descriptor_DescriptorNative_close(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_descriptor_close(fd);
}

JNIEXPORT jint JNICALL Java_dev_strait_descriptor_DescriptorNative_openWaker(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return strait_waker_open();
}

JNIEXPORT void JNICALL Java_dev_strait_descriptor_DescriptorNative_wake(JNIEnv *env, jclass type, jint waker)
{
    (void)env, (void)type;
    strait_waker_wake(waker);
}

JNIEXPORT void JNICALL Java_dev_strait_descriptor_DescriptorNative_resetWaker(JNIEnv *env, jclass type,
                                                                              jint waker)
{
    (void)env, (void)type;
    strait_waker_reset(waker);
}

#define METHOD(name, descriptor)                                                                             \
    STRAIT_METHOD(#name, descriptor, Java_dev_strait_descriptor_DescriptorNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(read, "(ILjava/nio/ByteBuffer;II)J"),
    METHOD(write, "(ILjava/nio/ByteBuffer;II)J"),
    METHOD(readArray, "(I[BII)J"),
    METHOD(writeArray, "(I[BII)J"),
    METHOD(readv, "(I[Ljava/nio/ByteBuffer;[I)J"),
    METHOD(writev, "(I[Ljava/nio/ByteBuffer;[I)J"),
    METHOD(await, "(IIIJ)I"),
    METHOD(begin, "(III)J"),
    METHOD(setBlocking, "(IZ)I"),
    METHOD(setCloseOnExec, "(IZ)I"),
    METHOD(close, "(I)I"),
    METHOD(openWaker, "()I"),
    METHOD(wake, "(I)V"),
    METHOD(resetWaker, "(I)V"),
};

const struct strait_jni_class strait_jni_descriptor = {"DescriptorNative", methods,
                                                       sizeof methods / sizeof methods[0]};
