/* System V IPC. Statuses, limits and usage go into a long[] in the order of the records in dev.strait.sysv.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "dev_strait_sysv_SysvNative.h"
#include "internal/sysv.h"
#include "support.h"

enum { FEW_VALUES = 64 };

JNIEXPORT jlong JNICALL Java_dev_strait_sysv_SysvNative_address(JNIEnv *env, jclass type, jobject direct)
{
    (void)type;
    return strait_jni_handle((*env)->GetDirectBufferAddress(env, direct));
}

JNIEXPORT jlong JNICALL Java_dev_strait_sysv_SysvNative_key(JNIEnv *env, jclass type, jstring path,
                                                            jint project)
{
    (void)type;
    char bytes[PATH_MAX + 1];
    strait_jni_string(env, path, bytes, sizeof bytes);
    return strait_sysv_key(bytes, project);
}

/* What stands first in each status: SysvPermissions and the id. */
#define PERMISSIONS(perm, id)                                                                                \
    (perm).__key, (perm).uid, (perm).gid, (perm).cuid, (perm).cgid, (perm).mode, (perm).__seq, (id)

static jint put(JNIEnv *env, jint result, jlongArray into, const jlong *values, size_t count)
{
    if (result >= 0)
        (*env)->SetLongArrayRegion(env, into, 0, (jsize)count, values);
    return result;
}

#define PUT(result, into, values) put(env, result, into, values, sizeof(values) / sizeof(values)[0])

/* ---- Message queues --------------------------------------------------------------------------------------
 */

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_queueGet(JNIEnv *env, jclass type, jint key,
                                                                jint flags)
{
    (void)env, (void)type;
    return strait_sysv_queue_get(key, flags);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_queueSend(JNIEnv *env, jclass type, jlong kick,
                                                                 jint id, jlong message, jint length,
                                                                 jint flags)
{
    (void)env, (void)type;
    return strait_sysv_queue_send(strait_jni_pointer(kick), id, strait_jni_pointer(message), (size_t)length,
                                  flags);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sysv_SysvNative_queueReceive(JNIEnv *env, jclass type, jlong kick,
                                                                     jint id, jlong message, jint capacity,
                                                                     jlong message_type, jint flags)
{
    (void)env, (void)type;
    return strait_sysv_queue_receive(strait_jni_pointer(kick), id, strait_jni_pointer(message),
                                     (size_t)capacity, message_type, flags);
}

static jint put_queue(JNIEnv *env, jint result, jint id, const struct msqid_ds *status, jlongArray into)
{
    const jlong values[] = {PERMISSIONS(status->msg_perm, id),
                            (jlong)status->__msg_cbytes,
                            (jlong)status->msg_qnum,
                            (jlong)status->msg_qbytes,
                            status->msg_lspid,
                            status->msg_lrpid,
                            status->msg_stime,
                            status->msg_rtime,
                            status->msg_ctime};
    return PUT(result, into, values);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_queueStatus(JNIEnv *env, jclass type, jint id,
                                                                   jlongArray into)
{
    (void)type;
    struct msqid_ds status = {0};
    jint result = strait_sysv_queue_control(id, IPC_STAT, &status);
    return put_queue(env, result, id, &status, into);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_queueAt(JNIEnv *env, jclass type, jint index,
                                                               jlongArray into)
{
    (void)type;
    struct msqid_ds status = {0};
    jint id = strait_sysv_queue_at(index, &status);
    return put_queue(env, id, id, &status, into);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_queueSet(JNIEnv *env, jclass type, jint id, jint uid,
                                                                jint gid, jint mode, jlong max_bytes)
{
    (void)env, (void)type;
    struct msqid_ds status = {.msg_qbytes = (msglen_t)max_bytes};
    status.msg_perm.uid = (uid_t)uid;
    status.msg_perm.gid = (gid_t)gid;
    status.msg_perm.mode = (unsigned short)mode;
    return strait_sysv_queue_control(id, IPC_SET, &status);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_queueRemove(JNIEnv *env, jclass type, jint id)
{
    (void)env, (void)type;
    return strait_sysv_queue_control(id, IPC_RMID, NULL);
}

static jint put_queue_info(JNIEnv *env, jint command, jlongArray into)
{
    struct msginfo info;
    jint result = strait_sysv_queue_info(command, &info);
    const jlong limits[] = {info.msgmni, info.msgmax, info.msgmnb};
    const jlong usage[] = {info.msgpool, info.msgmap, info.msgtql};
    return command == IPC_INFO ? PUT(result, into, limits) : PUT(result, into, usage);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_queueLimits(JNIEnv *env, jclass type, jlongArray into)
{
    (void)type;
    return put_queue_info(env, IPC_INFO, into);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_queueUsage(JNIEnv *env, jclass type, jlongArray into)
{
    (void)type;
    return put_queue_info(env, MSG_INFO, into);
}

/* ---- Semaphore sets --------------------------------------------------------------------------------------
 */

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreGet(JNIEnv *env, jclass type, jint key,
                                                                    jint count, jint flags)
{
    (void)env, (void)type;
    return strait_sysv_semaphore_get(key, count, flags);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreOperate(JNIEnv *env, jclass type, jlong kick,
                                                                        jint id, jlong operations, jint count,
                                                                        jlong deadline_ns)
{
    (void)env, (void)type;
    return strait_sysv_semaphore_operate(strait_jni_pointer(kick), id, strait_jni_pointer(operations),
                                         (size_t)count, deadline_ns);
}

static jint put_semaphore(JNIEnv *env, jint result, jint id, const struct semid_ds *status, jlongArray into)
{
    const jlong values[] = {PERMISSIONS(status->sem_perm, id), (jlong)status->sem_nsems, status->sem_otime,
                            status->sem_ctime};
    return PUT(result, into, values);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreStatus(JNIEnv *env, jclass type, jint id,
                                                                       jlongArray into)
{
    (void)type;
    struct semid_ds status = {0};
    jint result = strait_sysv_semaphore_control(id, IPC_STAT, &status);
    return put_semaphore(env, result, id, &status, into);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreAt(JNIEnv *env, jclass type, jint index,
                                                                   jlongArray into)
{
    (void)type;
    struct semid_ds status = {0};
    jint id = strait_sysv_semaphore_at(index, &status);
    return put_semaphore(env, id, id, &status, into);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreSet(JNIEnv *env, jclass type, jint id,
                                                                    jint uid, jint gid, jint mode)
{
    (void)env, (void)type;
    struct semid_ds status = {0};
    status.sem_perm.uid = (uid_t)uid;
    status.sem_perm.gid = (gid_t)gid;
    status.sem_perm.mode = (unsigned short)mode;
    return strait_sysv_semaphore_control(id, IPC_SET, &status);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreRemove(JNIEnv *env, jclass type, jint id)
{
    (void)env, (void)type;
    return strait_sysv_semaphore_control(id, IPC_RMID, NULL);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreCount(JNIEnv *env, jclass type, jint id)
{
    (void)env, (void)type;
    return strait_sysv_semaphore_count(id);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreGetValue(JNIEnv *env, jclass type, jint id,
                                                                         jint index)
{
    (void)env, (void)type;
    return strait_sysv_semaphore_value(id, index, GETVAL, 0);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreSetValue(JNIEnv *env, jclass type, jint id,
                                                                         jint index, jint value)
{
    (void)env, (void)type;
    return strait_sysv_semaphore_value(id, index, SETVAL, value);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreGetPid(JNIEnv *env, jclass type, jint id,
                                                                       jint index)
{
    (void)env, (void)type;
    return strait_sysv_semaphore_value(id, index, GETPID, 0);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreGetIncreaseWaiters(JNIEnv *env, jclass type,
                                                                                   jint id, jint index)
{
    (void)env, (void)type;
    return strait_sysv_semaphore_value(id, index, GETNCNT, 0);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreGetZeroWaiters(JNIEnv *env, jclass type,
                                                                               jint id, jint index)
{
    (void)env, (void)type;
    return strait_sysv_semaphore_value(id, index, GETZCNT, 0);
}

/* Room for the values of a set: on the stack when they are few, as they mostly are. */
struct values {
    size_t count;
    jint *numbers; /* Java has no unsigned short */
    unsigned short *values;
    jint few_numbers[FEW_VALUES];
    unsigned short few_values[FEW_VALUES];
};

static int open_values(JNIEnv *env, jintArray array, struct values *of)
{
    of->count = (size_t)(*env)->GetArrayLength(env, array);
    of->numbers = of->few_numbers;
    of->values = of->few_values;
    if (of->count > FEW_VALUES) {
        of->numbers = malloc(of->count * (sizeof *of->numbers + sizeof *of->values));
        of->values = (unsigned short *)(of->numbers + of->count);
    }
    return of->numbers == NULL ? -ENOMEM : 0;
}

static void close_values(struct values *of)
{
    if (of->numbers != of->few_numbers)
        free(of->numbers);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreGetAll(JNIEnv *env, jclass type, jint id,
                                                                       jintArray into)
{
    (void)type;
    struct values all;
    jint result = open_values(env, into, &all);
    if (result == 0)
        result = strait_sysv_semaphore_values(id, GETALL, all.values);
    if (result >= 0) {
        for (size_t i = 0; i < all.count; i++)
            all.numbers[i] = all.values[i];
        (*env)->SetIntArrayRegion(env, into, 0, (jsize)all.count, all.numbers);
    }
    close_values(&all);
    return result;
}

/* What is no value is made one that the kernel refuses with ERANGE. */
static unsigned short to_value(jint value)
{
    return value < 0 || value > USHRT_MAX ? USHRT_MAX : (unsigned short)value;
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreSetAll(JNIEnv *env, jclass type, jint id,
                                                                       jintArray from)
{
    (void)type;
    struct values all;
    jint result = open_values(env, from, &all);
    if (result == 0) {
        (*env)->GetIntArrayRegion(env, from, 0, (jsize)all.count, all.numbers);
        for (size_t i = 0; i < all.count; i++)
            all.values[i] = to_value(all.numbers[i]);
        result = strait_sysv_semaphore_values(id, SETALL, all.values);
    }
    close_values(&all);
    return result;
}

static jint put_semaphore_info(JNIEnv *env, jint command, jlongArray into)
{
    struct seminfo info;
    jint result = strait_sysv_semaphore_info(command, &info);
    const jlong limits[] = {info.semmni, info.semmsl, info.semmns, info.semopm, info.semvmx, info.semaem};
    const jlong usage[] = {info.semusz, info.semaem};
    return command == IPC_INFO ? PUT(result, into, limits) : PUT(result, into, usage);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreLimits(JNIEnv *env, jclass type,
                                                                       jlongArray into)
{
    (void)type;
    return put_semaphore_info(env, IPC_INFO, into);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_semaphoreUsage(JNIEnv *env, jclass type,
                                                                      jlongArray into)
{
    (void)type;
    return put_semaphore_info(env, SEM_INFO, into);
}

/* ---- Shared memory ---------------------------------------------------------------------------------------
 */

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_memoryGet(JNIEnv *env, jclass type, jint key,
                                                                 jlong bytes, jint flags)
{
    (void)env, (void)type;
    return strait_sysv_memory_get(key, (size_t)bytes, flags);
}

static jint put_memory(JNIEnv *env, jint result, jint id, const struct shmid_ds *status, jlongArray into)
{
    const jlong values[] = {
        PERMISSIONS(status->shm_perm, id), (jlong)status->shm_segsz, status->shm_cpid,  status->shm_lpid,
        (jlong)status->shm_nattch,         status->shm_atime,        status->shm_dtime, status->shm_ctime};
    return PUT(result, into, values);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_memoryStatus(JNIEnv *env, jclass type, jint id,
                                                                    jlongArray into)
{
    (void)type;
    struct shmid_ds status = {0};
    jint result = strait_sysv_memory_control(id, IPC_STAT, &status);
    return put_memory(env, result, id, &status, into);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_memoryAt(JNIEnv *env, jclass type, jint index,
                                                                jlongArray into)
{
    (void)type;
    struct shmid_ds status = {0};
    jint id = strait_sysv_memory_at(index, &status);
    return put_memory(env, id, id, &status, into);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_memorySet(JNIEnv *env, jclass type, jint id, jint uid,
                                                                 jint gid, jint mode)
{
    (void)env, (void)type;
    struct shmid_ds status = {0};
    status.shm_perm.uid = (uid_t)uid;
    status.shm_perm.gid = (gid_t)gid;
    status.shm_perm.mode = (unsigned short)mode;
    return strait_sysv_memory_control(id, IPC_SET, &status);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_memoryRemove(JNIEnv *env, jclass type, jint id)
{
    (void)env, (void)type;
    return strait_sysv_memory_control(id, IPC_RMID, NULL);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_memoryLock(JNIEnv *env, jclass type, jint id,
                                                                  jboolean locked)
{
    (void)env, (void)type;
    return strait_sysv_memory_control(id, locked ? SHM_LOCK : SHM_UNLOCK, NULL);
}

/* No limit is a number that has the sign bit. */
static jlong bounded(unsigned long limit)
{
    return limit > LONG_MAX ? LONG_MAX : (jlong)limit;
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_memoryLimits(JNIEnv *env, jclass type, jlongArray into)
{
    (void)type;
    struct shminfo limits;
    jint result = strait_sysv_memory_limits(&limits);
    const jlong values[] = {bounded(limits.shmmni), bounded(limits.shmmax), bounded(limits.shmmin),
                            bounded(limits.shmall)};
    return PUT(result, into, values);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_memoryUsage(JNIEnv *env, jclass type, jlongArray into)
{
    (void)type;
    struct shm_info usage;
    jint result = strait_sysv_memory_usage(&usage);
    const jlong values[] = {usage.used_ids,       (jlong)usage.shm_tot,       (jlong)usage.shm_rss,
                            (jlong)usage.shm_swp, (jlong)usage.swap_attempts, (jlong)usage.swap_successes};
    return PUT(result, into, values);
}

JNIEXPORT jlong JNICALL Java_dev_strait_sysv_SysvNative_memoryAttach(JNIEnv *env, jclass type, jint id,
                                                                     jint flags)
{
    (void)env, (void)type;
    struct strait_sysv_attachment *attachment = malloc(sizeof *attachment);
    int result = attachment == NULL ? -ENOMEM : strait_sysv_memory_attach(attachment, id, flags);
    if (result == 0)
        return strait_jni_handle(attachment);
    free(attachment);
    return result;
}

JNIEXPORT jlong JNICALL Java_dev_strait_sysv_SysvNative_attachmentBytes(JNIEnv *env, jclass type,
                                                                        jlong handle)
{
    (void)env, (void)type;
    const struct strait_sysv_attachment *attachment = strait_jni_pointer(handle);
    return (jlong)attachment->mapping.bytes;
}

JNIEXPORT jobject JNICALL Java_dev_strait_sysv_SysvNative_attachmentView(JNIEnv *env, jclass type,
                                                                         jlong handle, jlong offset,
                                                                         jint length)
{
    (void)type;
    const struct strait_sysv_attachment *attachment = strait_jni_pointer(handle);
    return strait_jni_buffer(env, attachment->mapping.base + offset, (uint64_t)length);
}

JNIEXPORT jint JNICALL Java_dev_strait_sysv_SysvNative_attachmentDetach(JNIEnv *env, jclass type,
                                                                        jlong handle)
{
    (void)env, (void)type;
    return strait_sysv_memory_detach(strait_jni_pointer(handle));
}

JNIEXPORT void JNICALL Java_dev_strait_sysv_SysvNative_attachmentFree(JNIEnv *env, jclass type, jlong handle)
{
    (void)env, (void)type;
    struct strait_sysv_attachment *attachment = strait_jni_pointer(handle);
    strait_sysv_memory_release(attachment);
    free(attachment);
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_sysv_SysvNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(address, "(Ljava/nio/ByteBuffer;)J"),
    METHOD(key, "(Ljava/lang/String;I)J"),
    METHOD(queueGet, "(II)I"),
    METHOD(queueSend, "(JIJII)I"),
    METHOD(queueReceive, "(JIJIJI)J"),
    METHOD(queueStatus, "(I[J)I"),
    METHOD(queueAt, "(I[J)I"),
    METHOD(queueSet, "(IIIIJ)I"),
    METHOD(queueRemove, "(I)I"),
    METHOD(queueLimits, "([J)I"),
    METHOD(queueUsage, "([J)I"),
    METHOD(semaphoreGet, "(III)I"),
    METHOD(semaphoreOperate, "(JIJIJ)I"),
    METHOD(semaphoreStatus, "(I[J)I"),
    METHOD(semaphoreAt, "(I[J)I"),
    METHOD(semaphoreSet, "(IIII)I"),
    METHOD(semaphoreRemove, "(I)I"),
    METHOD(semaphoreCount, "(I)I"),
    METHOD(semaphoreGetValue, "(II)I"),
    METHOD(semaphoreSetValue, "(III)I"),
    METHOD(semaphoreGetPid, "(II)I"),
    METHOD(semaphoreGetIncreaseWaiters, "(II)I"),
    METHOD(semaphoreGetZeroWaiters, "(II)I"),
    METHOD(semaphoreGetAll, "(I[I)I"),
    METHOD(semaphoreSetAll, "(I[I)I"),
    METHOD(semaphoreLimits, "([J)I"),
    METHOD(semaphoreUsage, "([J)I"),
    METHOD(memoryGet, "(IJI)I"),
    METHOD(memoryStatus, "(I[J)I"),
    METHOD(memoryAt, "(I[J)I"),
    METHOD(memorySet, "(IIII)I"),
    METHOD(memoryRemove, "(I)I"),
    METHOD(memoryLock, "(IZ)I"),
    METHOD(memoryLimits, "([J)I"),
    METHOD(memoryUsage, "([J)I"),
    METHOD(memoryAttach, "(II)J"),
    METHOD(attachmentBytes, "(J)J"),
    METHOD(attachmentView, "(JJI)Ljava/nio/ByteBuffer;"),
    METHOD(attachmentDetach, "(J)I"),
    METHOD(attachmentFree, "(J)V"),
};

const struct strait_jni_class strait_jni_sysv = {"SysvNative", methods, sizeof methods / sizeof methods[0]};
