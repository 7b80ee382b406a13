/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_FIELDS_H
#define REPLAY_FIELDS_H

/* Two values of one C type beside each other: the fields in which they differ. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tracer/types.h>

struct fields_side {
	const char *label; /* "RECORDED" */
	const void *bytes; /* NULL: not known */
	size_t size;
};

/*
 * A line for each field that differs, each begun with `indent`: "pos.x: RECORDED 1.5, NOW 2". Where
 * all fields are the same and bytes between them are not, it says that. `id` 0, or no types: the
 * bytes in hexadecimal from where they differ, what differs in brackets. Of one side alone, where
 * the other has no bytes, the whole value.
 */
void fields_print(FILE *file, const struct types *types, uint32_t id, const char *indent,
		  const struct fields_side *a, const struct fields_side *b);

/*
 * The same as members of a JSON object, each with a comma before it: "recorded_value" and
 * "now_value", and "fields", those that differ; without a type "recorded_bytes" and "now_bytes".
 */
void fields_json(FILE *file, const struct types *types, uint32_t id, const struct fields_side *a,
		 const struct fields_side *b);

#endif
