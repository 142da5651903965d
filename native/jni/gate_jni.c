/* Sequences, latches and barriers. Java calls these at any time, as those of sync_jni.c. */
#include "dev_strait_sync_GateNative.h"
#include "internal/barrier.h"
#include "internal/latch.h"
#include "internal/sequence.h"
#include "support.h"

JNIEXPORT jint JNICALL Java_dev_strait_sync_GateNative_join(JNIEnv *env, jclass type, jlong gate)
{
    (void)env, (void)type;
    return strait_gate_join(strait_jni_pointer(gate));
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_GateNative_leave(JNIEnv *env, jclass type, jlong gate)
{
    (void)env, (void)type;
    return strait_gate_leave(strait_jni_pointer(gate));
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_GateNative_advance(JNIEnv *env, jclass type, jlong sequence,
                                                               jlong to)
{
    (void)env, (void)type;
    return strait_sequence_advance(strait_jni_pointer(sequence), to);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_GateNative_increment(JNIEnv *env, jclass type, jlong sequence,
                                                                  jlong count)
{
    (void)env, (void)type;
    return strait_sequence_increment(strait_jni_pointer(sequence), count);
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_GateNative_countDown(JNIEnv *env, jclass type, jlong latch)
{
    (void)env, (void)type;
    return strait_latch_count_down(strait_jni_pointer(latch));
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_GateNative_reset(JNIEnv *env, jclass type, jlong barrier)
{
    (void)env, (void)type;
    return strait_barrier_reset(strait_jni_pointer(barrier));
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_GateNative_awaitSequence(JNIEnv *env, jclass type, jlong sequence,
                                                                     jlong number, jint interrupts,
                                                                     jlong spin_ns, jlong timeout_ns)
{
    (void)env, (void)type;
    struct strait_patience patience = {(uint32_t)interrupts, spin_ns, timeout_ns};
    return strait_sequence_pass(strait_jni_pointer(sequence), number, &patience);
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_GateNative_awaitLatch(JNIEnv *env, jclass type, jlong latch,
                                                                  jint interrupts, jlong spin_ns,
                                                                  jlong timeout_ns)
{
    (void)env, (void)type;
    struct strait_patience patience = {(uint32_t)interrupts, spin_ns, timeout_ns};
    return strait_latch_pass(strait_jni_pointer(latch), &patience);
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_GateNative_awaitBarrier(JNIEnv *env, jclass type, jlong barrier,
                                                                    jint interrupts, jlong spin_ns,
                                                                    jlong timeout_ns)
{
    (void)env, (void)type;
    struct strait_patience patience = {(uint32_t)interrupts, spin_ns, timeout_ns};
    return strait_barrier_pass(strait_jni_pointer(barrier), &patience);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_GateNative_beginSequence(JNIEnv *env, jclass type,
                                                                      jlong sequence, jlong number)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    int result = strait_sequence_begin(strait_jni_pointer(sequence), number, &pending);
    return strait_jni_begun(pending, result);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_GateNative_beginLatch(JNIEnv *env, jclass type, jlong latch)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    int result = strait_latch_begin(strait_jni_pointer(latch), &pending);
    return strait_jni_begun(pending, result);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_GateNative_beginBarrier(JNIEnv *env, jclass type, jlong barrier)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    int result = strait_barrier_begin(strait_jni_pointer(barrier), &pending);
    return strait_jni_begun(pending, result);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_GateNative_watchSequence(JNIEnv *env, jclass type,
                                                                      jlong sequence, jlong number, jlong set)
{
    (void)env, (void)type;
    struct strait_watch watch;
    strait_sequence_watch(strait_jni_pointer(sequence), number, &watch);
    return strait_jni_add(set, 0, &watch);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_GateNative_watchLatch(JNIEnv *env, jclass type, jlong latch,
                                                                   jlong set)
{
    (void)env, (void)type;
    struct strait_watch watch;
    strait_latch_watch(strait_jni_pointer(latch), &watch);
    return strait_jni_add(set, 0, &watch);
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_sync_GateNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(join, "(J)I"),
    METHOD(leave, "(J)I"),
    METHOD(advance, "(JJ)I"),
    METHOD(increment, "(JJ)J"),
    METHOD(countDown, "(J)I"),
    METHOD(reset, "(J)I"),
    METHOD(awaitSequence, "(JJIJJ)I"),
    METHOD(awaitLatch, "(JIJJ)I"),
    METHOD(awaitBarrier, "(JIJJ)I"),
    METHOD(beginSequence, "(JJ)J"),
    METHOD(beginLatch, "(J)J"),
    METHOD(beginBarrier, "(J)J"),
    METHOD(watchSequence, "(JJJ)J"),
    METHOD(watchLatch, "(JJ)J"),
};

const struct strait_jni_class strait_jni_gate = {"GateNative", methods, sizeof methods / sizeof methods[0]};
