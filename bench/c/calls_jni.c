/* dev.strait.bench.library.JniCalls: calls.h through one native call each, and a native call that does
 * nothing. */
#include <jni.h>
#include <stdint.h>

#include "calls.h"

#define JNI(name) JNICALL Java_dev_strait_bench_library_JniCalls_##name

JNIEXPORT jlong JNI(create)(JNIEnv *env, jclass type, jstring mechanism, jstring directory);
JNIEXPORT void JNI(put)(JNIEnv *env, jclass type, jlong call);
JNIEXPORT void JNI(take)(JNIEnv *env, jclass type, jlong call);
JNIEXPORT void JNI(nothing)(JNIEnv *env, jclass type);

/* That it is called through a pointer costs a nanosecond. */
struct call {
    const char *mechanism;
    struct thing (*open)(const struct parameters *parameters);
    void (*put)(struct thing thing);
    void (*take)(struct thing thing);
    struct thing thing;
};

#define CALL(name) {#name, name##_open, name##_put, name##_take, {0}},

static struct call calls[] = {FOR_ALL_MECHANISMS(CALL)};

static struct call *call_named(const char *mechanism)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].mechanism, mechanism) == 0)
            return &calls[i];
    }
    side_fail(mechanism);
}

JNIEXPORT jlong JNI(create)(JNIEnv *env, jclass type, jstring mechanism, jstring directory)
{
    (void)type;
    const char *name = (*env)->GetStringUTFChars(env, mechanism, NULL);
    const char *dir = (*env)->GetStringUTFChars(env, directory, NULL);
    if (name == NULL || dir == NULL)
        return 0;
    struct call *call = call_named(name);
    call->thing = call->open(&(struct parameters){.dir = dir});
    (*env)->ReleaseStringUTFChars(env, mechanism, name);
    (*env)->ReleaseStringUTFChars(env, directory, dir);
    return (jlong)(intptr_t)call;
}

static const struct call *at(jlong call)
{
    return (const struct call *)(intptr_t)call;
}

JNIEXPORT void JNI(put)(JNIEnv *env, jclass type, jlong call)
{
    (void)env, (void)type;
    at(call)->put(at(call)->thing);
}

JNIEXPORT void JNI(take)(JNIEnv *env, jclass type, jlong call)
{
    (void)env, (void)type;
    at(call)->take(at(call)->thing);
}

JNIEXPORT void JNI(nothing)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
}
