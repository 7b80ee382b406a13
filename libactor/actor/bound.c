/* SPDX-License-Identifier: MIT */
/* Records of mailboxes with a limit or an alarm, from birth to death; see bound.h. */
#include "actor/bound_list.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int bound_wanted(const struct actor_system *system, const struct actor_spawn_options *options,
		 struct bound_wish *ret_wish, bool *ret_wanted)
{
	struct bound_wish wish = {0, system->mailbox_high, system->mailbox_low,
				  ACTOR_MAILBOX_BLOCK};

	if (options != NULL) {
		wish.limit = options->mailbox_limit;
		wish.policy = options->mailbox_policy;
		if (options->mailbox_high != 0) {
			wish.high = options->mailbox_high;
			wish.low = options->mailbox_low;
		}
	}
	if (wish.high == ACTOR_MAILBOX_NO_ALARM)
		wish.high = wish.low = 0;
	if ((unsigned)wish.policy > ACTOR_MAILBOX_DROP_OLD ||
	    (wish.high != 0 && wish.low >= wish.high))
		return ACTOR_EINVALID;
	*ret_wish = wish;
	*ret_wanted = wish.limit != 0 || wish.high != 0;
	return 0;
}

/* The slot's record, made where there is none yet. Only who is giving birth in the slot asks. */
static struct bound *record(struct actor_system *system, uint32_t slot)
{
	struct bound **bounds;
	struct bound *bound;

	pthread_mutex_lock(&system->lock);
	bounds = system->bounds;
	if (bounds == NULL) {
		bounds = mmap(NULL, sizeof(*bounds) * system->actors_max, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (bounds == MAP_FAILED)
			bounds = NULL;
		else
			__atomic_store_n(&system->bounds, bounds, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&system->lock);
	if (bounds == NULL)
		return NULL;
	bound = __atomic_load_n(&bounds[slot], __ATOMIC_ACQUIRE);
	if (bound != NULL)
		return bound;
	bound = aligned_alloc(64, (sizeof(*bound) + 63) & ~(size_t)63);
	if (bound == NULL)
		return NULL;
	memset(bound, 0, sizeof(*bound));
	if (pthread_mutex_init(&bound->lock, NULL) != 0) {
		free(bound);
		return NULL;
	}
	bound->bell.kind = ACTOR_MESSAGE_KIND_ROOM;
	bound->bell.pool_ = POOL_CLASS_NONE;
	__atomic_store_n(&bounds[slot], bound, __ATOMIC_RELEASE);
	return bound;
}

int bound_begin(struct actor_system *system, struct cell *cell, const struct bound_wish *wish)
{
	struct bound *bound = record(system, cell->slot);

	if (bound == NULL)
		return ACTOR_ENO_MEMORY;
	pthread_mutex_lock(&bound->lock);
	assert(bound->generation == 0);
	assert(!bound->rung);
	bound->generation = cell->generation;
	__atomic_store_n(&bound->limit, wish->limit, __ATOMIC_RELAXED);
	__atomic_store_n(&bound->high, wish->high, __ATOMIC_RELAXED);
	bound->low = wish->low;
	bound->policy = wish->policy;
	pthread_mutex_unlock(&bound->lock);
	return 0;
}

static void strip(struct mailbox_list *list, const struct bound *bound)
{
	struct mailbox_list rest = {NULL, NULL, 0};
	struct actor_message *message;

	while ((message = mailbox_shift(list)) != NULL) {
		struct mailbox_list one = {message, message, 1};

		message->next_ = NULL;
		if (message != &bound->bell)
			mailbox_append(&rest, one);
	}
	*list = rest;
}

void bound_end(struct thread *thread, struct cell *cell, struct mailbox_list *rest)
{
	struct bound *bound = bound_of(thread->system, cell->slot);
	struct actor_message *waiting;

	pthread_mutex_lock(&bound->lock);
	strip(&cell->queue, bound);
	strip(rest, bound);
	waiting = bound->edge;
	mailbox_append(rest, bound->list);
	memset(&bound->list, 0, sizeof(bound->list));
	bound->edge = NULL;
	bound->users = 0;
	bound->rung = false;
	bound->drained = false;
	bound->generation = 0;
	__atomic_store_n(&bound->raised, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&bound->lock);
	for (; waiting != NULL; waiting = waiting->next_) {
		struct actor_from sender = {waiting->sender, waiting->ref_};

		if (is_awaited(waiting))
			bound_wake(thread, cell_pid(cell), sender, waiting->tag);
	}
}

void bound_finish(struct actor_system *system)
{
	if (system->bounds == NULL)
		return;
	for (uint32_t slot = 0; slot < system->slots_used; slot++) {
		if (system->bounds[slot] == NULL)
			continue;
		pthread_mutex_destroy(&system->bounds[slot]->lock);
		free(system->bounds[slot]);
	}
	munmap(system->bounds, sizeof(*system->bounds) * system->actors_max);
	system->bounds = NULL;
}
