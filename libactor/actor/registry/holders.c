/* SPDX-License-Identifier: MIT */
/* What each actor holds, so that it vanishes with the actor. */
#include <stdlib.h>
#include <string.h>

#include <actor/status.h>

#include "actor/registry/registry.h"

int registry_init(struct registry *registry, struct actor_plane_actor *lines, uint32_t slots)
{
	int status;

	memset(registry, 0, sizeof(*registry));
	registry->lines = lines;
	pthread_mutex_init(&registry->lock, NULL);
	registry->held = calloc(slots, 1);
	if (registry->held == NULL)
		return ACTOR_ENO_MEMORY;
	status = names_init(&registry->names);
	return status != 0 ? status : groups_init(&registry->groups);
}

void registry_finish(struct registry *registry)
{
	if (registry->lines == NULL)
		return;
	for (uint32_t i = 0; i < registry->holders.capacity; i++) {
		struct holder *holder =
			(struct holder *)(uintptr_t)registry->holders.entries[i].value;

		if (registry->holders.entries[i].key == 0)
			continue;
		while (holder->members != NULL) {
			struct member *member = holder->members;

			holder->members = member_next(member);
			groups_remove(&registry->groups, member);
		}
		free(holder);
	}
	map_clear(&registry->holders);
	groups_finish(&registry->groups);
	names_finish(&registry->names);
	free(registry->held);
	pthread_mutex_destroy(&registry->lock);
}

static struct actor_plane_actor *line_of(struct registry *registry, struct actor_pid pid)
{
	return &registry->lines[actor_pid_slot(pid)];
}

struct holder *holder_find(struct registry *registry, struct actor_pid pid)
{
	uint64_t found;

	return map_get(&registry->holders, pid.bits, &found) ? (struct holder *)(uintptr_t)found
							     : NULL;
}

int holder_want(struct registry *registry, struct actor_pid pid, struct holder **ret_holder)
{
	const struct actor_plane_actor *line = line_of(registry, pid);
	struct holder *holder;
	int status;

	/* Sequentially consistent, see registry_drop: if it dies now, it asks us. */
	__atomic_store_n(&registry->held[actor_pid_slot(pid)], 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&line->generation, __ATOMIC_SEQ_CST) != actor_pid_generation(pid))
		return ACTOR_ENOT_FOUND;
	*ret_holder = holder_find(registry, pid);
	if (*ret_holder != NULL)
		return 0;
	holder = calloc(1, sizeof(*holder));
	if (holder == NULL)
		return ACTOR_ENO_MEMORY;
	holder->label = __atomic_load_n(&line->name, __ATOMIC_RELAXED);
	status = map_put(&registry->holders, pid.bits, (uint64_t)(uintptr_t)holder);
	if (status != 0) {
		free(holder);
		return status;
	}
	*ret_holder = holder;
	return 0;
}

void holder_settle(struct registry *registry, struct actor_pid pid, struct holder *holder)
{
	if (holder->names != NULL || holder->members != NULL)
		return;
	(void)map_remove(&registry->holders, pid.bits, NULL);
	free(holder);
}

void registry_drop_slow(struct registry *registry, struct actor_pid pid)
{
	struct holder *holder;

	pthread_mutex_lock(&registry->lock);
	__atomic_store_n(&registry->held[actor_pid_slot(pid)], 0, __ATOMIC_RELAXED);
	holder = holder_find(registry, pid);
	while (holder != NULL && holder->names != NULL) {
		struct name *name = holder->names;

		holder->names = name->next_own;
		names_remove(&registry->names, name);
	}
	while (holder != NULL && holder->members != NULL) {
		struct member *member = holder->members;

		holder->members = member_next(member);
		groups_remove(&registry->groups, member);
	}
	if (holder != NULL)
		holder_settle(registry, pid, holder);
	pthread_mutex_unlock(&registry->lock);
}

/* ---- Names of actors ---------------------------------------------------------------------------
 */

static void show(struct registry *registry, struct actor_pid pid, uint32_t string)
{
	__atomic_store_n(&line_of(registry, pid)->name, string, __ATOMIC_RELAXED);
}

static int add_locked(struct registry *registry, const struct name_key *key, uint32_t string,
		      struct actor_pid pid)
{
	struct holder *holder;
	struct name *name;
	int status;

	if (names_lookup(&registry->names, key) != NULL)
		return ACTOR_ENAME_TAKEN;
	status = holder_want(registry, pid, &holder);
	if (status != 0)
		return status;
	name = names_add(&registry->names, key, pid);
	if (name == NULL) {
		holder_settle(registry, pid, holder);
		return ACTOR_ENO_MEMORY;
	}
	if (holder->label == string)
		holder->label = 0; /* born with this name, it has no label */
	name->string = string;
	name->next_own = holder->names;
	holder->names = name;
	show(registry, pid, string);
	return 0;
}

int registry_add(struct registry *registry, const char *text, uint32_t string, struct actor_pid pid)
{
	struct name_key key;
	int status = name_key_make(&key, text);

	if (status != 0)
		return status;
	pthread_mutex_lock(&registry->lock);
	status = add_locked(registry, &key, string, pid);
	pthread_mutex_unlock(&registry->lock);
	return status;
}

struct actor_pid registry_find(struct registry *registry, const char *text)
{
	struct name_key key;

	if (name_key_make(&key, text) != 0)
		return ACTOR_PID_NONE;
	return names_find(&registry->names, &registry->lock, &key);
}

static void remove_locked(struct registry *registry, struct name *name)
{
	struct actor_pid pid = {name->pid};
	struct holder *holder = holder_find(registry, pid);
	struct name **own = &holder->names;

	while (*own != name)
		own = &(*own)->next_own;
	*own = name->next_own;
	show(registry, pid, holder->names != NULL ? holder->names->string : holder->label);
	names_remove(&registry->names, name);
	holder_settle(registry, pid, holder);
}

int registry_remove(struct registry *registry, const char *text, struct actor_pid *ret_pid,
		    uint32_t *ret_string)
{
	struct name_key key;
	struct name *name;

	if (name_key_make(&key, text) != 0)
		return ACTOR_ENOT_FOUND;
	pthread_mutex_lock(&registry->lock);
	name = names_lookup(&registry->names, &key);
	if (name != NULL) {
		ret_pid->bits = name->pid;
		*ret_string = name->string;
		remove_locked(registry, name);
	}
	pthread_mutex_unlock(&registry->lock);
	return name != NULL ? 0 : ACTOR_ENOT_FOUND;
}

void registry_label(struct registry *registry, struct actor_pid pid, uint32_t string)
{
	struct holder *holder;

	pthread_mutex_lock(&registry->lock);
	holder = holder_find(registry, pid);
	if (holder != NULL)
		holder->label = string;
	if (holder == NULL || holder->names == NULL)
		show(registry, pid, string);
	pthread_mutex_unlock(&registry->lock);
}
