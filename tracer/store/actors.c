/* SPDX-License-Identifier: MIT */
#include "store/actors.h"

#include <errno.h>
#include <stdlib.h>

bool actors_packed(sqlite3 *db)
{
	return sqlite3_table_column_metadata(db, "main", "actor_pack", "data", NULL, NULL, NULL,
					     NULL, NULL) == SQLITE_OK;
}

void actors_rest(struct actors *actors)
{
	sqlite3_finalize(actors->find);
	actors->find = NULL;
}

void actors_finish(struct actors *actors)
{
	actors_rest(actors);
	codec_destroy(actors->codec);
	free(actors->pack);
	actors->codec = NULL;
	actors->pack = NULL;
	actors->id = 0;
}

int actors_read(struct actors *actors, sqlite3_stmt *row, int column)
{
	actors->id = 0;
	if (actors->codec == NULL)
		actors->codec = codec_create();
	if (actors->pack == NULL)
		actors->pack = malloc(sizeof(*actors->pack));
	if (actors->codec == NULL || actors->pack == NULL)
		return -ENOMEM;
	return actor_pack_read(actors->codec, row, column, actors->pack);
}

/* The row is of find. */
static int find_in(struct actors *actors, uint64_t pid, struct trace_actor *ret_actor)
{
	int64_t id = sqlite3_column_int64(actors->find, 0);
	int64_t checksum = sqlite3_column_int64(actors->find, 2);
	size_t place;
	int status;

	if (actors->id != id || actors->checksum != checksum) {
		status = actors_read(actors, actors->find, 1);
		if (status != 0)
			return status;
		actors->id = id;
		actors->checksum = checksum;
	}
	place = actor_pack_place(actors->pack, pid);
	if (place == SIZE_MAX)
		return 0;
	actor_pack_at(actors->pack, place, ret_actor);
	return 1;
}

int actors_find(struct actors *actors, uint64_t pid, struct trace_actor *ret_actor)
{
	int status = 0, code = SQLITE_DONE;

	if (actors->find == NULL) {
		if (!actors_packed(actors->db))
			return 0;
		code = sqlite3_prepare_v2(actors->db,
					  "SELECT id, n, checksum, data FROM main.actor_pack"
					  " WHERE least <= ?1 AND greatest >= ?1",
					  -1, &actors->find, NULL);
		if (code != SQLITE_OK)
			return sqlite_status(code);
	}
	sqlite3_bind_int64(actors->find, 1, (sqlite3_int64)pid);
	while (status == 0 && (code = sqlite3_step(actors->find)) == SQLITE_ROW)
		status = find_in(actors, pid, ret_actor);
	sqlite3_reset(actors->find);
	return status == 0 && code != SQLITE_DONE ? sqlite_status(code) : status;
}

int actors_each(struct actors *actors, int (*take)(void *user, const struct trace_actor *actor),
		void *user)
{
	sqlite3_stmt *rows;
	int status = 0, code;

	if (!actors_packed(actors->db))
		return 0;
	code = sqlite3_prepare_v2(actors->db, "SELECT n, checksum, data FROM main.actor_pack", -1,
				  &rows, NULL);
	if (code != SQLITE_OK)
		return sqlite_status(code);
	while (status == 0 && (code = sqlite3_step(rows)) == SQLITE_ROW) {
		status = actors_read(actors, rows, 0);
		for (size_t i = 0; status == 0 && i < actors->pack->count; i++) {
			struct trace_actor actor;

			actor_pack_at(actors->pack, i, &actor);
			status = take(user, &actor);
		}
	}
	sqlite3_finalize(rows);
	return status == 0 && code != SQLITE_DONE ? sqlite_status(code) : status;
}
