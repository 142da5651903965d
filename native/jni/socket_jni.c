/* Unix sockets. A name is the bytes of a UnixAddress; memory is a direct buffer's, or else an array's. */
#include <errno.h>
#include <string.h>

#include "dev_strait_socket_SocketLayout.h"
#include "dev_strait_socket_SocketNative.h"
#include "internal/descriptor.h"
#include "internal/kick.h"
#include "internal/socket.h"
#include "support.h"

enum { ON_STACK_BYTES = 65536 };

/* Fills `copy` from a byte[], NULL for null; what is too long stays so, and is refused. */
static const struct strait_socket_name *name_of(JNIEnv *env, jbyteArray name, struct strait_socket_name *copy)
{
    if (name == NULL)
        return NULL;
    jsize length = (*env)->GetArrayLength(env, name);
    jsize copied = length < STRAIT_SOCKET_NAME_MAX ? length : STRAIT_SOCKET_NAME_MAX;
    copy->length = (size_t)length;
    (*env)->GetByteArrayRegion(env, name, 0, copied, (jbyte *)copy->bytes);
    return copy;
}

/* Fills a byte[] and returns how many there are. */
static jint name_to(JNIEnv *env, const struct strait_socket_name *name, jbyteArray into)
{
    (*env)->SetByteArrayRegion(env, into, 0, (jsize)name->length, (const jbyte *)name->bytes);
    return (jint)name->length;
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_open(JNIEnv *env, jclass type, jint kind)
{
    (void)env, (void)type;
    return strait_socket_open(kind);
}

JNIEXPORT jlong JNICALL Java_dev_strait_socket_SocketNative_pair(JNIEnv *env, jclass type, jint kind)
{
    (void)env, (void)type;
    int ends[2];
    int result = strait_socket_pair(kind, ends);
    return result < 0 ? result : (jlong)ends[0] << 32 | ends[1];
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_adopt(JNIEnv *env, jclass type, jint fd, jint kind,
                                                                 jboolean listens)
{
    (void)env, (void)type;
    return strait_socket_adopt(fd, kind, listens);
}

JNIEXPORT jlong JNICALL Java_dev_strait_socket_SocketNative_bind(JNIEnv *env, jclass type, jint fd,
                                                                 jbyteArray name, jint mode)
{
    (void)type;
    struct strait_socket_name copy;
    struct strait_socket_binding *binding;
    int result = strait_socket_bind(fd, name_of(env, name, &copy), (mode_t)mode, &binding);
    return result < 0 ? result : strait_jni_handle(binding);
}

JNIEXPORT void JNICALL Java_dev_strait_socket_SocketNative_unbind(JNIEnv *env, jclass type, jlong binding)
{
    (void)env, (void)type;
    strait_socket_unbind(strait_jni_pointer(binding));
}

JNIEXPORT void JNICALL Java_dev_strait_socket_SocketNative_leave(JNIEnv *env, jclass type, jlong binding)
{
    (void)env, (void)type;
    strait_socket_leave(strait_jni_pointer(binding));
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_listen(JNIEnv *env, jclass type, jint fd,
                                                                  jint backlog)
{
    (void)env, (void)type;
    return strait_socket_listen(fd, backlog);
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_accept(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_socket_accept(fd);
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_connect(JNIEnv *env, jclass type, jint fd,
                                                                   jbyteArray name)
{
    (void)type;
    struct strait_socket_name copy;
    return strait_socket_connect(fd, name_of(env, name, &copy));
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_connectWaiting(JNIEnv *env, jclass type, jint fd,
                                                                          jbyteArray name, jlong kick)
{
    (void)type;
    struct strait_socket_name copy;
    return strait_socket_connect_waiting(fd, name_of(env, name, &copy), strait_jni_pointer(kick));
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_name(JNIEnv *env, jclass type, jint fd,
                                                                jboolean of_peer, jbyteArray into)
{
    (void)type;
    struct strait_socket_name name;
    int result = of_peer ? strait_socket_peer_name(fd, &name) : strait_socket_local_name(fd, &name);
    return result < 0 ? result : name_to(env, &name, into);
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_peerCredentials(JNIEnv *env, jclass type, jint fd,
                                                                           jintArray values)
{
    (void)type;
    struct ucred credentials;
    int result = strait_socket_peer_credentials(fd, &credentials);
    if (result == 0)
        (*env)->SetIntArrayRegion(env, values, 0, 3, (const jint *)&credentials);
    return result;
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_option(JNIEnv *env, jclass type, jint fd,
                                                                  jint option)
{
    (void)env, (void)type;
    return strait_socket_option(fd, option);
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_setOption(JNIEnv *env, jclass type, jint fd,
                                                                     jint option, jint value)
{
    (void)env, (void)type;
    return strait_socket_set_option(fd, option, value);
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_available(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    return strait_socket_available(fd);
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_shutdown(JNIEnv *env, jclass type, jint fd,
                                                                    jint how)
{
    (void)env, (void)type;
    return strait_socket_shutdown(fd, how);
}

JNIEXPORT jint JNICALL Java_dev_strait_socket_SocketNative_setBlocking(JNIEnv *env, jclass type, jint fd,
                                                                       jboolean is_blocking)
{
    (void)env, (void)type;
    return strait_descriptor_set_blocking(fd, is_blocking);
}

/* ---- One run of bytes -----------------------------------------------------------------------------------
 */

JNIEXPORT jlong JNICALL Java_dev_strait_socket_SocketNative_send(JNIEnv *env, jclass type, jint fd,
                                                                 jobject buffer, jint position, jint length,
                                                                 jbyteArray receiver)
{
    (void)type;
    struct strait_socket_name copy;
    const char *bytes = strait_jni_memory(env, buffer);
    return strait_socket_send_bytes(fd, bytes + position, (size_t)length, name_of(env, receiver, &copy));
}

JNIEXPORT jlong JNICALL Java_dev_strait_socket_SocketNative_receive(JNIEnv *env, jclass type, jint fd,
                                                                    jobject buffer, jint position,
                                                                    jint length, jint flags)
{
    (void)type;
    char *bytes = strait_jni_memory(env, buffer);
    return strait_socket_receive_bytes(fd, bytes + position, (size_t)length, flags);
}

/* Longer ones are not given to these two. */
_Static_assert(dev_strait_socket_SocketLayout_ARRAY_BYTES_MAX == ON_STACK_BYTES, "arrays are longer");

JNIEXPORT jlong JNICALL Java_dev_strait_socket_SocketNative_sendArray(JNIEnv *env, jclass type, jint fd,
                                                                      jbyteArray array, jint offset,
                                                                      jint length, jbyteArray receiver)
{
    (void)type;
    jbyte bytes[ON_STACK_BYTES];
    struct strait_socket_name copy;
    (*env)->GetByteArrayRegion(env, array, offset, length, bytes);
    return strait_socket_send_bytes(fd, bytes, (size_t)length, name_of(env, receiver, &copy));
}

JNIEXPORT jlong JNICALL Java_dev_strait_socket_SocketNative_receiveArray(JNIEnv *env, jclass type, jint fd,
                                                                         jbyteArray array, jint offset,
                                                                         jint length, jint flags)
{
    (void)type;
    jbyte bytes[ON_STACK_BYTES];
    int64_t result = strait_socket_receive_bytes(fd, bytes, (size_t)length, flags);
    if (result > 0) /* the message may have been longer */
        (*env)->SetByteArrayRegion(env, array, offset, result < length ? (jsize)result : length, bytes);
    return result;
}

/* ---- Parts, and what comes along ------------------------------------------------------------------------
 */

/* Copies an int[] that may be null. -EINVAL when it has more than `max`, else how many. */
static jint copy_ints(JNIEnv *env, jintArray array, jint *copy, jint max)
{
    jsize count = array == NULL ? 0 : (*env)->GetArrayLength(env, array);
    if (count > max)
        return -EINVAL;
    if (count > 0)
        (*env)->GetIntArrayRegion(env, array, 0, count, copy);
    return count;
}

JNIEXPORT jlong JNICALL Java_dev_strait_socket_SocketNative_sendParts(JNIEnv *env, jclass type, jint fd,
                                                                      jobjectArray buffers, jintArray bounds,
                                                                      jbyteArray receiver,
                                                                      jintArray descriptors,
                                                                      jintArray credentials)
{
    (void)type;
    struct iovec parts[STRAIT_JNI_PARTS];
    struct strait_socket_name copy;
    jint fds[STRAIT_SOCKET_DESCRIPTORS_MAX];
    struct ucred who;
    jint fd_count = copy_ints(env, descriptors, fds, STRAIT_SOCKET_DESCRIPTORS_MAX);
    jint who_count = copy_ints(env, credentials, (jint *)&who, 3);
    if (fd_count < 0 || who_count < 0)
        return -EINVAL;
    const struct strait_socket_message message = {
        .parts = parts,
        .part_count = strait_jni_parts(env, buffers, bounds, parts),
        .receiver = name_of(env, receiver, &copy),
        .descriptors = fds,
        .descriptor_count = (uint32_t)fd_count,
        .credentials = who_count == 3 ? &who : NULL,
    };
    return strait_socket_send(fd, &message);
}

enum { HEAD = dev_strait_socket_SocketLayout_RECEIVED_HEAD };

_Static_assert(dev_strait_socket_SocketLayout_RECEIVED_VALUES == HEAD + STRAIT_SOCKET_DESCRIPTORS_MAX,
               "more can be received");

static void tell(JNIEnv *env, const struct strait_socket_received *received, jintArray values)
{
    const jint head[HEAD] = {
        received->is_cut,
        received->is_less,
        received->has_credentials,
        received->credentials.pid,
        (jint)received->credentials.uid,
        (jint)received->credentials.gid,
        (jint)received->sender.length,
        (jint)received->descriptor_count,
    };
    (*env)->SetIntArrayRegion(env, values, 0, HEAD, head);
    (*env)->SetIntArrayRegion(env, values, HEAD, (jsize)received->descriptor_count, received->descriptors);
}

JNIEXPORT jlong JNICALL Java_dev_strait_socket_SocketNative_receiveParts(JNIEnv *env, jclass type, jint fd,
                                                                         jobjectArray buffers,
                                                                         jintArray bounds, jint flags,
                                                                         jint max, jintArray values,
                                                                         jbyteArray sender)
{
    (void)type;
    struct iovec parts[STRAIT_JNI_PARTS];
    struct strait_socket_received received;
    jint count = strait_jni_parts(env, buffers, bounds, parts);
    if (values == NULL)
        return strait_socket_receive(fd, parts, count, flags, NULL, 0);
    int64_t result = strait_socket_receive(fd, parts, count, flags, &received, (uint32_t)max);
    if (result >= 0) {
        tell(env, &received, values);
        name_to(env, &received.sender, sender);
    }
    return result;
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_socket_SocketNative_##name)
#define BUFFER                   "Ljava/nio/ByteBuffer;"

static const JNINativeMethod methods[] = {
    METHOD(open, "(I)I"),
    METHOD(pair, "(I)J"),
    METHOD(adopt, "(IIZ)I"),
    METHOD(bind, "(I[BI)J"),
    METHOD(unbind, "(J)V"),
    METHOD(leave, "(J)V"),
    METHOD(listen, "(II)I"),
    METHOD(accept, "(I)I"),
    METHOD(connect, "(I[B)I"),
    METHOD(connectWaiting, "(I[BJ)I"),
    METHOD(name, "(IZ[B)I"),
    METHOD(peerCredentials, "(I[I)I"),
    METHOD(option, "(II)I"),
    METHOD(setOption, "(III)I"),
    METHOD(available, "(I)I"),
    METHOD(shutdown, "(II)I"),
    METHOD(setBlocking, "(IZ)I"),
    METHOD(send, "(I" BUFFER "II[B)J"),
    METHOD(receive, "(I" BUFFER "III)J"),
    METHOD(sendArray, "(I[BII[B)J"),
    METHOD(receiveArray, "(I[BIII)J"),
    METHOD(sendParts, "(I[" BUFFER "[I[B[I[I)J"),
    METHOD(receiveParts, "(I[" BUFFER "[III[I[B)J"),
};

const struct strait_jni_class strait_jni_socket = {"SocketNative", methods,
                                                   sizeof methods / sizeof methods[0]};
