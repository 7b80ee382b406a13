/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_CTYPES_H
#define ATTACH_CTYPES_H

/* The C types of a plane's messages and states, for the trace to carry. */

#include <stdint.h>

#include <tracer/attach.h>
#include <tracer/store.h>
#include <tracer/types.h>

struct ctypes {
	struct types *types; /* NULL: none were found */
	uint32_t stored;     /* of the plane's types and behaviours, as of the last time */
};

/* Types of the plane's program: of its process, or of the file when it is gone. As types_open. */
int ctypes_load(const struct plane_view *plane, struct types **ret_types, char *error,
		size_t error_size);

/*
 * Stores what the plane's messages and states need, where that has changed since the last time; the
 * first time, why there are no types. The writer's status.
 */
int ctypes_store(struct ctypes *ctypes, const struct plane_view *plane,
		 struct trace_writer *writer);

void ctypes_finish(struct ctypes *ctypes);

#endif
