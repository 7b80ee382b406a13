/* SPDX-License-Identifier: MIT */
#include "sched/thread.h"

/* Named in assembly, so it must keep its name whatever the optimiser sees. */
#if defined(__clang__)
#define KEPT __attribute__((used))
#else
#define KEPT __attribute__((used, externally_visible))
#endif
KEPT __thread struct thread *thread_current_;
KEPT __thread struct thread_tls thread_tls_;

__attribute__((noinline)) struct thread *thread_self_slow(void)
{
	struct thread *thread = thread_current_;

	__asm__ volatile("" : "+r"(thread));
	return thread;
}

__attribute__((noinline)) void thread_set(struct thread *thread)
{
	thread_current_ = thread;
	thread_tls_.words = thread != NULL ? thread->words : NULL;
	if (thread == NULL)
		thread_tls_set_slow(0);
}

__attribute__((noinline)) void thread_tls_set_slow(uint64_t pid)
{
	__atomic_store_n(&thread_tls_.pid, pid, __ATOMIC_RELAXED);
}

int64_t thread_tls_offset(void)
{
	return (int64_t)((uintptr_t)&thread_tls_ - (uintptr_t)__builtin_thread_pointer());
}
