/* SPDX-License-Identifier: MIT */
#ifndef TRACER_SQL_WORDS_H
#define TRACER_SQL_WORDS_H

/* Completion for the shell of `actor-trace sql`: SQL's words, tables, columns, dot commands. */

#include <stddef.h>

#include <sqlite3.h>

/* Gathers the words and tells libedit. Without memory there are fewer. */
void sql_words_begin(sqlite3 *db, const char *const *dot_commands, size_t dot_count);
void sql_words_end(void);

#endif
