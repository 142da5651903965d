/* dev.strait.bench.library.PthreadMutex: what one could do without Strait. */
#include <jni.h>
#include <stdint.h>

#include "shared_mutex.h"

JNIEXPORT jlong JNICALL Java_dev_strait_bench_library_PthreadMutex_create(JNIEnv *env, jclass type);
JNIEXPORT jint JNICALL Java_dev_strait_bench_library_PthreadMutex_lock(JNIEnv *env, jclass type, jlong mutex);
JNIEXPORT jint JNICALL Java_dev_strait_bench_library_PthreadMutex_unlock(JNIEnv *env, jclass type,
                                                                         jlong mutex);

static pthread_mutex_t *at(jlong mutex)
{
    return (pthread_mutex_t *)(intptr_t)mutex;
}

JNIEXPORT jlong JNICALL Java_dev_strait_bench_library_PthreadMutex_create(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return (jlong)(intptr_t)shared_mutex();
}

JNIEXPORT jint JNICALL Java_dev_strait_bench_library_PthreadMutex_lock(JNIEnv *env, jclass type, jlong mutex)
{
    (void)env, (void)type;
    return pthread_mutex_lock(at(mutex));
}

JNIEXPORT jint JNICALL Java_dev_strait_bench_library_PthreadMutex_unlock(JNIEnv *env, jclass type,
                                                                         jlong mutex)
{
    (void)env, (void)type;
    return pthread_mutex_unlock(at(mutex));
}
