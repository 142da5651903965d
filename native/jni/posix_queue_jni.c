/* POSIX message queues. A message is a direct buffer's, or else an array's. */
#include <errno.h>

#include "dev_strait_posix_PosixQueueNative.h"
#include "internal/posix_queue.h"
#include "support.h"

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixQueueNative_open(JNIEnv *env, jclass type, jstring name,
                                                                   jint flags, jint mode, jlong max_messages,
                                                                   jlong message_bytes)
{
    (void)type;
    char text[STRAIT_JNI_NAME_BYTES] = "";
    const struct strait_posix_queue_attributes attributes = {max_messages, message_bytes, 0};
    strait_jni_string(env, name, text, sizeof text);
    return strait_posix_queue_open(text, flags, (mode_t)mode, max_messages < 0 ? NULL : &attributes);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixQueueNative_unlink(JNIEnv *env, jclass type, jstring name)
{
    (void)type;
    char text[STRAIT_JNI_NAME_BYTES] = "";
    strait_jni_string(env, name, text, sizeof text);
    return strait_posix_queue_unlink(text);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixQueueNative_attributes(JNIEnv *env, jclass type, jint fd,
                                                                         jlongArray values)
{
    (void)type;
    struct strait_posix_queue_attributes now;
    int result = strait_posix_queue_attributes(fd, &now);
    if (result < 0)
        return result;
    const jlong numbers[] = {now.max_messages, now.message_bytes, now.current_messages};
    (*env)->SetLongArrayRegion(env, values, 0, 3, numbers);
    return 0;
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixQueueNative_send(JNIEnv *env, jclass type, jint fd,
                                                                   jobject buffer, jint position, jint length,
                                                                   jint priority)
{
    (void)type;
    const char *bytes = strait_jni_memory(env, buffer);
    return strait_posix_queue_send(fd, bytes + position, (size_t)length, (uint32_t)priority);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixQueueNative_sendArray(JNIEnv *env, jclass type, jint fd,
                                                                        jbyteArray array, jint offset,
                                                                        jint length, jint priority)
{
    (void)type;
    jbyte on_stack[STRAIT_JNI_ON_STACK_BYTES];
    jbyte *bytes = strait_jni_room(on_stack, length);
    if (bytes == NULL)
        return -ENOMEM;
    (*env)->GetByteArrayRegion(env, array, offset, length, bytes);
    int result = strait_posix_queue_send(fd, bytes, (size_t)length, (uint32_t)priority);
    strait_jni_give_back(bytes, on_stack);
    return result;
}

JNIEXPORT jlong JNICALL Java_dev_strait_posix_PosixQueueNative_receive(JNIEnv *env, jclass type, jint fd,
                                                                       jobject buffer, jint position,
                                                                       jint length)
{
    (void)type;
    char *bytes = strait_jni_memory(env, buffer);
    return strait_posix_queue_receive(fd, bytes + position, (size_t)length);
}

JNIEXPORT jlong JNICALL Java_dev_strait_posix_PosixQueueNative_receiveArray(JNIEnv *env, jclass type, jint fd,
                                                                            jbyteArray array, jint offset,
                                                                            jint length)
{
    (void)type;
    jbyte on_stack[STRAIT_JNI_ON_STACK_BYTES];
    jbyte *bytes = strait_jni_room(on_stack, length);
    if (bytes == NULL)
        return -ENOMEM;
    int64_t result = strait_posix_queue_receive(fd, bytes, (size_t)length);
    if (result >= 0)
        (*env)->SetByteArrayRegion(env, array, offset, (jsize)(uint32_t)result, bytes);
    strait_jni_give_back(bytes, on_stack);
    return result;
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixQueueNative_openNotice(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return strait_posix_notice_open();
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixQueueNative_notify(JNIEnv *env, jclass type, jint fd,
                                                                     jint notice)
{
    (void)env, (void)type;
    return strait_posix_queue_notify(fd, notice);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixQueueNative_notifyNone(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_posix_queue_notify_none(fd);
}

JNIEXPORT jint JNICALL Java_dev_strait_posix_PosixQueueNative_receiveNotice(JNIEnv *env, jclass type,
                                                                            jint notice)
{
    (void)env, (void)type;
    return strait_posix_notice_receive(notice);
}

#define METHOD(name, descriptor)                                                                             \
    STRAIT_METHOD(#name, descriptor, Java_dev_strait_posix_PosixQueueNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(open, "(Ljava/lang/String;IIJJ)I"),
    METHOD(unlink, "(Ljava/lang/String;)I"),
    METHOD(attributes, "(I[J)I"),
    METHOD(send, "(ILjava/nio/ByteBuffer;III)I"),
    METHOD(sendArray, "(I[BIII)I"),
    METHOD(receive, "(ILjava/nio/ByteBuffer;II)J"),
    METHOD(receiveArray, "(I[BII)J"),
    METHOD(openNotice, "()I"),
    METHOD(notify, "(II)I"),
    METHOD(notifyNone, "(I)I"),
    METHOD(receiveNotice, "(I)I"),
};

const struct strait_jni_class strait_jni_posix_queue = {"PosixQueueNative", methods,
                                                        sizeof methods / sizeof methods[0]};
