/* SPDX-License-Identifier: MIT */

/* Places for threads. The first ones are the schedulers'; the program's own come and go. */

#include "plane/plane.h"

#include <assert.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The lowest free place that this kind of thread may have, or -1. */
static int free_place(const struct plane *plane, enum actor_plane_thread_kind kind)
{
	uint32_t schedulers = plane->header->scheduler_count;
	bool scheduler = kind == ACTOR_PLANE_THREAD_SCHEDULER;
	uint32_t begin = scheduler ? 0 : schedulers;
	uint32_t end = scheduler ? schedulers : ACTOR_PLANE_THREADS_MAX;

	for (uint32_t i = begin; i < end; i++)
		if ((plane->threads_claimed & (UINT64_C(1) << i)) == 0)
			return (int)i;
	return -1;
}

static void words_fill(struct actor_plane_thread *words, enum actor_plane_thread_kind kind,
		       const char *name)
{
	size_t length = name != NULL ? strnlen(name, sizeof(words->name) - 1) : 0;

	/* The counters go on from where the last owner left them: a viewer never sees them fall. */
	__atomic_store_n(&words->current, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&words->turn_start, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&words->tag, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&words->visit_turns, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&words->parked, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&words->ready, 0, __ATOMIC_RELAXED);
	memset(words->name, 0, sizeof(words->name));
	if (length > 0)
		memcpy(words->name, name, length);
	__atomic_store_n(&words->tid, (uint32_t)syscall(SYS_gettid), __ATOMIC_RELAXED);
	/* Release: pairs with the reader's acquire; a place with a kind has a name and a tid. */
	__atomic_store_n(&words->kind, (uint32_t)kind, __ATOMIC_RELEASE);
}

int plane_thread_claim(struct plane *plane, enum actor_plane_thread_kind kind, const char *name)
{
	struct actor_plane_control *control = plane->control;
	int index;

	assert(kind != ACTOR_PLANE_THREAD_NONE);
	pthread_mutex_lock(&plane->lock);
	index = free_place(plane, kind);
	/* The ring's first page; the schedulers have theirs already, and a second time is cheap. */
	if (index >= 0 && plane_back(plane,
				     plane->extent[ACTOR_PLANE_REGION_RINGS].offset +
					     (size_t)index * plane->ring_stride,
				     ACTOR_PLANE_RING_HEADER) != 0)
		index = -1;
	if (index >= 0) {
		plane->threads_claimed |= UINT64_C(1) << index;
		words_fill(&plane->threads[index], kind, name);
		/* Release: pairs with the reader's acquire. */
		if (__atomic_load_n(&control->threads_used, __ATOMIC_RELAXED) <= (uint32_t)index)
			__atomic_store_n(&control->threads_used, (uint32_t)index + 1,
					 __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&plane->lock);
	return index;
}

void plane_thread_release(struct plane *plane, int index)
{
	struct actor_plane_thread *words;

	if (index < 0)
		return;
	assert(index < ACTOR_PLANE_THREADS_MAX);
	words = &plane->threads[index];
	pthread_mutex_lock(&plane->lock);
	assert((plane->threads_claimed & (UINT64_C(1) << index)) != 0);
	__atomic_store_n(&words->current, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&words->turn_start, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&words->kind, ACTOR_PLANE_THREAD_NONE, __ATOMIC_RELEASE);
	plane->threads_claimed &= ~(UINT64_C(1) << index);
	pthread_mutex_unlock(&plane->lock);
}
