/* SPDX-License-Identifier: MIT */
#include "model/heap.h"

/* Slots, not pids: what was there first stays first when its slot is used again. */
static bool is_less(uint64_t rank_a, uint64_t pid_a, uint64_t rank_b, uint64_t pid_b)
{
	return rank_a != rank_b ? rank_a < rank_b : pid_a > pid_b;
}

static bool entry_less(const struct heap_entry *a, const struct heap_entry *b)
{
	return is_less(a->rank, a->pid, b->rank, b->pid);
}

bool heap_wants(const struct heap *heap, uint64_t rank, uint64_t pid)
{
	if (heap->count < heap->capacity)
		return true;
	return heap->capacity > 0 &&
	       is_less(heap->entries[0].rank, heap->entries[0].pid, rank, pid);
}

static void swap(struct heap_entry *a, struct heap_entry *b)
{
	struct heap_entry kept = *a;

	*a = *b;
	*b = kept;
}

static void rise(struct heap *heap, size_t at)
{
	while (at > 0) {
		size_t above = (at - 1) / 2;

		if (!entry_less(&heap->entries[at], &heap->entries[above]))
			return;
		swap(&heap->entries[at], &heap->entries[above]);
		at = above;
	}
}

static void sink(struct heap *heap, size_t at)
{
	for (;;) {
		size_t least = at;

		for (size_t below = 2 * at + 1; below <= 2 * at + 2 && below < heap->count; below++)
			if (entry_less(&heap->entries[below], &heap->entries[least]))
				least = below;
		if (least == at)
			return;
		swap(&heap->entries[at], &heap->entries[least]);
		at = least;
	}
}

void heap_put(struct heap *heap, const struct heap_entry *entry)
{
	if (!heap_wants(heap, entry->rank, entry->pid))
		return;
	if (heap->count < heap->capacity) {
		heap->entries[heap->count] = *entry;
		rise(heap, heap->count++);
		return;
	}
	heap->entries[0] = *entry;
	sink(heap, 0);
}
