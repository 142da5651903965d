#include "dev_strait_ring_RingNative.h"
#include "internal/ring.h"
#include "support.h"

static struct strait_ring *ring_of(jlong handle)
{
    return strait_jni_pointer(handle);
}

static struct strait_ring_options ring_options(jlong lane_bytes, jboolean spin_only, jboolean releases)
{
    struct strait_ring_options options = STRAIT_RING_OPTIONS_INIT;
    options.lane_bytes = (uint64_t)lane_bytes;
    options.spin_only = spin_only;
    options.reader_policy = releases ? STRAIT_READER_RELEASE : STRAIT_READER_HOLD;
    return options;
}

JNIEXPORT jlong JNICALL Java_dev_strait_ring_RingNative_create(JNIEnv *env, jclass type, jstring directory,
                                                               jstring name, jboolean anonymous,
                                                               jlongArray segment, jlong lane_bytes,
                                                               jboolean spin_only, jboolean releases,
                                                               jlongArray values)
{
    (void)type;
    struct strait_jni_arguments arguments;
    struct strait_failure failure = {0};
    struct strait_ring *ring = NULL;
    struct strait_ring_options options = ring_options(lane_bytes, spin_only, releases);
    int result = strait_jni_arguments(env, directory, name, segment, &arguments, &failure);
    if (result == 0)
        result = anonymous
                     ? strait_ring_create_memfd(arguments.name, &arguments.options, &options, &ring, &failure)
                     : strait_ring_create(arguments.name, &arguments.options, &options, &ring, &failure);
    strait_jni_arguments_free(&arguments);
    return result < 0 ? strait_jni_failed(env, result, &failure, values) : strait_jni_handle(ring);
}

JNIEXPORT jlong JNICALL Java_dev_strait_ring_RingNative_open(JNIEnv *env, jclass type, jstring directory,
                                                             jstring name, jint pid, jint fd,
                                                             jlongArray segment, jlongArray values)
{
    (void)type;
    struct strait_jni_arguments arguments;
    struct strait_failure failure = {0};
    struct strait_ring *ring = NULL;
    int result = strait_jni_arguments(env, directory, name, segment, &arguments, &failure);
    if (result == 0)
        result = name == NULL ? strait_ring_open_memfd(pid, fd, &arguments.options, &ring, &failure)
                              : strait_ring_open(arguments.name, &arguments.options, &ring, &failure);
    strait_jni_arguments_free(&arguments);
    return result < 0 ? strait_jni_failed(env, result, &failure, values) : strait_jni_handle(ring);
}

JNIEXPORT jlong JNICALL Java_dev_strait_ring_RingNative_openOrCreate(JNIEnv *env, jclass type,
                                                                     jstring directory, jstring name,
                                                                     jlongArray segment, jlong lane_bytes,
                                                                     jboolean spin_only, jboolean releases,
                                                                     jlongArray values)
{
    (void)type;
    struct strait_jni_arguments arguments;
    struct strait_failure failure = {0};
    struct strait_ring *ring = NULL;
    struct strait_ring_options options = ring_options(lane_bytes, spin_only, releases);
    int result = strait_jni_arguments(env, directory, name, segment, &arguments, &failure);
    if (result == 0)
        result = strait_ring_open_or_create(arguments.name, &arguments.options, &options, &ring, &failure);
    strait_jni_arguments_free(&arguments);
    return result < 0 ? strait_jni_failed(env, result, &failure, values) : strait_jni_handle(ring);
}

JNIEXPORT jlong JNICALL Java_dev_strait_ring_RingNative_segment(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    return strait_jni_handle(strait_ring_segment(ring_of(ring)));
}

JNIEXPORT jint JNICALL Java_dev_strait_ring_RingNative_laneBytes(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    return (jint)strait_ring_capacity(ring_of(ring));
}

JNIEXPORT jboolean JNICALL Java_dev_strait_ring_RingNative_isSpinOnly(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    return strait_ring_is_spin_only(ring_of(ring));
}

JNIEXPORT jboolean JNICALL Java_dev_strait_ring_RingNative_releases(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    return strait_ring_reader_policy(ring_of(ring)) == STRAIT_READER_RELEASE;
}

JNIEXPORT jint JNICALL Java_dev_strait_ring_RingNative_discardUnread(JNIEnv *env, jclass type, jlong ring,
                                                                     jlongArray values)
{
    (void)type;
    struct strait_failure failure = {0};
    int result = strait_ring_discard_unread(ring_of(ring), &failure);
    return (jint)strait_jni_failed(env, result, &failure, values);
}

JNIEXPORT jboolean JNICALL Java_dev_strait_ring_RingNative_writerPeer(JNIEnv *env, jclass type, jlong ring,
                                                                      jlongArray values)
{
    (void)type;
    struct strait_participant_info info;
    bool found = strait_ring_writer_peer(&ring_of(ring)->writer, &info);
    if (found)
        strait_jni_participant(env, &info, values, 0);
    return found;
}

JNIEXPORT jboolean JNICALL Java_dev_strait_ring_RingNative_readerPeer(JNIEnv *env, jclass type, jlong ring,
                                                                      jlongArray values)
{
    (void)type;
    struct strait_participant_info info;
    bool found = strait_ring_reader_peer(&ring_of(ring)->reader, &info);
    if (found)
        strait_jni_participant(env, &info, values, 0);
    return found;
}

JNIEXPORT jobject JNICALL Java_dev_strait_ring_RingNative_control(JNIEnv *env, jclass type, jlong handle)
{
    (void)type;
    struct strait_ring *ring = ring_of(handle);
    return strait_jni_buffer(env, ring->control, ring->segment->geometry.ring.bytes);
}

JNIEXPORT jobject JNICALL Java_dev_strait_ring_RingNative_lane(JNIEnv *env, jclass type, jlong handle)
{
    (void)type;
    struct strait_ring *ring = ring_of(handle);
    return strait_jni_buffer(env, ring->bytes, 2 * ring->lane_bytes);
}

/* An owner word may look like an errno: it goes another way. */
static jint opened(JNIEnv *env, int result, const struct strait_role *role,
                   const struct strait_failure *failure, jlongArray values)
{
    if (result < 0)
        return (jint)strait_jni_failed(env, result, failure, values);
    jlong owner = (jlong)role->owner;
    (*env)->SetLongArrayRegion(env, values, 0, 1, &owner);
    return 0;
}

JNIEXPORT jint JNICALL Java_dev_strait_ring_RingNative_openWriter(JNIEnv *env, jclass type, jlong ring,
                                                                  jlongArray values)
{
    (void)type;
    struct strait_failure failure = {0};
    struct strait_ring_writer *writer;
    int result = strait_ring_writer_open(ring_of(ring), &writer, &failure);
    return opened(env, result, result < 0 ? NULL : &writer->role, &failure, values);
}

JNIEXPORT jint JNICALL Java_dev_strait_ring_RingNative_openReader(JNIEnv *env, jclass type, jlong ring,
                                                                  jlongArray values)
{
    (void)type;
    struct strait_failure failure = {0};
    struct strait_ring_reader *reader;
    int result = strait_ring_reader_open(ring_of(ring), &reader, &failure);
    return opened(env, result, result < 0 ? NULL : &reader->role, &failure, values);
}

JNIEXPORT void JNICALL Java_dev_strait_ring_RingNative_closeWriter(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    strait_ring_writer_close(&ring_of(ring)->writer);
}

JNIEXPORT void JNICALL Java_dev_strait_ring_RingNative_closeReader(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    strait_ring_reader_close(&ring_of(ring)->reader);
}

JNIEXPORT void JNICALL Java_dev_strait_ring_RingNative_interruptWriter(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    strait_ring_writer_interrupt(&ring_of(ring)->writer);
}

JNIEXPORT void JNICALL Java_dev_strait_ring_RingNative_interruptReader(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    strait_ring_reader_interrupt(&ring_of(ring)->reader);
}

JNIEXPORT jint JNICALL Java_dev_strait_ring_RingNative_awaitSpace(JNIEnv *env, jclass type, jlong ring,
                                                                  jlong owner, jlong claimed, jint length,
                                                                  jlong end_said, jlong spin_ns,
                                                                  jlong timeout_ns)
{
    (void)env, (void)type;
    return strait_ring_wait_space(&ring_of(ring)->writer, (uint64_t)owner, (uint64_t)claimed,
                                  (uint32_t)length, (uint64_t)end_said, spin_ns, timeout_ns);
}

JNIEXPORT jint JNICALL Java_dev_strait_ring_RingNative_awaitData(JNIEnv *env, jclass type, jlong ring,
                                                                 jlong owner, jlong consumed, jlong end_said,
                                                                 jlong spin_ns, jlong timeout_ns)
{
    (void)env, (void)type;
    return strait_ring_wait_data(&ring_of(ring)->reader, (uint64_t)owner, (uint64_t)consumed,
                                 (uint64_t)end_said, spin_ns, timeout_ns);
}

JNIEXPORT jlong JNICALL Java_dev_strait_ring_RingNative_beginSpace(JNIEnv *env, jclass type, jlong ring,
                                                                   jlong owner, jlong claimed, jint length,
                                                                   jlong end_said)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    int result = strait_ring_begin_space(&ring_of(ring)->writer, (uint64_t)owner, (uint64_t)claimed,
                                         (uint32_t)length, (uint64_t)end_said, &pending);
    return strait_jni_begun(pending, result);
}

JNIEXPORT jlong JNICALL Java_dev_strait_ring_RingNative_beginData(JNIEnv *env, jclass type, jlong ring,
                                                                  jlong owner, jlong consumed, jlong end_said)
{
    (void)env, (void)type;
    struct strait_pending *pending = NULL;
    int result = strait_ring_begin_data(&ring_of(ring)->reader, (uint64_t)owner, (uint64_t)consumed,
                                        (uint64_t)end_said, &pending);
    return strait_jni_begun(pending, result);
}

JNIEXPORT void JNICALL Java_dev_strait_ring_RingNative_wakeReaders(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    strait_wait_wake(ring_of(ring)->participant, &ring_of(ring)->control->data_waiters);
}

JNIEXPORT void JNICALL Java_dev_strait_ring_RingNative_wakeWriters(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    strait_wait_wake(ring_of(ring)->participant, &ring_of(ring)->control->space_waiters);
}

JNIEXPORT void JNICALL Java_dev_strait_ring_RingNative_barrier(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    strait_role_barrier();
}

JNIEXPORT void JNICALL Java_dev_strait_ring_RingNative_shut(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    strait_ring_shut(ring_of(ring));
}

JNIEXPORT void JNICALL Java_dev_strait_ring_RingNative_free(JNIEnv *env, jclass type, jlong ring)
{
    (void)env, (void)type;
    strait_ring_close(ring_of(ring));
}

JNIEXPORT jlong JNICALL Java_dev_strait_ring_RingNative_watchData(JNIEnv *env, jclass type, jlong ring,
                                                                  jlong owner, jlong set)
{
    (void)env, (void)type;
    struct strait_watch watch;
    int result = strait_ring_reader_watch(&ring_of(ring)->reader, (uint64_t)owner, &watch);
    return strait_jni_add(set, result, &watch);
}

JNIEXPORT jlong JNICALL Java_dev_strait_ring_RingNative_watchSpace(JNIEnv *env, jclass type, jlong ring,
                                                                   jlong owner, jint length, jlong set)
{
    (void)env, (void)type;
    struct strait_watch watch;
    int result = strait_ring_writer_watch(&ring_of(ring)->writer, (uint64_t)owner, (uint32_t)length, &watch);
    return strait_jni_add(set, result, &watch);
}

#define METHOD(name, descriptor) STRAIT_METHOD(#name, descriptor, Java_dev_strait_ring_RingNative_##name)
#define STRING                   "Ljava/lang/String;"
#define BUFFER                   "Ljava/nio/ByteBuffer;"

static const JNINativeMethod methods[] = {
    METHOD(create, "(" STRING STRING "Z[JJZZ[J)J"),
    METHOD(open, "(" STRING STRING "II[J[J)J"),
    METHOD(openOrCreate, "(" STRING STRING "[JJZZ[J)J"),
    METHOD(segment, "(J)J"),
    METHOD(laneBytes, "(J)I"),
    METHOD(isSpinOnly, "(J)Z"),
    METHOD(releases, "(J)Z"),
    METHOD(discardUnread, "(J[J)I"),
    METHOD(writerPeer, "(J[J)Z"),
    METHOD(readerPeer, "(J[J)Z"),
    METHOD(control, "(J)" BUFFER),
    METHOD(lane, "(J)" BUFFER),
    METHOD(openWriter, "(J[J)I"),
    METHOD(openReader, "(J[J)I"),
    METHOD(closeWriter, "(J)V"),
    METHOD(closeReader, "(J)V"),
    METHOD(interruptWriter, "(J)V"),
    METHOD(interruptReader, "(J)V"),
    METHOD(awaitSpace, "(JJJIJJJ)I"),
    METHOD(awaitData, "(JJJJJJ)I"),
    METHOD(beginSpace, "(JJJIJ)J"),
    METHOD(beginData, "(JJJJ)J"),
    METHOD(wakeReaders, "(J)V"),
    METHOD(wakeWriters, "(J)V"),
    METHOD(watchData, "(JJJ)J"),
    METHOD(watchSpace, "(JJIJ)J"),
    METHOD(barrier, "()V"),
    METHOD(shut, "(J)V"),
    METHOD(free, "(J)V"),
};

const struct strait_jni_class strait_jni_ring = {"RingNative", methods, sizeof methods / sizeof methods[0]};
