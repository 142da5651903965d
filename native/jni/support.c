#include "support.h"

#include <string.h>

#include "dev_strait_segment_SegmentLayout.h"

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

void strait_jni_arguments(JNIEnv *env, jstring directory, jstring name, jlongArray options,
                          struct strait_jni_arguments *arguments)
{
    jlong values[5];
    (*env)->GetLongArrayRegion(env, options, 0, 5, values);
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
