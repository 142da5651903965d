/* Counters, timers and the ends of processes. */
#include "dev_strait_event_EventNative.h"
#include "internal/deadline.h"
#include "internal/event.h"
#include "support.h"

JNIEXPORT jint JNICALL Java_dev_strait_event_EventNative_openCounter(JNIEnv *env, jclass type, jint initial,
                                                                     jboolean is_semaphore)
{
    (void)env, (void)type;
    return strait_event_counter_open((uint32_t)initial, is_semaphore);
}

JNIEXPORT jint JNICALL Java_dev_strait_event_EventNative_add(JNIEnv *env, jclass type, jint fd, jlong count)
{
    (void)env, (void)type;
    return strait_event_counter_add(fd, (uint64_t)count);
}

JNIEXPORT jint JNICALL Java_dev_strait_event_EventNative_take(JNIEnv *env, jclass type, jint fd,
                                                              jlongArray count)
{
    (void)type;
    uint64_t taken;
    int result = strait_event_take(fd, &taken);
    if (result == 0)
        (*env)->SetLongArrayRegion(env, count, 0, 1, &(jlong){(jlong)taken});
    return result;
}

JNIEXPORT jint JNICALL Java_dev_strait_event_EventNative_openTimer(JNIEnv *env, jclass type, jint clock)
{
    (void)env, (void)type;
    return strait_event_timer_open(clock);
}

JNIEXPORT jlong JNICALL Java_dev_strait_event_EventNative_now(JNIEnv *env, jclass type, jint clock)
{
    (void)env, (void)type;
    return strait_clock_ns(clock);
}

JNIEXPORT jint JNICALL Java_dev_strait_event_EventNative_setTimer(JNIEnv *env, jclass type, jint fd,
                                                                  jint flags, jlong first_ns,
                                                                  jlong interval_ns)
{
    (void)env, (void)type;
    return strait_event_timer_set(fd, (uint32_t)flags, first_ns, interval_ns);
}

JNIEXPORT jint JNICALL Java_dev_strait_event_EventNative_getTimer(JNIEnv *env, jclass type, jint fd,
                                                                  jlongArray times)
{
    (void)type;
    int64_t left_ns;
    int64_t interval_ns;
    int result = strait_event_timer_get(fd, &left_ns, &interval_ns);
    if (result == 0)
        (*env)->SetLongArrayRegion(env, times, 0, 2, (jlong[2]){left_ns, interval_ns});
    return result;
}

JNIEXPORT jint JNICALL Java_dev_strait_event_EventNative_openProcess(JNIEnv *env, jclass type, jint pid)
{
    (void)env, (void)type;
    return strait_event_process_open(pid);
}

JNIEXPORT jint JNICALL Java_dev_strait_event_EventNative_signal(JNIEnv *env, jclass type, jint fd,
                                                                jint signal)
{
    (void)env, (void)type;
    return strait_event_process_signal(fd, signal);
}

JNIEXPORT jint JNICALL Java_dev_strait_event_EventNative_ended(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_event_process_ended(fd);
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_event_EventNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(openCounter, "(IZ)I"), METHOD(add, "(IJ)I"),        METHOD(take, "(I[J)I"),
    METHOD(openTimer, "(I)I"),    METHOD(now, "(I)J"),         METHOD(setTimer, "(IIJJ)I"),
    METHOD(getTimer, "(I[J)I"),   METHOD(openProcess, "(I)I"), METHOD(signal, "(II)I"),
    METHOD(ended, "(I)I"),
};

const struct strait_jni_class strait_jni_event = {"EventNative", methods, sizeof methods / sizeof methods[0]};
