/*
 * Children of the JVM do not inherit that signals of ours are blocked.
 *
 * The JDK's own code makes them in a native method, ProcessImpl.forkAndExec, and up to JDK 24 they get the
 * mask of the thread that calls it. JVMTI lets one stand between: when the method is bound, which it is again
 * after UnregisterNatives, it gets ours, which unblocks them around the JDK's own. Where the method has
 * another shape than we know, nothing happens.
 */
#include <string.h>

#include <jvmti.h>

#include "internal/signal_net.h"
#include "support.h"

#define METHOD    "forkAndExec"
#define SIGNATURE "(I[B[B[BI[BI[B[IZ)I"

typedef jint make_child(JNIEnv *, jobject, jint, jbyteArray, jbyteArray, jbyteArray, jint, jbyteArray, jint,
                        jbyteArray, jintArray, jboolean);

static make_child *jdks;

static jint JNICALL ours(JNIEnv *env, jobject process, jint mode, jbyteArray helper, jbyteArray program,
                         jbyteArray arguments, jint argument_count, jbyteArray environment,
                         jint variable_count, jbyteArray directory, jintArray fds, jboolean redirects)
{
    strait_net_begin_child();
    jint pid = jdks(env, process, mode, helper, program, arguments, argument_count, environment,
                    variable_count, directory, fds, redirects);
    strait_net_end_child();
    return pid;
}

static bool is_the_method(jvmtiEnv *jvmti, jmethodID method)
{
    char *name = NULL;
    char *signature = NULL;
    if ((*jvmti)->GetMethodName(jvmti, method, &name, &signature, NULL) != JVMTI_ERROR_NONE)
        return false;
    bool is = strcmp(name, METHOD) == 0 && strcmp(signature, SIGNATURE) == 0;
    (*jvmti)->Deallocate(jvmti, (unsigned char *)name);
    (*jvmti)->Deallocate(jvmti, (unsigned char *)signature);
    return is;
}

static void JNICALL on_bind(jvmtiEnv *jvmti, JNIEnv *env, jthread thread, jmethodID method, void *address,
                            void **instead)
{
    (void)env, (void)thread;
    if (address == (void *)ours || !is_the_method(jvmti, method))
        return;
    jdks = (make_child *)address;
    *instead = (void *)ours;
}

static jint listen(JavaVM *vm)
{
    jvmtiEnv *jvmti;
    jvmtiEventCallbacks callbacks = {.NativeMethodBind = on_bind};
    jvmtiCapabilities capabilities = {.can_generate_native_method_bind_events = 1};
    if ((*vm)->GetEnv(vm, (void **)&jvmti, JVMTI_VERSION_1_2) != JNI_OK)
        return JNI_ERR;
    if ((*jvmti)->AddCapabilities(jvmti, &capabilities) != JVMTI_ERROR_NONE ||
        (*jvmti)->SetEventCallbacks(jvmti, &callbacks, sizeof callbacks) != JVMTI_ERROR_NONE ||
        (*jvmti)->SetEventNotificationMode(jvmti, JVMTI_ENABLE, JVMTI_EVENT_NATIVE_METHOD_BIND, NULL) !=
            JVMTI_ERROR_NONE)
        return JNI_ERR;
    return JNI_OK;
}

void strait_jni_guard_children(JNIEnv *env)
{
    JavaVM *vm;
    if ((*env)->GetJavaVM(env, &vm) != JNI_OK || listen(vm) != JNI_OK)
        return;
    jclass type = (*env)->FindClass(env, "java/lang/ProcessImpl");
    if (type != NULL)
        (*env)->UnregisterNatives(env, type);
    if ((*env)->ExceptionCheck(env))
        (*env)->ExceptionClear(env);
}
