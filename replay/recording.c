/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tracer/stream.h>

#include "command.h"
#include "store/open.h"

#define WORDS_MAX 65536

/* The value of a key of meta, as text. Owns: the caller frees it. NULL: there is none. */
static char *meta(sqlite3 *db, const char *key)
{
	sqlite3_stmt *query = NULL;
	char *value = NULL;

	if (sqlite3_prepare_v2(db, "SELECT value FROM main.meta WHERE key = ?1", -1, &query,
			       NULL) == SQLITE_OK) {
		sqlite3_bind_text(query, 1, key, -1, SQLITE_STATIC);
		if (sqlite3_step(query) == SQLITE_ROW && sqlite3_column_text(query, 0) != NULL)
			value = strdup((const char *)sqlite3_column_text(query, 0));
	}
	sqlite3_finalize(query);
	return value;
}

static int64_t meta_int(sqlite3 *db, const char *key, int64_t otherwise)
{
	char *text = meta(db, key);
	int64_t value = text != NULL ? strtoll(text, NULL, 10) : otherwise;

	free(text);
	return value;
}

static bool meta_is(sqlite3 *db, const char *key, const char *wanted)
{
	char *text = meta(db, key);
	bool is = text != NULL && strcmp(text, wanted) == 0;

	free(text);
	return is;
}

static int64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *query = NULL;
	int64_t value = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) == SQLITE_OK &&
	    sqlite3_step(query) == SQLITE_ROW)
		value = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	return value;
}

/* One word a line; a backslash stands before a backslash, and \n for a newline. */
static char **split_lines(const char *text)
{
	size_t count = 0;
	char **words;
	size_t nth = 0;

	if (text == NULL)
		return NULL;
	for (const char *at = text; *at != '\0'; at++)
		count += *at == '\n';
	if (count >= WORDS_MAX)
		return NULL;
	words = calloc(count + 2, sizeof(*words));
	while (words != NULL && *text != '\0') {
		size_t length = strcspn(text, "\n");
		char *word = malloc(length + 1);
		size_t used = 0;

		if (word == NULL)
			break;
		for (size_t i = 0; i < length; i++) {
			if (text[i] == '\\' && i + 1 < length) {
				i++;
				word[used++] = text[i] == 'n' ? '\n' : text[i];
			} else {
				word[used++] = text[i];
			}
		}
		word[used] = '\0';
		words[nth++] = word;
		text += length + (text[length] == '\n');
	}
	return words;
}

static void free_words(char **words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		free(words[i]);
	free(words);
}

/* ---- What a replay cannot do without -----------------------------------------------------------
 */

static int refuse(char *error, size_t size, const char *path, const char *why)
{
	snprintf(error, size, "%s cannot be replayed: %s", path, why);
	return COMMAND_TROUBLE;
}

static int check(struct recording *recording, bool commanded, char *error, size_t size)
{
	sqlite3 *db = recording->db;
	char text[256];

	if (meta_int(db, "event_version", 0) != ACTOR_EVENT_VERSION) {
		snprintf(text, sizeof(text),
			 "it was made with version %" PRId64 " of the events, and this program "
			 "knows version %d; record it again",
			 meta_int(db, "event_version", 0), ACTOR_EVENT_VERSION);
		return refuse(error, size, recording->path, text);
	}
	if (number(db, "SELECT count(*) FROM meta WHERE key IN ('filter', 'sample')") != 0)
		return refuse(error, size, recording->path,
			      "only some of its actors or turns were recorded; record it without "
			      "--filter, --actor, --tag and --sample");
	if (number(db, "SELECT count(*) FROM main.chunk") == 0)
		return refuse(error, size, recording->path, "it holds no events");
	/* Its first actor, the thread that made the system, was born before somebody looked. */
	if (number(db, "SELECT count(*) FROM (SELECT thread, min(first) AS first FROM main.chunk "
		       "GROUP BY thread) WHERE first <> 0") != 0 ||
	    number(db, "SELECT count(*) FROM (SELECT spawn_ns FROM actors ORDER BY id LIMIT 1) "
		       "WHERE spawn_ns IS NULL") != 0)
		return refuse(
			error, size, recording->path,
			"it does not begin with its program: it was attached to, or is not "
			"the first of several files; record with `actor-trace record -- CMD`");
	if (!commanded && (recording->command == NULL || recording->command[0] == NULL))
		return refuse(error, size, recording->path,
			      "it does not say how its program was started; record with "
			      "`actor-trace record -- CMD`, or give the command after --");
	return COMMAND_OK;
}

static uint64_t kinds_of(sqlite3 *db)
{
	return meta_is(db, "event_set", "order") ? STREAM_EVENTS_ORDER : STREAM_EVENTS_FULL;
}

static void read_meta(struct recording *recording)
{
	sqlite3 *db = recording->db;
	char *text = meta(db, "launch_argv");
	char *build = meta(db, "build_id");

	recording->command = split_lines(text);
	free(text);
	text = meta(db, "launch_environment");
	recording->environment = split_lines(text);
	free(text);
	recording->directory = meta(db, "launch_directory");
	if (meta_int(db, "launch_direct", 0) != 0)
		recording->program = meta(db, "program");
	snprintf(recording->build_id, sizeof(recording->build_id), "%s",
		 build != NULL ? build : "");
	free(build);
	recording->seed = (uint64_t)meta_int(db, "seed", 0);
	recording->wall_offset_ns =
		meta_int(db, "realtime_start_ns", 0) - meta_int(db, "monotonic_start_ns", 0);
	recording->kinds = kinds_of(db);
	recording->orderly = meta_is(db, "ending", "ended");
	recording->exit_signal = meta_int(db, "exit_signal", 0);
	recording->duration_ns =
		clock_ns(&recording->trace->clock,
			 (uint64_t)number(db, "SELECT max(t1) FROM main.chunk")) -
		clock_ns(&recording->trace->clock,
			 (uint64_t)number(db, "SELECT min(t0) FROM main.chunk WHERE t0 > 0"));
}

int recording_open(const char *path, bool commanded, struct recording *ret_recording, char *error,
		   size_t error_size)
{
	struct recording recording = {.path = path};
	int result = store_open(path, &recording.db, error, error_size);

	if (result < 0)
		return COMMAND_UNREADABLE;
	if (trace_open(recording.db, &recording.trace) < 0 || trace_refresh(recording.trace) < 0) {
		snprintf(error, error_size, "%s: %s", path,
			 recording.trace != NULL ? recording.trace->error
						 : "its tables are not those of a trace");
		recording_close(&recording);
		return COMMAND_UNREADABLE;
	}
	read_meta(&recording);
	result = check(&recording, commanded, error, error_size);
	if (result != COMMAND_OK) {
		recording_close(&recording);
		return result;
	}
	*ret_recording = recording;
	return COMMAND_OK;
}

void recording_close(struct recording *recording)
{
	recording->trace = trace_close(recording->trace);
	if (recording->db != NULL)
		sqlite3_close(recording->db);
	recording->db = NULL;
	free_words(recording->command);
	free_words(recording->environment);
	free(recording->program);
	free(recording->directory);
}

const char *recording_actor(struct recording *recording, uint64_t pid, char *text, size_t size)
{
	const struct trace_name *name;

	if (pid == 0) {
		snprintf(text, size, "nobody");
		return text;
	}
	name = trace_name(recording->trace, pid);
	snprintf(text, size, "%s %s", name->pid,
		 name->name[0] != '\0' ? name->name : name->behaviour);
	return text;
}
