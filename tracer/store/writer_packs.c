/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <assert.h>
#include <stdlib.h>

/*
 * An actor that was born and has ended before it became a row goes into a pack, if it has no name.
 * Those that are too young to be a row, and live, are in packs, too, which are written anew with
 * every commit: so a recorder that is killed loses no birth. An actor is in one place only, in a
 * row or in a pack.
 */

#define NODE_SHIFT 56

/* These ids are of the packs of the young. */
#define YOUNG_PACKS_MAX 15

struct pack_lane *writer_packs_create(void)
{
	struct pack_lane *packs = calloc(1, sizeof(*packs));

	if (packs != NULL)
		packs->last = YOUNG_PACKS_MAX;
	return packs;
}

struct pack_lane *writer_packs_destroy(struct pack_lane *packs)
{
	for (size_t i = 0; packs != NULL && i < PACKED_PAGES; i++)
		free(packs->packed[i]);
	free(packs);
	return NULL;
}

bool writer_is_plain(const struct pending_actor *pending)
{
	const struct trace_actor *actor = &pending->actor;

	return pending->name == NULL && actor->kind == 0 && actor->restarts == 0 &&
	       actor->pid >> NODE_SHIFT == 0;
}

static int write_pack(struct trace_writer *writer, int64_t id, const struct actor_pack *pack)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_ACTOR_PACK);
	uint64_t least = UINT64_MAX, greatest = 0;
	const void *data;
	size_t size;

	if (prepared == NULL)
		return writer->status;
	for (size_t i = 0; i < pack->count; i++) {
		least = pack->pid[i] < least ? pack->pid[i] : least;
		greatest = pack->pid[i] > greatest ? pack->pid[i] : greatest;
	}
	actor_pack_encode(writer->codec, pack, &data, &size);
	sqlite3_bind_int64(prepared, 1, id);
	sqlite3_bind_int64(prepared, 2, (int64_t)pack->count);
	sqlite3_bind_int64(prepared, 3, (int64_t)least);
	sqlite3_bind_int64(prepared, 4, (int64_t)greatest);
	sqlite3_bind_int64(prepared, 5, (int64_t)codec_checksum(data, size));
	sqlite3_bind_blob(prepared, 6, data, (int)size, SQLITE_STATIC);
	return writer_run(writer, STATEMENT_ACTOR_PACK);
}

static int remove_pack(struct trace_writer *writer, int64_t id)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_ACTOR_PACK_GONE);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, id);
	return writer_run(writer, STATEMENT_ACTOR_PACK_GONE);
}

/* ---- Who is packed --------------------------------------------------------------------------- */

/*
 * A slot's actors follow one another by their generations, and are packed when they have ended. So
 * one that lives, or was seen to live before its events, is in no pack, and its slot says so: it is
 * not looked for.
 */
static int note_packed(struct trace_writer *writer, uint64_t bits)
{
	struct actor_pid pid = {bits};
	uint32_t slot = actor_pid_slot(pid);
	uint32_t **page = &writer->packs->packed[slot / PACKED_PAGE];

	if (*page == NULL)
		*page = calloc(PACKED_PAGE, sizeof(**page));
	if (*page == NULL)
		return writer_no_memory(writer);
	if (actor_pid_generation(pid) > (*page)[slot % PACKED_PAGE])
		(*page)[slot % PACKED_PAGE] = actor_pid_generation(pid);
	return 0;
}

bool writer_may_be_packed(const struct trace_writer *writer, uint64_t bits)
{
	struct actor_pid pid = {bits};
	uint32_t slot = actor_pid_slot(pid);
	const uint32_t *page = writer->packs->packed[slot / PACKED_PAGE];

	return page != NULL && actor_pid_generation(pid) <= page[slot % PACKED_PAGE];
}

/* ---- Writing --------------------------------------------------------------------------------- */

static int store_ended(struct trace_writer *writer)
{
	struct pack_lane *packs = writer->packs;

	if (!packs->changed)
		return 0;
	packs->changed = false;
	if (packs->ended.count == 0)
		return packs->id != 0 ? remove_pack(writer, packs->id) : 0;
	if (packs->id == 0)
		packs->id = ++packs->last;
	return write_pack(writer, packs->id, &packs->ended);
}

int writer_pack_ended(struct trace_writer *writer, const struct trace_actor *actor)
{
	struct pack_lane *packs = writer->packs;
	int status = note_packed(writer, actor->pid);

	actor_pack_add(&packs->ended, actor);
	packs->changed = true;
	if (status != 0 || packs->ended.count < ACTOR_PACK_MAX)
		return status;
	status = store_ended(writer);
	packs->ended.count = 0;
	packs->id = 0;
	return status;
}

int writer_store_packs(struct trace_writer *writer, struct pending_actor *const *young,
		       size_t count)
{
	struct pack_lane *packs = writer->packs;
	int status = store_ended(writer);
	int before = packs->young;

	packs->young = 0;
	for (size_t done = 0; done < count && status == 0;) {
		packs->other.count = 0;
		while (done < count && packs->other.count < ACTOR_PACK_MAX)
			actor_pack_add(&packs->other, &young[done++]->actor);
		assert(packs->young < YOUNG_PACKS_MAX);
		status = write_pack(writer, ++packs->young, &packs->other);
	}
	for (int i = packs->young + 1; i <= before && status == 0; i++)
		status = remove_pack(writer, i);
	return status;
}

/* ---- Taking out ------------------------------------------------------------------------------ */

static void add_known(struct trace_actor *actor, const struct trace_actor *packed)
{
	if (actor->parent == 0 && actor->identity == 0) {
		actor->parent = packed->parent;
		actor->identity = packed->identity;
		actor->nth = packed->nth;
	}
	if (actor->behaviour == 0)
		actor->behaviour = packed->behaviour;
	if (actor->spawn_ticks == 0)
		actor->spawn_ticks = packed->spawn_ticks;
	if (actor->exit_ticks == 0)
		actor->exit_ticks = packed->exit_ticks;
	if (actor->exit_reason == 0)
		actor->exit_reason = packed->exit_reason;
}

static bool take_out(struct actor_pack *pack, struct trace_actor *actor)
{
	size_t place = actor_pack_place(pack, actor->pid);
	struct trace_actor packed;

	if (place == SIZE_MAX)
		return false;
	actor_pack_at(pack, place, &packed);
	add_known(actor, &packed);
	actor_pack_remove(pack, place);
	return true;
}

/* Finds the actor in a full pack, which is then in packs->other. 0: in none of them. */
static int64_t find_full(struct trace_writer *writer, uint64_t pid)
{
	struct pack_lane *packs = writer->packs;
	sqlite3_stmt *rows = writer_statement(writer, STATEMENT_ACTOR_PACKS_OF);
	int64_t found = 0;

	if (rows == NULL) {
		writer_fail_file(writer);
		return 0;
	}
	sqlite3_bind_int64(rows, 1, (int64_t)pid);
	while (found == 0 && sqlite3_step(rows) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(rows, 3);

		if (id > YOUNG_PACKS_MAX && id != packs->id &&
		    actor_pack_read(writer->codec, rows, 0, &packs->other) == 0 &&
		    actor_pack_place(&packs->other, pid) != SIZE_MAX)
			found = id;
	}
	sqlite3_reset(rows);
	return found;
}

int writer_unpack(struct trace_writer *writer, struct trace_actor *actor)
{
	struct pack_lane *packs = writer->packs;
	int64_t id;

	if (actor->pid >> NODE_SHIFT != 0)
		return 0;
	if (take_out(&packs->ended, actor)) {
		packs->changed = true;
		return 0;
	}
	id = find_full(writer, actor->pid);
	if (id == 0)
		return writer->status;
	take_out(&packs->other, actor);
	return packs->other.count > 0 ? write_pack(writer, id, &packs->other)
				      : remove_pack(writer, id);
}

/* ---- Files gone on with ---------------------------------------------------------------------- */

static int take_young(struct trace_writer *writer)
{
	const struct actor_pack *pack = &writer->packs->other;

	for (size_t i = 0; i < pack->count; i++) {
		struct pending_actor *pending = writer_actor_at(writer, pack->pid[i]);

		if (pending == NULL)
			return writer->status;
		actor_pack_at(pack, i, &pending->actor);
	}
	return 0;
}

int writer_take_packs(struct trace_writer *writer)
{
	struct pack_lane *packs = writer->packs;
	sqlite3_stmt *rows;
	int status = 0, code;

	if (sqlite3_prepare_v2(writer->db, "SELECT n, checksum, data, id FROM actor_pack", -1,
			       &rows, NULL) != SQLITE_OK)
		return writer_fail_file(writer);
	while (status == 0 && (code = sqlite3_step(rows)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(rows, 3);

		status = actor_pack_read(writer->codec, rows, 0, &packs->other);
		if (status != 0)
			break;
		if (id > packs->last)
			packs->last = id;
		if (id > YOUNG_PACKS_MAX) {
			for (size_t i = 0; i < packs->other.count && status == 0; i++)
				status = note_packed(writer, packs->other.pid[i]);
			continue;
		}
		status = take_young(writer);
		if (id > packs->young)
			packs->young = (int)id;
	}
	if (status == 0 && code != SQLITE_DONE)
		status = writer_fail_file(writer);
	sqlite3_finalize(rows);
	return status;
}
