/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ACTORS_PENDING 16384 /* written out when more than this many are waiting */

/* One that lives as long has a row of its own. */
#define YOUNG_NS UINT64_C(500000000)

static void bind_row(sqlite3_stmt *prepared, int before, const struct pending_actor *pending)
{
	const struct trace_actor *actor = &pending->actor;

	sqlite3_bind_int64(prepared, before + 1, (int64_t)actor->pid);
	writer_bind_known(prepared, before + 2, actor->parent);
	/* The parent's 0th child is a fact where the birth is known. Threads have no parent. */
	if (actor->parent != 0 || actor->identity != 0)
		sqlite3_bind_int64(prepared, before + 3, actor->nth);
	writer_bind_known(prepared, before + 4, actor->identity);
	writer_bind_known(prepared, before + 5, actor->behaviour);
	if (pending->name != NULL)
		writer_bind_text(prepared, before + 6, pending->name);
	writer_bind_known(prepared, before + 7, actor->kind);
	writer_bind_known(prepared, before + 8, actor->spawn_ticks);
	writer_bind_known(prepared, before + 9, actor->exit_ticks);
	writer_bind_known(prepared, before + 10, (uint64_t)actor->exit_reason);
	writer_bind_known(prepared, before + 11, actor->restarts);
}

/* What is in the row now; whether it may be written to again. */
static int note_row(struct trace_writer *writer, const struct trace_actor *actor)
{
	uint8_t *known = pidmap_get(&writer->rows, actor->pid, 0);
	unsigned parts = (actor->spawn_ticks != 0 ? ROW_HAS_BIRTH : 0) |
			 (actor->exit_ticks != 0 ? ROW_HAS_END : 0) | (known != NULL ? *known : 0);

	if (parts == (ROW_HAS_BIRTH | ROW_HAS_END)) {
		if (known != NULL)
			pidmap_take(&writer->rows, actor->pid, 0, NULL);
		return 0;
	}
	writer->rows_full |= writer->rows.count >= WRITER_ROWS_MAX;
	if (known == NULL && writer->rows_full)
		return 0;
	known = pidmap_put(&writer->rows, actor->pid, 0, NULL);
	if (known == NULL)
		return writer_no_memory(writer);
	*known = (uint8_t)parts;
	return 0;
}

static int write_actor(struct trace_writer *writer, const struct pending_actor *pending)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_ACTOR);

	if (prepared == NULL)
		return writer->status;
	bind_row(prepared, 0, pending);
	return writer_run(writer, STATEMENT_ACTOR);
}

/*
 * Rows that are probably new, ACTOR_ROWS of them: a statement costs as much as a row. Those that
 * the file has already are left as they are, and then all of them go the long way, which changes
 * nothing in those that are there now.
 */
static int write_new(struct trace_writer *writer, struct pending_actor *const *actors)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_NEW_ACTORS);
	int status;

	if (prepared == NULL)
		return writer->status;
	for (int i = 0; i < ACTOR_ROWS; i++)
		bind_row(prepared, i * ACTOR_COLUMNS, actors[i]);
	status = writer_run(writer, STATEMENT_NEW_ACTORS);
	if (status != 0 || sqlite3_changes(writer->db) == ACTOR_ROWS)
		return status;
	for (int i = 0; i < ACTOR_ROWS && status == 0; i++)
		status = write_actor(writer, actors[i]);
	return status;
}

/* The birth of one that is new was seen since the last commit; the file has most others. */
static bool is_new(const struct pending_actor *pending)
{
	return pending->actor.spawn_ticks != 0;
}

/* The new ones first; in order of their pids, so that rows that belong together come together. */
static int by_pid(const void *a, const void *b)
{
	const struct pending_actor *const *x = a, *const *y = b;

	if (is_new(*x) != is_new(*y))
		return is_new(*y) - is_new(*x);
	return ((*x)->actor.pid > (*y)->actor.pid) - ((*x)->actor.pid < (*y)->actor.pid);
}

static int write_rows(struct trace_writer *writer, struct pending_actor **rows, size_t count)
{
	size_t stored = 0;
	int status = 0;

	/*
	 * What is not known to be a row may have been packed before it changed once more. Not where
	 * its birth or its end came only now: packed is who had both.
	 */
	for (size_t i = 0; i < count && status == 0; i++)
		if (rows[i]->packed && !rows[i]->born && rows[i]->actor.exit_ticks == 0 &&
		    pidmap_get(&writer->rows, rows[i]->actor.pid, 0) == NULL)
			status = writer_unpack(writer, &rows[i]->actor);
	qsort(rows, count, sizeof(struct pending_actor *), by_pid);
	while (status == 0 && stored < count) {
		if (count - stored >= ACTOR_ROWS && is_new(rows[stored + ACTOR_ROWS - 1])) {
			status = write_new(writer, rows + stored);
			stored += ACTOR_ROWS;
		} else {
			status = write_actor(writer, rows[stored++]);
		}
	}
	for (size_t i = 0; i < count && status == 0; i++)
		status = note_row(writer, &rows[i]->actor);
	return status;
}

static bool stays_young(const struct trace_writer *writer, const struct pending_actor *pending)
{
	return !writer->rows_full && writer_is_plain(pending) &&
	       writer->now - pending->since < YOUNG_NS &&
	       pidmap_get(&writer->rows, pending->actor.pid, 0) == NULL;
}

/* Its pointers to the actors are valid no more when one is taken. */
static int forget_rows(struct trace_writer *writer, struct pending_actor *const *rows, size_t count)
{
	uint64_t *pids = malloc((count + 1) * sizeof(*pids));

	if (pids == NULL)
		return writer_no_memory(writer);
	for (size_t i = 0; i < count; i++) {
		pids[i] = rows[i]->actor.pid;
		free(rows[i]->name);
		rows[i]->name = NULL;
	}
	if (count == writer->actors.count)
		pidmap_clear(&writer->actors);
	else
		for (size_t i = 0; i < count; i++)
			pidmap_take(&writer->actors, pids[i], 0, NULL);
	free(pids);
	return 0;
}

int writer_store_actors(struct trace_writer *writer, bool all)
{
	size_t position = 0, count = 0, old = 0, young;
	struct pending_actor *pending, **list;
	uint64_t pid;
	uint32_t number;
	int status;

	/* The rows from the front, the others from the back. */
	young = writer->actors.count;
	list = malloc((young + 1) * sizeof(struct pending_actor *));
	if (list == NULL)
		return writer_no_memory(writer);
	while ((pending = pidmap_next(&writer->actors, &position, &pid, &number)) != NULL) {
		count++;
		if (!all && stays_young(writer, pending))
			list[--young] = pending;
		else
			list[old++] = pending;
	}
	status = write_rows(writer, list, old);
	if (status == 0)
		status = writer_store_packs(writer, list + young, count - young);
	if (status == 0)
		status = forget_rows(writer, list, old);
	free(list);
	return status;
}

struct pending_actor *writer_actor_at(struct trace_writer *writer, uint64_t pid)
{
	struct pending_actor *pending;
	bool fresh;

	if (writer->actors.count >= ACTORS_PENDING && writer_store_actors(writer, true) != 0)
		return NULL;
	pending = pidmap_put(&writer->actors, pid, 0, &fresh);
	if (pending == NULL) {
		writer_no_memory(writer);
	} else if (fresh) {
		pending->actor.pid = pid;
		pending->since = writer->now;
		pending->packed = writer_may_be_packed(writer, pid);
	}
	return pending;
}

int writer_actor_name(struct trace_writer *writer, struct pending_actor *pending, const char *name)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return writer_no_memory(writer);
	free(pending->name);
	pending->name = copy;
	return 0;
}

static int pack_if_ended(struct trace_writer *writer, struct pending_actor *pending)
{
	struct pending_actor whole;

	if (!pending->born || pending->actor.exit_ticks == 0 || writer->rows_full ||
	    !writer_is_plain(pending) || pidmap_get(&writer->rows, pending->actor.pid, 0) != NULL)
		return 0;
	pidmap_take(&writer->actors, pending->actor.pid, 0, &whole);
	return writer_pack_ended(writer, &whole.actor);
}

int trace_writer_actor(struct trace_writer *writer, const struct trace_actor *actor)
{
	return writer_actor_seen(writer, actor, false);
}

int writer_actor_seen(struct trace_writer *writer, const struct trace_actor *actor, bool born)
{
	struct pending_actor *pending;
	struct trace_actor *known;

	assert(actor->pid != 0);
	if (writer->status != 0)
		return writer->status;
	pending = writer_actor_at(writer, actor->pid);
	if (pending == NULL)
		return writer->status;
	known = &pending->actor;
	pending->born |= born;
	if (actor->parent != 0 || actor->identity != 0) {
		known->parent = actor->parent;
		known->nth = actor->nth;
	}
	if (actor->identity != 0)
		known->identity = actor->identity;
	if (actor->behaviour != 0)
		known->behaviour = actor->behaviour;
	if (actor->kind != 0)
		known->kind = actor->kind;
	if (actor->spawn_ticks != 0)
		known->spawn_ticks = actor->spawn_ticks;
	if (actor->exit_ticks != 0)
		known->exit_ticks = actor->exit_ticks;
	if (actor->exit_reason != 0)
		known->exit_reason = actor->exit_reason;
	if (actor->restarts > known->restarts)
		known->restarts = actor->restarts;
	if (actor->name != NULL && actor->name[0] != '\0')
		return writer_actor_name(writer, pending, actor->name);
	return pack_if_ended(writer, pending);
}
