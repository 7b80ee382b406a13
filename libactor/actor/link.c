/* SPDX-License-Identifier: MIT */
/* Links and monitors: both ends keep a note, signals keep the notes in step. */
#include <stdlib.h>

#include <actor/actor.h>

#include "actor/system.h"

ACTOR_PUBLIC struct actor_type actor_exited = {.name = "actor_exited",
					       .ctype = "struct actor_exited_message",
					       .size = sizeof(struct actor_exited_message)};
ACTOR_PUBLIC struct actor_type actor_down = {.name = "actor_down",
					     .ctype = "struct actor_down_message",
					     .size = sizeof(struct actor_down_message)};

_Static_assert(sizeof(struct signal_payload) == sizeof(struct actor_exited_message),
	       "a trapped exit signal is handed to the handler as it is");

int link_add(struct cell *cell, struct actor_pid peer)
{
	return map_put(&cell->links, peer.bits, 1);
}

int watcher_add(struct cell *cell, struct actor_pid watcher, uint64_t ref)
{
	if (cell->watcher_count == cell->watcher_capacity) {
		uint32_t capacity = cell->watcher_capacity == 0 ? 2 : cell->watcher_capacity * 2;
		struct watcher *watchers =
			realloc(cell->watchers, capacity * sizeof(*cell->watchers));

		if (watchers == NULL)
			return ACTOR_ENO_MEMORY;
		cell->watchers = watchers;
		cell->watcher_capacity = capacity;
	}
	cell->watchers[cell->watcher_count].pid = watcher;
	cell->watchers[cell->watcher_count].ref = ref;
	cell->watcher_count++;
	return 0;
}

static void watcher_remove(struct cell *cell, struct actor_pid watcher, uint64_t ref)
{
	for (uint32_t i = cell->watcher_count; i-- > 0;) {
		if (cell->watchers[i].ref == ref &&
		    actor_pid_equal(cell->watchers[i].pid, watcher)) {
			/* Keeps the order: in it the watchers are told. */
			for (uint32_t j = i + 1; j < cell->watcher_count; j++)
				cell->watchers[j - 1] = cell->watchers[j];
			cell->watcher_count--;
			return;
		}
	}
}

void link_take(struct thread *thread, struct cell *cell, const struct actor_message *message)
{
	const struct signal_payload *signal = actor_message_payload(message);
	int status = 0;

	switch ((enum signal_verb)signal->verb) {
	case SIGNAL_LINK:
		status = link_add(cell, message->sender);
		break;
	case SIGNAL_UNLINK:
		(void)map_remove(&cell->links, message->sender.bits, NULL);
		break;
	case SIGNAL_MONITOR:
		status = watcher_add(cell, message->sender, message->ref_);
		break;
	case SIGNAL_DEMONITOR:
		watcher_remove(cell, message->sender, message->ref_);
		break;
	}
	if (status != 0) /* the other side relies on it: better end than keep it in the dark */
		exit_signal(thread, cell_pid(cell), status);
}

static int post_signal(struct thread *thread, struct actor_pid to, enum signal_verb verb,
		       uint64_t ref)
{
	struct signal_payload signal = {cell_pid(thread->cell), 0, verb};

	return message_post(thread, to, ACTOR_MESSAGE_KIND_SIGNAL, 0, ref, &signal, sizeof(signal));
}

static struct thread *handler_thread(void)
{
	struct thread *thread = thread_self();

	return thread != NULL && thread->cell != NULL && !thread->foreign ? thread : NULL;
}

int actor_link(struct actor_pid pid)
{
	struct thread *thread = handler_thread();
	int status;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (pid.bits == 0 || actor_pid_equal(pid, cell_pid(thread->cell)))
		return ACTOR_EINVALID;
	if (map_get(&thread->cell->links, pid.bits, NULL))
		return 0;
	status = link_add(thread->cell, pid);
	if (status == 0)
		status = post_signal(thread, pid, SIGNAL_LINK, 0);
	if (status == 0)
		EMIT(thread, LINK, 0, 0, 0, cell_pid(thread->cell).bits, pid.bits, 0);
	return status;
}

int actor_unlink(struct actor_pid pid)
{
	struct thread *thread = handler_thread();

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (!map_remove(&thread->cell->links, pid.bits, NULL))
		return 0;
	EMIT(thread, UNLINK, 0, 0, 0, cell_pid(thread->cell).bits, pid.bits, 0);
	return post_signal(thread, pid, SIGNAL_UNLINK, 0);
}

int actor_monitor(struct actor_pid pid, uint64_t *ret_ref)
{
	struct thread *thread = handler_thread();
	uint64_t ref;
	int status;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (pid.bits == 0)
		return ACTOR_EINVALID;
	if (actor_down.number == 0)
		(void)plane_type(&thread->system->plane, &actor_down);
	ref = call_ref(thread->cell, 0);
	status = map_put(&thread->cell->monitors, ref, pid.bits);
	if (status != 0)
		return status;
	status = post_signal(thread, pid, SIGNAL_MONITOR, ref);
	if (status != 0) {
		(void)map_remove(&thread->cell->monitors, ref, NULL);
		return status;
	}
	EMIT(thread, MONITOR, 0, 0, ref, cell_pid(thread->cell).bits, pid.bits, 0);
	if (ret_ref != NULL)
		*ret_ref = ref;
	return 0;
}

int actor_demonitor(uint64_t ref)
{
	struct thread *thread = handler_thread();
	struct actor_pid watched;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (ref == 0 || !map_remove(&thread->cell->monitors, ref, &watched.bits))
		return ACTOR_ENOT_FOUND;
	EMIT(thread, DEMONITOR, 0, 0, ref, cell_pid(thread->cell).bits, watched.bits, 0);
	return post_signal(thread, watched, SIGNAL_DEMONITOR, ref);
}
