#include <stddef.h>

#include "dev_strait_internal_ErrorNative.h"
#include "strait/error.h"
#include "support.h"

static jstring to_java(JNIEnv *env, const char *text)
{
    return text == NULL ? NULL : (*env)->NewStringUTF(env, text);
}

JNIEXPORT jstring JNICALL Java_dev_strait_internal_ErrorNative_symbol(JNIEnv *env, jclass type, jint error)
{
    (void)type;
    return to_java(env, strait_errno_symbol(error));
}

JNIEXPORT jstring JNICALL Java_dev_strait_internal_ErrorNative_text(JNIEnv *env, jclass type, jint error)
{
    (void)type;
    return to_java(env, strait_errno_text(error));
}

JNIEXPORT jstring JNICALL Java_dev_strait_internal_ErrorNative_string(JNIEnv *env, jclass type, jlong address)
{
    (void)type;
    return to_java(env, strait_jni_pointer(address));
}

static const JNINativeMethod methods[] = {
    STRAIT_METHOD("symbol", "(I)Ljava/lang/String;", Java_dev_strait_internal_ErrorNative_symbol),
    STRAIT_METHOD("text", "(I)Ljava/lang/String;", Java_dev_strait_internal_ErrorNative_text),
    STRAIT_METHOD("string", "(J)Ljava/lang/String;", Java_dev_strait_internal_ErrorNative_string),
};

const struct strait_jni_class strait_jni_error = {"ErrorNative", methods, sizeof methods / sizeof methods[0]};
