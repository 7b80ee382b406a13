/* SPDX-License-Identifier: MIT */
#include "sql_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <editline/readline.h>

/* libedit's callbacks have no argument for it. */
static char **words;
static size_t word_count;

static const char *const keywords[] = {
	"SELECT",   "FROM",    "WHERE",  "GROUP BY", "ORDER BY", "LIMIT",       "COUNT(*)",
	"DISTINCT", "BETWEEN", "JOIN",   "LEFT",     "UNION",    "DESC",        "HAVING",
	"LIKE",     "EXPLAIN", "CREATE", "TEMP",     "TABLE",    "percentile(", "message_road(",
	"AND",      "NULL",    "OFFSET", "WITH",     "CASE",     "WHEN",        "mailbox_history(",
};

static const char names_sql[] =
	"SELECT name FROM pragma_module_list WHERE name IN ('events', 'turns', 'messages', 'calls',"
	"  'unhandled', 'sched', 'turn_time', 'page_faults', 'cpu_samples')"
	" UNION SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view')"
	"  AND name NOT LIKE 'sqlite_%'"
	" UNION SELECT name FROM temp.sqlite_schema WHERE type = 'view'";

static void add_word(const char *word)
{
	char **longer;
	char *copy;

	for (size_t i = 0; i < word_count; i++)
		if (strcmp(words[i], word) == 0)
			return;
	longer = realloc(words, (word_count + 1) * sizeof(*longer));
	if (longer == NULL)
		return;
	words = longer;
	copy = strdup(word);
	if (copy != NULL)
		words[word_count++] = copy;
}

static void add_columns(sqlite3 *db, const char *table)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, "SELECT name FROM pragma_table_info(?1)", -1, &statement,
			       NULL) != SQLITE_OK)
		return;
	sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
	while (sqlite3_step(statement) == SQLITE_ROW)
		add_word((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
}

static char *next_word(const char *prefix, int state)
{
	static size_t position;
	size_t length = strlen(prefix);

	if (state == 0)
		position = 0;
	while (position < word_count) {
		const char *word = words[position++];

		if (strncasecmp(word, prefix, length) == 0)
			return strdup(word);
	}
	return NULL;
}

static char **complete(const char *text, int start, int end)
{
	(void)start;
	(void)end;
	rl_attempted_completion_over = 1; /* no file names */
	return rl_completion_matches(text, next_word);
}

void sql_words_begin(sqlite3 *db, const char *const *dot_commands, size_t dot_count)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, names_sql, -1, &statement, NULL) == SQLITE_OK) {
		while (sqlite3_step(statement) == SQLITE_ROW) {
			const char *name = (const char *)sqlite3_column_text(statement, 0);

			add_word(name);
			add_columns(db, name);
		}
		sqlite3_finalize(statement);
	}
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		add_word(keywords[i]);
	for (size_t i = 0; i < dot_count; i++)
		add_word(dot_commands[i]);
	rl_attempted_completion_function = complete;
}

void sql_words_end(void)
{
	for (size_t i = 0; i < word_count; i++)
		free(words[i]);
	free(words);
	words = NULL;
	word_count = 0;
}
