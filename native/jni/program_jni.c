/* Starting programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dev_strait_program_ProgramNative.h"
#include "internal/descriptor.h"
#include "internal/kick.h"
#include "internal/program.h"
#include "support.h"

/* What ProgramNative.start hands over, as what it stands for. */
struct order {
    struct strait_program program;
    char *strings;
    jint *numbers;
    char **pointers;
};

enum { ARGUMENTS, CHANGES, FORGETS, GROUP, GIVEN }; /* in the numbers; a descriptor and its number each */

/* Pointers to `count` strings that stand one behind the other, and NULL; where the last one ends. */
static char *point(char **pointers, jint count, char *strings)
{
    for (jint i = 0; i < count; i++) {
        pointers[i] = strings;
        strings += strlen(strings) + 1;
    }
    pointers[count] = NULL;
    return strings;
}

static void fill(struct order *order, jsize number_count)
{
    const jint *numbers = order->numbers;
    char **changes = order->pointers + numbers[ARGUMENTS] + 1;
    char *directory =
        point(changes, numbers[CHANGES], point(order->pointers, numbers[ARGUMENTS], order->strings));
    order->program = (struct strait_program){
        .arguments = order->pointers,
        .changes = changes,
        .forgets_environment = numbers[FORGETS] != 0,
        .directory = *directory == '\0' ? NULL : directory,
        .given = (const struct strait_program_given *)(numbers + GIVEN),
        .given_count = (number_count - GIVEN) / 2,
        .group = (enum strait_program_group)numbers[GROUP],
    };
}

/* Copies, since the caller may be away for long. */
static int take(JNIEnv *env, jbyteArray strings, jintArray numbers, struct order *order)
{
    jsize bytes = (*env)->GetArrayLength(env, strings);
    jsize count = (*env)->GetArrayLength(env, numbers);
    order->strings = malloc((size_t)bytes);
    order->numbers = malloc((size_t)count * sizeof *order->numbers);
    if (order->strings == NULL || order->numbers == NULL)
        return -ENOMEM;
    (*env)->GetByteArrayRegion(env, strings, 0, bytes, (jbyte *)order->strings);
    (*env)->GetIntArrayRegion(env, numbers, 0, count, order->numbers);
    order->pointers =
        malloc((size_t)(order->numbers[ARGUMENTS] + order->numbers[CHANGES] + 2) * sizeof *order->pointers);
    if (order->pointers == NULL)
        return -ENOMEM;
    fill(order, count);
    return 0;
}

static void give_back(const struct order *order)
{
    free(order->strings);
    free(order->numbers);
    free(order->pointers);
}

JNIEXPORT jlong JNICALL Java_dev_strait_program_ProgramNative_start(JNIEnv *env, jclass type,
                                                                    jbyteArray strings, jintArray numbers,
                                                                    jlongArray failed)
{
    (void)type;
    struct order order = {.strings = NULL};
    struct strait_failure failure;
    int pid_fd = -1;
    int result = take(env, strings, numbers, &order);
    if (result < 0)
        strait_fail(&failure, "malloc", result);
    else
        result = strait_program_start(&order.program, &pid_fd, &failure);
    give_back(&order);
    return result < 0 ? strait_jni_failed(env, result, &failure, failed) : (jlong)result << 32 | pid_fd;
}

JNIEXPORT jint JNICALL Java_dev_strait_program_ProgramNative_reap(JNIEnv *env, jclass type, jint pid)
{
    (void)env, (void)type;
    return strait_program_reap(pid);
}

JNIEXPORT jint JNICALL Java_dev_strait_program_ProgramNative_open(JNIEnv *env, jclass type, jbyteArray path,
                                                                  jint flags, jlong kick)
{
    (void)type;
    jbyte *bytes = (*env)->GetByteArrayElements(env, path, NULL);
    if (bytes == NULL)
        return -ENOMEM;
    jint result = strait_kick_open((const char *)bytes, flags, strait_jni_pointer(kick));
    (*env)->ReleaseByteArrayElements(env, path, bytes, JNI_ABORT);
    return result;
}

JNIEXPORT void JNICALL Java_dev_strait_program_ProgramNative_close(JNIEnv *env, jclass type, jint fd)
{
    (void)env, (void)type;
    strait_descriptor_close(fd);
}

#define METHOD(name, descriptor)                                                                             \
    STRAIT_METHOD(#name, descriptor, Java_dev_strait_program_ProgramNative_##name)

static const JNINativeMethod methods[] = {
    METHOD(start, "([B[I[J)J"),
    METHOD(reap, "(I)I"),
    METHOD(open, "([BIJ)I"),
    METHOD(close, "(I)V"),
};

const struct strait_jni_class strait_jni_program = {"ProgramNative", methods,
                                                    sizeof methods / sizeof methods[0]};
