/* SPDX-License-Identifier: MIT */
#include <actor/alias.h>

#include "actor/rare.h"
#include "actor/system.h"

static uint64_t life_of(const struct cell *cell, uint64_t ref)
{
	const struct cell_rare *rare = cell_rare(cell);
	uint64_t life;

	return rare != NULL && ref != 0 && map_get(&rare->aliases, ref, &life) ? life : 0;
}

bool alias_is_active(const struct cell *cell, uint64_t ref)
{
	return life_of(cell, ref) != 0;
}

void alias_used(struct cell *cell, uint64_t ref)
{
	uint64_t life = life_of(cell, ref);

	if (life == ACTOR_ALIAS_REPLY_DEMONITOR)
		(void)actor_demonitor(ref); /* takes the alias along */
	else if (life == ACTOR_ALIAS_REPLY)
		(void)map_remove(&cell_rare(cell)->aliases, ref, NULL);
}

void alias_monitor_over(struct cell *cell, uint64_t ref)
{
	uint64_t life = life_of(cell, ref);

	if (life == ACTOR_ALIAS_DEMONITOR || life == ACTOR_ALIAS_REPLY_DEMONITOR)
		(void)map_remove(&cell_rare(cell)->aliases, ref, NULL);
}

static int add(struct thread *thread, uint64_t ref, enum actor_alias_life life,
	       struct actor_alias *ret_alias)
{
	struct cell_rare *rare = cell_rare_want(thread, thread->cell);
	int status = rare != NULL ? map_put(&rare->aliases, ref, life) : ACTOR_ENO_MEMORY;

	if (status == 0)
		*ret_alias = (struct actor_alias){cell_pid(thread->cell), ref};
	return status;
}

int actor_alias(enum actor_alias_life life, struct actor_alias *ret_alias)
{
	struct thread *thread = thread_self();

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (ret_alias == NULL || (life != ACTOR_ALIAS_EXPLICIT && life != ACTOR_ALIAS_REPLY))
		return ACTOR_EINVALID;
	return add(thread, call_ref(thread->cell, 0), life, ret_alias);
}

int actor_monitor_alias(struct actor_pid pid, enum actor_alias_life life,
			struct actor_alias *ret_alias)
{
	uint64_t ref;
	int status;

	if (ret_alias == NULL || (life != ACTOR_ALIAS_EXPLICIT && life != ACTOR_ALIAS_DEMONITOR &&
				  life != ACTOR_ALIAS_REPLY_DEMONITOR))
		return ACTOR_EINVALID;
	status = actor_monitor(pid, &ref);
	if (status != 0)
		return status;
	status = add(thread_self(), ref, life, ret_alias);
	if (status != 0)
		(void)actor_demonitor(ref);
	return status;
}

int actor_unalias(struct actor_alias alias)
{
	struct thread *thread = thread_self();

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (!actor_pid_equal(alias.owner, cell_pid(thread->cell)) ||
	    life_of(thread->cell, alias.ref) == 0)
		return ACTOR_ENOT_FOUND;
	(void)map_remove(&cell_rare(thread->cell)->aliases, alias.ref, NULL);
	return 0;
}

int actor_send_alias(struct actor_alias to, struct actor_type *type, const void *payload)
{
	return actor_send_alias_bytes(to, type, payload, type != NULL ? type->size : 0);
}

int actor_send_alias_bytes(struct actor_alias to, struct actor_type *type, const void *payload,
			   size_t size)
{
	struct thread *thread = thread_self();
	struct actor_message *message;
	int status;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	status = message_build(thread, type, payload, size, ACTOR_MESSAGE_KIND_ALIASED, to.ref,
			       NULL, &message);
	if (status != 0)
		return status;
	thread_input(thread);
	status = message_send(thread, to.owner, message);
	thread_output(thread_self());
	return status;
}
