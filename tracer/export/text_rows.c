/* SPDX-License-Identifier: MIT */

/* csv and json: a table of the trace, a line for each row. */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "export/export.h"
#include "export/rows.h"
#include "term/text.h"

static void print_csv_row(FILE *file, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const char *text = (const char *)sqlite3_column_text(row, i);

		if (i > 0)
			putc(',', file);
		if (text != NULL)
			text_print_csv(file, text);
	}
	putc('\n', file);
}

static void print_csv_head(FILE *file, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		if (i > 0)
			putc(',', file);
		text_print_csv(file, sqlite3_column_name(row, i));
	}
	putc('\n', file);
}

static void print_json_value(FILE *file, sqlite3_stmt *row, int column)
{
	switch (sqlite3_column_type(row, column)) {
	case SQLITE_NULL:
		fputs("null", file);
		break;
	case SQLITE_INTEGER:
		fprintf(file, "%" PRId64, (int64_t)sqlite3_column_int64(row, column));
		break;
	case SQLITE_FLOAT:
		if (isfinite(sqlite3_column_double(row, column)))
			fprintf(file, "%.17g", sqlite3_column_double(row, column));
		else
			fputs("null", file);
		break;
	default:
		text_print_json(file, (const char *)sqlite3_column_text(row, column));
	}
}

static void print_json_row(FILE *file, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		putc(i == 0 ? '{' : ',', file);
		text_print_json(file, sqlite3_column_name(row, i));
		putc(':', file);
		print_json_value(file, row, i);
	}
	fputs("}\n", file);
}

static int run(struct export *export, void (*head)(FILE *file, sqlite3_stmt *row),
	       void (*each)(FILE *file, sqlite3_stmt *row))
{
	const char *name = export->options->table != NULL ? export->options->table : "messages";
	const struct rows_table *table = rows_find(name);
	FILE *file = export->output->file;
	sqlite3_stmt *row = NULL;
	int status;
	int code;

	if (table == NULL) {
		char names[256];

		rows_names(names, sizeof(names));
		snprintf(export->source->error, sizeof(export->source->error),
			 "there is no table '%.100s'; there are %s", name, names);
		return -EINVAL;
	}
	status = rows_select(export->source, table, &row);
	if (status != 0)
		return status;
	if (head != NULL)
		head(file, row);
	while ((code = sqlite3_step(row)) == SQLITE_ROW && !ferror(file))
		each(file, row);
	if (code == SQLITE_ROW) /* whoever reads it has gone */
		code = SQLITE_DONE;
	return rows_end(export->source, row, code);
}

static int run_csv(struct export *export)
{
	return run(export, print_csv_head, print_csv_row);
}

static int run_json(struct export *export)
{
	return run(export, NULL, print_json_row);
}

const struct export_format export_csv = {
	.name = "csv",
	.extension = ".csv",
	.kind = OUTPUT_TEXT,
	.summary = "Rows with commas (RFC 4180), for spreadsheets; --table says of what",
	.text = "Rows as RFC 4180 has them, with a line of names first. --table chooses what: "
		"messages (the default), turns, calls, events, unhandled, unfinished, "
		"crashes, actors, gaps, throughput, threads, types, behaviours, meta or, of a "
		"recording with the kernel's view, turn_time, sched, page_faults or cpu_samples, "
		"with the columns that they have in SQL. "
		"What is not known is empty.",
	.run = run_csv,
};

const struct export_format export_json = {
	.name = "json",
	.extension = ".jsonl",
	.kind = OUTPUT_TEXT,
	.summary = "One JSON object a line, for jq and scripts; --table says of what",
	.text = "The same tables, one JSON object for each row, with the names of the columns as "
		"keys and units at their ends (queue_ns). What is not known is null.",
	.run = run_json,
};
