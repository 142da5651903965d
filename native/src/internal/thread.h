/* A thread of the library's own: the only place that starts one. */
#ifndef STRAIT_INTERNAL_THREAD_H
#define STRAIT_INTERNAL_THREAD_H

#include <pthread.h>

/* Starts it with every signal blocked, since signals are for the threads that the process knows of, and with
 * a small stack. -EAGAIN when there is no room for one. */
int strait_thread_start(pthread_t *thread, void *(*run)(void *));

void strait_thread_join(pthread_t thread);

#endif
