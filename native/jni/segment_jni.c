#include <stdio.h>
#include <string.h>

#include "dev_strait_segment_SegmentNative.h"
#include "internal/attachment.h"
#include "internal/directory.h"
#include "internal/objects.h"
#include "internal/watch.h"
#include "support.h"

JNIEXPORT jlong JNICALL Java_dev_strait_segment_SegmentNative_create(JNIEnv *env, jclass type,
                                                                     jstring directory, jstring name,
                                                                     jboolean anonymous, jlongArray options,
                                                                     jlongArray values)
{
    (void)type;
    struct strait_jni_arguments arguments;
    struct strait_failure failure = {0};
    struct strait_segment *segment = NULL;
    int result = strait_jni_arguments(env, directory, name, options, &arguments, &failure);
    if (result == 0)
        result = anonymous
                     ? strait_segment_create_memfd(arguments.name, &arguments.options, &segment, &failure)
                     : strait_segment_create(arguments.name, &arguments.options, &segment, &failure);
    strait_jni_arguments_free(&arguments);
    return result < 0 ? strait_jni_failed(env, result, &failure, values) : strait_jni_handle(segment);
}

JNIEXPORT jlong JNICALL Java_dev_strait_segment_SegmentNative_open(JNIEnv *env, jclass type,
                                                                   jstring directory, jstring name, jint pid,
                                                                   jint fd, jlongArray options,
                                                                   jlongArray values)
{
    (void)type;
    struct strait_jni_arguments arguments;
    struct strait_failure failure = {0};
    struct strait_segment *segment = NULL;
    int result = strait_jni_arguments(env, directory, name, options, &arguments, &failure);
    if (result == 0)
        result = name == NULL ? strait_segment_open_memfd(pid, fd, &arguments.options, &segment, &failure)
                              : strait_segment_open(arguments.name, &arguments.options, &segment, &failure);
    strait_jni_arguments_free(&arguments);
    return result < 0 ? strait_jni_failed(env, result, &failure, values) : strait_jni_handle(segment);
}

JNIEXPORT jlong JNICALL Java_dev_strait_segment_SegmentNative_openOrCreate(JNIEnv *env, jclass type,
                                                                           jstring directory, jstring name,
                                                                           jlongArray options,
                                                                           jlongArray values)
{
    (void)type;
    struct strait_jni_arguments arguments;
    struct strait_failure failure = {0};
    struct strait_segment *segment = NULL;
    int result = strait_jni_arguments(env, directory, name, options, &arguments, &failure);
    if (result == 0)
        result = strait_segment_open_or_create(arguments.name, &arguments.options, &segment, &failure);
    strait_jni_arguments_free(&arguments);
    return result < 0 ? strait_jni_failed(env, result, &failure, values) : strait_jni_handle(segment);
}

JNIEXPORT jint JNICALL Java_dev_strait_segment_SegmentNative_unlink(JNIEnv *env, jclass type,
                                                                    jstring directory, jstring name,
                                                                    jlong owner)
{
    (void)type;
    char path[PATH_MAX];
    char text[PATH_MAX] = "";
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    options.directory = strait_jni_string(env, directory, path, sizeof path);
    options.owner = owner;
    strait_jni_string(env, name, text, sizeof text);
    return strait_segment_unlink(text, &options);
}

JNIEXPORT jstring JNICALL Java_dev_strait_segment_SegmentNative_pathOf(JNIEnv *env, jclass type,
                                                                       jstring directory, jstring name)
{
    (void)type;
    char given[PATH_MAX];
    char text[PATH_MAX] = "";
    char path[PATH_MAX];
    char whole[2 * PATH_MAX];
    strait_directory_path(strait_jni_string(env, directory, given, sizeof given), path);
    strait_jni_string(env, name, text, sizeof text);
    snprintf(whole, sizeof whole, "%s/%s", path, text);
    return (*env)->NewStringUTF(env, whole);
}

JNIEXPORT jstring JNICALL Java_dev_strait_segment_SegmentNative_path(JNIEnv *env, jclass type, jlong segment)
{
    (void)type;
    return (*env)->NewStringUTF(env, strait_segment_path(strait_jni_pointer(segment)));
}

JNIEXPORT jlong JNICALL Java_dev_strait_segment_SegmentNative_epoch(JNIEnv *env, jclass type, jlong segment)
{
    (void)env, (void)type;
    return (jlong)strait_segment_epoch(strait_jni_pointer(segment));
}

JNIEXPORT jlong JNICALL Java_dev_strait_segment_SegmentNative_bytes(JNIEnv *env, jclass type, jlong segment)
{
    (void)env, (void)type;
    return (jlong)strait_segment_bytes(strait_jni_pointer(segment));
}

JNIEXPORT jint JNICALL Java_dev_strait_segment_SegmentNative_fd(JNIEnv *env, jclass type, jlong segment)
{
    (void)env, (void)type;
    return strait_segment_fd(strait_jni_pointer(segment));
}

JNIEXPORT jint JNICALL Java_dev_strait_segment_SegmentNative_isLinked(JNIEnv *env, jclass type, jlong segment)
{
    (void)env, (void)type;
    return strait_segment_is_linked(strait_jni_pointer(segment));
}

JNIEXPORT jboolean JNICALL Java_dev_strait_segment_SegmentNative_wasCreated(JNIEnv *env, jclass type,
                                                                            jlong segment)
{
    (void)env, (void)type;
    return strait_segment_was_created(strait_jni_pointer(segment));
}

JNIEXPORT jint JNICALL Java_dev_strait_segment_SegmentNative_participants(JNIEnv *env, jclass type,
                                                                          jlong segment, jlongArray values)
{
    (void)type;
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    int count = strait_segment_participants(strait_jni_pointer(segment), infos, STRAIT_PARTICIPANTS_MAX);
    for (int i = 0; i < count; i++)
        strait_jni_participant(env, &infos[i], values, i);
    return count;
}

/* Names come from shared memory: copies, which end. */
JNIEXPORT jint JNICALL Java_dev_strait_segment_SegmentNative_objects(JNIEnv *env, jclass type, jlong handle,
                                                                     jlongArray values)
{
    (void)type;
    struct strait_segment *segment = strait_jni_pointer(handle);
    struct strait_section section = segment->geometry.sync;
    const struct strait_sync_control *control = (const void *)(segment->fixed.base + section.offset);
    jint count = (jint)strait_objects_count(segment->fixed.base, section);
    for (jint i = 0; i < count; i++) {
        struct strait_object_view view;
        struct strait_jni_object object = {0};
        if (strait_objects_view(segment->fixed.base, section, (uint32_t)i, &view)) {
            object = (struct strait_jni_object){.kind = view.kind, .flags = view.flags, .value = view.value};
            memcpy(object.name, control->entries[i].name, STRAIT_OBJECT_NAME);
        }
        (*env)->SetLongArrayRegion(env, values, i * STRAIT_JNI_OBJECT_VALUES, STRAIT_JNI_OBJECT_VALUES,
                                   (const jlong *)&object);
    }
    return count;
}

JNIEXPORT jobject JNICALL Java_dev_strait_segment_SegmentNative_user(JNIEnv *env, jclass type, jlong handle)
{
    (void)type;
    struct strait_segment *segment = strait_jni_pointer(handle);
    return strait_jni_buffer(env, strait_segment_user(segment), strait_segment_user_bytes(segment));
}

JNIEXPORT void JNICALL Java_dev_strait_segment_SegmentNative_shut(JNIEnv *env, jclass type, jlong segment)
{
    (void)env, (void)type;
    strait_attachment_shut(strait_jni_pointer(segment));
}

JNIEXPORT void JNICALL Java_dev_strait_segment_SegmentNative_free(JNIEnv *env, jclass type, jlong segment)
{
    (void)env, (void)type;
    strait_segment_close(strait_jni_pointer(segment));
}

JNIEXPORT jlong JNICALL Java_dev_strait_segment_SegmentNative_watchParticipant(JNIEnv *env, jclass type,
                                                                               jlong handle, jint slot,
                                                                               jlong generation, jlong set)
{
    (void)env, (void)type;
    struct strait_segment *segment = strait_jni_pointer(handle);
    struct strait_watch watch;
    int result = strait_participant_watch(segment->self, (uint32_t)slot, (uint64_t)generation, &watch);
    return strait_jni_add(set, result, &watch);
}

#define METHOD(name, descriptor)                                                                             \
    STRAIT_METHOD(#name, descriptor, Java_dev_strait_segment_SegmentNative_##name)
#define STRING "Ljava/lang/String;"

static const JNINativeMethod methods[] = {
    METHOD(create, "(" STRING STRING "Z[J[J)J"),
    METHOD(open, "(" STRING STRING "II[J[J)J"),
    METHOD(openOrCreate, "(" STRING STRING "[J[J)J"),
    METHOD(unlink, "(" STRING STRING "J)I"),
    METHOD(pathOf, "(" STRING STRING ")" STRING),
    METHOD(path, "(J)" STRING),
    METHOD(epoch, "(J)J"),
    METHOD(bytes, "(J)J"),
    METHOD(fd, "(J)I"),
    METHOD(isLinked, "(J)I"),
    METHOD(wasCreated, "(J)Z"),
    METHOD(participants, "(J[J)I"),
    METHOD(objects, "(J[J)I"),
    METHOD(user, "(J)Ljava/nio/ByteBuffer;"),
    METHOD(watchParticipant, "(JIJJ)J"),
    METHOD(shut, "(J)V"),
    METHOD(free, "(J)V"),
};

const struct strait_jni_class strait_jni_segment = {"SegmentNative", methods,
                                                    sizeof methods / sizeof methods[0]};
