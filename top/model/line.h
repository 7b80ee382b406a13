/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_LINE_H
#define TOP_MODEL_LINE_H

/* One line of the plane's actor table, understood. */

#include <stdbool.h>
#include <stdint.h>

#include <tracer/attach.h>

#include "model/meters.h"
#include "model/row.h"
#include "model/ticks.h"

/*
 * Fills the row from an actor's line: everything but rates, ages and times of events, which are
 * unknown afterwards. *ret_busy: ticks it has run, those of the turn that is going on included.
 * False: nobody lives there, or the slot changed hands while it was read.
 */
bool line_read(const struct actor_plane_actor *line, uint32_t slot, const struct meters *meters,
	       const struct ticks *ticks, struct row *row, uint64_t *ret_busy);

/* Where the actor came from: parent and age. */
void line_read_birth(const struct plane_view *plane, const struct ticks *ticks, struct row *row);

#endif
