/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <actor/pid.h>

#include "attach/capture_inner.h"

static const char *string_or_null(const struct capture *capture, uint32_t offset, char *text,
				  size_t size)
{
	if (offset == 0 || plane_view_string(capture->plane, offset, text, size) < 0)
		return NULL;
	return text;
}

static int copy_types(struct capture *capture)
{
	char name[CAPTURE_NAME], ctype[CAPTURE_NAME], reply[CAPTURE_NAME];
	struct actor_plane_type type;
	int result = 0;

	while (result == 0 && plane_view_type(capture->plane, capture->types + 1, &type) == 0) {
		capture->types++;
		plane_view_string(capture->plane, type.name, name, sizeof(name));
		result = trace_writer_type(
			capture->writer, (uint16_t)capture->types, name,
			string_or_null(capture, type.ctype, ctype, sizeof(ctype)), type.size,
			type.flexible != 0,
			string_or_null(capture, type.reply_ctype, reply, sizeof(reply)),
			type.reply_size);
	}
	return result;
}

static int copy_behaviours(struct capture *capture)
{
	char name[CAPTURE_NAME], ctype[CAPTURE_NAME];
	struct actor_plane_behaviour behaviour;
	int result = 0;

	while (result == 0 &&
	       plane_view_behaviour(capture->plane, capture->behaviours + 1, &behaviour) == 0) {
		capture->behaviours++;
		plane_view_string(capture->plane, behaviour.name, name, sizeof(name));
		result = trace_writer_behaviour(
			capture->writer, (uint16_t)capture->behaviours, name,
			string_or_null(capture, behaviour.state_ctype, ctype, sizeof(ctype)),
			behaviour.state_size);
	}
	return result;
}

/* Where the table is damaged nothing after it is stored; events name strings by number then. */
static int copy_strings(struct capture *capture)
{
	uint32_t next;
	int result = 0;

	while (result == 0 && plane_view_string_next(capture->plane, capture->string, &next) == 0) {
		if (plane_view_string(capture->plane, next, capture->text, CAPTURE_TEXT) < 0)
			break;
		result = trace_writer_string(capture->writer, next, capture->text);
		capture->string = next;
	}
	return result;
}

static int copy_threads(struct capture *capture)
{
	struct actor_plane_thread thread;
	int result = 0;

	for (uint32_t i = 0; result == 0 && plane_view_thread(capture->plane, i, &thread) == 0;
	     i++) {
		uint64_t now = ((uint64_t)thread.kind << 32 | thread.tid) + 1;

		/* A place may pass from a thread that has ended to another. */
		if (thread.kind == ACTOR_PLANE_THREAD_NONE || capture->threads[i] == now)
			continue;
		capture->threads[i] = now;
		result = trace_writer_thread(capture->writer, i, thread.kind, thread.tid,
					     thread.name);
	}
	return result;
}

static int copy_actor(struct capture *capture, uint32_t slot)
{
	struct actor_plane_actor line;
	struct actor_plane_birth birth;
	struct trace_actor actor;
	struct slot *seen = &capture->slots[slot];
	char name[CAPTURE_NAME];

	if (plane_view_actor(capture->plane, slot, &line) < 0)
		return 0;
	if (line.state == ACTOR_PLANE_STATE_FREE || line.generation == 0)
		return 0;
	if (seen->generation == line.generation && seen->name == line.name &&
	    seen->restarts == line.restarts)
		return 0;
	memset(&actor, 0, sizeof(actor));
	if (plane_view_birth(capture->plane, slot, line.generation, &birth) == 0) {
		actor.parent = birth.parent;
		actor.identity = birth.identity;
		actor.nth = birth.nth;
		actor.spawn_ticks = birth.ticks;
	} else {
		const struct actor_plane_actor *now = plane_view_actor_line(capture->plane, slot);

		/* The line may be of two actors when one followed the other meanwhile. */
		if (__atomic_load_n(&now->generation, __ATOMIC_ACQUIRE) != line.generation)
			return 0;
	}
	actor.pid = actor_pid_pack(slot, line.generation).bits;
	actor.behaviour = line.behaviour;
	actor.kind = line.kind & ACTOR_PLANE_KIND_MASK;
	actor.name = string_or_null(capture, line.name, name, sizeof(name));
	actor.restarts = line.restarts;
	seen->generation = line.generation;
	seen->name = line.name;
	seen->restarts = line.restarts;
	return trace_writer_actor(capture->writer, &actor);
}

static int slots_reserve(struct capture *capture, uint32_t count)
{
	uint32_t room = capture->slots_room;
	struct slot *more;

	if (count <= room)
		return 0;
	/* By half again, so that a table that grows is copied seldom. */
	room = count + count / 2;
	more = realloc(capture->slots, room * sizeof(*more));
	if (more == NULL)
		return -ENOMEM;
	memset(more + capture->slots_room, 0, (room - capture->slots_room) * sizeof(*more));
	capture->slots = more;
	capture->slots_room = room;
	return 0;
}

/* Looks at `count` slots, from where it was left the last time. */
static int copy_actors(struct capture *capture, uint32_t count)
{
	struct plane_counts counts;
	int result;

	plane_view_counts(capture->plane, &counts);
	if (count > counts.actors)
		count = counts.actors;
	result = slots_reserve(capture, counts.actors);
	while (result == 0 && count-- > 0) {
		if (capture->cursor >= counts.actors)
			capture->cursor = 0;
		result = copy_actor(capture, capture->cursor++);
	}
	return result;
}

int capture_tables(struct capture *capture, uint32_t slots)
{
	int result = copy_types(capture);

	if (result == 0)
		result = copy_behaviours(capture);
	if (result == 0)
		result = ctypes_store(&capture->ctypes, capture->plane, capture->writer);
	if (result == 0)
		result = copy_strings(capture);
	if (result == 0)
		result = copy_threads(capture);
	if (result == 0)
		result = copy_actors(capture, slots);
	return result;
}
