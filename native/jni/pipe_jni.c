/* Pipes. */
#include "dev_strait_pipe_PipeNative.h"
#include "internal/pipe.h"
#include "support.h"

JNIEXPORT jlong JNICALL Java_dev_strait_pipe_PipeNative_open(JNIEnv *env, jclass type, jint flags)
{
    (void)env, (void)type;
    int ends[2];
    int result = strait_pipe_open(ends, flags);
    return result < 0 ? result : (jlong)ends[0] << 32 | ends[1];
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_pipe_PipeNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(open, "(I)J"),
};

const struct strait_jni_class strait_jni_pipe = {"PipeNative", methods, sizeof methods / sizeof methods[0]};
