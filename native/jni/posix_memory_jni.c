/* POSIX shared memory. The handle of a mapping is the address of a struct strait_mapping. */
#include <errno.h>
#include <sys/mman.h>

#include "dev_strait_posix_PosixMemoryNative.h"
#include "internal/fd.h"
#include "internal/mapping.h"
#include "internal/posix_memory.h"
#include "support.h"

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixMemoryNative_open(JNIEnv *env, jclass type, jstring name,
                                                                    jint flags, jint mode)
{
    (void)type;
    char text[STRAIT_JNI_NAME_BYTES] = "";
    strait_jni_string(env, name, text, sizeof text);
    return strait_posix_memory_open(text, flags, (mode_t)mode);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixMemoryNative_unlink(JNIEnv *env, jclass type, jstring name)
{
    (void)type;
    char text[STRAIT_JNI_NAME_BYTES] = "";
    strait_jni_string(env, name, text, sizeof text);
    return strait_posix_memory_unlink(text);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixMemoryNative_truncate(JNIEnv *env, jclass type, jint fd,
                                                                        jlong bytes)
{
    (void)env, (void)type;
    return strait_fd_truncate(fd, bytes);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixMemoryNative_allocate(JNIEnv *env, jclass type, jint fd,
                                                                        jlong bytes)
{
    (void)env, (void)type;
    return strait_fd_allocate(fd, (uint64_t)bytes);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixMemoryNative_setMode(JNIEnv *env, jclass type, jint fd,
                                                                       jint mode)
{
    (void)env, (void)type;
    return strait_posix_memory_set_mode(fd, (mode_t)mode);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixMemoryNative_setOwner(JNIEnv *env, jclass type, jint fd,
                                                                        jint user, jint group)
{
    (void)env, (void)type;
    return strait_posix_memory_set_owner(fd, (uid_t)user, (gid_t)group);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixMemoryNative_status(JNIEnv *env, jclass type, jint fd,
                                                                      jlongArray values)
{
    (void)type;
    struct stat now;
    int result = strait_fd_stat(fd, &now);
    if (result < 0)
        return result;
    const jlong numbers[] = {now.st_size,        now.st_blocks * 512, now.st_mode,        now.st_uid,
                             now.st_gid,         (jlong)now.st_nlink, now.st_mtim.tv_sec, now.st_mtim.tv_nsec,
                             now.st_ctim.tv_sec, now.st_ctim.tv_nsec};
    (*env)->SetLongArrayRegion(env, values, 0, sizeof numbers / sizeof numbers[0], numbers);
    return 0;
}

JNIEXPORT jlong JNICALL Java_dev_strait_posix_PosixMemoryNative_map(JNIEnv *env, jclass type, jint fd,
                                                                    jlong offset, jlong bytes,
                                                                    jboolean is_writable, jboolean is_private)
{
    (void)env, (void)type;
    const char *operation;
    struct strait_mapping *mapping = malloc(sizeof *mapping);
    if (mapping == NULL)
        return -ENOMEM;
    int result = strait_mapping_map_part(mapping, fd, (uint64_t)offset, (size_t)bytes,
                                         is_writable ? PROT_READ | PROT_WRITE : PROT_READ,
                                         is_private ? MAP_PRIVATE : MAP_SHARED, &operation);
    if (result == 0)
        return strait_jni_handle(mapping);
    free(mapping);
    return result;
}

JNIEXPORT jobject JNICALL Java_dev_strait_posix_PosixMemoryNative_buffer(JNIEnv *env, jclass type,
                                                                         jlong handle)
{
    (void)type;
    const struct strait_mapping *mapping = strait_jni_pointer(handle);
    return strait_jni_buffer(env, mapping->base, mapping->bytes);
}

JNIEXPORT void JNICALL Java_dev_strait_posix_PosixMemoryNative_unmap(JNIEnv *env, jclass type, jlong mapping)
{
    (void)env, (void)type;
    strait_mapping_overlay(strait_jni_pointer(mapping));
}

JNIEXPORT void JNICALL Java_dev_strait_posix_PosixMemoryNative_free(JNIEnv *env, jclass type, jlong mapping)
{
    (void)env, (void)type;
    strait_mapping_release(strait_jni_pointer(mapping));
    free(strait_jni_pointer(mapping));
}

#define METHOD(name, descriptor)                                                                             \
    STRAIT_METHOD(#name, descriptor, Java_dev_strait_posix_PosixMemoryNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(open, "(Ljava/lang/String;II)I"),
    METHOD(unlink, "(Ljava/lang/String;)I"),
    METHOD(truncate, "(IJ)I"),
    METHOD(allocate, "(IJ)I"),
    METHOD(setMode, "(II)I"),
    METHOD(setOwner, "(III)I"),
    METHOD(status, "(I[J)I"),
    METHOD(map, "(IJJZZ)J"),
    METHOD(buffer, "(J)Ljava/nio/ByteBuffer;"),
    METHOD(unmap, "(J)V"),
    METHOD(free, "(J)V"),
};

const struct strait_jni_class strait_jni_posix_memory = {"PosixMemoryNative", methods,
                                                         sizeof methods / sizeof methods[0]};
