/* SPDX-License-Identifier: MIT */
#include "attach/ctypes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 256

/* C types by name and size. */
struct list {
	char (*texts)[NAME_SIZE];
	const char **names;
	uint64_t *sizes;
	size_t count;
	size_t room;
};

static int list_reserve(struct list *list, size_t room)
{
	list->texts = calloc(room, sizeof(*list->texts));
	list->names = calloc(room, sizeof(*list->names));
	list->sizes = calloc(room, sizeof(*list->sizes));
	list->room = room;
	return list->texts == NULL || list->names == NULL || list->sizes == NULL ? -ENOMEM : 0;
}

static void list_free(struct list *list)
{
	free(list->texts);
	free(list->names);
	free(list->sizes);
}

static void list_add(struct list *list, const struct plane_view *plane, uint32_t text,
		     uint32_t size)
{
	char *name;

	if (text == 0 || list->count == list->room)
		return;
	name = list->texts[list->count];
	if (plane_view_string(plane, text, name, NAME_SIZE) <= 0)
		return;
	list->names[list->count] = name;
	list->sizes[list->count] = size;
	list->count++;
}

static int list_fill(struct list *list, const struct plane_view *plane,
		     const struct plane_counts *counts)
{
	struct actor_plane_type type;
	struct actor_plane_behaviour behaviour;
	int status = list_reserve(list, 2 * (size_t)counts->types + counts->behaviours + 1);

	for (uint32_t i = 1; status == 0 && i <= counts->types; i++) {
		if (plane_view_type(plane, i, &type) != 0)
			continue;
		list_add(list, plane, type.ctype, type.size);
		list_add(list, plane, type.reply_ctype, type.reply_size);
	}
	for (uint32_t i = 1; status == 0 && i <= counts->behaviours; i++)
		if (plane_view_behaviour(plane, i, &behaviour) == 0)
			list_add(list, plane, behaviour.state_ctype, behaviour.state_size);
	return status;
}

int ctypes_load(const struct plane_view *plane, struct types **ret_types, char *error,
		size_t error_size)
{
	const struct actor_plane_header *header = plane_view_header(plane);
	char program[4096];

	plane_view_string(plane, header->program, program, sizeof(program));
	if (plane_view_life(plane) == PLANE_LIVING)
		return types_open_process(header->pid, program, ret_types, error, error_size);
	return types_open(program, ret_types, error, error_size);
}

static int store_subset(struct ctypes *ctypes, const struct list *list, struct trace_writer *writer)
{
	void *data;
	size_t size;
	int status =
		types_subset(ctypes->types, list->names, list->sizes, list->count, &data, &size);

	if (status != 0)
		return status == -ENOMEM ? status : 0;
	status = trace_writer_btf(writer, data, size);
	free(data);
	return status;
}

int ctypes_store(struct ctypes *ctypes, const struct plane_view *plane, struct trace_writer *writer)
{
	struct plane_counts counts;
	struct list list = {.count = 0};
	char error[512];
	int status = 0;

	plane_view_counts(plane, &counts);
	if (counts.types + counts.behaviours == ctypes->stored)
		return 0;
	if (ctypes->stored == 0 && ctypes->types == NULL &&
	    ctypes_load(plane, &ctypes->types, error, sizeof(error)) != 0)
		status = trace_writer_meta(writer, "no_types", error);
	ctypes->stored = counts.types + counts.behaviours;
	if (ctypes->types == NULL)
		return status;
	status = list_fill(&list, plane, &counts);
	if (status == 0)
		status = store_subset(ctypes, &list, writer);
	list_free(&list);
	return status;
}

void ctypes_finish(struct ctypes *ctypes)
{
	ctypes->types = types_close(ctypes->types);
}
