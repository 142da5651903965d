/*
 * Semaphores, locks and conditions. Java calls these at any time, also while the segment is being closed: so
 * whoever touches the segment is inside meanwhile, as strait_sync_shut waits for those.
 */
#include "dev_strait_sync_SyncNative.h"
#include "internal/lock.h"
#include "internal/participant.h"
#include "internal/semaphore.h"
#include "support.h"

/* A semaphore, a lock or a condition is its struct strait_sync and nothing else. */
static struct strait_sync *sync_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

static struct strait_semaphore *semaphore_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

static struct strait_lock *lock_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

static struct strait_condition *condition_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_SyncNative_open(JNIEnv *env, jclass type, jlong segment,
                                                             jbyteArray name, jint kind, jlongArray values)
{
    (void)type;
    struct strait_failure failure = {0};
    struct strait_sync *sync;
    char text[STRAIT_OBJECT_NAME + 2] = ""; /* what does not fit is too long */
    jsize length = (*env)->GetArrayLength(env, name);
    if (length > STRAIT_OBJECT_NAME + 1)
        length = STRAIT_OBJECT_NAME + 1;
    (*env)->GetByteArrayRegion(env, name, 0, length, (jbyte *)text);
    int result =
        strait_sync_open(strait_jni_pointer(segment), text, (enum strait_object_kind)kind, &sync, &failure);
    if (result < 0)
        return strait_jni_failed(env, result, &failure, values);
    const jlong numbers[3] = {sync->object.flags, sync->object.value,
                              (jlong)strait_participant_own(sync->participant, 0)};
    (*env)->SetLongArrayRegion(env, values, 0, 3, numbers);
    return strait_jni_handle(sync);
}

JNIEXPORT jobject JNICALL Java_dev_strait_sync_SyncNative_words(JNIEnv *env, jclass type, jlong handle)
{
    (void)type;
    const struct strait_sync *sync = sync_of(handle);
    bool is_condition = sync->object.kind == STRAIT_OBJECT_CONDITION;
    return strait_jni_buffer(env, sync->object.words,
                             is_condition ? sizeof(struct strait_condition_words)
                                          : sizeof(struct strait_queue));
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_interrupts(JNIEnv *env, jclass type, jlong handle)
{
    (void)env, (void)type;
    return (jint)atomic_load(&sync_of(handle)->interrupts);
}

JNIEXPORT void JNICALL Java_dev_strait_sync_SyncNative_interrupt(JNIEnv *env, jclass type, jlong handle)
{
    (void)env, (void)type;
    strait_sync_interrupt(sync_of(handle));
}

/* What stands in line for a semaphore or a lock. */
static struct strait_queue *queue_of(struct strait_sync *sync)
{
    return sync->object.words;
}

JNIEXPORT void JNICALL Java_dev_strait_sync_SyncNative_wake(JNIEnv *env, jclass type, jlong handle)
{
    (void)env, (void)type;
    struct strait_sync *sync = sync_of(handle);
    if (!strait_sync_enter(sync))
        return;
    strait_sync_released(sync, queue_of(sync));
    strait_sync_exit(sync);
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_queued(JNIEnv *env, jclass type, jlong handle)
{
    (void)env, (void)type;
    struct strait_sync *sync = sync_of(handle);
    if (!strait_sync_enter(sync))
        return STRAIT_CLOSED;
    int count = strait_sync_queued(sync, queue_of(sync));
    strait_sync_exit(sync);
    return count;
}

/* ---- Semaphores ------------------------------------------------------------------------------------------
 */

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_acquire(JNIEnv *env, jclass type, jlong semaphore,
                                                               jint permits, jint interrupts, jlong spin_ns,
                                                               jlong timeout_ns)
{
    (void)env, (void)type;
    struct strait_sync *sync = sync_of(semaphore);
    struct strait_patience patience = {(uint32_t)interrupts, spin_ns, timeout_ns};
    if (!strait_sync_enter(sync))
        return STRAIT_CLOSED;
    int result = strait_semaphore_take(semaphore_of(semaphore), (uint32_t)permits, &patience);
    strait_sync_exit(sync);
    return result;
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_SyncNative_beginAcquire(JNIEnv *env, jclass type,
                                                                     jlong semaphore, jint permits)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    int result = strait_semaphore_begin(semaphore_of(semaphore), (uint32_t)permits, &pending);
    return strait_jni_begun(pending, result);
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_release(JNIEnv *env, jclass type, jlong semaphore,
                                                               jint permits)
{
    (void)env, (void)type;
    struct strait_sync *sync = sync_of(semaphore);
    if (!strait_sync_enter(sync))
        return STRAIT_CLOSED;
    int result = strait_semaphore_release(semaphore_of(semaphore), (uint32_t)permits);
    strait_sync_exit(sync);
    return result;
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_drain(JNIEnv *env, jclass type, jlong semaphore)
{
    (void)env, (void)type;
    struct strait_sync *sync = sync_of(semaphore);
    if (!strait_sync_enter(sync))
        return STRAIT_CLOSED;
    int permits = strait_semaphore_drain(semaphore_of(semaphore));
    strait_sync_exit(sync);
    return permits;
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_available(JNIEnv *env, jclass type, jlong semaphore)
{
    (void)env, (void)type;
    struct strait_sync *sync = sync_of(semaphore);
    if (!strait_sync_enter(sync))
        return STRAIT_CLOSED;
    int permits = strait_semaphore_available(semaphore_of(semaphore));
    strait_sync_exit(sync);
    return permits;
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_held(JNIEnv *env, jclass type, jlong semaphore)
{
    (void)env, (void)type;
    struct strait_sync *sync = sync_of(semaphore);
    if (!strait_sync_enter(sync))
        return STRAIT_CLOSED;
    int permits = strait_semaphore_held(semaphore_of(semaphore));
    strait_sync_exit(sync);
    return permits;
}

/* ---- Locks -----------------------------------------------------------------------------------------------
 *
 * Java knows which thread has a lock, and often takes it and gives it up without us. So C's holder is set
 * only while a call of C's goes by it, by the thread that has the lock, to something on its stack; else it is
 * NULL.
 */

static void set_holder(jlong lock, void *holder)
{
    atomic_store_explicit(&sync_of(lock)->holder, holder, memory_order_relaxed);
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_lock(JNIEnv *env, jclass type, jlong lock,
                                                            jint interrupts, jlong spin_ns, jlong timeout_ns)
{
    (void)env, (void)type;
    struct strait_patience patience = {(uint32_t)interrupts, spin_ns, timeout_ns};
    if (!strait_sync_enter(sync_of(lock)))
        return STRAIT_CLOSED;
    int result = strait_lock_take(lock_of(lock), &patience, &patience);
    if (result == 0 || result == STRAIT_OWNER_DIED)
        set_holder(lock, NULL);
    strait_sync_exit(sync_of(lock));
    return result;
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_SyncNative_beginLock(JNIEnv *env, jclass type, jlong lock)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    int result = strait_lock_begin(lock_of(lock), &pending);
    return strait_jni_begun(pending, result);
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_unlock(JNIEnv *env, jclass type, jlong lock)
{
    (void)env, (void)type;
    char here;
    if (!strait_sync_enter(sync_of(lock)))
        return STRAIT_CLOSED;
    set_holder(lock, &here);
    int result = strait_lock_give(lock_of(lock), &here);
    strait_sync_exit(sync_of(lock));
    return result;
}

JNIEXPORT jint JNICALL Java_dev_strait_sync_SyncNative_await(JNIEnv *env, jclass type, jlong condition,
                                                             jlong lock, jint interrupts, jlong spin_ns,
                                                             jlong timeout_ns)
{
    (void)env, (void)type;
    struct strait_patience patience = {(uint32_t)interrupts, spin_ns, timeout_ns};
    if (!strait_sync_enter(sync_of(lock)))
        return STRAIT_CLOSED;
    set_holder(lock, &patience);
    int result = strait_condition_await(condition_of(condition), lock_of(lock), &patience, &patience);
    if (result != STRAIT_NOT_RECOVERABLE && result != STRAIT_CLOSED) /* it is ours again */
        set_holder(lock, NULL);
    strait_sync_exit(sync_of(lock));
    return result;
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_SyncNative_beginAwait(JNIEnv *env, jclass type, jlong condition,
                                                                   jlong lock)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    if (!strait_sync_enter(sync_of(lock)))
        return STRAIT_CLOSED;
    set_holder(lock, &pending);
    int result = strait_condition_begin(condition_of(condition), lock_of(lock), &pending, &pending);
    if (pending == NULL && result != STRAIT_CLOSED) /* it is still ours */
        set_holder(lock, NULL);
    strait_sync_exit(sync_of(lock));
    return strait_jni_begun(pending, result);
}

JNIEXPORT void JNICALL Java_dev_strait_sync_SyncNative_signal(JNIEnv *env, jclass type, jlong condition,
                                                              jboolean all)
{
    (void)env, (void)type;
    if (!strait_sync_enter(sync_of(condition)))
        return;
    if (all)
        strait_condition_notify_all(condition_of(condition));
    else
        strait_condition_notify(condition_of(condition));
    strait_sync_exit(sync_of(condition));
}

/* ---- Watches ---------------------------------------------------------------------------------------------
 */

JNIEXPORT jlong JNICALL Java_dev_strait_sync_SyncNative_watchSemaphore(JNIEnv *env, jclass type,
                                                                       jlong semaphore, jint permits,
                                                                       jlong set)
{
    (void)env, (void)type;
    struct strait_watch watch;
    int result = strait_semaphore_watch(semaphore_of(semaphore), (uint32_t)permits, &watch);
    return strait_jni_add(set, result, &watch);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sync_SyncNative_watchLock(JNIEnv *env, jclass type, jlong lock,
                                                                  jlong set)
{
    (void)env, (void)type;
    struct strait_watch watch;
    strait_lock_watch(lock_of(lock), &watch);
    return strait_jni_add(set, 0, &watch);
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_sync_SyncNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(open, "(J[BI[J)J"),
    METHOD(words, "(J)Ljava/nio/ByteBuffer;"),
    METHOD(interrupts, "(J)I"),
    METHOD(interrupt, "(J)V"),
    METHOD(wake, "(J)V"),
    METHOD(queued, "(J)I"),
    METHOD(acquire, "(JIIJJ)I"),
    METHOD(release, "(JI)I"),
    METHOD(drain, "(J)I"),
    METHOD(available, "(J)I"),
    METHOD(held, "(J)I"),
    METHOD(lock, "(JIJJ)I"),
    METHOD(unlock, "(J)I"),
    METHOD(await, "(JJIJJ)I"),
    METHOD(signal, "(JZ)V"),
    METHOD(beginAcquire, "(JI)J"),
    METHOD(beginLock, "(J)J"),
    METHOD(beginAwait, "(JJ)J"),
    METHOD(watchSemaphore, "(JIJ)J"),
    METHOD(watchLock, "(JJ)J"),
};

const struct strait_jni_class strait_jni_sync = {"SyncNative", methods, sizeof methods / sizeof methods[0]};
