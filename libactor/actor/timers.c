/* SPDX-License-Identifier: MIT */
/* An actor's timers: their firing is a message from the actor to itself. */
#include <stdlib.h>
#include <string.h>

#include <actor/actor.h>

#include "actor/system.h"
#include "base/clock.h"

struct actor_timer {
	struct timer timer;
	struct actor_pid owner;
	uint64_t nth;
	uint16_t tag;
	uint32_t size;
	unsigned char payload[];
};

static uint64_t fire(struct timer *timer)
{
	struct actor_timer *mine = (struct actor_timer *)(void *)timer; /* first member */
	struct thread *thread = thread_self();
	struct actor_message *message = message_create(thread, mine->size);
	uint32_t depth;

	if (message == NULL)
		return 0;
	message->kind = ACTOR_MESSAGE_KIND_TIMER;
	message->tag = mine->tag;
	message->ref_ = mine->nth;
	message->sender = mine->owner;
	message->sequence = (uint32_t)mine->nth;
	memcpy(message + 1, mine->payload, mine->size);
	(void)cell_deliver(thread, mine->owner, message, &depth); /* which may free the timer */
	return 0;
}

bool timers_fire(struct cell *cell, uint64_t nth)
{
	struct actor_timer *timer;
	uint64_t address;

	if (!map_get(&cell->extra->timers, nth, &address))
		return false;
	timer = (struct actor_timer *)(uintptr_t)address;
	(void)fire(&timer->timer);
	return true;
}

int actor_timer_start(uint64_t delay_ns, uint64_t interval_ns, struct actor_type *type,
		      const void *payload, uint64_t *ret_timer)
{
	struct thread *thread = thread_self();
	struct actor_timer *timer;
	struct cell_extra *extra;
	struct cell *cell;
	int status;

	if (thread == NULL || thread->cell == NULL || thread->foreign)
		return ACTOR_ENOT_ACTOR;
	if (type == NULL || (payload == NULL && type->size != 0) || delay_ns > UINT64_MAX / 4 ||
	    interval_ns > UINT64_MAX / 4)
		return ACTOR_EINVALID;
	if (__atomic_load_n(&type->number, __ATOMIC_ACQUIRE) == 0 &&
	    plane_type(&thread->system->plane, type) == 0)
		return ACTOR_ETABLE_FULL;
	cell = thread->cell;
	extra = cell_extra_want(thread, cell);
	if (extra == NULL)
		return ACTOR_ENO_MEMORY;
	timer = calloc(1, sizeof(*timer) + type->size);
	if (timer == NULL)
		return ACTOR_ENO_MEMORY;
	timer->timer.fire = fire;
	timer->timer.interval_ns = interval_ns;
	timer->timer.deadline_ns = clock_monotonic_ns() + delay_ns;
	timer->owner = cell_pid(cell);
	timer->nth = ++extra->timers_started;
	timer->tag = (uint16_t)type->number;
	timer->size = type->size;
	if (type->size != 0)
		memcpy(timer->payload, payload, type->size);
	if (type->clear != NULL)
		type->clear(timer->payload);
	status = map_put(&extra->timers, timer->nth, (uint64_t)(uintptr_t)timer);
	if (status == 0) {
		status = timer_start(&thread->system->timers, &timer->timer,
				     (uint32_t)thread->index);
		if (status != 0)
			(void)map_remove(&extra->timers, timer->nth, NULL);
	}
	if (status != 0) {
		free(timer);
		return status;
	}
	EMIT(thread, TIMER_START, 0, timer->tag, timer->nth, cell_pid(cell).bits, delay_ns,
	     interval_ns);
	if (ret_timer != NULL)
		*ret_timer = timer->nth;
	return 0;
}

int actor_timer_cancel(uint64_t nth, uint64_t *ret_remaining_ns)
{
	struct thread *thread = thread_self();
	struct actor_timer *timer;
	uint64_t address;
	uint64_t remaining;
	uint64_t now;

	if (thread == NULL || thread->cell == NULL || thread->foreign)
		return ACTOR_ENOT_ACTOR;
	if (nth == 0 || !map_remove(&thread->cell->extra->timers, nth, &address))
		return ACTOR_ENOT_FOUND;
	timer = (struct actor_timer *)(uintptr_t)address;
	remaining = UINT64_MAX; /* it has fired, and its message is thrown away when it comes up */
	if (timer_stop(&thread->system->timers, &timer->timer)) {
		now = clock_monotonic_ns();
		remaining = timer->timer.deadline_ns > now ? timer->timer.deadline_ns - now : 0;
	}
	free(timer);
	remaining = thread->system->seam->observe(thread->cell, ACTOR_OBSERVED_CANCEL, remaining);
	EMIT(thread, TIMER_CANCEL, 0, 0, nth, cell_pid(thread->cell).bits, remaining, 0);
	if (remaining == UINT64_MAX)
		return ACTOR_ENOT_FOUND;
	if (ret_remaining_ns != NULL)
		*ret_remaining_ns = remaining;
	return 0;
}

bool timers_take(struct cell *cell, const struct actor_message *message)
{
	struct actor_timer *timer;
	uint64_t address;

	if (!map_get(&cell->extra->timers, message->ref_, &address))
		return false;
	timer = (struct actor_timer *)(uintptr_t)address;
	if (timer->timer.interval_ns == 0) {
		(void)map_remove(&cell->extra->timers, message->ref_, NULL);
		free(timer);
	}
	return true;
}

void timers_end(struct actor_system *system, struct cell *cell)
{
	struct map_entry *timers = map_sorted(&cell->extra->timers);

	for (uint32_t i = 0; timers != NULL && i < cell->extra->timers.count; i++) {
		struct actor_timer *timer = (struct actor_timer *)(uintptr_t)timers[i].value;

		(void)timer_stop(&system->timers, &timer->timer);
		free(timer);
	}
	free(timers);
	if (cell->extra->timers.count != 0)
		map_clear(&cell->extra->timers);
}
