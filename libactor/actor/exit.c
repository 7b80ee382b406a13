/* SPDX-License-Identifier: MIT */
/* How actors end, and who learns of it. */
#include <assert.h>
#include <stdlib.h>

#include <actor/actor.h>

#include "actor/rare.h"
#include "actor/system.h"
#include "actor/visit.h"
#include "base/futex.h"

static void post_exit(struct thread *thread, struct actor_pid to, struct actor_pid about,
		      int reason, int verb)
{
	struct signal_payload exited = {about, reason, verb};

	(void)message_post(thread, to, ACTOR_MESSAGE_KIND_EXIT, (uint16_t)actor_exited.number, 0,
			   &exited, sizeof(exited));
}

void exit_signal(struct thread *thread, struct actor_pid to, int reason)
{
	struct actor_pid self = thread->cell != NULL ? cell_pid(thread->cell) : ACTOR_PID_NONE;

	post_exit(thread, to, self, reason, 0);
}

void exit_at_shutdown(struct thread *thread, struct actor_pid to)
{
	post_exit(thread, to, cell_pid(thread->cell), ACTOR_EXIT_SHUTDOWN, SIGNAL_PARENT);
}

int actor_exit(struct actor_pid pid, int reason)
{
	struct thread *thread = thread_self();

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (reason == 0 || pid.bits == 0)
		return ACTOR_EINVALID;
	thread_input(thread);
	exit_signal(thread, pid, reason);
	thread_output(thread);
	return 0;
}

int actor_trap_exits(bool trap)
{
	struct thread *thread = thread_self();

	if (thread == NULL || thread->cell == NULL || thread->foreign)
		return ACTOR_ENOT_ACTOR;
	thread->cell->traps = trap;
	return 0;
}

/* The order in which peers learn of a death is the order of their pids, not that of the table. */
static void tell_links(struct thread *thread, struct cell *cell, int reason)
{
	struct map_entry *links = map_sorted(&cell->extra->links);

	for (uint32_t i = 0; links != NULL && i < cell->extra->links.count; i++) {
		struct actor_pid peer = {links[i].key};

		post_exit(thread, peer, cell_pid(cell), reason, SIGNAL_LINK);
	}
	free(links);
}

static void tell_watchers(struct thread *thread, struct cell *cell, int reason)
{
	const struct watcher *watcher;
	uint32_t at = 0;

	while ((watcher = watchers_next(cell->extra->watchers, &at)) != NULL) {
		struct actor_down_message down = {
			.pid = cell_pid(cell), .ref = watcher->ref, .reason = reason};

		if (down.ref & REF_AWAITED) {
			struct actor_from from = {watcher->pid, down.ref};

			call_fail(thread, cell_pid(cell), from, reason);
			continue;
		}
		(void)message_post(thread, watcher->pid, ACTOR_MESSAGE_KIND_DOWN,
				   (uint16_t)actor_down.number, down.ref, &down, sizeof(down));
	}
}

/* Those it watches need not keep it in their lists. */
static void stop_watching(struct thread *thread, struct cell *cell)
{
	struct map_entry *monitors = map_sorted(&cell->extra->monitors);

	for (uint32_t i = 0; monitors != NULL && i < cell->extra->monitors.count; i++) {
		struct actor_pid watched = {monitors[i].value};
		struct signal_payload signal = {cell_pid(cell), 0, SIGNAL_DEMONITOR};

		(void)message_post(thread, watched, ACTOR_MESSAGE_KIND_SIGNAL, 0, monitors[i].key,
				   &signal, sizeof(signal));
	}
	free(monitors);
}

void bury_all(struct thread *thread, struct cell *cell, struct mailbox_list *list, int reason)
{
	struct actor_message *message;

	while ((message = mailbox_shift(list)) != NULL) {
		struct actor_pid to = actor_pid_pack(cell->slot, message->generation_);

		/* Some may be for an actor that had this slot before. */
		message_bury(thread, to, message,
			     actor_pid_equal(to, cell_pid(cell)) ? reason : ACTOR_EXIT_NO_ACTOR);
	}
}

void cell_end(struct cell *cell, int reason)
{
	struct thread *thread = thread_self();
	struct actor_system *system = thread->system;
	struct actor_plane_actor *line = cell_line(cell, system);
	uint32_t generation = cell->generation;
	struct mailbox_list rest;
	/* Of a turn that waits, or that a fault has ended: it will not come back to free it. */
	struct actor_message *abandoned = cell->handling;
	struct actor_from starter;
	struct mailbox_list held = {NULL, NULL, 0};
	bool plain; /* nothing was ever noted beside it: no links, monitors, timers, memory */
	/* A fault in terminate: that is not tried twice. */
	bool terminates = !(cell->ending && actor_exit_signal(reason) != 0);

	assert(thread->cell == cell);
	assert(reason != ACTOR_CONTINUE);
	__atomic_store_n(&line->state, ACTOR_PLANE_STATE_EXITING, __ATOMIC_RELAXED);
	if (cell->wait != NULL && !cell->wait->suspended)
		wait_abandon(thread, cell, &held);
	cell->wait = NULL;
	cell->ending = true;
	if (cell->behaviour->terminate != NULL && terminates &&
	    ((cell->ready && (cell->after & AFTER_KILLED) == 0) || cell->always_ends)) {
		cell->behaviour->terminate(cell->state, reason);
		thread = thread_self();
	}
	EMIT(thread, EXIT, 0, 0, 0, cell_pid(cell).bits, (int64_t)reason,
	     thread_mark(thread, cell));

	thread_add(&thread->ended, 1); /* whoever sees that it is dead finds it counted */
	/* From here on nothing is sent to this pid: pairs with the acquire in cell_deliver, and, so
	 * sequentially consistent, with holder_want. */
	__atomic_store_n(&line->generation, generation + 1, __ATOMIC_SEQ_CST);
	registry_drop(&system->registry, cell_pid(cell));
	rest = mailbox_close(&line->inbox);
	if (line->kind & ACTOR_PLANE_KIND_WATCHED)
		bound_end(thread, cell, &rest);
	plain = cell->extra == &cell_extra_none;
	starter = cell->extra->starter;
	if (starter.caller.bits != 0) {
		struct reply_payload failed = {reason < 0 ? reason : ACTOR_EBAD_CHILD, reason};

		(void)link_remove(cell, starter.caller);
		waiting_answered(thread, starter);
		(void)message_post(thread, starter.caller, ACTOR_MESSAGE_KIND_REPLY, 0, starter.ref,
				   &failed, sizeof(failed));
	}
	if (!plain || cell->unanswered)
		owed_fail(thread, cell, reason);
	if (abandoned != NULL)
		message_free(thread, abandoned);
	cell->handling = NULL;
	bury_all(thread, cell, &held, reason);
	bury_all(thread, cell, &cell->urgent, reason);
	if (!plain)
		cell_rare_end(thread, cell, reason);
	bury_all(thread, cell, &cell->queue, reason);
	bury_all(thread, cell, &rest, reason);
	if (!plain) {
		tell_links(thread, cell, reason);
		tell_watchers(thread, cell, reason);
		stop_watching(thread, cell);
		timers_end(system, cell);
		blocks_free(cell);
		cell_extra_free(thread, cell);
	}
	if (cell->state != NULL)
		pool_free(&thread->pool, cell->state, cell->state_class);
	cell->state = NULL;

	visit_end(thread, cell, ACTOR_PLANE_STATE_FREE);
	__atomic_store_n(&line->name, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&line->waiting_on, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&line->queued, 0, __ATOMIC_RELAXED);
	/*
	 * Who waits for actors to end says so and then looks at their lines: either it sees that
	 * this one is free, or we see it. Sequentially consistent: pairs with
	 * actor_system_destroy and is_ours.
	 */
	__atomic_store_n(&line->state, ACTOR_PLANE_STATE_FREE, __ATOMIC_SEQ_CST);
	if (generation < UINT32_MAX - 1)
		system_slot_give(system, cell->slot);
	if (__builtin_expect(__atomic_load_n(&system->death_watch, __ATOMIC_SEQ_CST) != 0, 0)) {
		__atomic_fetch_add(&system->deaths, 1, __ATOMIC_RELEASE);
		futex_wake(&system->deaths, INT32_MAX, false);
	}
}

void cell_discard(struct thread *thread, struct cell *cell)
{
	struct actor_plane_actor *line = cell_line(cell, thread->system);
	struct mailbox_list rest;
	struct actor_message *message;

	/* As in cell_end. */
	__atomic_store_n(&line->generation, cell->generation + 1, __ATOMIC_SEQ_CST);
	registry_drop(&thread->system->registry, cell_pid(cell));
	rest = mailbox_close(&line->inbox);
	if (line->kind & ACTOR_PLANE_KIND_WATCHED)
		bound_end(thread, cell, &rest);
	mailbox_append(&cell->queue, rest);
	while ((message = mailbox_shift(&cell->queue)) != NULL)
		message_free(thread, message);
	cell_extra_free(thread, cell);
	if (cell->state != NULL)
		pool_free(&thread->pool, cell->state, cell->state_class);
	__atomic_store_n(&line->state, ACTOR_PLANE_STATE_FREE, __ATOMIC_RELAXED);
}
