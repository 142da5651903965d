/* The few things about memory order and the processor that <stdatomic.h> does not have. */
#ifndef STRAIT_INTERNAL_ATOMIC_H
#define STRAIT_INTERNAL_ATOMIC_H

#include <stdatomic.h>

/*
 * A full fence: stores before it are visible before loads after it are made. ThreadSanitizer does not know
 * fences, so there a sequentially consistent read-modify-write of one shared word stands in, which orders the
 * same things and which it understands.
 */
#if defined(__SANITIZE_THREAD__)
#define STRAIT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STRAIT_TSAN 1
#endif
#endif

static inline void strait_fence(void)
{
#ifdef STRAIT_TSAN
    extern _Atomic unsigned strait_tsan_fence;
    atomic_fetch_add(&strait_tsan_fence, 1);
#else
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* Tells the processor that this is a spin loop. */
static inline void strait_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::
                         : "memory"); /* yield is a no-op on most cores; isb waits about as long as pause */
#endif
}

#endif
