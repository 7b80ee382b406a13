/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <editline/readline.h>

#include "sql_words.h"
#include "store/open.h"
#include "term/table.h"
#include "term/text.h"

enum format {
	FORMAT_TABLE,
	FORMAT_CSV,
	FORMAT_JSON
};

struct shell {
	sqlite3 *db;
	const char *path;
	enum format format;
	bool interactive;
};

/* What ^C stops: a query, or the line that is being typed. All that the signal handler touches. */
static sqlite3 *volatile interruptible;
static volatile sig_atomic_t typing;
static sigjmp_buf line_begins;

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	if (interruptible != NULL)
		sqlite3_interrupt(interruptible);
	else if (typing)
		siglongjmp(line_begins, 1);
}

/* ---- a sign of life ---- */

#define LIFE_STEPS    100000 /* of SQLite's machine, between two looks at the clock */
#define LIFE_AFTER_NS 1000000000

struct life {
	int64_t begun_ns;
	int64_t shown_s; /* 0: nothing is on the screen */
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int show_life(void *argument)
{
	struct life *life = argument;
	int64_t lasted_ns = now_ns() - life->begun_ns;

	if (lasted_ns >= LIFE_AFTER_NS && lasted_ns / 1000000000 != life->shown_s) {
		life->shown_s = lasted_ns / 1000000000;
		fprintf(stderr, "\r... %lld s, ^C stops it ", (long long)life->shown_s);
		fflush(stderr);
	}
	return 0;
}

static void begin_life(const struct shell *shell, struct life *life)
{
	*life = (struct life){.begun_ns = now_ns()};
	if (isatty(STDERR_FILENO))
		sqlite3_progress_handler(shell->db, LIFE_STEPS, show_life, life);
}

/* Wipes the line, before anything else is printed. */
static void end_life(const struct shell *shell, struct life *life)
{
	sqlite3_progress_handler(shell->db, 0, NULL, NULL);
	if (life->shown_s > 0)
		fputs("\r\033[K", stderr);
	life->shown_s = 0;
}

/* ---- rows ---- */

static const char *column_text(sqlite3_stmt *statement, int column, char *blob, size_t size)
{
	const unsigned char *bytes;
	int length;

	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_NULL:
		return "";
	case SQLITE_BLOB:
		bytes = sqlite3_column_blob(statement, column);
		length = sqlite3_column_bytes(statement, column);
		snprintf(blob, size, "x'");
		for (int i = 0; i < length && 2 * (size_t)i + 8 < size; i++)
			snprintf(blob + 2 + 2 * i, size - 2 - 2 * (size_t)i, "%02x", bytes[i]);
		strcat(blob, 2 * (size_t)length + 8 < size ? "'" : "..'");
		return blob;
	default:
		return (const char *)sqlite3_column_text(statement, column);
	}
}

static void print_json_row(sqlite3_stmt *statement)
{
	char blob[256];

	putchar('{');
	for (int i = 0; i < sqlite3_column_count(statement); i++) {
		int type = sqlite3_column_type(statement, i);
		const char *text = column_text(statement, i, blob, sizeof(blob));

		if (i > 0)
			putchar(',');
		text_print_json(stdout, sqlite3_column_name(statement, i));
		putchar(':');
		if (type == SQLITE_NULL)
			fputs("null", stdout);
		else if (type == SQLITE_INTEGER ||
			 (type == SQLITE_FLOAT && strchr(text, 'n') == NULL))
			fputs(text, stdout);
		else if (type == SQLITE_FLOAT)
			fputs("null", stdout); /* JSON has no infinity */
		else
			text_print_json(stdout, text != NULL ? text : "");
	}
	fputs("}\n", stdout);
}

static void print_csv_row(sqlite3_stmt *statement)
{
	char blob[256];

	for (int i = 0; i < sqlite3_column_count(statement); i++) {
		const char *text = column_text(statement, i, blob, sizeof(blob));

		if (i > 0)
			putchar(',');
		text_print_csv(stdout, text != NULL ? text : "");
	}
	putchar('\n');
}

static void print_csv_header(sqlite3_stmt *statement)
{
	for (int i = 0; i < sqlite3_column_count(statement); i++) {
		if (i > 0)
			putchar(',');
		text_print_csv(stdout, sqlite3_column_name(statement, i));
	}
	putchar('\n');
}

static int add_table_row(struct table *table, sqlite3_stmt *statement, int columns)
{
	static char blobs[TABLE_COLUMNS_MAX][128];
	const char *cells[TABLE_COLUMNS_MAX];
	bool right[TABLE_COLUMNS_MAX];

	for (int i = 0; i < columns; i++) {
		int type = sqlite3_column_type(statement, i);

		right[i] = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
		cells[i] = column_text(statement, i, blobs[i], sizeof(blobs[i]));
		if (cells[i] == NULL)
			cells[i] = "";
	}
	return table_row(table, cells, right);
}

static struct table *begin_table(sqlite3_stmt *statement, int columns)
{
	const char *names[TABLE_COLUMNS_MAX];
	struct table *table = table_create(stdout, (size_t)columns, 0);

	for (int i = 0; i < columns; i++)
		names[i] = sqlite3_column_name(statement, i);
	if (table != NULL && table_header(table, names) != 0)
		return table_destroy(table);
	return table;
}

/* Runs one statement to its end. An SQLite code. */
static int run_statement(const struct shell *shell, sqlite3_stmt *statement)
{
	struct table *table = NULL;
	int columns = sqlite3_column_count(statement);
	struct life life;
	int code;

	columns = columns > TABLE_COLUMNS_MAX ? TABLE_COLUMNS_MAX : columns;
	if (columns > 0 && shell->format == FORMAT_TABLE) {
		table = begin_table(statement, columns);
		if (table == NULL)
			return SQLITE_NOMEM;
	} else if (columns > 0 && shell->format == FORMAT_CSV) {
		print_csv_header(statement);
	}
	begin_life(shell, &life);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW && !ferror(stdout)) {
		if (life.shown_s > 0)
			end_life(shell, &life);
		if (shell->format == FORMAT_JSON)
			print_json_row(statement);
		else if (shell->format == FORMAT_CSV)
			print_csv_row(statement);
		else if (add_table_row(table, statement, columns) != 0)
			break;
	}
	end_life(shell, &life);
	table_destroy(table);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int fail_sql(const struct shell *shell, int code)
{
	int status = COMMAND_TROUBLE;
	const char *text = sqlite3_errmsg(shell->db);

	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_IOERR:
		return command_fail(COMMAND_UNREADABLE, "sql", "%s: %s", shell->path, text);
	case SQLITE_INTERRUPT:
		return command_fail(status, "sql", "stopped");
	case SQLITE_READONLY:
		return command_fail(status, "sql",
				    "a trace is never changed; keep results in a TEMP table");
	case SQLITE_ERROR:
		if (strncmp(text, "no such table", 13) == 0 ||
		    strncmp(text, "no such column", 14) == 0)
			return command_fail(status, "sql",
					    "%s; 'actor-trace sql %s .schema' lists what there is",
					    text, shell->path);
		return command_fail(status, "sql", "%s", text);
	default:
		return command_fail(status, "sql", "%s", text);
	}
}

/* Runs all statements of a text. Returns an enum command_status. */
static int run_sql(const struct shell *shell, const char *sql)
{
	int code = SQLITE_OK;

	while (*sql != '\0' && code == SQLITE_OK && !ferror(stdout)) {
		sqlite3_stmt *statement = NULL;

		code = sqlite3_prepare_v2(shell->db, sql, -1, &statement, &sql);
		if (code == SQLITE_OK && statement != NULL) {
			interruptible = shell->db;
			code = run_statement(shell, statement);
			interruptible = NULL;
		}
		/* The text of the error goes with the statement. */
		if (code != SQLITE_OK) {
			int status = fail_sql(shell, code);

			sqlite3_finalize(statement);
			return status;
		}
		sqlite3_finalize(statement);
	}
	return COMMAND_OK;
}

/* ---- the shell ---- */

static const char schema_sql[] =
	"SELECT name, group_concat(column, ', ') AS columns FROM ("
	" SELECT t.name, c.name AS column FROM (SELECT name FROM main.sqlite_schema"
	"  WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
	"  UNION SELECT name FROM temp.sqlite_schema WHERE type = 'view'"
	"  UNION VALUES ('events'), ('turns'), ('messages'), ('calls'), ('unhandled'), ('sched'),"
	"   ('turn_time'), ('page_faults'), ('cpu_samples'), ('message_road'),"
	"   ('mailbox_history')) t"
	" JOIN pragma_table_info(t.name) c ORDER BY t.name, c.cid)"
	" WHERE ?1 IS NULL OR name = ?1 GROUP BY name ORDER BY name";

static const char dot_help[] =
	"  .tables         all tables and views        .schema [NAME]  their columns\n"
	"  .views          questions with names        .mode table|csv|json\n"
	"  .help           this text                   .quit           leave (as does ^D)\n"
	"\n"
	"  events     what was recorded, one row each\n"
	"  turns      one row for each handler run: start_ns, run_ns, wait_ns (in calls), sends\n"
	"  messages   one row for each message handled: queue_ns, run_ns, sender, receiver\n"
	"  calls      calls, requests and other waits: total_ns, outcome\n"
	"  unhandled  sends that met no receiver\n"
	"  turn_time  turns with what the kernel saw: on_cpu_ns, preempted_ns, blocked_ns, why\n"
	"  sched, page_faults, cpu_samples  the same by thread (record --kernel, --profile)\n"
	"  message_road(ID)        what caused a message, and what it caused\n"
	"  mailbox_history(ACTOR)  each change of its length; ACTOR is a pid or a name\n"
	"  percentile(x, p)        an aggregate\n"
	"\n"
	"  The slowest turns, and why an actor was slow to be served:\n"
	"    SELECT * FROM slowest_turns LIMIT 10;\n"
	"    SELECT * FROM queue_wait_by_type;\n"
	"    SELECT type, percentile(queue_ns, 99) AS p99_ns FROM messages GROUP BY type;\n"
	"  What the kernel did to them (record --kernel):\n"
	"    SELECT run_ns, why, actor_name, type FROM why_slow LIMIT 10;\n"
	"    SELECT * FROM blocked_in_handler LIMIT 10;\n"
	"  Who stood still because of whom, and what never came to an end:\n"
	"    SELECT * FROM who_blocked_whom LIMIT 10;\n"
	"    SELECT * FROM unfinished LIMIT 10;\n"
	"  What happened to actors:\n"
	"    SELECT * FROM crashes;\n"
	"    SELECT actor, name, sent, handled, busy_ns FROM top_talkers LIMIT 10;\n"
	"  The whole story of the message that waited longest:\n"
	"    SELECT * FROM message_road((SELECT id FROM messages ORDER BY queue_ns DESC LIMIT "
	"1));\n"
	"  A tenth of a second, told in full:\n"
	"    SELECT time_ns, kind, actor, type, peer FROM events WHERE time_ns BETWEEN 0 AND "
	"100000000 LIMIT 20;\n";

static int print_schema(const struct shell *shell, const char *name)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(shell->db, schema_sql, -1, &statement, NULL);

	if (code == SQLITE_OK && name != NULL)
		sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	while (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
		text_print(stdout, (const char *)sqlite3_column_text(statement, 0));
		putchar('(');
		text_print(stdout, (const char *)sqlite3_column_text(statement, 1));
		puts(")");
	}
	if (code != SQLITE_OK)
		return fail_sql(shell, code);
	sqlite3_finalize(statement);
	return COMMAND_OK;
}

static const char tables_sql[] =
	"SELECT name FROM (SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view')"
	" AND name NOT LIKE 'sqlite_%' UNION SELECT name FROM temp.sqlite_schema"
	" WHERE type = 'view' UNION VALUES ('events'), ('turns'), ('messages'), ('calls'),"
	" ('unhandled'), ('sched'), ('turn_time'), ('page_faults'), ('cpu_samples')) ORDER BY name";

static const char views_sql[] = "SELECT name FROM (SELECT name FROM main.sqlite_schema"
				" WHERE type = 'view' UNION SELECT name FROM temp.sqlite_schema"
				" WHERE type = 'view') ORDER BY name";

static const char *const dot_commands[] = {
	".help", ".tables", ".views", ".schema", ".mode", ".quit",
};

/* A line that begins with a dot. -1: leave. */
static int run_dot(struct shell *shell, const char *line)
{
	char word[16] = "";
	char argument[64] = "";

	sscanf(line, "%15s %63s", word, argument);
	if (strcmp(word, ".quit") == 0 || strcmp(word, ".exit") == 0 || strcmp(word, ".q") == 0)
		return -1;
	if (strcmp(word, ".help") == 0) {
		fputs(dot_help, stdout);
		return COMMAND_OK;
	}
	if (strcmp(word, ".tables") == 0)
		return run_sql(shell, tables_sql);
	if (strcmp(word, ".views") == 0)
		return run_sql(shell, views_sql);
	if (strcmp(word, ".schema") == 0)
		return print_schema(shell, argument[0] != '\0' ? argument : NULL);
	if (strcmp(word, ".mode") == 0 && strcmp(argument, "table") == 0)
		shell->format = FORMAT_TABLE;
	else if (strcmp(word, ".mode") == 0 && strcmp(argument, "csv") == 0)
		shell->format = FORMAT_CSV;
	else if (strcmp(word, ".mode") == 0 && strcmp(argument, "json") == 0)
		shell->format = FORMAT_JSON;
	else if (strcmp(word, ".mode") == 0)
		return command_fail(COMMAND_TROUBLE, "sql", ".mode is table, csv or json, not '%s'",
				    argument);
	else
		return command_fail(COMMAND_TROUBLE, "sql", "%s is not known; .help lists what is",
				    word);
	return COMMAND_OK;
}

static void history_path(char *path, size_t size)
{
	const char *home = getenv("HOME");

	path[0] = '\0';
	if (home != NULL && home[0] == '/')
		snprintf(path, size, "%s/.actor_trace_history", home);
}

/* Adds a line to the text read so far. */
static bool append_line(char **text, const char *line)
{
	size_t before = *text != NULL ? strlen(*text) : 0;
	char *longer = realloc(*text, before + strlen(line) + 2);

	if (longer == NULL)
		return false;
	*text = longer;
	sprintf(longer + before, "%s\n", line);
	return true;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

/* Reads a line from a person or from a file; NULL at the end. The caller frees it. */
static char *read_line(const struct shell *shell, bool more)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	if (shell->interactive) {
		typing = 1;
		line = readline(more ? "   ...> " : "trace> ");
		typing = 0;
		return line;
	}
	length = getline(&line, &size, stdin);
	if (length < 0) {
		free(line);
		return NULL;
	}
	if (length > 0 && line[length - 1] == '\n')
		line[length - 1] = '\0';
	return line;
}

/* A person goes on after a mistake; a script does not. */
static int run_lines(struct shell *shell)
{
	char *volatile text = NULL;
	char *longer;
	char *line;
	volatile int status = COMMAND_OK;

	/* ^C at the prompt comes back here, and what was typed is gone. */
	if (shell->interactive && sigsetjmp(line_begins, 1) != 0) {
		typing = 0;
		free(text);
		text = NULL;
		putchar('\n');
	}
	while ((status == COMMAND_OK || shell->interactive) && !ferror(stdout) &&
	       (line = read_line(shell, text != NULL)) != NULL) {
		if (text == NULL && is_blank(line)) {
			free(line);
			continue;
		}
		if (shell->interactive)
			add_history(line);
		if (text == NULL && line[0] == '.') {
			status = run_dot(shell, line);
			free(line);
			if (status < 0)
				return COMMAND_OK;
			continue;
		}
		longer = text;
		if (!append_line(&longer, line))
			status = command_fail(COMMAND_TROUBLE, "sql", "out of memory");
		text = longer;
		free(line);
		if (text != NULL && sqlite3_complete(text)) {
			status = run_sql(shell, text);
			free(text);
			text = NULL;
		}
	}
	/* The last statement of a script needs no semicolon. */
	if (text != NULL && status == COMMAND_OK && !shell->interactive)
		status = run_sql(shell, text);
	free(text);
	return shell->interactive ? COMMAND_OK : status;
}

static int run_shell(struct shell *shell)
{
	struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
	const char *term = getenv("TERM");
	char path[512];
	int status;

	shell->interactive = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	if (!shell->interactive)
		return run_lines(shell);
	sigaction(SIGINT, &action, NULL);
	printf("%s: .help for help, .tables for what there is, ^D to leave\n", shell->path);
	history_path(path, sizeof(path));
	using_history();
	if (term != NULL)
		sql_words_begin(shell->db, dot_commands,
				sizeof(dot_commands) / sizeof(dot_commands[0]));
	if (path[0] != '\0')
		read_history(path);
	status = run_lines(shell);
	if (path[0] != '\0')
		write_history(path);
	sql_words_end();
	putchar('\n');
	return status;
}

static int sql_run(int argc, char **argv)
{
	static const struct option options[] = {
		{"csv", no_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct shell shell = {.format = FORMAT_TABLE};
	char error[512];
	int option;
	int status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			shell.format = FORMAT_CSV;
		else if (option == 'j')
			shell.format = FORMAT_JSON;
		else
			return command_bad_option("sql", argv);
	}
	if (optind >= argc || optind + 2 < argc)
		return command_fail(COMMAND_TROUBLE, "sql",
				    "give a trace file, and the query as one argument: sql %s",
				    command_sql.usage);
	shell.path = argv[optind];
	if (store_open(shell.path, &shell.db, error, sizeof(error)) != 0)
		return command_fail(COMMAND_UNREADABLE, "sql", "%s", error);
	if (optind + 1 == argc)
		status = run_shell(&shell);
	else if (argv[optind + 1][0] == '.')
		status = run_dot(&shell, argv[optind + 1]) > 0 ? COMMAND_TROUBLE : COMMAND_OK;
	else
		status = run_sql(&shell, argv[optind + 1]);
	sqlite3_close(shell.db);
	return status;
}

const struct command command_sql = {
	.name = "sql",
	.usage = "FILE [QUERY] [--csv | --json]",
	.summary = "Ask in SQL; without a query, a shell (or SQL from standard input)",
	.help = "  --csv    comma-separated values with a header\n"
		"  --json   one object for each row\n"
		"\n"
		"  actor-trace sql t.db 'SELECT * FROM queue_wait_by_type'\n"
		"  actor-trace sql t.db 'SELECT * FROM messages WHERE queue_ns > 1000000 LIMIT "
		"10'\n"
		"  actor-trace sql t.db .schema\n",
	.run = sql_run,
};
