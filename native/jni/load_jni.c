/*
 * How the library finds the classes whose native methods it implements.
 *
 * Not by the names of its functions: a build tool may have relocated the packages. NativeLibrary.java puts
 * its own name into a system property while it loads us; JNI_OnLoad finds that class in the loader that
 * loads, and binds its two methods. Every other class hands itself over, as its static initialiser runs.
 */
#include <string.h>

#include "dev_strait_internal_NativeLibrary.h"
#include "internal/kick.h"
#include "strait/version.h"
#include "support.h"

#define PROPERTY "strait.loading.class" /* NativeLibrary.LOADING */

JNIEXPORT jstring JNICALL Java_dev_strait_internal_NativeLibrary_version(JNIEnv *env, jclass type)
{
    (void)type;
    return (*env)->NewStringUTF(env, strait_version());
}

JNIEXPORT void JNICALL Java_dev_strait_internal_NativeLibrary_register(JNIEnv *env, jclass type,
                                                                       jclass target, jstring simple_name)
{
    (void)type;
    static const struct strait_jni_class *const classes[] = {&strait_jni_descriptor,
                                                             &strait_jni_dispatcher,
                                                             &strait_jni_error,
                                                             &strait_jni_event,
                                                             &strait_jni_fifo,
                                                             &strait_jni_gate,
                                                             &strait_jni_kick,
                                                             &strait_jni_open_file,
                                                             &strait_jni_pending,
                                                             &strait_jni_pipe,
                                                             &strait_jni_posix_memory,
                                                             &strait_jni_posix_queue,
                                                             &strait_jni_posix_semaphore,
                                                             &strait_jni_program,
                                                             &strait_jni_ring,
                                                             &strait_jni_segment,
                                                             &strait_jni_share,
                                                             &strait_jni_signal,
                                                             &strait_jni_socket,
                                                             &strait_jni_sync,
                                                             &strait_jni_sysv,
                                                             &strait_jni_wait_set};
    char name[64] = "";
    strait_jni_string(env, simple_name, name, sizeof name);
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(classes[i]->simple_name, name) == 0)
            (*env)->RegisterNatives(env, target, classes[i]->methods,
                                    classes[i]->count); /* throws if it fails */
}

/* System.getProperty(PROPERTY), or NULL with or without an exception pending. */
static jstring loading_class(JNIEnv *env)
{
    jclass system = (*env)->FindClass(env, "java/lang/System");
    jmethodID get_property =
        system == NULL
            ? NULL
            : (*env)->GetStaticMethodID(env, system, "getProperty", "(Ljava/lang/String;)Ljava/lang/String;");
    jstring key = get_property == NULL ? NULL : (*env)->NewStringUTF(env, PROPERTY);
    jstring name = key == NULL ? NULL : (*env)->CallStaticObjectMethod(env, system, get_property, key);
    return (*env)->ExceptionCheck(env) ? NULL : name;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
    (void)reserved;
    static const JNINativeMethod methods[] = {
        STRAIT_METHOD("version", "()Ljava/lang/String;", Java_dev_strait_internal_NativeLibrary_version),
        STRAIT_METHOD("register", "(Ljava/lang/Class;Ljava/lang/String;)V",
                      Java_dev_strait_internal_NativeLibrary_register),
    };
    JNIEnv *env;
    char name[1024];
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_9) != JNI_OK)
        return JNI_ERR;
    if (strait_jni_string(env, loading_class(env), name, sizeof name) == NULL)
        return JNI_ERR;
    jclass type = (*env)->FindClass(env, name);
    if (type == NULL || (*env)->RegisterNatives(env, type, methods, 2) != JNI_OK)
        return JNI_ERR;
    strait_jni_find_memory(env);
    strait_jni_reserve_signals();
    return JNI_VERSION_9;
}

/* The class loader is gone, and whoever has waited through it. */
JNIEXPORT void JNICALL JNI_OnUnload(JavaVM *vm, void *reserved)
{
    (void)vm, (void)reserved;
    strait_kick_forget();
}
