/* SPDX-License-Identifier: MIT */
#include "export/source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "store/open.h"
#include "term/time.h"

const struct selection selection_all = {.since_ns = INT64_MIN, .until_ns = INT64_MAX};

bool selection_option(struct selection *selection, int option, const char *value)
{
	switch (option) {
	case 256:
		return time_parse(value, &selection->since_ns);
	case 257:
		return time_parse(value, &selection->until_ns);
	case 258:
		selection->actor = value;
		return true;
	case 259:
		selection->tag = value;
		return true;
	default:
		return false;
	}
}

static int fail(struct source *source, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct source *source, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(source->error, sizeof(source->error), format, arguments);
	va_end(arguments);
	return status;
}

/* A row's first column for a text; false: there is none. */
static bool look_up(sqlite3 *db, const char *sql, const char *text, sqlite3_int64 *ret_number)
{
	sqlite3_stmt *statement;
	bool found = false;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return false;
	if (text != NULL)
		sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_type(statement, 0) != SQLITE_NULL) {
		*ret_number = sqlite3_column_int64(statement, 0);
		found = true;
	}
	sqlite3_finalize(statement);
	return found;
}

int64_t source_number(const struct source *source, const char *sql)
{
	sqlite3_int64 number = 0;

	look_up(source->db, sql, NULL, &number);
	return number;
}

char *source_meta(const struct source *source, const char *key)
{
	sqlite3_stmt *statement;
	char *value = NULL;

	if (sqlite3_prepare_v2(source->db, "SELECT value FROM meta WHERE key = ?1", -1, &statement,
			       NULL) != SQLITE_OK)
		return NULL;
	sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0) != NULL)
		value = strdup((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return value;
}

int64_t source_meta_int(const struct source *source, const char *key)
{
	char *value = source_meta(source, key);
	int64_t number = value != NULL ? strtoll(value, NULL, 10) : 0;

	free(value);
	return number;
}

static int find_actor(struct source *source)
{
	const char *actor = source->selection.actor;
	sqlite3_int64 number;

	if (actor == NULL || trace_parse_pid(actor, &source->actor))
		return COMMAND_OK;
	if (look_up(source->db, "SELECT pid FROM actor WHERE name = ?1 ORDER BY pid DESC", actor,
		    &number)) {
		source->actor = (uint64_t)number;
		return COMMAND_OK;
	}
	if (look_up(source->db, "SELECT behaviour FROM behaviours WHERE name = ?1", actor,
		    &number)) {
		source->behaviour = trace_behaviour(source->trace, (uint16_t)number);
		return COMMAND_OK;
	}
	return fail(
		source, COMMAND_TROUBLE,
		"no actor and no behaviour in %s is called '%s'; give a pid such as <0.17.3> or "
		"a name from 'SELECT name, behaviour FROM actors'",
		source->path, actor);
}

static int find_tag(struct source *source)
{
	sqlite3_int64 number;

	source->tag = -1;
	if (source->selection.tag == NULL)
		return COMMAND_OK;
	if (!look_up(source->db, "SELECT type FROM types WHERE name = ?1", source->selection.tag,
		     &number))
		return fail(source, COMMAND_TROUBLE,
			    "no type of message in %s is called '%s'; "
			    "'SELECT name FROM types' lists them",
			    source->path, source->selection.tag);
	source->tag = (int)number;
	return COMMAND_OK;
}

/* Two recordings, even of one program, have different beginnings. */
static uint64_t make_salt(const struct source *source)
{
	uint64_t salt = (uint64_t)source->realtime_ns;

	salt ^= (uint64_t)source_meta_int(source, "seed") * UINT64_C(0x9e3779b97f4a7c15);
	salt ^= (uint64_t)source_meta_int(source, "pid") << 40;
	return salt;
}

static void find_times(struct source *source)
{
	const struct clock_line *clock = &source->trace->clock;
	const struct selection *selection = &source->selection;

	source->from =
		selection->since_ns > INT64_MIN ? clock_ticks(clock, selection->since_ns) : 0;
	source->to = selection->until_ns < INT64_MAX ? clock_ticks(clock, selection->until_ns)
						     : UINT64_MAX;
	source->first_ticks =
		(uint64_t)source_number(source, "SELECT min(t0) FROM chunk WHERE t0 > 0");
	source->last_ticks = (uint64_t)source_number(source, "SELECT max(t1) FROM chunk");
	source->realtime_ns = source_number(
		source, "SELECT realtime_ns - time_ns FROM clock ORDER BY ticks LIMIT 1");
	source->monotonic_ns = source_number(
		source, "SELECT monotonic_ns - time_ns FROM clock ORDER BY ticks LIMIT 1");
	source->salt = make_salt(source);
}

int source_open(struct source *source, const char *path, const struct selection *selection)
{
	int status;

	*source = (struct source){.path = path, .selection = *selection};
	if (store_open(path, &source->db, source->error, sizeof(source->error)) != 0)
		return COMMAND_UNREADABLE;
	status = trace_open(source->db, &source->trace);
	if (status == 0)
		status = trace_refresh(source->trace);
	if (status != 0)
		return fail(source, COMMAND_UNREADABLE, "%s cannot be read: %s", path,
			    source->trace != NULL ? source->trace->error : "out of memory");
	find_times(source);
	status = find_actor(source);
	return status == COMMAND_OK ? find_tag(source) : status;
}

void source_close(struct source *source)
{
	trace_close(source->trace);
	sqlite3_close(source->db);
	source->trace = NULL;
	source->db = NULL;
}

bool source_has_actor(struct source *source, uint64_t pid)
{
	if (source->behaviour != NULL)
		return strcmp(trace_name(source->trace, pid)->behaviour, source->behaviour) == 0;
	return source->actor == 0 || source->actor == pid;
}

int64_t source_ns(const struct source *source, uint64_t ticks)
{
	return clock_ns(&source->trace->clock, ticks);
}

const char *source_label(struct source *source, uint64_t pid, char label[SOURCE_LABEL_SIZE])
{
	const struct trace_name *name = trace_name(source->trace, pid);
	const char *word = name->name[0] != '\0' ? name->name : name->behaviour;

	snprintf(label, SOURCE_LABEL_SIZE, "%.200s%s%s", word, word[0] != '\0' ? " " : "",
		 name->pid);
	return label;
}

const char *source_group(struct source *source, uint64_t pid)
{
	const char *behaviour = trace_name(source->trace, pid)->behaviour;

	return behaviour[0] != '\0' ? behaviour : "(no behaviour)";
}

void source_progress(struct source *source, double done)
{
	if (source->progress != NULL)
		source->progress(source->progress_user, done);
}
