/* Open files. */
#include "dev_strait_descriptor_OpenFileNative.h"
#include "internal/open_file.h"
#include "support.h"

JNIEXPORT jint JNICALL Java_dev_strait_descriptor_OpenFileNative_open(JNIEnv *env, jclass type,
                                                                      jbyteArray path, jint flags, jint mode)
{
    (void)type;
    char bytes[PATH_MAX + 1];
    return strait_open_file_open(strait_jni_path(env, path, bytes), flags, (mode_t)mode);
}

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_OpenFileNative_seek(JNIEnv *env, jclass type, jint fd,
                                                                       jlong offset, jint whence)
{
    (void)env, (void)type;
    return strait_open_file_seek(fd, offset, whence);
}

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_OpenFileNative_size(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_open_file_size(fd);
}

JNIEXPORT jlong JNICALL Java_dev_strait_descriptor_OpenFileNative_send(JNIEnv *env, jclass type, jint from,
                                                                       jlong offset, jint to, jlong count)
{
    (void)env, (void)type;
    return strait_open_file_send(from, offset, to, (size_t)count);
}

#define METHOD(name, descriptor)                                                                             \
    STRAIT_METHOD(#name, descriptor, Java_dev_strait_descriptor_OpenFileNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(open, "([BII)I"),
    METHOD(seek, "(IJI)J"),
    METHOD(size, "(I)J"),
    METHOD(send, "(IJIJ)J"),
};

const struct strait_jni_class strait_jni_open_file = {"OpenFileNative", methods,
                                                      sizeof methods / sizeof methods[0]};
