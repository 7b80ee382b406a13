/* SPDX-License-Identifier: MIT */
#ifndef STORE_VTAB_EVENTS_H
#define STORE_VTAB_EVENTS_H

/*
 * Inside the table `events`.
 *
 *	vtab_events.c         which events, in which order
 *	vtab_events_column.c  what is shown of one
 */

#include "store/vtab.h"
#include "store/walk.h"

/* The columns that every event has, in the order of the table; the fields follow. */
enum column {
	COLUMN_ID,
	COLUMN_TIME,
	COLUMN_THREAD,
	COLUMN_KIND,
	COLUMN_MESSAGE,
	COLUMN_TYPE,
	COLUMN_ACTOR,
	COLUMN_ACTOR_NAME,
	COLUMN_SIZE,
	COLUMN_DEPTH,
	COLUMN_ACTOR_ID,
	COLUMN_PEER_ID,
	COLUMN_TICKS,
	COLUMN_FIELDS
};

/* The columns for which the ring's story has to be followed. */
#define EVENTS_PLACE                                                        \
	(1u << COLUMN_TIME | 1u << COLUMN_ACTOR | 1u << COLUMN_ACTOR_NAME | \
	 1u << COLUMN_ACTOR_ID | 1u << COLUMN_TICKS)

struct events_vtab {
	struct vtab vtab;
	enum actor_field fields[ACTOR_FIELD_COUNT]; /* of column COLUMN_FIELDS + i */
	int field_count;
};

struct events_cursor {
	sqlite3_vtab_cursor base;
	struct codec *codec;
	struct walk_chunks chunks;
	struct walk_chunk chunk;
	struct actor_event *events;
	uint32_t position;
	struct walk_place place;
	bool open; /* chunks is begun */
	bool end;
	char error[256];

	/* What the query asks for. */
	struct codec_want want;
	struct walk_filter filter;
	struct vtab_range ids;
	struct vtab_range times; /* ticks */
	int kind;                /* -1: all */
	bool blind;              /* only how many there are matters: nothing is decoded */
	bool placeless;          /* neither times nor turns matter */

	/* One kind after the other, as the column `kind` sorts them. */
	bool by_kind;
	unsigned columns;
	const uint16_t *positions; /* of the kind's events, where only these are decoded */
	size_t position_count;
	size_t at;           /* positions[at] is `position` */
	uint8_t passes[256]; /* the kinds that there are */
	unsigned pass_count;
	unsigned pass; /* the one that comes next */
};

/* Of the event at the cursor. */
static inline int64_t events_id(const struct events_cursor *cursor)
{
	return cursor->chunk.id << WALK_ID_BITS | cursor->position;
}

/* xColumn */
int events_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column);

#endif
