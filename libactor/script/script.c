/* SPDX-License-Identifier: MIT */
/* The script's file, and what it still has for each actor. */
#include "script/script.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The file ----------------------------------------------------------------------------------
 */

static bool lies_inside(const struct actor_script_header *header, uint64_t offset, uint64_t count,
			uint64_t size)
{
	return offset % 8 == 0 && offset <= header->size && count <= header->size &&
	       count * size <= header->size - offset;
}

static bool is_sound(const struct actor_script_header *header, uint64_t size)
{
	if (header->size != size || !lies_inside(header, header->events_offset,
						 header->events_count, sizeof(struct actor_event)))
		return false;
	if (!lies_inside(header, header->types_offset, header->types_count,
			 sizeof(struct actor_script_type)) ||
	    !lies_inside(header, header->texts_offset, header->texts_size, 1))
		return false;
	return header->types_count < PLANE_TYPES_MAX && header->texts_size != 0 &&
	       ((const char *)header + header->texts_offset)[header->texts_size - 1] == '\0';
}

static struct actor_script_header *map_file(int fd, size_t *ret_size)
{
	struct stat stat;
	void *mapping;

	if (fstat(fd, &stat) < 0 || stat.st_size < (off_t)sizeof(struct actor_script_header))
		return NULL;
	*ret_size = (size_t)stat.st_size;
	mapping = mmap(NULL, *ret_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return mapping != MAP_FAILED ? mapping : NULL;
}

static void read_births(struct script *script)
{
	for (uint64_t i = 0; i < script->count; i++) {
		const struct actor_event *event = &script->events[i];

		if (event->kind == ACTOR_EVENT_SPAWN && event->a != 0 &&
		    map_put(&script->births, event->a, event->b) != 0)
			script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	}
}

uint64_t script_parent(struct script *script, uint64_t pid)
{
	uint64_t parent;

	return map_get(&script->births, pid, &parent) ? parent : 0;
}

/* LIBACTOR_SCRIPT: the descriptors. False: they are none. */
static bool read_variable(int *ret_script, int *ret_control)
{
	const char *text = getenv(ACTOR_SCRIPT_VARIABLE);
	char *end;

	*ret_script = (int)strtol(text, &end, 10);
	*ret_control = -1;
	if (*end == ',')
		*ret_control = (int)strtol(end + 1, &end, 10);
	return *end == '\0' && *ret_script > 2;
}

int script_open(struct script **ret_script)
{
	struct script *script;
	int fd, control;

	if (!read_variable(&fd, &control))
		return ACTOR_EINVALID;
	script = calloc(1, sizeof(*script));
	if (script == NULL)
		return ACTOR_ENO_MEMORY;
	script->header = map_file(fd, &script->size);
	if (script->header == NULL || script->header->magic != ACTOR_SCRIPT_MAGIC) {
		free(script);
		return ACTOR_EINVALID;
	}
	*ret_script = script;
	if (script->header->state != ACTOR_SCRIPT_STATE_NEW)
		script_trouble(script, ACTOR_SCRIPT_ESYSTEMS);
	if (script->header->version != ACTOR_SCRIPT_VERSION ||
	    script->header->event_version != ACTOR_EVENT_VERSION)
		script_trouble(script, ACTOR_SCRIPT_EVERSION);
	if (!is_sound(script->header, script->size))
		script_trouble(script, ACTOR_SCRIPT_EDAMAGED);
	script->header->state = ACTOR_SCRIPT_STATE_RUNNING;
	script->header->pid = (uint32_t)getpid();
	script->events = (const struct actor_event *)(const void *)((const char *)script->header +
								    script->header->events_offset);
	script->count = script->header->events_count;
	script->owner = pthread_self();
	read_births(script);
	if (!script_guests_find(script))
		script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (control >= 0 && control_open(script, control) != 0)
		script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	return 0;
}

void script_exit(struct script *script)
{
	script->header->position = script->position;
	_exit(script->header->trouble != 0 ? 3 : 0);
}

void script_trouble(struct script *script, enum actor_script_trouble trouble)
{
	script->header->trouble = (uint32_t)trouble;
	script->header->state = ACTOR_SCRIPT_STATE_ENDED;
	script_exit(script);
}

void script_refuse(struct script *script, uint64_t place)
{
	script->header->place = place + 1;
	script_trouble(script, ACTOR_SCRIPT_EDAMAGED);
}

/* ---- Actors ------------------------------------------------------------------------------------
 */

struct script_actor *script_actor_find(struct script *script, uint64_t pid)
{
	uint64_t found;

	if (!map_get(&script->actors, pid, &found))
		return NULL;
	return (struct script_actor *)(uintptr_t)found;
}

struct script_actor *script_actor(struct script *script, uint64_t pid)
{
	struct script_actor *actor = script_actor_find(script, pid);

	if (actor != NULL || pid == 0)
		return actor;
	actor = calloc(1, sizeof(*actor));
	if (actor == NULL || map_put(&script->actors, pid, (uint64_t)(uintptr_t)actor) != 0)
		script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	actor->pid = pid;
	actor->guest = script_is_guest(script, pid, &actor->needed);
	return actor;
}

void script_actor_settle(struct script *script, struct script_actor *actor)
{
	if (!actor->ended || actor->due.count != 0 || actor->ready || actor->early.first != NULL)
		return;
	(void)map_remove(&script->actors, actor->pid, NULL);
	free(actor->due.places);
	free(actor->drops);
	free(actor);
}

/* ---- What is due -------------------------------------------------------------------------------
 */

static bool due_grow(struct script_due *due)
{
	uint32_t capacity = due->capacity == 0 ? 4 : 2 * due->capacity;
	uint64_t *places = malloc(capacity * sizeof(*places));

	if (places == NULL)
		return false;
	for (uint32_t i = 0; i < due->count; i++)
		places[i] = due->places[(due->first + i) & (due->capacity - 1)];
	free(due->places);
	due->places = places;
	due->first = 0;
	due->capacity = capacity;
	return true;
}

static bool is_needed(const struct script_actor *actor)
{
	return !actor->guest || actor->needed;
}

bool script_due_add(struct script *script, struct script_actor *actor, uint64_t place)
{
	struct script_due *due = &actor->due;

	if (due->count == due->capacity && !due_grow(due))
		script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	due->places[(due->first + due->count++) & (due->capacity - 1)] = place;
	if (script_is_step(&script->events[place]) && is_needed(actor))
		script->waiting++;
	return true;
}

const struct actor_event *script_due_first(const struct script *script,
					   const struct script_actor *actor)
{
	const struct script_due *due = &actor->due;

	return due->count != 0 ? &script->events[due->places[due->first]] : NULL;
}

void script_due_shift(struct script *script, struct script_actor *actor)
{
	const struct actor_event *event = script_due_first(script, actor);

	if (script_is_step(event) && is_needed(actor))
		script->waiting--;
	actor->due.first = (actor->due.first + 1) & (actor->due.capacity - 1);
	actor->due.count--;
}

uint64_t script_due_birth(struct script *script, struct script_actor *actor, uint32_t nth)
{
	struct script_due *due = actor != NULL ? &actor->due : NULL;
	uint32_t mask = due != NULL ? due->capacity - 1 : 0;
	uint64_t pid = 0;

	/* What came of its name stands before it. */
	for (uint32_t i = 0; due != NULL && i < due->count; i++) {
		const struct actor_event *event =
			&script->events[due->places[(due->first + i) & mask]];

		if (script_is_step(event))
			break;
		if (event->kind != ACTOR_EVENT_SPAWN || event->seq != nth)
			continue;
		pid = event->a;
		for (; i > 0; i--)
			due->places[(due->first + i) & mask] =
				due->places[(due->first + i - 1) & mask];
		script_due_shift(script, actor);
		break;
	}
	return pid;
}

const struct actor_event *script_due_step(struct script *script, struct script_actor *actor)
{
	const struct actor_event *event;

	while ((event = script_due_first(script, actor)) != NULL && !script_is_step(event))
		script_due_shift(script, actor);
	return event;
}

const struct actor_event *script_ahead(struct script *script, const struct script_actor *actor)
{
	const struct actor_event *event = script_due_first(script, actor);

	if (event != NULL)
		return event;
	for (uint64_t i = script->position; i < script->count; i++) {
		event = &script->events[i];
		if ((event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT ||
		     event->kind == ACTOR_EVENT_WAIT || event->kind == ACTOR_EVENT_EXIT) &&
		    event->a == actor->pid)
			return event;
	}
	return NULL;
}
