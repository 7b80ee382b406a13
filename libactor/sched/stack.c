/* SPDX-License-Identifier: MIT */
#include "sched/stack.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef HAVE_VALGRIND
#include <valgrind/valgrind.h>
#endif

#define GUARD_SIZE ((size_t)4096 * 4)

/* The descriptor lies at the top of its own stack, so that a spare costs no further memory. */
struct stack *stack_create(void (*entry)(void))
{
	size_t length = GUARD_SIZE + STACK_SIZE;
	unsigned char *mapping =
		mmap(NULL, length, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	struct stack *stack;

	if (mapping == MAP_FAILED)
		return NULL;
	if (mprotect(mapping, GUARD_SIZE, PROT_NONE) != 0) {
		munmap(mapping, length);
		return NULL;
	}
	stack = (struct stack *)(void *)(mapping + length -
					 ((sizeof(struct stack) + 63) & ~(size_t)63));
	memset(stack, 0, sizeof(*stack));
	stack->mapping = mapping;
	stack->bottom = mapping + GUARD_SIZE;
	stack->size = (size_t)((unsigned char *)stack - (unsigned char *)stack->bottom);
#ifdef HAVE_VALGRIND
	stack->valgrind_id = VALGRIND_STACK_REGISTER(stack->bottom, (unsigned char *)stack);
#endif
	stack_reset(stack, entry);
	return stack;
}

void stack_reset(struct stack *stack, void (*entry)(void))
{
	assert(stack->mapping != NULL);
#ifdef STACK_ASAN
	/* Frames that were abandoned have left their red zones behind. */
	ASAN_UNPOISON_MEMORY_REGION(stack->bottom, stack->size);
#endif
#ifdef STACK_TSAN
	if (stack->fiber != NULL)
		__tsan_destroy_fiber(stack->fiber);
	stack->fiber = __tsan_create_fiber(0);
#endif
	stack->fake = NULL;
	stack->sp = context_prepare(stack, entry);
}

struct stack *stack_destroy(struct stack *stack)
{
	if (stack == NULL)
		return NULL;
	assert(stack->mapping != NULL);
#ifdef STACK_ASAN
	ASAN_UNPOISON_MEMORY_REGION(stack->bottom, stack->size);
#endif
#ifdef STACK_TSAN
	__tsan_destroy_fiber(stack->fiber);
#endif
#ifdef HAVE_VALGRIND
	VALGRIND_STACK_DEREGISTER(stack->valgrind_id);
#endif
	munmap(stack->mapping, GUARD_SIZE + STACK_SIZE);
	return NULL;
}

void stack_adopt(struct stack *stack)
{
	memset(stack, 0, sizeof(*stack));
#ifdef STACK_ASAN
	{
		pthread_attr_t attributes;

		if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
			pthread_attr_getstack(&attributes, &stack->bottom, &stack->size);
			pthread_attr_destroy(&attributes);
		}
	}
#endif
#ifdef STACK_TSAN
	stack->fiber = __tsan_get_current_fiber();
#endif
}

bool stack_guards(const struct stack *stack, const void *address)
{
	uintptr_t first = (uintptr_t)stack->mapping;

	return stack->mapping != NULL && (uintptr_t)address >= first &&
	       (uintptr_t)address < first + GUARD_SIZE;
}
