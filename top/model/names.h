/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_NAMES_H
#define TOP_MODEL_NAMES_H

/*
 * The plane's words: behaviours, message types, names of actors. Made safe for a terminal, and
 * kept, because the plane only ever adds some.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/attach.h>

#include "model/row.h"

#define NAMES_TEXT 96 /* bytes of a text, longer ones are cut */

struct names_table {
	char **texts; /* [1 .. count] */
	uint32_t count;
};

struct names_memory; /* of actors that were named: they may have ended since */

struct names {
	const struct plane_view *plane; /* NULL: no words */
	struct names_table behaviours;
	struct names_table types;
	struct names_memory *memory; /* NULL: nothing is remembered */
};

void names_init(struct names *names, const struct plane_view *plane);
void names_finish(struct names *names);

/* Fetches what is new in the plane. */
void names_refresh(struct names *names);

/* Never NULL, never empty. */
const char *names_behaviour(const struct names *names, uint16_t number);
const char *names_type(const struct names *names, uint16_t number);

/* The actor's name, else its label, else "behaviour/slot". */
void names_actor(const struct names *names, const struct row *row, char *text, size_t size);

/* The same for an actor that may have ended; then as it was, where it is remembered, or its pid. */
void names_pid(const struct names *names, uint64_t pid, char *text, size_t size);

/* The actor lives. */
bool names_lives(const struct names *names, uint64_t pid);

/* The behaviour of an actor, 0 when it has ended and is not remembered. */
uint16_t names_pid_behaviour(const struct names *names, uint64_t pid);

#endif
