/* SPDX-License-Identifier: MIT */
#ifndef STORE_ROAD_H
#define STORE_ROAD_H

/*
 * The road of a message: what caused it, back to the outside input, and what it caused.
 *
 * A message is caused by the message whose turn sent it; a timer's by the turn that armed the
 * timer, an actor's first turn by the turn that spawned it. A turn without such a cause began with
 * an INPUT, or before the recording: there the road begins. Forward it goes level by level, so that
 * a limit cuts the far end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/sqlite.h"

struct road_stop {
	int64_t step;     /* < 0: before the message, > 0: behind it */
	uint64_t id;      /* of its RECV or INPUT; of its SEND or SPAWN where it was not received */
	uint64_t cause;   /* id of the stop that led here, 0: none in this list */
	uint64_t send_id; /* 0: there is none, or it is not known */
	uint64_t sender;  /* 0: from outside */
	uint64_t receiver;
	uint64_t sent;     /* ticks, 0: not known */
	uint64_t received; /* ticks, 0: it was not */
	uint32_t seq;
	uint16_t tag;
	uint8_t event;   /* ACTOR_EVENT_RECV (a message, received or not) or ACTOR_EVENT_INPUT */
	uint8_t message; /* enum actor_message_kind */
};

struct road {
	struct road_stop *stops; /* by step */
	size_t count;
	bool cut_before; /* it goes on further back, or further on, than the limit */
	bool cut_behind;
};

/*
 * `id` is that of any event: of a RECV or SEND its message's road, of others that of the message
 * whose turn it is part of. At most `limit` stops before and as many behind. 1; 0 where there is no
 * such event; a negative errno with a text. Owns: the caller calls road_free().
 */
int road_find(sqlite3 *db, uint64_t id, size_t limit, struct road *ret_road, char *error,
	      size_t error_size);
void road_free(struct road *road);

#endif
