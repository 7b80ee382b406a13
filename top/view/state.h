/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_STATE_H
#define TOP_VIEW_STATE_H

/*
 * The state of an actor by its C type, on request: read by actor-trace state, a child process, so
 * that the viewer waits for nothing.
 */

#include "view/ui.h"

struct state_text;

/* Begins to read that actor's state; what was read before is forgotten. */
void state_begin(struct ui *ui, uint64_t pid);

/* Takes what has been read since. */
void state_look(struct ui *ui);

/* Line `line` of that actor's state, NULL: there are no more, or nothing was asked for. */
const char *state_line(const struct ui *ui, uint64_t pid, size_t line);

/* Accepts NULL, returns NULL. */
struct state_text *state_end(struct state_text *state);

#endif
