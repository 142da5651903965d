/* Pipes. */
#include <fcntl.h>

#include "dev_strait_pipe_PipeNative.h"
#include "internal/pipe.h"
#include "support.h"

JNIEXPORT jlong JNICALL Java_dev_strait_pipe_PipeNative_open(JNIEnv *env, jclass type, jboolean has_packets)
{
    (void)env, (void)type;
    int ends[2];
    int result = strait_pipe_open(ends, has_packets ? O_DIRECT : 0);
    return result < 0 ? result : (jlong)ends[0] << 32 | ends[1];
}

JNIEXPORT jint JNICALL Java_dev_strait_pipe_PipeNative_adopt(JNIEnv *env, jclass type, jint fd, jint access)
{
    (void)env, (void)type;
    return strait_pipe_adopt(fd, access);
}

JNIEXPORT jint JNICALL Java_dev_strait_pipe_PipeNative_duplicate(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_pipe_duplicate(fd);
}

JNIEXPORT jint JNICALL Java_dev_strait_pipe_PipeNative_capacity(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_pipe_capacity(fd);
}

JNIEXPORT jint JNICALL Java_dev_strait_pipe_PipeNative_setCapacity(JNIEnv *env, jclass type, jint fd,
                                                                   jint bytes)
{
    (void)env, (void)type;
    return strait_pipe_set_capacity(fd, bytes);
}

JNIEXPORT jint JNICALL Java_dev_strait_pipe_PipeNative_available(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_pipe_available(fd);
}

JNIEXPORT jint JNICALL Java_dev_strait_pipe_PipeNative_packets(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_pipe_packets(fd);
}

JNIEXPORT jint JNICALL Java_dev_strait_pipe_PipeNative_setPackets(JNIEnv *env, jclass type, jint fd,
                                                                  jboolean is_on)
{
    (void)env, (void)type;
    return strait_pipe_set_packets(fd, is_on);
}

JNIEXPORT jlong JNICALL Java_dev_strait_pipe_PipeNative_splice(JNIEnv *env, jclass type, jint from,
                                                               jlong from_offset, jint to, jlong to_offset,
                                                               jlong count, jint flags)
{
    (void)env, (void)type;
    return strait_pipe_splice(from, from_offset, to, to_offset, (size_t)count, (unsigned)flags);
}

JNIEXPORT jlong JNICALL Java_dev_strait_pipe_PipeNative_tee(JNIEnv *env, jclass type, jint from, jint to,
                                                            jlong count, jint flags)
{
    (void)env, (void)type;
    return strait_pipe_tee(from, to, (size_t)count, (unsigned)flags);
}

JNIEXPORT jlong JNICALL Java_dev_strait_pipe_PipeNative_vmsplice(JNIEnv *env, jclass type, jint fd,
                                                                 jobject buffer, jint position, jint length,
                                                                 jint flags)
{
    (void)type;
    char *bytes = strait_jni_memory(env, buffer);
    return strait_pipe_vmsplice(fd, bytes + position, (size_t)length, (unsigned)flags);
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_pipe_PipeNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(open, "(Z)J"),
    METHOD(adopt, "(II)I"),
    METHOD(duplicate, "(I)I"),
    METHOD(capacity, "(I)I"),
    METHOD(setCapacity, "(II)I"),
    METHOD(available, "(I)I"),
    METHOD(packets, "(I)I"),
    METHOD(setPackets, "(IZ)I"),
    METHOD(splice, "(IJIJJI)J"),
    METHOD(tee, "(IIJI)J"),
    METHOD(vmsplice, "(ILjava/nio/ByteBuffer;III)J"),
};

const struct strait_jni_class strait_jni_pipe = {"PipeNative", methods, sizeof methods / sizeof methods[0]};
