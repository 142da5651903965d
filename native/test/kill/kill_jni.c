/* dev.strait.internal.KillPoint: the points of the hot path, which Java runs itself. Found by its name. */
#include <jni.h>
#include <string.h>

#include "internal/kill_point.h"

static const char *const names[] = {
#define NAME(name) #name,
    STRAIT_KILL_POINT_MAP(NAME)};

JNIEXPORT void JNICALL Java_dev_strait_internal_KillPoint_reach(JNIEnv *env, jclass type, jstring point);

JNIEXPORT void JNICALL Java_dev_strait_internal_KillPoint_reach(JNIEnv *env, jclass type, jstring point)
{
    (void)type;
    const char *name = (*env)->GetStringUTFChars(env, point, NULL);
    if (name == NULL)
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            strait_kill_point((enum strait_kill_point)i);
    (*env)->ReleaseStringUTFChars(env, point, name);
}
