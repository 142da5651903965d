/* POSIX semaphores. A handle is the address of a sem_t. */
#include "dev_strait_posix_PosixSemaphoreNative.h"
#include "internal/posix_semaphore.h"
#include "support.h"

_Static_assert(sizeof(sem_t) <= dev_strait_posix_PosixSemaphoreNative_BYTES, "a sem_t is larger");
_Static_assert(_Alignof(sem_t) <= dev_strait_posix_PosixSemaphoreNative_ALIGNMENT,
               "a sem_t is aligned otherwise");

JNIEXPORT jlong JNICALL Java_dev_strait_posix_PosixSemaphoreNative_open(JNIEnv *env, jclass type,
                                                                        jstring name, jint flags, jint mode,
                                                                        jlong value)
{
    (void)type;
    char text[STRAIT_JNI_NAME_BYTES] = "";
    sem_t *semaphore;
    strait_jni_string(env, name, text, sizeof text);
    int result = strait_posix_semaphore_open(text, flags, (mode_t)mode, value, &semaphore);
    return result < 0 ? result : strait_jni_handle(semaphore);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixSemaphoreNative_close(JNIEnv *env, jclass type,
                                                                        jlong semaphore)
{
    (void)env, (void)type;
    return strait_posix_semaphore_close(strait_jni_pointer(semaphore));
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixSemaphoreNative_unlink(JNIEnv *env, jclass type,
                                                                         jstring name)
{
    (void)type;
    char text[STRAIT_JNI_NAME_BYTES] = "";
    strait_jni_string(env, name, text, sizeof text);
    return strait_posix_semaphore_unlink(text);
}

JNIEXPORT jlong JNICALL Java_dev_strait_posix_PosixSemaphoreNative_address(JNIEnv *env, jclass type,
                                                                           jobject memory)
{
    (void)type;
    return strait_jni_handle((*env)->GetDirectBufferAddress(env, memory));
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixSemaphoreNative_init(JNIEnv *env, jclass type,
                                                                       jlong semaphore, jlong value)
{
    (void)env, (void)type;
    return strait_posix_semaphore_init(strait_jni_pointer(semaphore), value);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixSemaphoreNative_destroy(JNIEnv *env, jclass type,
                                                                          jlong semaphore)
{
    (void)env, (void)type;
    return strait_posix_semaphore_destroy(strait_jni_pointer(semaphore));
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixSemaphoreNative_post(JNIEnv *env, jclass type,
                                                                       jlong semaphore)
{
    (void)env, (void)type;
    return strait_posix_semaphore_post(strait_jni_pointer(semaphore));
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixSemaphoreNative_value(JNIEnv *env, jclass type,
                                                                        jlong semaphore)
{
    (void)env, (void)type;
    return strait_posix_semaphore_value(strait_jni_pointer(semaphore));
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixSemaphoreNative_tryWait(JNIEnv *env, jclass type,
                                                                          jlong semaphore)
{
    (void)env, (void)type;
    return strait_posix_semaphore_try_wait(strait_jni_pointer(semaphore));
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixSemaphoreNative_await(JNIEnv *env, jclass type,
                                                                        jlong semaphore, jlong kick)
{
    (void)env, (void)type;
    return strait_posix_semaphore_wait(strait_jni_pointer(semaphore), NULL, strait_jni_pointer(kick));
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixSemaphoreNative_awaitUntil(JNIEnv *env, jclass type,
                                                                             jlong semaphore, jlong seconds,
                                                                             jint nanos, jlong kick)
{
    (void)env, (void)type;
    const struct timespec deadline = {.tv_sec = seconds, .tv_nsec = nanos};
    return strait_posix_semaphore_wait(strait_jni_pointer(semaphore), &deadline, strait_jni_pointer(kick));
}

#define METHOD(name, descriptor)                                                                             \
    STRAIT_METHOD(#name, descriptor, Java_dev_strait_posix_PosixSemaphoreNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(open, "(Ljava/lang/String;IIJ)J"),
    METHOD(close, "(J)I"),
    METHOD(unlink, "(Ljava/lang/String;)I"),
    METHOD(address, "(Ljava/nio/ByteBuffer;)J"),
    METHOD(init, "(JJ)I"),
    METHOD(destroy, "(J)I"),
    METHOD(post, "(J)I"),
    METHOD(value, "(J)I"),
    METHOD(tryWait, "(J)I"),
    METHOD(await, "(JJ)I"),
    METHOD(awaitUntil, "(JJIJ)I"),
};

const struct strait_jni_class strait_jni_posix_semaphore = {"PosixSemaphoreNative", methods,
                                                            sizeof methods / sizeof methods[0]};
