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
void stack_switch(struct stack *from, struct stack *to, bool from_ends);

/* The address is one that running over the end of the stack meets first. */
bool stack_guards(const struct stack *stack, const void *address);

/* First thing on a fresh stack. */
void stack_entered(void);

#endif
