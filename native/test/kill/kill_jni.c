/* dev.strait.internal.KillPoint: the points of the hot path, which Java runs itself. Found by their names. */
#include <jni.h>

#include "kill_point.h"

#define POINT_METHOD(type, name)                                                                             \
    JNIEXPORT type JNICALL Java_dev_strait_internal_KillPoint_##name(JNIEnv *env, jclass class,              \
                                                                     jstring point);                         \
    JNIEXPORT type JNICALL Java_dev_strait_internal_KillPoint_##name(JNIEnv *env, jclass class, jstring point)

struct name {
    char text[32];
};

/* A longer one is none. */
static struct name name_of(JNIEnv *env, jstring point)
{
    struct name name = {""};
    if ((*env)->GetStringUTFLength(env, point) < (jsize)sizeof name.text)
        (*env)->GetStringUTFRegion(env, point, 0, (*env)->GetStringLength(env, point), name.text);
    return name;
}

POINT_METHOD(void, reach)
{
    (void)class;
    kill_point_reach(name_of(env, point).text);
}

POINT_METHOD(void, hold)
{
    (void)class;
    kill_point_hold(name_of(env, point).text);
}

POINT_METHOD(jboolean, isReached)
{
    (void)class;
    return kill_point_is_reached(name_of(env, point).text);
}

POINT_METHOD(void, letGo)
{
    (void)class;
    kill_point_let_go(name_of(env, point).text);
}
