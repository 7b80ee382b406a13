/* SPDX-License-Identifier: MIT */
#include "actor/registry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <actor/status.h>

#include "actor/cell.h"
#include "actor/system.h"
#include "base/hash.h"

#define BUCKETS_MIN 64u

int registry_init(struct registry *registry)
{
	memset(registry, 0, sizeof(*registry));
	registry->buckets = calloc(BUCKETS_MIN, sizeof(struct name *));
	if (registry->buckets == NULL)
		return ACTOR_ENO_MEMORY;
	registry->capacity = BUCKETS_MIN;
	if (pthread_mutex_init(&registry->lock, NULL) != 0) {
		free(registry->buckets);
		return ACTOR_ENO_MEMORY;
	}
	return 0;
}

void registry_finish(struct registry *registry)
{
	if (registry->buckets == NULL)
		return;
	for (uint32_t i = 0; i < registry->capacity; i++) {
		while (registry->buckets[i] != NULL) {
			struct name *name = registry->buckets[i];

			registry->buckets[i] = name->next;
			free(name);
		}
	}
	free(registry->buckets);
	pthread_mutex_destroy(&registry->lock);
}

/* What points to the name, or to where it would go. */
static struct name **find(struct registry *registry, const char *text, size_t length, uint64_t hash)
{
	struct name **link = &registry->buckets[hash & (registry->capacity - 1)];

	while (*link != NULL && ((*link)->hash != hash || (*link)->length != length ||
				 memcmp((*link)->text, text, length) != 0))
		link = &(*link)->next;
	return link;
}

static void grow(struct registry *registry)
{
	uint32_t capacity = registry->capacity * 2;
	struct name **buckets = calloc(capacity, sizeof(*buckets));

	if (buckets == NULL)
		return; /* longer chains, nothing worse */
	for (uint32_t i = 0; i < registry->capacity; i++) {
		while (registry->buckets[i] != NULL) {
			struct name *name = registry->buckets[i];

			registry->buckets[i] = name->next;
			name->next = buckets[name->hash & (capacity - 1)];
			buckets[name->hash & (capacity - 1)] = name;
		}
	}
	free(registry->buckets);
	registry->buckets = buckets;
	registry->capacity = capacity;
}

int registry_add(struct registry *registry, const char *text, uint32_t string, struct actor_pid pid,
		 struct cell *cell)
{
	size_t length = strlen(text);
	uint64_t hash = hash_bytes(text, length);
	struct name *name;
	struct name **link;

	if (length == 0 || length > REGISTRY_NAME_MAX)
		return ACTOR_EINVALID;
	name = malloc(sizeof(*name) + length + 1);
	if (name == NULL)
		return ACTOR_ENO_MEMORY;
	name->pid = pid;
	name->hash = hash;
	name->string = string;
	name->length = (uint32_t)length;
	memcpy(name->text, text, length + 1);

	pthread_mutex_lock(&registry->lock);
	if (registry->count >= registry->capacity)
		grow(registry);
	link = find(registry, text, length, hash);
	if (*link != NULL) {
		pthread_mutex_unlock(&registry->lock);
		free(name);
		return ACTOR_ENAME_TAKEN;
	}
	name->next = NULL;
	*link = name;
	name->next_own = cell->names;
	cell->names = name;
	registry->count++;
	pthread_mutex_unlock(&registry->lock);
	return 0;
}

struct actor_pid registry_find(struct registry *registry, const char *text)
{
	size_t length = strlen(text);
	struct actor_pid pid = ACTOR_PID_NONE;
	struct name *name;

	pthread_mutex_lock(&registry->lock);
	name = *find(registry, text, length, hash_bytes(text, length));
	if (name != NULL)
		pid = name->pid;
	pthread_mutex_unlock(&registry->lock);
	return pid;
}

static void remove_name(struct registry *registry, struct name *name)
{
	struct name **link = find(registry, name->text, name->length, name->hash);

	assert(*link == name);
	*link = name->next;
	registry->count--;
	free(name);
}

int registry_remove(struct registry *registry, const char *text,
		    struct cell *(*cell_of)(void *context, struct actor_pid pid), void *context,
		    struct actor_pid *ret_pid, uint32_t *ret_string)
{
	size_t length = strlen(text);
	struct name *name;

	pthread_mutex_lock(&registry->lock);
	name = *find(registry, text, length, hash_bytes(text, length));
	if (name == NULL) {
		pthread_mutex_unlock(&registry->lock);
		return ACTOR_ENOT_FOUND;
	}
	*ret_pid = name->pid;
	*ret_string = name->string;
	for (struct name **own = &cell_of(context, name->pid)->names; *own != NULL;
	     own = &(*own)->next_own) {
		if (*own == name) {
			*own = name->next_own;
			break;
		}
	}
	remove_name(registry, name);
	pthread_mutex_unlock(&registry->lock);
	return 0;
}

void registry_remove_all(struct registry *registry, struct cell *cell)
{
	pthread_mutex_lock(&registry->lock);
	while (cell->names != NULL) {
		struct name *name = cell->names;

		cell->names = name->next_own;
		remove_name(registry, name);
	}
	pthread_mutex_unlock(&registry->lock);
}

/* ---- The public functions -------------------------------------------------------------------- */

static struct cell *cell_of_pid(void *context, struct actor_pid pid)
{
	return system_cell(context, actor_pid_slot(pid));
}

static int observe(struct thread *thread, enum actor_observed topic, uint64_t *value)
{
	*value = thread->system->seam->observe(thread->cell, topic, *value);
	EMIT(thread, OBSERVE, 0, 0, topic, cell_pid(thread->cell).bits, 0, *value);
	return 0;
}

int actor_register(const char *name, struct actor_pid pid)
{
	struct thread *thread = thread_self();
	struct actor_plane_actor *line;
	uint64_t result;
	uint32_t string;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (name == NULL || name[0] == '\0' || strlen(name) > REGISTRY_NAME_MAX)
		return ACTOR_EINVALID;
	thread_input(thread);
	line = system_find(thread->system, pid);
	string = plane_string(&thread->system->plane, name, strlen(name));
	result = (uint64_t)(int64_t)ACTOR_ENOT_FOUND;
	if (line != NULL)
		result = (uint64_t)(int64_t)registry_add(
			&thread->system->registry, name, string, pid,
			system_cell(thread->system, actor_pid_slot(pid)));
	observe(thread, ACTOR_OBSERVED_REGISTER, &result);
	if (result == 0) {
		__atomic_store_n(&line->name, string, __ATOMIC_RELAXED);
		EMIT(thread, REGISTER, 0, 0, 0, pid.bits, string, 0);
	}
	thread_output(thread);
	return (int)(int64_t)result;
}

int actor_unregister(const char *name)
{
	struct thread *thread = thread_self();
	struct actor_pid pid;
	uint32_t string;
	int status;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (name == NULL)
		return ACTOR_EINVALID;
	thread_input(thread);
	status = registry_remove(&thread->system->registry, name, cell_of_pid, thread->system, &pid,
				 &string);
	if (status == 0) {
		__atomic_store_n(&system_line(thread->system, actor_pid_slot(pid))->name, 0,
				 __ATOMIC_RELAXED);
		EMIT(thread, UNREGISTER, 0, 0, 0, pid.bits, string, 0);
	}
	thread_output(thread);
	return status;
}

struct actor_pid actor_whereis(const char *name)
{
	struct thread *thread = thread_self();
	struct actor_pid pid = ACTOR_PID_NONE;

	if (thread == NULL || name == NULL)
		return pid;
	thread_input(thread);
	pid = registry_find(&thread->system->registry, name);
	observe(thread, ACTOR_OBSERVED_WHEREIS, &pid.bits);
	thread_output(thread);
	return pid;
}

int actor_set_label(const char *label)
{
	struct thread *thread = thread_self();
	struct actor_plane_actor *line;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (label == NULL)
		return ACTOR_EINVALID;
	line = system_line(thread->system, thread->cell->slot);
	if (thread->cell->names == NULL)
		__atomic_store_n(&line->name,
				 plane_string(&thread->system->plane, label, strlen(label)),
				 __ATOMIC_RELAXED);
	return 0;
}
