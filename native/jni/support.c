#include "support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dev_strait_segment_SegmentLayout.h"
#include "internal/failure.h"
#include "internal/wait_set.h"

const char *strait_jni_string(JNIEnv *env, jstring string, char *buffer, size_t bytes)
{
    if (string == NULL)
        return NULL;
    const char *text = (*env)->GetStringUTFChars(env, string, NULL);
    if (text == NULL)
        return NULL;
    size_t length = strnlen(text, bytes - 1);
    memcpy(buffer, text, length);
    buffer[length] = '\0';
    (*env)->ReleaseStringUTFChars(env, string, text);
    return buffer;
}

const char *strait_jni_path(JNIEnv *env, jbyteArray bytes, char path[PATH_MAX + 1])
{
    jsize length = (*env)->GetArrayLength(env, bytes);
    jsize copied = length < PATH_MAX ? length : PATH_MAX;
    (*env)->GetByteArrayRegion(env, bytes, 0, copied, (jbyte *)path);
    path[copied] = '\0';
    return path;
}

static jfieldID address_field;

void strait_jni_find_memory(JNIEnv *env)
{
    jclass buffer = (*env)->FindClass(env, "java/nio/Buffer");
    address_field = buffer == NULL ? NULL : (*env)->GetFieldID(env, buffer, "address", "J");
    (*env)->ExceptionClear(env);
}

char *strait_jni_memory(JNIEnv *env, jobject buffer)
{
    if (address_field == NULL)
        return (*env)->GetDirectBufferAddress(env, buffer);
    return strait_jni_pointer((*env)->GetLongField(env, buffer, address_field));
}

enum { OPTION_VALUES = dev_strait_segment_SegmentLayout_OPTION_VALUES };

_Static_assert(STRAIT_JNI_OBJECT_VALUES == dev_strait_segment_SegmentLayout_OBJECT_VALUES,
               "an object has other numbers");

/* What of the options declares synchronisation objects: an array of them, and behind it what it points into.
 */
static int declarations(JNIEnv *env, jlongArray options, struct strait_segment_options *into,
                        struct strait_failure *failure)
{
    jsize count = ((*env)->GetArrayLength(env, options) - OPTION_VALUES) / STRAIT_JNI_OBJECT_VALUES;
    if (count == 0)
        return 0;
    struct strait_object *objects = calloc((size_t)count, sizeof *objects + sizeof(struct strait_jni_object));
    if (objects == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    struct strait_jni_object *texts = (struct strait_jni_object *)(objects + count);
    (*env)->GetLongArrayRegion(env, options, OPTION_VALUES, count * STRAIT_JNI_OBJECT_VALUES, (jlong *)texts);
    for (jsize i = 0; i < count; i++) {
        texts[i].name[STRAIT_OBJECT_NAME] = '\0';
        objects[i] = (struct strait_object){texts[i].name, (enum strait_object_kind)texts[i].kind,
                                            texts[i].flags, texts[i].value};
    }
    into->objects = objects;
    into->object_count = (uint32_t)count;
    return 0;
}

int strait_jni_arguments(JNIEnv *env, jstring directory, jstring name, jlongArray options,
                         struct strait_jni_arguments *arguments, struct strait_failure *failure)
{
    jlong values[OPTION_VALUES];
    (*env)->GetLongArrayRegion(env, options, 0, OPTION_VALUES, values);
    arguments->name[0] = '\0';
    strait_jni_string(env, name, arguments->name, sizeof arguments->name);
    arguments->options = (struct strait_segment_options)STRAIT_SEGMENT_OPTIONS_INIT;
    arguments->options.directory =
        strait_jni_string(env, directory, arguments->directory, sizeof arguments->directory);
    arguments->options.user_bytes = (uint64_t)values[0];
    arguments->options.mode = (uint32_t)values[1];
    arguments->options.flags = (uint32_t)values[2];
    arguments->options.group = values[3];
    arguments->options.owner = values[4];
    return declarations(env, options, &arguments->options, failure);
}

void strait_jni_arguments_free(struct strait_jni_arguments *arguments)
{
    free((void *)arguments->options.objects);
}

jlong strait_jni_failed(JNIEnv *env, jlong result, const struct strait_failure *failure, jlongArray values)
{
    jlong filled[4] = {strait_jni_handle(failure->operation), failure->mismatch, (jlong)failure->expected,
                       (jlong)failure->found};
    if (result < 0 && failure->operation != NULL)
        (*env)->SetLongArrayRegion(env, values, 0, 4, filled);
    return result;
}

#define PARTICIPANT_VALUES dev_strait_segment_SegmentLayout_PARTICIPANT_VALUES

void strait_jni_participant(JNIEnv *env, const struct strait_participant_info *info, jlongArray values,
                            int index)
{
    jlong command[2];
    memcpy(command, info->command, sizeof command);
    const jlong numbers[PARTICIPANT_VALUES] = {info->slot,
                                               info->state,
                                               info->roles,
                                               info->pid,
                                               info->uid,
                                               info->is_self,
                                               (jlong)info->generation,
                                               (jlong)info->start_ticks,
                                               (jlong)info->joined_ns,
                                               command[0],
                                               command[1]};
    (*env)->SetLongArrayRegion(env, values, index * PARTICIPANT_VALUES, PARTICIPANT_VALUES, numbers);
}

/* JDK 17 takes a capacity of 2^32 + 8 for 8: the engine's limits keep every region below 2 GiB, but for the
 * lane of 1 GiB, which mapped twice is one byte more than a buffer holds. That byte is never part of a
 * message. */
jobject strait_jni_buffer(JNIEnv *env, void *address, uint64_t bytes)
{
    if (address == NULL)
        return NULL;
    return (*env)->NewDirectByteBuffer(env, address, (jlong)(bytes > INT_MAX ? INT_MAX : bytes));
}

jlong strait_jni_add(jlong set, int made, const struct strait_watch *watch)
{
    struct strait_watch *added;
    int result = made != 0 ? made : strait_wait_set_add(strait_jni_pointer(set), watch, &added, NULL);
    return result < 0 ? result : strait_jni_handle(added);
}
