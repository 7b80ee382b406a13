/* SPDX-License-Identifier: MIT */
#include "sched/thread.h"

/* Named in assembly, so it must keep its name whatever the optimiser sees. */
#if defined(__clang__)
__attribute__((used))
#else
__attribute__((used, externally_visible))
#endif
__thread struct thread *thread_current_;
static __thread uint64_t current_pid;

__attribute__((noinline)) struct thread *thread_self_slow(void)
{
	struct thread *thread = thread_current_;

	__asm__ volatile("" : "+r"(thread));
	return thread;
}

__attribute__((noinline)) void thread_set(struct thread *thread)
{
	thread_current_ = thread;
}

__attribute__((noinline)) void thread_tls_set(uint64_t pid)
{
	__atomic_store_n(&current_pid, pid, __ATOMIC_RELAXED);
}

int64_t thread_tls_offset(void)
{
	return (int64_t)((uintptr_t)&current_pid - (uintptr_t)__builtin_thread_pointer());
}
