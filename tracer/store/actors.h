/* SPDX-License-Identifier: MIT */
#ifndef STORE_ACTORS_H
#define STORE_ACTORS_H

/*
 * Reads the actors that are packed, which are no rows of the table actor. A file of format 4 or
 * before has none. Memory: 2 MB once an actor was looked for in a pack, and the last pack stays.
 */

#include <stdbool.h>
#include <stdint.h>

#include "store/actor_pack.h"

/* All zeros but `db` at first. */
struct actors {
	sqlite3 *db;
	sqlite3_stmt *find;
	struct codec *codec;
	struct actor_pack *pack;
	int64_t id; /* of the pack's row, 0: there is none */
	int64_t checksum;
};

/* Whether the main database has packs. */
bool actors_packed(sqlite3 *db);

/* Lets go of what is prepared. */
void actors_rest(struct actors *actors);
void actors_finish(struct actors *actors);

/* 1, 0: it is in no pack, or a negative errno. */
int actors_find(struct actors *actors, uint64_t pid, struct trace_actor *ret_actor);

/* Until `take` returns something else than 0. That, or a negative errno. */
int actors_each(struct actors *actors, int (*take)(void *user, const struct trace_actor *actor),
		void *user);

/* Reads the row's pack, of n, checksum, data from `column` on, into actors->pack. 0 or an errno. */
int actors_read(struct actors *actors, sqlite3_stmt *row, int column);

#endif
