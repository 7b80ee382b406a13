/* SPDX-License-Identifier: MIT */
#include "sched/thread.h"

static __thread struct thread *current;
static __thread uint64_t current_pid;

__attribute__((noinline)) struct thread *thread_self(void)
{
	struct thread *thread = current;

	__asm__ volatile("" : "+r"(thread));
	return thread;
}

__attribute__((noinline)) void thread_set(struct thread *thread)
{
	current = thread;
}

__attribute__((noinline)) void thread_tls_set(uint64_t pid)
{
	__atomic_store_n(&current_pid, pid, __ATOMIC_RELAXED);
}

int64_t thread_tls_offset(void)
{
	return (int64_t)((uintptr_t)&current_pid - (uintptr_t)__builtin_thread_pointer());
}
