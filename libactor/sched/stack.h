/* SPDX-License-Identifier: MIT */
#ifndef SCHED_STACK_H
#define SCHED_STACK_H

/*
 * Stacks that a scheduler's loop runs on. A handler that waits keeps the one it is on. Each has a
 * guard page below, so that running over the end is a fault and not a corruption; the memory is
 * touched only as far as it is used. The sanitizers and valgrind are told about every switch.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sched/context.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STACK_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define STACK_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define STACK_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define STACK_TSAN 1
#endif
#ifdef STACK_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef STACK_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define STACK_SIZE ((size_t)256 << 10)

struct stack {
	struct stack *next; /* in a list of spares */
	void *sp;           /* where it was left */
	void *bottom;
	size_t size;
	void *mapping; /* NULL: the thread's own, not ours to free */
	void *fake;    /* AddressSanitizer's */
	void *fiber;   /* ThreadSanitizer's */
	unsigned valgrind_id;
};

/* A stack that will call `entry`, which must never return, when switched to. NULL: no memory. */
struct stack *stack_create(void (*entry)(void));
/* For use again from the beginning. Not the running one. */
void stack_reset(struct stack *stack, void (*entry)(void));
/* Returns NULL. NULL is fine. Not the running one. */
struct stack *stack_destroy(struct stack *stack);

/* Makes *stack stand for the stack that the calling thread came with. */
void stack_adopt(struct stack *stack);

/* Leaves `from`, the running one, and goes on in `to`; returns when somebody switches back.
 * `from_ends`: nobody ever will. */
static inline __attribute__((always_inline)) void stack_switch(struct stack *from, struct stack *to,
							       bool from_ends)
{
#ifdef STACK_ASAN
	__sanitizer_start_switch_fiber(from_ends ? NULL : &from->fake, to->bottom, to->size);
#endif
	(void)from_ends;
#ifdef STACK_TSAN
	/* Synchronises: what happened before the switch is seen behind it. */
	__tsan_switch_to_fiber(to->fiber, 0);
#endif
#if defined(STACK_ASAN) || defined(STACK_TSAN)
	context_switch(&from->sp, to->sp);
#else
	context_swap(&from->sp, to->sp);
#endif
#ifdef STACK_ASAN
	__sanitizer_finish_switch_fiber(from->fake, NULL, NULL);
#endif
}

/* The same to the beginning of a stack that was made for this `entry`, used or not. */
static inline __attribute__((always_inline)) void stack_begin(struct stack *from, struct stack *to,
							      void (*entry)(void))
{
#if defined(STACK_ASAN) || defined(STACK_TSAN)
	stack_reset(to, entry);
	stack_switch(from, to, false);
#else
	context_begin(&from->sp, to, entry);
#endif
}

/* Leaves `from`, the running one, for good. */
static inline __attribute__((always_inline, noreturn)) void stack_leave(struct stack *from,
									struct stack *to)
{
#if defined(STACK_ASAN) || defined(STACK_TSAN)
	stack_switch(from, to, true);
	__builtin_unreachable();
#else
	(void)from;
	context_leave(to->sp);
#endif
}

/* The address is one that running over the end of the stack meets first. */
bool stack_guards(const struct stack *stack, const void *address);

/* First thing on a fresh stack. */
static inline void stack_entered(void)
{
#ifdef STACK_ASAN
	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
}

#endif
