/* FIFOs. */
#include "dev_strait_pipe_FifoNative.h"
#include "internal/fifo.h"
#include "support.h"

JNIEXPORT jint JNICALL Java_dev_strait_pipe_FifoNative_create(JNIEnv *env, jclass type, jbyteArray path,
                                                              jint mode, jboolean is_exact)
{
    (void)type;
    char bytes[PATH_MAX + 1];
    return strait_fifo_create(strait_jni_path(env, path, bytes), (mode_t)mode, is_exact);
}

JNIEXPORT jint JNICALL Java_dev_strait_pipe_FifoNative_open(JNIEnv *env, jclass type, jbyteArray path,
                                                            jint access, jlong kick)
{
    (void)type;
    char bytes[PATH_MAX + 1];
    return strait_fifo_open(strait_jni_path(env, path, bytes), access, strait_jni_pointer(kick));
}

JNIEXPORT jint JNICALL Java_dev_strait_pipe_FifoNative_unlink(JNIEnv *env, jclass type, jbyteArray path)
{
    (void)type;
    char bytes[PATH_MAX + 1];
    return strait_fifo_unlink(strait_jni_path(env, path, bytes));
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_pipe_FifoNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(create, "([BIZ)I"),
    METHOD(open, "([BIJ)I"),
    METHOD(unlink, "([B)I"),
};

const struct strait_jni_class strait_jni_fifo = {"FifoNative", methods, sizeof methods / sizeof methods[0]};
