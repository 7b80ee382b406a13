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

int link_add(struct thread *thread, struct cell *cell, struct actor_pid peer)
{
	struct cell_extra *extra = cell_extra_want(thread, cell);
	int status;

	if (extra == NULL)
		return ACTOR_ENO_MEMORY;
	if (map_get(&extra->links, peer.bits, NULL))
		return 0;
	status = map_put(&extra->links, peer.bits, 1);
	if (status == 0)
		plane_bond_add(&thread->system->plane, PLANE_BOND_LINK, cell_pid(cell), peer);
	return status;
}

bool link_remove(struct cell *cell, struct actor_pid peer)
{
	if (!map_remove(&cell->extra->links, peer.bits, NULL))
		return false;
	plane_bond_remove(&thread_self()->system->plane, PLANE_BOND_LINK, cell_pid(cell), peer);
	return true;
}

int monitor_add(struct thread *thread, struct cell *cell, uint64_t ref, struct actor_pid watched)
{
	struct cell_extra *extra = cell_extra_want(thread, cell);
	int status =
		extra != NULL ? map_put(&extra->monitors, ref, watched.bits) : ACTOR_ENO_MEMORY;

	if (status == 0)
		plane_bond_add(&thread->system->plane, PLANE_BOND_MONITOR, cell_pid(cell), watched);
	return status;
}

bool monitor_remove(struct cell *cell, uint64_t ref, struct actor_pid *ret_watched)
{
	if (!map_remove(&cell->extra->monitors, ref, &ret_watched->bits))
		return false;
	plane_bond_remove(&thread_self()->system->plane, PLANE_BOND_MONITOR, cell_pid(cell),
			  *ret_watched);
	return true;
}

void link_take(struct thread *thread, struct cell *cell, const struct actor_message *message)
{
	const struct signal_payload *signal = actor_message_payload(message);
	int status = 0;

	switch ((enum signal_verb)signal->verb) {
	case SIGNAL_LINK:
		status = link_add(thread, cell, message->sender);
		break;
	case SIGNAL_UNLINK:
		(void)link_remove(cell, message->sender);
		break;
	case SIGNAL_MONITOR:
		status = watcher_add(thread, cell, message->sender, message->ref_);
		break;
	case SIGNAL_DEMONITOR:
		watcher_remove(cell, message->sender, message->ref_);
		break;
	case SIGNAL_PARENT:
	case SIGNAL_TAKEN:
		break; /* of exits */
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
	if (pid.bits == 0)
		return ACTOR_EINVALID;
	if (actor_pid_equal(pid, cell_pid(thread->cell)))
		return 0;
	if (map_get(&thread->cell->extra->links, pid.bits, NULL))
		return 0;
	status = link_add(thread, thread->cell, pid);
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
	if (!link_remove(thread->cell, pid))
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
	status = monitor_add(thread, thread->cell, ref, pid);
	if (status != 0)
		return status;
	status = post_signal(thread, pid, SIGNAL_MONITOR, ref);
	if (status != 0) {
		(void)monitor_remove(thread->cell, ref, &pid);
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
	if (ref == 0 || !monitor_remove(thread->cell, ref, &watched))
		return ACTOR_ENOT_FOUND;
	alias_monitor_over(thread->cell, ref);
	EMIT(thread, DEMONITOR, 0, 0, ref, cell_pid(thread->cell).bits, watched.bits, 0);
	return post_signal(thread, watched, SIGNAL_DEMONITOR, ref);
}
