/* SPDX-License-Identifier: MIT */
#include "store/trace.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/pid.h>
#include <actor/status.h>

#define LOOKUPS_MAX 20000

void trace_rest(struct trace *trace)
{
	sqlite3_finalize(trace->lookup);
	trace->lookup = NULL;
	actors_rest(&trace->packed);
}

static void unload(struct trace *trace)
{
	trace_rest(trace);
	clock_finish(&trace->clock);
	pidmap_finish_texts(&trace->types);
	pidmap_finish_texts(&trace->behaviours);
	pidmap_finish_texts(&trace->strings);
	pidmap_finish_texts(&trace->actors);
}

struct trace *trace_close(struct trace *trace)
{
	if (trace == NULL)
		return NULL;
	unload(trace);
	actors_finish(&trace->packed);
	free(trace);
	return NULL;
}

/* Runs `row` for every row of a query. */
static int each(struct trace *trace, const char *sql,
		int (*row)(struct trace *trace, sqlite3_stmt *statement))
{
	sqlite3_stmt *statement;
	int status = 0;
	int code;

	code = sqlite3_prepare_v2(trace->db, sql, -1, &statement, NULL);
	if (code != SQLITE_OK) {
		snprintf(trace->error, sizeof(trace->error), "%s", sqlite3_errmsg(trace->db));
		return sqlite_status(code);
	}
	while ((code = sqlite3_step(statement)) == SQLITE_ROW && status == 0)
		status = row(trace, statement);
	if (status == 0 && code != SQLITE_DONE) {
		snprintf(trace->error, sizeof(trace->error), "%s", sqlite3_errmsg(trace->db));
		status = sqlite_status(code);
	}
	sqlite3_finalize(statement);
	return status;
}

static const char *text_at(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text != NULL ? text : "";
}

static int keep_text(struct pidmap *map, uint64_t key, const char *text)
{
	char **place = pidmap_put(map, key, 0, NULL);
	char *copy = strdup(text);

	if (place == NULL || copy == NULL) {
		free(copy);
		return -ENOMEM;
	}
	free(*place);
	*place = copy;
	return 0;
}

static int load_version(struct trace *trace, sqlite3_stmt *statement)
{
	trace->version = sqlite3_column_int64(statement, 0);
	return 0;
}

static int load_clock(struct trace *trace, sqlite3_stmt *statement)
{
	struct clock_point point = {
		.ticks = (uint64_t)sqlite3_column_int64(statement, 0),
		.time_ns = sqlite3_column_int64(statement, 1),
		.ns_per_tick = sqlite3_column_double(statement, 2),
	};
	int status = clock_append(&trace->clock, &point);

	if (status == -EBADMSG)
		snprintf(trace->error, sizeof(trace->error), "its clock readings make no sense");
	return status;
}

static int load_type(struct trace *trace, sqlite3_stmt *statement)
{
	return keep_text(&trace->types, (uint64_t)sqlite3_column_int64(statement, 0),
			 text_at(statement, 1));
}

static int load_behaviour(struct trace *trace, sqlite3_stmt *statement)
{
	return keep_text(&trace->behaviours, (uint64_t)sqlite3_column_int64(statement, 0),
			 text_at(statement, 1));
}

static int load_string(struct trace *trace, sqlite3_stmt *statement)
{
	return keep_text(&trace->strings, (uint64_t)sqlite3_column_int64(statement, 0),
			 text_at(statement, 1));
}

/* One allocation holds the struct and its name; the behaviour's text lives in its own table. */
static struct trace_name *add_name(struct trace *trace, uint64_t pid, const char *name,
				   const char *behaviour)
{
	struct trace_name **place = pidmap_put(&trace->actors, pid, 0, NULL);
	size_t size = strlen(name) + 1;
	struct trace_name *entry;

	if (place == NULL)
		return NULL;
	entry = malloc(sizeof(*entry) + size);
	if (entry == NULL)
		return NULL;
	trace_format_pid(pid, entry->pid);
	memcpy(entry + 1, name, size);
	entry->name = (const char *)(entry + 1);
	entry->behaviour = behaviour;
	free(*place);
	*place = entry;
	return entry;
}

static int load_actor(struct trace *trace, sqlite3_stmt *statement)
{
	uint64_t pid = (uint64_t)sqlite3_column_int64(statement, 0);
	uint16_t behaviour = (uint16_t)sqlite3_column_int64(statement, 2);

	/* What has been handed out stays where it is. */
	if (pidmap_get(&trace->actors, pid, 0) != NULL)
		return 0;
	return add_name(trace, pid, text_at(statement, 1),
			behaviour == 0 ? "" : trace_behaviour(trace, behaviour)) == NULL
		       ? -ENOMEM
		       : 0;
}

static int load(struct trace *trace)
{
	static const struct {
		const char *sql;
		int (*row)(struct trace *trace, sqlite3_stmt *statement);
	} tables[] = {
		{"PRAGMA main.data_version", load_version},
		{"SELECT ticks, time_ns, ns_per_tick FROM main.clock ORDER BY ticks", load_clock},
		{"SELECT type, name FROM main.types", load_type},
		{"SELECT behaviour, name FROM main.behaviours", load_behaviour},
		{"SELECT offset, text FROM main.strings", load_string},
	};
	int status = 0;

	trace->lookups = 0;
	pidmap_init(&trace->types, sizeof(char *));
	pidmap_init(&trace->behaviours, sizeof(char *));
	pidmap_init(&trace->strings, sizeof(char *));
	pidmap_init(&trace->actors, sizeof(struct trace_name *));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && status == 0; i++)
		status = each(trace, tables[i].sql, tables[i].row);
	return status;
}

int trace_open(sqlite3 *db, struct trace **ret_trace)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (trace == NULL)
		return -ENOMEM;
	trace->db = db;
	trace->version = -1;
	trace->packed.db = db;
	*ret_trace = trace;
	return 0;
}

int trace_refresh(struct trace *trace)
{
	int64_t before = trace->version;
	int status = each(trace, "PRAGMA main.data_version", load_version);

	if (status != 0 || trace->version == before)
		return status;
	unload(trace);
	status = load(trace);
	if (status != 0)
		trace->version = -1;
	return status;
}

static const char *text_of(struct pidmap *map, uint16_t number, const char *what)
{
	char **text = pidmap_get(map, number, 0);
	char unknown[32];

	if (text != NULL)
		return *text;
	snprintf(unknown, sizeof(unknown), "%s %u", what, number);
	if (keep_text(map, number, unknown) != 0)
		return what;
	return *(char **)pidmap_get(map, number, 0);
}

const char *trace_type(struct trace *trace, uint16_t type)
{
	return type == 0 ? "" : text_of(&trace->types, type, "type");
}

const char *trace_behaviour(struct trace *trace, uint16_t behaviour)
{
	return text_of(&trace->behaviours, behaviour, "behaviour");
}

/* Of a pack: it has no name. */
static int add_packed(void *user, const struct trace_actor *actor)
{
	struct trace *trace = user;

	if (pidmap_get(&trace->actors, actor->pid, 0) != NULL)
		return 0;
	return add_name(trace, actor->pid, "",
			actor->behaviour == 0 ? "" : trace_behaviour(trace, actor->behaviour)) ==
			       NULL
		       ? -ENOMEM
		       : 0;
}

/* One actor; the last time, all of them. Where that fails, actors have no names. */
static void look_up(struct trace *trace, uint64_t pid)
{
	static const char all[] = "SELECT pid, name, behaviour FROM main.actor";
	struct trace_actor packed;
	bool found;

	if (trace->lookups++ == LOOKUPS_MAX) {
		(void)each(trace, all, load_actor);
		(void)actors_each(&trace->packed, add_packed, trace);
		return;
	}
	if (trace->lookup == NULL &&
	    sqlite3_prepare_v2(trace->db,
			       "SELECT pid, name, behaviour FROM main.actor WHERE pid = ?1", -1,
			       &trace->lookup, NULL) != SQLITE_OK)
		return;
	sqlite3_bind_int64(trace->lookup, 1, (sqlite3_int64)pid);
	found = sqlite3_step(trace->lookup) == SQLITE_ROW;
	if (found)
		(void)load_actor(trace, trace->lookup);
	sqlite3_reset(trace->lookup);
	if (!found && actors_find(&trace->packed, pid, &packed) == 1)
		(void)add_packed(trace, &packed);
}

const struct trace_name *trace_name(struct trace *trace, uint64_t pid)
{
	static const struct trace_name none = {.pid = "?", .name = "", .behaviour = ""};
	struct trace_name **place = pidmap_get(&trace->actors, pid, 0);
	const struct trace_name *name;

	if (place == NULL && trace->version >= 0 && trace->lookups <= LOOKUPS_MAX) {
		look_up(trace, pid);
		place = pidmap_get(&trace->actors, pid, 0);
	}
	if (place != NULL)
		return *place;
	name = add_name(trace, pid, "", "");
	return name != NULL ? name : &none;
}

const char *trace_string(const struct trace *trace, uint32_t offset)
{
	char **text = pidmap_get(&trace->strings, offset, 0);

	return text != NULL ? *text : NULL;
}

static char *put_number(char *out, uint32_t value)
{
	char digits[10];
	int count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	while (count > 0)
		*out++ = digits[--count];
	return out;
}

/* By hand: this is the hot spot of every query that shows pids. */
void trace_format_pid(uint64_t pid, char text[32])
{
	const struct actor_pid value = {pid};

	*text++ = '<';
	text = put_number(text, actor_pid_node(value));
	*text++ = '.';
	text = put_number(text, actor_pid_slot(value));
	*text++ = '.';
	text = put_number(text, actor_pid_generation(value));
	*text++ = '>';
	*text = '\0';
}

bool trace_parse_pid(const char *text, uint64_t *ret_pid)
{
	unsigned long parts[3];
	bool bracket = *text == '<';

	text += bracket;
	for (int i = 0; i < 3; i++) {
		char *end;

		if (!isdigit((unsigned char)*text))
			return false;
		errno = 0;
		parts[i] = strtoul(text, &end, 10);
		if (errno != 0 || (i < 2 && *end != '.'))
			return false;
		text = i < 2 ? end + 1 : end;
	}
	if (bracket && *text++ != '>')
		return false;
	if (*text != '\0' || parts[0] > UINT8_MAX || parts[1] > ACTOR_PID_SLOT_MASK ||
	    parts[2] > UINT32_MAX)
		return false;
	*ret_pid = (uint64_t)parts[0] << 56 | (uint64_t)parts[2] << ACTOR_PID_SLOT_BITS | parts[1];
	return true;
}

const char *trace_reason(int64_t reason, char buffer[32])
{
	switch (reason) {
#define X(NAME, number, text) \
	case number:          \
		return text;
		ACTOR_EXIT_MAP(X)
#undef X
#define X(NAME, err, text) \
	case -(err):       \
		return text;
		ACTOR_STATUS_MAP(X)
#undef X
	default:
		snprintf(buffer, 32, "%" PRId64, reason);
		return buffer;
	}
}
