/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "store/open.h"
#include "summary.h"
#include "term/number.h"
#include "term/table.h"
#include "term/text.h"

#define TYPES_SHOWN      12
#define BEHAVIOURS_SHOWN 8

static char *query_text(sqlite3 *db, const char *sql, const char *argument)
{
	sqlite3_stmt *statement;
	char *text = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return NULL;
	if (argument != NULL)
		sqlite3_bind_text(statement, 1, argument, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0) != NULL)
		text = strdup((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return text;
}

static int64_t query_int(sqlite3 *db, const char *sql, const char *argument)
{
	char *text = query_text(db, sql, argument);
	int64_t value = text != NULL ? strtoll(text, NULL, 10) : 0;

	free(text);
	return value;
}

static char *meta(sqlite3 *db, const char *key)
{
	return query_text(db, "SELECT value FROM meta WHERE key = ?1", key);
}

static int64_t meta_int(sqlite3 *db, const char *key)
{
	return query_int(db, "SELECT value FROM meta WHERE key = ?1", key);
}

static uint64_t file_size(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

struct info {
	const char *path;
	sqlite3 *db;
	struct summary *summary;
	int64_t events;
	int64_t actors;
	int64_t lost;
	int64_t gaps;
	int64_t duration_ns;
	int64_t created_ns; /* realtime */
	bool complete;
	bool shared; /* short turns share a time stamp */
	char *program;
	char *ending;  /* how the recording ended, NULL: not known */
	int signal;    /* of which the program died, 0: none, or not known */
	bool launched; /* it began with the program, so it can be replayed */
};

static void print_line(const char *label, const char *text)
{
	printf("  %-12s", label);
	text_print(stdout, text);
	putchar('\n');
}

static void print_when(const struct info *info)
{
	time_t seconds = (time_t)(info->created_ns / 1000000000);
	char created[64] = "?";
	char duration[NUMBER_SIZE];
	struct tm local;

	if (localtime_r(&seconds, &local) != NULL)
		strftime(created, sizeof(created), "%Y-%m-%d %H:%M:%S", &local);
	printf("  %-12s%s, %s\n", "recorded", created, number_ns(info->duration_ns, duration));
}

/* What ran when the program died: turns in the last chunk of each thread that never ended. */
static void print_running(const struct info *info)
{
	static const char sql[] =
		"SELECT actor, coalesce(actor_name, behaviour, ''), coalesce(type, kind, '') FROM "
		"turns,"
		" (SELECT max(id) AS last FROM main.chunk GROUP BY thread)"
		" WHERE id BETWEEN last << 13 AND (last << 13) + 8191 AND end_ns IS NULL AND kind "
		"<> 'input'";
	sqlite3_stmt *rows = NULL;

	if (sqlite3_prepare_v2(info->db, sql, -1, &rows, NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(rows) == SQLITE_ROW) {
		char text[512];

		snprintf(text, sizeof(text), "%s %s, in a turn that never ended: %s",
			 (const char *)sqlite3_column_text(rows, 0),
			 (const char *)sqlite3_column_text(rows, 1),
			 (const char *)sqlite3_column_text(rows, 2));
		print_line("  it ran", text);
	}
	sqlite3_finalize(rows);
}

static bool has_ending(const struct info *info, const char *ending)
{
	return info->ending != NULL && strcmp(info->ending, ending) == 0;
}

static void print_death(const struct info *info)
{
	char text[128] = "the program did not end in good order";

	if (info->signal > 0)
		snprintf(text, sizeof(text), "of signal %d (%s)", info->signal,
			 strsignal(info->signal));
	if (has_ending(info, "died"))
		print_line("DIED", text);
	if (has_ending(info, "died") || has_ending(info, "salvage"))
		print_running(info);
}

static void print_head(const struct info *info)
{
	const struct summary *summary = info->summary;
	double seconds = (double)info->duration_ns / 1e9;
	uint64_t size = file_size(info->path);
	char a[NUMBER_SIZE];
	char b[NUMBER_SIZE];
	char c[NUMBER_SIZE];

	text_print(stdout, info->path);
	printf("\n\n");
	if (info->program != NULL)
		print_line("program", info->program);
	print_when(info);
	printf("  %-12s%s, %s a second, %s bytes each, file %s\n", "events",
	       number_count((uint64_t)info->events, a),
	       number_short(seconds > 0 ? (double)info->events / seconds : 0, b),
	       number_digits(info->events > 0 ? (double)size / (double)info->events : 0, c),
	       number_bytes(size, (char[NUMBER_SIZE]){0}));
	printf("  %-12s%s handled, %s a second\n", "messages", number_count(summary->messages, a),
	       number_short(seconds > 0 ? (double)summary->messages / seconds : 0, b));
	printf("  %-12s%s\n", "actors", number_count((uint64_t)info->actors, a));
	if (info->lost > 0 || info->gaps > 0)
		printf("  %-12s%s events in %s gap%s: what is below is a part; see 'SELECT * FROM "
		       "gaps'\n",
		       "LOST",
		       info->lost > 0 ? number_count((uint64_t)info->lost, a)
				      : "an unknown number of",
		       number_count((uint64_t)info->gaps, b), info->gaps == 1 ? "" : "s");
	else
		printf("  %-12snothing\n", "lost");
	if (!info->complete)
		print_line("INCOMPLETE", "the recorder has not finished: it still records, or was "
					 "killed; all that it stored is here");
	print_death(info);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_behaviours(const struct info *info)
{
	static const char *const names[] = {"behaviour", "actors", "alive", "failed", "restarts"};
	static const bool right[] = {false, true, true, true, true};
	struct table *table = table_create(stdout, 5, 2);
	sqlite3_stmt *statement;
	int rows = 0;

	if (table == NULL || sqlite3_prepare_v2(info->db, "SELECT * FROM actors_by_behaviour", -1,
						&statement, NULL) != SQLITE_OK) {
		table_destroy(table);
		return;
	}
	while (sqlite3_step(statement) == SQLITE_ROW && rows < BEHAVIOURS_SHOWN) {
		const char *cells[5];

		for (int i = 0; i < 5; i++) {
			cells[i] = (const char *)sqlite3_column_text(statement, i);
			if (cells[i] == NULL)
				cells[i] = "";
		}
		if (rows == 0) {
			putchar('\n');
			table_header(table, names);
		}
		table_row(table, cells, right);
		rows++;
	}
	sqlite3_finalize(statement);
	table_destroy(table);
}

static void print_types(const struct info *info)
{
	static const char *const names[] = {"message",     "handled", "waited p50", "p99",
					    "handler p50", "p99",     "in all",     "deepest"};
	static const bool right[] = {false, true, true, true, true, true, true, true};
	const struct summary *summary = info->summary;
	struct table *table = table_create(stdout, 8, 2);

	if (table == NULL || summary->type_count == 0) {
		table_destroy(table);
		return;
	}
	putchar('\n');
	table_header(table, names);
	for (size_t i = 0; i < summary->type_count && i < TYPES_SHOWN; i++) {
		const struct summary_type *type = summary->types[i];
		char text[7][NUMBER_SIZE] = {"", "-", "-", "-", "-", "-", "-"};
		const char *name = trace_type(summary->trace, type->type);
		const char *cells[8] = {name[0] != '\0' ? name : "(no type)",
					text[0],
					text[1],
					text[2],
					text[3],
					text[4],
					text[5],
					text[6]};

		number_count(type->count, text[0]);
		if (type->queue.count > 0) {
			number_ns((int64_t)histogram_quantile(&type->queue, 0.50), text[1]);
			number_ns((int64_t)histogram_quantile(&type->queue, 0.99), text[2]);
			number_count(type->depth_max, text[6]);
		}
		if (type->run.count > 0 && !info->shared) {
			number_ns((int64_t)histogram_quantile(&type->run, 0.50), text[3]);
			number_ns((int64_t)histogram_quantile(&type->run, 0.99), text[4]);
		}
		if (type->run.count > 0)
			number_ns((int64_t)type->run.sum, text[5]);
		table_row(table, cells, right);
	}
	table_destroy(table);
	if (summary->type_count > TYPES_SHOWN)
		printf("  and %zu more types\n", summary->type_count - TYPES_SHOWN);
	if (summary->queue.count > 0)
		printf("  waited: from the beginning of the sender's turn, so at most this long\n");
}

/* "arena <0.17.3>", "<0.17.3>" */
static void actor_text(const struct summary *summary, uint64_t pid, char *text, size_t size)
{
	const struct trace_name *name = trace_name(summary->trace, pid);
	const char *word = name->name[0] != '\0' ? name->name : name->behaviour;

	snprintf(text, size, "%.80s%s%s", word, word[0] != '\0' ? " " : "", name->pid);
}

static void print_slowest(const struct info *info)
{
	static const char *const names[] = {"slowest turns", "waited in calls", "message", "actor",
					    "at"};
	static const bool right[] = {true, true, false, false, true};
	const struct summary *summary = info->summary;
	const struct clock_line *clock = &summary->trace->clock;
	struct table *table = table_create(stdout, 5, 2);

	if (table == NULL || summary->slowest_count == 0) {
		table_destroy(table);
		return;
	}
	putchar('\n');
	table_header(table, names);
	for (size_t i = 0; i < summary->slowest_count; i++) {
		const struct turn *turn = &summary->slowest[i];
		char run[NUMBER_SIZE];
		char wait[NUMBER_SIZE] = "-";
		char at[NUMBER_SIZE];
		char actor[128];
		char message[160];
		const char *cells[5] = {run, wait, message, actor, at};
		const char *kind = turn->event == ACTOR_EVENT_RECV
					   ? event_message_name(turn->message)
					   : "input";

		number_ns(clock_span_ns(clock, turn->start, turn->run), run);
		if (turn->wait > 0)
			number_ns(clock_span_ns(clock, turn->start, turn->wait), wait);
		snprintf(at, sizeof(at), "%.6f s", (double)clock_ns(clock, turn->start) / 1e9);
		snprintf(message, sizeof(message), "%.64s %.80s", kind != NULL ? kind : "?",
			 trace_type(summary->trace, turn->tag));
		actor_text(summary, turn->actor, actor, sizeof(actor));
		table_row(table, cells, right);
	}
	table_destroy(table);
}

static void print_pairs(const struct info *info)
{
	static const char *const names[] = {"busiest pairs", "messages"};
	static const bool right[] = {false, true};
	const struct summary *summary = info->summary;
	struct table *table = table_create(stdout, 2, 2);

	if (table == NULL || summary->pair_count == 0) {
		table_destroy(table);
		return;
	}
	putchar('\n');
	table_header(table, names);
	for (size_t i = 0; i < summary->pair_count; i++) {
		char from[128];
		char to[128];
		char pair[300];
		char count[NUMBER_SIZE];
		const char *cells[2] = {pair, count};

		actor_text(summary, summary->pairs[i].sender, from, sizeof(from));
		actor_text(summary, summary->pairs[i].receiver, to, sizeof(to));
		snprintf(pair, sizeof(pair), "%s -> %s", from, to);
		number_count(summary->pairs[i].messages, count);
		table_row(table, cells, right);
	}
	table_destroy(table);
}

static void print_notes(const struct info *info)
{
	const struct summary *summary = info->summary;
	char count[NUMBER_SIZE];

	if (summary->unhandled > 0)
		printf("\n  %s send%s met no receiver in this recording: SELECT * FROM unhandled\n",
		       number_count(summary->unhandled, count), plural(summary->unhandled));
	if (summary->unmatched > 0)
		printf("\n  %s message%s no send in this recording: sent before it, or by the "
		       "runtime\n",
		       number_count(summary->unmatched, count),
		       summary->unmatched == 1 ? " has" : "s have");
	if (info->shared)
		printf("\n  recorded for its order: short turns share a time stamp, so only of "
		       "several "
		       "together it is\n  known how long they ran\n");
	printf("\n  next: actor-trace sql ");
	text_print(stdout, info->path);
	printf(" 'SELECT * FROM slowest_turns LIMIT 20'\n        actor-trace dump ");
	text_print(stdout, info->path);
	printf(" | less\n");
	if (!has_ending(info, "died") || !info->launched)
		return;
	printf("        actor-replay gdb ");
	text_print(stdout, info->path);
	printf(" --at end\n");
}

static void print_json_text(const char *key, const char *text)
{
	printf("\"%s\":", key);
	if (text != NULL)
		text_print_json(stdout, text);
	else
		printf("null");
}

static void print_json_quantiles(const char *key, const struct histogram *histogram)
{
	printf(",\"%s_p50_ns\":%" PRIu64 ",\"%s_p99_ns\":%" PRIu64 ",\"%s_max_ns\":%" PRIu64, key,
	       histogram_quantile(histogram, 0.50), key, histogram_quantile(histogram, 0.99), key,
	       histogram->max);
}

/* One object for the recording, then one for each type of message. */
static void print_json(const struct info *info)
{
	const struct summary *summary = info->summary;

	printf("{\"record\":\"trace\",");
	print_json_text("file", info->path);
	putchar(',');
	print_json_text("program", info->program);
	printf(",\"complete\":%s,\"created_realtime_ns\":%" PRId64 ",\"duration_ns\":%" PRId64
	       ",\"events\":%" PRId64 ",\"turns\":%" PRIu64 ",\"messages\":%" PRIu64
	       ",\"actors\":%" PRId64 ",\"lost\":%" PRId64 ",\"gaps\":%" PRId64
	       ",\"unhandled\":%" PRIu64 ",\"file_bytes\":%" PRIu64 ",\"turn_times\":\"%s\"",
	       info->complete ? "true" : "false", info->created_ns, info->duration_ns, info->events,
	       summary->turns, summary->messages, info->actors, info->lost, info->gaps,
	       summary->unhandled, file_size(info->path), info->shared ? "shared" : "own");
	putchar(',');
	print_json_text("ending", info->ending);
	printf(",\"exit_signal\":%d", info->signal);
	print_json_quantiles("queue", &summary->queue);
	print_json_quantiles("run", &summary->run);
	printf("}\n");
	for (size_t i = 0; i < summary->type_count; i++) {
		const struct summary_type *type = summary->types[i];

		printf("{\"record\":\"type\",");
		print_json_text("type", trace_type(summary->trace, type->type));
		printf(",\"messages\":%" PRIu64 ",\"depth_max\":%" PRIu32, type->count,
		       type->depth_max);
		print_json_quantiles("queue", &type->queue);
		print_json_quantiles("run", &type->run);
		printf("}\n");
	}
}

static int show(struct info *info, bool json)
{
	sqlite3 *db = info->db;
	char error[300];
	int status = summary_create(db, &info->summary, error, sizeof(error));

	if (status == -ENOMEM)
		return command_fail(COMMAND_TROUBLE, "info", "out of memory");
	if (status != 0)
		return command_fail(COMMAND_UNREADABLE, "info",
				    "%s cannot be read: %s; copy it again if you can", info->path,
				    error);
	info->events = query_int(db, "SELECT coalesce(sum(n), 0) FROM chunk", NULL);
	info->actors = query_int(db, "SELECT count(*) FROM actor", NULL);
	info->lost = query_int(db, "SELECT coalesce(sum(events), 0) FROM gap", NULL);
	info->gaps = query_int(db, "SELECT count(*) FROM gap", NULL);
	info->duration_ns =
		clock_ns(&info->summary->trace->clock, (uint64_t)meta_int(db, "last_ticks")) -
		clock_ns(&info->summary->trace->clock, (uint64_t)meta_int(db, "first_ticks"));
	info->created_ns = meta_int(db, "created_realtime_ns");
	info->complete = meta_int(db, "complete") == 1;
	info->program = meta(db, "argv");
	if (info->program == NULL)
		info->program = meta(db, "program");
	info->ending = meta(db, "ending");
	info->signal = (int)meta_int(db, "exit_signal");
	info->launched =
		query_int(db, "SELECT count(*) FROM meta WHERE key = 'launch_argv'", NULL) != 0;
	info->shared = query_int(db,
				 "SELECT count(*) FROM meta WHERE key = 'turn_times' AND "
				 "value = 'shared'",
				 NULL) != 0;
	if (json) {
		print_json(info);
	} else {
		print_head(info);
		print_types(info);
		print_behaviours(info);
		print_slowest(info);
		print_pairs(info);
		print_notes(info);
	}
	free(info->program);
	free(info->ending);
	summary_destroy(info->summary);
	return COMMAND_OK;
}

static int info_run(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct info info = {0};
	char error[512];
	bool json = false;
	int option;
	int status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'j')
			return command_bad_option("info", argv);
		json = true;
	}
	if (optind + 1 != argc)
		return command_fail(COMMAND_TROUBLE, "info", "give one trace file: info %s",
				    command_info.usage);
	info.path = argv[optind];
	if (store_open(info.path, &info.db, error, sizeof(error)) != 0)
		return command_fail(COMMAND_UNREADABLE, "info", "%s", error);
	status = show(&info, json);
	sqlite3_close(info.db);
	return status;
}

const struct command command_info = {
	.name = "info",
	.usage = "FILE [--json]",
	.summary = "Show what a recording holds: messages, waiting, slowest turns, losses",
	.help = "  --json   one object for the recording, then one for each message type\n"
		"\n"
		"Waiting is counted from the beginning of the sender's turn unless exact send "
		"times\n"
		"were recorded, so it is an upper bound. The handler's time is without calls.\n",
	.run = info_run,
};
