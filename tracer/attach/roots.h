/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_ROOTS_H
#define TRACER_ATTACH_ROOTS_H

/*
 * Which conversations a sampled recording keeps. A conversation begins with outside input, a
 * periodic timer, or a message whose sending was not seen; all that follows from it belongs to it:
 * the messages sent in its turns, the actors born in them, the timers armed once. One conversation
 * of so many is kept, chosen by a hash of where it began.
 *
 * Memory: 32 bytes for each message under way and each timer armed, at most ROOTS_MAX of them;
 * beyond that, old ones are forgotten and their conversations break.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/event.h>

#define ROOTS_MAX 524288

struct roots;

enum root {
	ROOT_UNKNOWN, /* the event that tells has not been read yet */
	ROOT_LEFT,
	ROOT_KEPT
};

/* Keeps 1 of `every`. NULL: no memory. */
struct roots *roots_create(uint32_t every);

/* Accepts NULL, returns NULL. */
struct roots *roots_destroy(struct roots *roots);

/* A conversation that begins with number `nth` of `actor`: KEPT or LEFT. */
enum root roots_begin(const struct roots *roots, uint64_t actor, uint64_t nth);

/* `actor` sends, bears or arms in a turn of `root`, or begins to wait in it. */
void roots_note(struct roots *roots, uint64_t actor, const struct actor_event *event,
		enum root root);

/*
 * The conversation of a turn that a RECV opens or continues. UNKNOWN only where !force: the caller
 * tries again when more has been read.
 */
enum root roots_take(struct roots *roots, const struct actor_event *event, bool force);

/* How often the table was too small. */
uint64_t roots_forgotten(const struct roots *roots);

#endif
