/* SPDX-License-Identifier: MIT */
#include "model/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/pid.h>

#include "model/columns.h"
#include "term/text.h"

#define REMEMBERED 4096 /* actors; one takes the place of another */

struct names_memory {
	struct {
		uint64_t pid;
		uint32_t name;
		uint16_t behaviour;
	} actors[REMEMBERED];
};

void names_init(struct names *names, const struct plane_view *plane)
{
	memset(names, 0, sizeof(*names));
	names->plane = plane;
	names->memory = calloc(1, sizeof(*names->memory));
}

static void table_free(struct names_table *table)
{
	for (uint32_t i = 1; i <= table->count; i++)
		free(table->texts[i]);
	free(table->texts);
	memset(table, 0, sizeof(*table));
}

void names_finish(struct names *names)
{
	table_free(&names->behaviours);
	table_free(&names->types);
	free(names->memory);
	names->memory = NULL;
	names->plane = NULL;
}

/* The string at `offset`, made safe; "" when there is none. */
static void safe_string(const struct plane_view *plane, uint32_t offset, char text[NAMES_TEXT])
{
	char raw[NAMES_TEXT];

	text[0] = '\0';
	if (plane_view_string(plane, offset, raw, sizeof(raw)) > 0)
		(void)text_safe(raw, text, NAMES_TEXT);
}

/* Offset of the name of entry `number`; 0 when there is none. */
typedef uint32_t name_of_function(const struct plane_view *plane, uint32_t number);

static uint32_t name_of_behaviour(const struct plane_view *plane, uint32_t number)
{
	struct actor_plane_behaviour behaviour;

	return plane_view_behaviour(plane, number, &behaviour) == 0 ? behaviour.name : 0;
}

static uint32_t name_of_type(const struct plane_view *plane, uint32_t number)
{
	struct actor_plane_type type;

	return plane_view_type(plane, number, &type) == 0 ? type.name : 0;
}

static void table_extend(struct names_table *table, const struct plane_view *plane, uint32_t count,
			 name_of_function *name_of)
{
	char **texts;

	if (count <= table->count)
		return;
	texts = realloc(table->texts, ((size_t)count + 1) * sizeof(*texts));
	if (texts == NULL)
		return; /* the next tick tries again */
	table->texts = texts;
	for (uint32_t i = table->count + 1; i <= count; i++) {
		char text[NAMES_TEXT];

		safe_string(plane, name_of(plane, i), text);
		texts[i] = text[0] != '\0' ? strdup(text) : NULL;
		table->count = i;
	}
}

void names_refresh(struct names *names)
{
	struct plane_counts counts;

	if (names->plane == NULL)
		return;
	plane_view_counts(names->plane, &counts);
	table_extend(&names->behaviours, names->plane, counts.behaviours, name_of_behaviour);
	table_extend(&names->types, names->plane, counts.types, name_of_type);
}

static const char *table_text(const struct names_table *table, uint16_t number)
{
	if (number == 0 || number > table->count || table->texts[number] == NULL)
		return "?";
	return table->texts[number];
}

const char *names_behaviour(const struct names *names, uint16_t number)
{
	return table_text(&names->behaviours, number);
}

const char *names_type(const struct names *names, uint16_t number)
{
	return number == 0 ? "-" : table_text(&names->types, number);
}

void names_actor(const struct names *names, const struct row *row, char *text, size_t size)
{
	struct actor_pid pid = {row->pid};
	char name[NAMES_TEXT];

	if (row->name != 0 && names->plane != NULL) {
		safe_string(names->plane, row->name, name);
		if (name[0] != '\0') {
			snprintf(text, size, "%s", name);
			return;
		}
	}
	if (row->pid == 0)
		snprintf(text, size, "%s", names_behaviour(names, row->behaviour));
	else
		snprintf(text, size, "%s/%u", names_behaviour(names, row->behaviour),
			 actor_pid_slot(pid));
}

/* The line of an actor that lives; false when it does not. */
static bool living_line(const struct names *names, uint64_t bits,
			struct actor_plane_actor *ret_line)
{
	struct actor_pid pid = {bits};

	return names->plane != NULL && bits != 0 &&
	       plane_view_actor(names->plane, actor_pid_slot(pid), ret_line) == 0 &&
	       ret_line->generation == actor_pid_generation(pid) &&
	       ret_line->state != ACTOR_PLANE_STATE_FREE;
}

static size_t place_of(uint64_t pid)
{
	return (size_t)(pid * UINT64_C(0x9e3779b97f4a7c15) >> 32) % REMEMBERED;
}

/* Name and behaviour of an actor, living or remembered. False: nothing is known of it. */
static bool look_up(const struct names *names, uint64_t bits, struct row *ret_row)
{
	struct names_memory *memory = names->memory;
	size_t place = place_of(bits);
	struct actor_plane_actor line;

	if (living_line(names, bits, &line)) {
		*ret_row =
			(struct row){.pid = bits, .name = line.name, .behaviour = line.behaviour};
		if (memory != NULL) {
			memory->actors[place].pid = bits;
			memory->actors[place].name = line.name;
			memory->actors[place].behaviour = line.behaviour;
		}
		return true;
	}
	if (memory == NULL || bits == 0 || memory->actors[place].pid != bits)
		return false;
	*ret_row = (struct row){.pid = bits,
				.name = memory->actors[place].name,
				.behaviour = memory->actors[place].behaviour};
	return true;
}

void names_pid(const struct names *names, uint64_t bits, char *text, size_t size)
{
	struct row row;

	if (look_up(names, bits, &row))
		names_actor(names, &row, text, size);
	else
		column_pid_text(bits, text, size);
}

bool names_lives(const struct names *names, uint64_t bits)
{
	struct actor_plane_actor line;

	return living_line(names, bits, &line);
}

uint16_t names_pid_behaviour(const struct names *names, uint64_t bits)
{
	struct row row;

	return look_up(names, bits, &row) ? row.behaviour : 0;
}
