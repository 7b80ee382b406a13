/* SPDX-License-Identifier: MIT */
#include "model/line.h"

#include <actor/pid.h>

static enum row_state state_of(uint8_t state, uint64_t mailbox)
{
	switch (state) {
	case ACTOR_PLANE_STATE_IDLE:
		return mailbox > 0 ? ROW_STATE_READY : ROW_STATE_IDLE;
	case ACTOR_PLANE_STATE_RUNNING:
		return ROW_STATE_RUNNING;
	case ACTOR_PLANE_STATE_WAITING:
		return ROW_STATE_CALLING;
	case ACTOR_PLANE_STATE_STARTING:
		return ROW_STATE_STARTING;
	case ACTOR_PLANE_STATE_SUSPENDED:
		return ROW_STATE_SUSPENDED;
	case ACTOR_PLANE_STATE_EXITING:
		return ROW_STATE_EXITING;
	default:
		return ROW_STATE_FREE;
	}
}

/* What the thread that runs the actor knows better than the actor's line. */
static void add_turn(struct row *row, const struct meters *meters, const struct ticks *ticks,
		     uint64_t *busy)
{
	const struct meters_thread *thread = meters_running(meters, row->pid);

	if (thread == NULL)
		return;
	row->mailbox = row->mailbox > thread->visit_turns ? row->mailbox - thread->visit_turns : 0;
	row->handled += thread->visit_turns;
	row->tag = thread->tag;
	row->turn_ns = ticks_since_ns(ticks, thread->turn_start);
	if (thread->stamped && ticks->now > thread->turn_start)
		*busy += ticks->now - thread->turn_start;
}

bool line_read(const struct actor_plane_actor *line, uint32_t slot, const struct meters *meters,
	       const struct ticks *ticks, struct row *row, uint64_t *ret_busy)
{
	/* Acquire pairs with the release store of the generation at birth: the rest is its own. */
	uint32_t generation = __atomic_load_n(&line->generation, __ATOMIC_ACQUIRE);
	uint64_t inbox = __atomic_load_n(&line->inbox, __ATOMIC_RELAXED);
	uint8_t state = __atomic_load_n(&line->state, __ATOMIC_RELAXED);
	uint64_t busy = __atomic_load_n(&line->busy_ticks, __ATOMIC_RELAXED);

	if (state == ACTOR_PLANE_STATE_FREE)
		return false;
	*row = (struct row){
		.pid = actor_pid_pack(slot, generation).bits,
		.waiting_on = __atomic_load_n(&line->waiting_on, __ATOMIC_RELAXED),
		.name = __atomic_load_n(&line->name, __ATOMIC_RELAXED),
		.actors = 1,
		.restarts = __atomic_load_n(&line->restarts, __ATOMIC_RELAXED),
		.behaviour = __atomic_load_n(&line->behaviour, __ATOMIC_RELAXED),
		.kind = __atomic_load_n(&line->kind, __ATOMIC_RELAXED) & ACTOR_PLANE_KIND_MASK,
		.mailbox = (inbox >> ACTOR_PLANE_INBOX_COUNT_SHIFT) +
			   __atomic_load_n(&line->queued, __ATOMIC_RELAXED),
		.handled = __atomic_load_n(&line->messages_in, __ATOMIC_RELAXED),
		.sent = __atomic_load_n(&line->messages_out, __ATOMIC_RELAXED),
		.memory = __atomic_load_n(&line->memory, __ATOMIC_RELAXED),
		.turn_ns = ROW_UNKNOWN,
		.oldest_ns = ROW_UNKNOWN,
		.age_ns = ROW_UNKNOWN,
		.p50_ns = ROW_UNKNOWN,
		.p99_ns = ROW_UNKNOWN,
		.wait_ns = ROW_UNKNOWN,
		.in_rate = NAN,
		.out_rate = NAN,
		.busy = NAN,
	};
	/* The words above belong to `generation` only if it still lives there. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&line->generation, __ATOMIC_RELAXED) != generation)
		return false;
	if (state == ACTOR_PLANE_STATE_RUNNING && row->kind == ACTOR_PLANE_KIND_FOREIGN) {
		/* What the program's own threads do between two calls, nobody here knows. */
		row->state = ROW_STATE_OUTSIDE;
		row->mailbox_max = row->mailbox;
		row->busy_ns = ticks_ns(ticks, busy);
		*ret_busy = busy;
		return true;
	}
	if (state == ACTOR_PLANE_STATE_RUNNING) {
		row->running = 1;
		add_turn(row, meters, ticks, &busy);
	}
	row->mailbox_max = row->mailbox;
	row->state = (uint8_t)state_of(state, row->mailbox);
	row->busy_ns = ticks_ns(ticks, busy);
	*ret_busy = busy;
	return true;
}

void line_read_birth(const struct plane_view *plane, const struct ticks *ticks, struct row *row)
{
	struct actor_pid pid = {row->pid};
	struct actor_plane_birth birth;

	if (plane_view_birth(plane, actor_pid_slot(pid), actor_pid_generation(pid), &birth) != 0)
		return;
	row->parent = birth.parent;
	if (birth.ticks != 0)
		row->age_ns = ticks_since_ns(ticks, birth.ticks);
}
