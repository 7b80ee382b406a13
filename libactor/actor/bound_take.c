/* SPDX-License-Identifier: MIT */
/* How an actor gets at what waits in a list, and when its alarm is over; see bound.h. */
#include "actor/bound_list.h"

void bound_bell(struct thread *thread, struct cell *cell)
{
	struct bound *bound = bound_of(thread->system, cell->slot);
	struct mailbox_list bell = {&bound->bell, &bound->bell, 0};

	pthread_mutex_lock(&bound->lock);
	bound->drained = true;
	bound->others = cell->queue.count + cell->urgent.count;
	bound->weight = bound->list.count;
	bell.count = bound->weight;
	bound->bell.next_ = NULL;
	mailbox_append(&cell->queue, bell);
	pthread_mutex_unlock(&bound->lock);
}

/* In the queue: the list's next message first, the bell last, where there is more. */
static void take_next(struct bound *bound, struct cell *cell, struct bound_deed *deed)
{
	struct mailbox_list queue = wait_skipped(cell);
	struct mailbox_list bell = {&bound->bell, &bound->bell, 0};
	struct actor_message *message = mailbox_shift(&bound->list);

	/* mailbox_shift took one off for the bell, which had counted for so many. */
	cell->queue.count -= bound->weight - 1;
	if (message != NULL) {
		struct mailbox_list one = {message, message, 1};

		message->next_ = NULL;
		if (is_counted(message))
			list_make_room(bound, deed);
		/* A turn that waits for one of its messages has left older ones in the queue. */
		if (cell->wait != NULL)
			mailbox_append(&cell->queue, one);
		else
			mailbox_append(&queue, one);
	}
	mailbox_append(&queue, cell->queue);
	bound->others = queue.count + cell->urgent.count;
	bound->rung = bound->list.first != NULL;
	bound->drained = bound->rung;
	bound->weight = bound->list.count;
	bell.count = bound->weight;
	bound->bell.next_ = NULL;
	if (bound->rung)
		mailbox_append(&queue, bell);
	cell->queue = queue;
}

/* Whether the alarm stays on; then the bell lies behind all that is waiting now. */
static void look_again(struct bound *bound, struct cell *cell, struct actor_plane_actor *line)
{
	uint32_t depth;

	cell->queue.count++; /* mailbox_shift took one off for the bell */
	bound->drained = false;
	bound->rung = __atomic_load_n(&bound->raised, __ATOMIC_RELAXED) != 0 &&
		      mailbox_push_weight(&line->inbox, &bound->bell, 0, &depth) != MAILBOX_REFUSED;
}

void bound_take(struct thread *thread, struct cell *cell)
{
	struct bound *bound = bound_of(thread->system, cell->slot);
	struct actor_plane_actor *line = cell_line(cell, thread->system);
	struct bound_deed deed = {.pushed = MAILBOX_PUSHED};
	uint32_t waiting;

	pthread_mutex_lock(&bound->lock);
	if (bound->limit != 0)
		take_next(bound, cell, &deed);
	waiting = bound->limit != 0 ? bound->list.count
				    : cell->queue.count + 1 + mailbox_count(&line->inbox);
	if (bound->raised && waiting <= bound->low) {
		__atomic_store_n(&bound->raised, 0, __ATOMIC_RELAXED);
		deed.low = waiting + 1;
	}
	if (bound->limit == 0)
		look_again(bound, cell, line);
	__atomic_store_n(&line->queued, cell->queue.count + cell->urgent.count, __ATOMIC_RELAXED);
	__atomic_store_n(&thread->words->visit_turns, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&bound->lock);
	deed_do(thread, cell_pid(cell), &deed);
}
