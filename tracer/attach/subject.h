/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_SUBJECT_H
#define TRACER_ATTACH_SUBJECT_H

/*
 * What the filter of a recording is asked about: an actor, and the message it handles or is sent.
 *
 *	actor      its pid as text, <0.17.3>
 *	behaviour  of the actor
 *	name       registered name, else label
 *	type       of the message
 *
 * What is known of actors comes from the events that went by and from the plane. Verdicts are kept,
 * so that a message costs a look into a table.
 *
 * Memory: 16 bytes for each slot in use, and at most 8 MiB of verdicts.
 */

#include <actor/event.h>
#include <tracer/attach.h>
#include <tracer/filter.h>

/* To be given to filter_parse for such filters. */
extern const struct filter_schema subject_schema;

struct subjects;

/* Nothing given is owned. NULL: no memory. */
struct subjects *subjects_create(const struct plane_view *plane, const struct filter *filter);

/* Accepts NULL, returns NULL. */
struct subjects *subjects_destroy(struct subjects *subjects);

/* Takes what an event says about actors: births and names. Returns 0 or -ENOMEM. */
int subjects_learn(struct subjects *subjects, const struct actor_event *event);

/* Whether anything is known of the actor yet. */
bool subjects_knows(struct subjects *subjects, uint64_t pid);

/* Whether the filter is for this actor and message; tag 0: there is no message. */
bool subjects_match(struct subjects *subjects, uint64_t pid, uint16_t tag);

#endif
