/* SPDX-License-Identifier: MIT */
/* Memory that dies with its actor. */
#include <stdlib.h>
#include <string.h>

#include <actor/actor.h>

#include "actor/system.h"

struct block {
	struct block *next;
	struct block **link; /* what points to this block */
	size_t size;
	size_t reserved; /* keeps what follows 16-byte aligned */
};

static struct thread *handler_thread(void)
{
	struct thread *thread = thread_self();

	return thread != NULL && thread->cell != NULL && !thread->foreign ? thread : NULL;
}

void memory_account(struct thread *thread, size_t more, size_t less)
{
	struct cell *cell = thread->cell;
	uint64_t memory = (uint64_t)cell->memory + more - less;

	cell->memory = memory > UINT32_MAX ? UINT32_MAX : (uint32_t)memory;
	__atomic_store_n(&cell_line(cell, thread->system)->memory, cell->memory, __ATOMIC_RELAXED);
}

static void insert(struct cell_extra *extra, struct block *block)
{
	block->next = extra->blocks;
	if (block->next != NULL)
		block->next->link = &block->next;
	block->link = &extra->blocks;
	extra->blocks = block;
}

void *actor_alloc(size_t size)
{
	struct thread *thread = handler_thread();
	struct cell_extra *extra;
	struct block *block;

	if (thread == NULL || size > SIZE_MAX - sizeof(*block))
		return NULL;
	extra = cell_extra_want(thread, thread->cell);
	if (extra == NULL)
		return NULL;
	block = calloc(1, sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->size = size;
	insert(extra, block);
	memory_account(thread, size, 0);
	return block + 1;
}

void *actor_realloc(void *memory, size_t size)
{
	struct thread *thread = handler_thread();
	struct block *old;
	struct block *block;
	size_t old_size;

	if (memory == NULL)
		return actor_alloc(size);
	if (thread == NULL || size > SIZE_MAX - sizeof(*block))
		return NULL;
	old = (struct block *)memory - 1;
	old_size = old->size;
	block = realloc(old, sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	*block->link = block;
	if (block->next != NULL)
		block->next->link = &block->next;
	if (size > old_size)
		memset((char *)(block + 1) + old_size, 0, size - old_size);
	block->size = size;
	memory_account(thread, size, old_size);
	return block + 1;
}

void *actor_free(void *memory)
{
	struct thread *thread = handler_thread();
	struct block *block;

	if (memory == NULL || thread == NULL)
		return NULL;
	block = (struct block *)memory - 1;
	*block->link = block->next;
	if (block->next != NULL)
		block->next->link = block->link;
	memory_account(thread, 0, block->size);
	free(block);
	return NULL;
}

void blocks_free(struct cell *cell)
{
	while (cell->extra->blocks != NULL) {
		struct block *block = cell->extra->blocks;

		cell->extra->blocks = block->next;
		free(block);
	}
}
