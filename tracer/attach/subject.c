/* SPDX-License-Identifier: MIT */
#include "attach/subject.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/pid.h>

#include "store/pidmap.h"

/* Verdicts are thrown away when there are more; a table of 24 bytes each. */
#define VERDICTS_MAX 131072

#define TEXT_SIZE    256

struct fact {
	uint32_t generation; /* of the actor that this is about, 0: none */
	uint32_t name;       /* string */
	uint16_t behaviour;
};

struct subjects {
	const struct plane_view *plane;
	const struct filter *filter;
	struct fact *facts; /* by slot */
	uint32_t room;
	struct pidmap verdicts; /* by pid and tag */
};

/* ---- What the filter sees ------------------------------------------------------------------ */

enum field {
	FIELD_ACTOR,
	FIELD_PID, /* actor-top's name for it */
	FIELD_BEHAVIOUR,
	FIELD_NAME,
	FIELD_TYPE,
	FIELD_COUNT
};

struct subject {
	const struct plane_view *plane;
	uint64_t pid;
	uint16_t tag;
	uint16_t behaviour;
	uint32_t name;
};

static const struct filter_field fields[FIELD_COUNT] = {
	[FIELD_ACTOR] = {"actor", FILTER_TEXT},         [FIELD_PID] = {"pid", FILTER_TEXT},
	[FIELD_BEHAVIOUR] = {"behaviour", FILTER_TEXT}, [FIELD_NAME] = {"name", FILTER_TEXT},
	[FIELD_TYPE] = {"type", FILTER_TEXT},
};

static double number(const void *subject, size_t field)
{
	(void)subject;
	(void)field;
	return NAN;
}

static const char *text(const void *opaque, size_t field, char *buffer, size_t size)
{
	const struct subject *subject = opaque;
	struct actor_pid pid = {subject->pid};
	struct actor_plane_behaviour behaviour;
	struct actor_plane_type type;

	buffer[0] = '\0';
	switch ((enum field)field) {
	case FIELD_ACTOR:
	case FIELD_PID:
		snprintf(buffer, size, "<%u.%u.%u>", actor_pid_node(pid), actor_pid_slot(pid),
			 actor_pid_generation(pid));
		break;
	case FIELD_BEHAVIOUR:
		if (plane_view_behaviour(subject->plane, subject->behaviour, &behaviour) == 0)
			plane_view_string(subject->plane, behaviour.name, buffer, size);
		break;
	case FIELD_NAME:
		plane_view_string(subject->plane, subject->name, buffer, size);
		break;
	case FIELD_TYPE:
		if (plane_view_type(subject->plane, subject->tag, &type) == 0)
			plane_view_string(subject->plane, type.name, buffer, size);
		break;
	default:
		break;
	}
	return buffer;
}

const struct filter_schema subject_schema = {
	.fields = fields,
	.count = FIELD_COUNT,
	.number = number,
	.text = text,
};

/* ---- What is known of actors --------------------------------------------------------------- */

static struct fact *fact_at(struct subjects *subjects, uint32_t slot)
{
	uint32_t room = subjects->room;
	struct fact *more;

	if (slot < room)
		return &subjects->facts[slot];
	room = slot + slot / 2 + 1024;
	more = realloc(subjects->facts, room * sizeof(*more));
	if (more == NULL)
		return NULL;
	memset(more + subjects->room, 0, (room - subjects->room) * sizeof(*more));
	subjects->facts = more;
	subjects->room = room;
	return &more[slot];
}

/* What events have told, or what the plane says of an actor that still lives. */
static struct fact *fact_of(struct subjects *subjects, uint64_t bits)
{
	struct actor_pid pid = {bits};
	struct fact *fact = fact_at(subjects, actor_pid_slot(pid));
	struct actor_plane_actor line;

	if (fact == NULL || fact->generation == actor_pid_generation(pid))
		return fact;
	if (plane_view_actor(subjects->plane, actor_pid_slot(pid), &line) < 0 ||
	    line.generation != actor_pid_generation(pid))
		return NULL;
	fact->generation = line.generation;
	fact->behaviour = line.behaviour;
	fact->name = line.name;
	return fact;
}

static int learn_birth(struct subjects *subjects, const struct actor_event *event)
{
	struct actor_pid pid = {event->a};
	struct fact *fact = fact_at(subjects, actor_pid_slot(pid));

	if (fact == NULL)
		return -ENOMEM;
	if (fact->generation >= actor_pid_generation(pid))
		return 0; /* the plane has told already, or even of a later one */
	fact->generation = actor_pid_generation(pid);
	fact->behaviour = event->tag;
	fact->name = 0;
	return 0;
}

int subjects_learn(struct subjects *subjects, const struct actor_event *event)
{
	struct fact *fact;

	switch (event->kind) {
	case ACTOR_EVENT_SPAWN:
		return event->a == 0 ? 0 : learn_birth(subjects, event);
	case ACTOR_EVENT_REGISTER:
	case ACTOR_EVENT_UNREGISTER:
		fact = event->a == 0 ? NULL : fact_of(subjects, event->a);
		if (fact != NULL)
			fact->name = event->kind == ACTOR_EVENT_REGISTER ? (uint32_t)event->b : 0;
		pidmap_clear(&subjects->verdicts);
		return 0;
	default:
		return 0;
	}
}

bool subjects_knows(struct subjects *subjects, uint64_t pid)
{
	return fact_of(subjects, pid) != NULL;
}

bool subjects_match(struct subjects *subjects, uint64_t pid, uint16_t tag)
{
	struct subject subject = {.plane = subjects->plane, .pid = pid, .tag = tag};
	const struct fact *fact;
	uint8_t *verdict;
	bool fresh, known;

	if (subjects->verdicts.count >= VERDICTS_MAX)
		pidmap_clear(&subjects->verdicts);
	verdict = pidmap_put(&subjects->verdicts, pid, tag, &fresh);
	if (verdict != NULL && !fresh)
		return *verdict != 0;
	fact = fact_of(subjects, pid);
	known = fact != NULL;
	if (known) {
		subject.behaviour = fact->behaviour;
		subject.name = fact->name;
	}
	fresh = filter_match(subjects->filter, &subject);
	if (verdict != NULL && known)
		*verdict = fresh;
	else if (verdict != NULL) /* more may be known the next time */
		pidmap_take(&subjects->verdicts, pid, tag, NULL);
	return fresh;
}

/* ---- Making ---------------------------------------------------------------------------------- */

struct subjects *subjects_create(const struct plane_view *plane, const struct filter *filter)
{
	struct subjects *subjects = calloc(1, sizeof(*subjects));

	if (subjects == NULL)
		return NULL;
	subjects->plane = plane;
	subjects->filter = filter;
	pidmap_init(&subjects->verdicts, sizeof(uint8_t));
	return subjects;
}

struct subjects *subjects_destroy(struct subjects *subjects)
{
	if (subjects == NULL)
		return NULL;
	pidmap_finish(&subjects->verdicts);
	free(subjects->facts);
	free(subjects);
	return NULL;
}
