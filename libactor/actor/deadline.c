/* SPDX-License-Identifier: MIT */
#include "actor/deadline.h"

#include <stdlib.h>

#include "actor/system.h"
#include "base/barrier.h"
#include "base/clock.h"
#include "timer/timer.h"

/* Time-outs from here on do without the exact time. */
#define COARSE_FROM_NS ACTOR_MILLISECONDS(200)

struct deadline {
	struct timer timer; /* first */
	struct actor_pid owner;
	uint64_t ref;       /* (shared) of the wait */
	uint64_t on;        /* (shared) pid */
	uint64_t wanted_ns; /* (shared) when that wait ends; 0: nobody waits */
	uint64_t armed_ns;  /* (shared) when the timer goes off; 0: it is not armed */
};

void deadline_deliver(struct thread *thread, struct actor_pid to, uint64_t ref, struct actor_pid on)
{
	struct actor_message *message = message_create(thread, 0);
	uint32_t depth;

	if (message == NULL)
		return; /* the caller goes on waiting; there is nothing left to tell it with */
	message->kind = ACTOR_MESSAGE_KIND_TIMEOUT;
	message->tag = (uint16_t)(ref >> REF_TAG_SHIFT);
	message->ref_ = ref;
	message->sender = on;
	message->sequence = 0;
	(void)cell_deliver(thread, to, message, &depth);
}

/* What the actor waits for, and until when: both of the same wait. */
static uint64_t wanted(const struct deadline *deadline, uint64_t *ret_ref)
{
	for (;;) {
		uint64_t wanted_ns;

		/*
		 * Acquire: pairs with the release in deadline_set, before which the deadline of the
		 * wait before was taken away. Sequentially consistent: see deadline_set.
		 */
		*ret_ref = __atomic_load_n(&deadline->ref, __ATOMIC_ACQUIRE);
		wanted_ns = __atomic_load_n(&deadline->wanted_ns, __ATOMIC_SEQ_CST);
		if (*ret_ref == __atomic_load_n(&deadline->ref, __ATOMIC_ACQUIRE))
			return wanted_ns;
	}
}

/* On the timer thread, which holds the lock of the timer's shard. */
static uint64_t fire(struct timer *timer)
{
	struct deadline *deadline = (struct deadline *)(void *)timer; /* first member */
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t wanted_ns;
	uint64_t ref;

	/* Sequentially consistent: pairs with deadline_set. */
	__atomic_store_n(&deadline->armed_ns, 0, __ATOMIC_SEQ_CST);
	wanted_ns = wanted(deadline, &ref);
	if (wanted_ns == 0) {
		barrier_all(); /* in the middle of deadline_set, too */
		wanted_ns = wanted(deadline, &ref);
		if (wanted_ns == 0)
			return 0;
	}
	if (wanted_ns > now_ns) {
		__atomic_store_n(&deadline->armed_ns, wanted_ns, __ATOMIC_SEQ_CST);
		return wanted_ns;
	}
	/* Should the wait have ended meanwhile, the message is for nobody and is dropped. */
	deadline_deliver(thread_self(), deadline->owner, ref,
			 (struct actor_pid){__atomic_load_n(&deadline->on, __ATOMIC_RELAXED)});
	return 0;
}

/* An actor's first. NULL: no memory. */
static __attribute__((noinline)) struct deadline *make(struct thread *thread, struct cell *cell)
{
	struct cell_extra *extra = cell_extra_want(thread, cell);

	if (extra == NULL)
		return NULL;
	extra->deadline = calloc(1, sizeof(*extra->deadline));
	if (extra->deadline == NULL)
		return NULL;
	extra->deadline->timer.fire = fire;
	extra->deadline->owner = cell_pid(cell);
	return extra->deadline;
}

int deadline_set(struct thread *thread, struct cell *cell, uint64_t ref, struct actor_pid on,
		 uint64_t timeout_ns)
{
	struct timer_service *timers = &thread->system->timers;
	struct deadline *deadline = cell->extra->deadline;
	uint64_t now_ns =
		timeout_ns < COARSE_FROM_NS ? clock_monotonic_ns() : clock_monotonic_late_ns();
	uint64_t wanted_ns = timeout_ns < UINT64_MAX / 2 ? now_ns + timeout_ns : UINT64_MAX / 2;
	uint64_t armed_ns;

	if (__builtin_expect(deadline == NULL, 0)) {
		deadline = make(thread, cell);
		if (deadline == NULL)
			return ACTOR_ENO_MEMORY;
	}
	__atomic_store_n(&deadline->on, on.bits, __ATOMIC_RELAXED);
	/* Release: pairs with the acquire in wanted(); wanted_ns is 0 as long as this is not seen.
	 */
	__atomic_store_n(&deadline->ref, ref, __ATOMIC_RELEASE);
	/*
	 * The store comes before the load: either the timer that goes off now sees the new
	 * deadline, or we see that it is not armed. The barrier is in fire(), which comes here so
	 * much more seldom, where the kernel makes it one of all threads; else it is an exchange.
	 */
	if (__builtin_expect(thread->system->sched.barriers, 1)) {
		__atomic_store_n(&deadline->wanted_ns, wanted_ns, __ATOMIC_RELAXED);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	} else {
		(void)__atomic_exchange_n(&deadline->wanted_ns, wanted_ns, __ATOMIC_SEQ_CST);
	}
	armed_ns = __atomic_load_n(&deadline->armed_ns, __ATOMIC_SEQ_CST);
	if (armed_ns != 0 && armed_ns <= wanted_ns)
		return 0;
	(void)timer_stop(timers, &deadline->timer); /* it may go off this instant */
	deadline->timer.deadline_ns = wanted_ns;
	__atomic_store_n(&deadline->armed_ns, wanted_ns, __ATOMIC_RELAXED);
	return timer_start(timers, &deadline->timer, cell->slot);
}

void deadline_clear(struct cell *cell)
{
	if (cell->extra->deadline != NULL)
		__atomic_store_n(&cell->extra->deadline->wanted_ns, 0, __ATOMIC_RELAXED);
}

struct deadline *deadline_destroy(struct thread *thread, struct deadline *deadline)
{
	if (deadline != NULL)
		(void)timer_stop(&thread->system->timers, &deadline->timer);
	free(deadline);
	return NULL;
}
