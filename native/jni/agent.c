/*
 * The library as an agent: -agentpath:FILE=USR1,RTMIN+3 or, in JAVA_TOOL_OPTIONS, the same. It blocks these
 * signals before the JVM has threads, so that all threads inherit that, and put nothing else back when they
 * end. Whoever sends one before a dispatcher is open has it wait.
 *
 * The dispatcher's own copy of the library learns of them by a system property.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <jvmti.h>

#include "internal/signal_set.h"
#include "internal/signal_sweep.h"
#include "internal/signal_table.h"
#include "support.h"

#define PROPERTY     "strait.agent.signals" /* DispatcherLoop.AGENT */
#define SPARE        4 /* real-time signals from SIGRTMAX-3 downwards that Strait may need */
#define OPTION_BYTES 512

/* Without options: the ones that nobody else sends. */
static uint64_t usual_signals(void)
{
    uint64_t signals = strait_signal_bit(SIGUSR1);
    for (int number = SIGRTMIN; number < SIGRTMAX - 2 - SPARE; number++)
        signals |= strait_signal_bit(number);
    return signals | strait_signal_bit(SIGRTMAX) | strait_signal_bit(SIGRTMAX - 1);
}

static bool is_spare(int number)
{
    return number >= SIGRTMAX - 2 - SPARE && number < SIGRTMAX - 2;
}

static int complain(const char *name, const char *why)
{
    fprintf(stderr, "strait agent: %s: %s\n", name, why);
    return -1;
}

static int add(const char *name, uint64_t *signals)
{
    int number = strait_signal_number(name);
    if (number < 0)
        return complain(name, "is neither a signal's name such as USR1 or RTMIN+1, nor its number");
    const char *why = is_spare(number) ? "Strait may need it itself" : strait_signal_never(number);
    if (why != NULL)
        return complain(name, why);
    *signals |= strait_signal_bit(number);
    return 0;
}

static int parse(const char *options, uint64_t *signals)
{
    char copy[OPTION_BYTES];
    char *rest;
    if (strlen(options) >= sizeof copy)
        return complain(options, "is too long");
    strcpy(copy, options);
    for (char *name = strtok_r(copy, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest))
        if (add(name, signals) < 0)
            return -1;
    return 0;
}

/* ---- Telling Java, as soon as there is one ---------------------------------------------------------------
 */

static char blocked[24];

static void set_property(JNIEnv *env)
{
    jclass system = (*env)->FindClass(env, "java/lang/System");
    jmethodID set =
        system == NULL
            ? NULL
            : (*env)->GetStaticMethodID(env, system, "setProperty",
                                        "(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/String;");
    jstring name = set == NULL ? NULL : (*env)->NewStringUTF(env, PROPERTY);
    jstring value = name == NULL ? NULL : (*env)->NewStringUTF(env, blocked);
    if (value != NULL)
        (*env)->CallStaticObjectMethod(env, system, set, name, value);
    if ((*env)->ExceptionCheck(env))
        (*env)->ExceptionClear(env);
}

static void JNICALL on_start(jvmtiEnv *jvmti, JNIEnv *env, jthread thread)
{
    (void)thread;
    set_property(env);
    (*jvmti)->DisposeEnvironment(jvmti);
}

static void tell_java(JavaVM *vm, uint64_t signals)
{
    jvmtiEnv *jvmti;
    jvmtiEventCallbacks callbacks = {.VMInit = on_start};
    snprintf(blocked, sizeof blocked, "%" PRIx64, signals);
    if ((*vm)->GetEnv(vm, (void **)&jvmti, JVMTI_VERSION_1_2) != JNI_OK)
        return;
    (*jvmti)->SetEventCallbacks(jvmti, &callbacks, sizeof callbacks);
    (*jvmti)->SetEventNotificationMode(jvmti, JVMTI_ENABLE, JVMTI_EVENT_VM_INIT, NULL);
}

JNIEXPORT jint JNICALL Agent_OnLoad(JavaVM *vm, char *options, void *reserved)
{
    (void)reserved;
    uint64_t signals = 0;
    strait_jni_reserve_signals();
    if (options == NULL || options[0] == '\0')
        signals = usual_signals();
    else if (parse(options, &signals) < 0)
        return JNI_ERR;
    if (strait_sweep_block(signals) < 0)
        return complain("/proc/self/task", "cannot be read");
    strait_sweep_retire(signals);
    tell_java(vm, signals);
    return JNI_OK;
}
