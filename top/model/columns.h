/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_COLUMNS_H
#define TOP_MODEL_COLUMNS_H

/*
 * The columns: one table that the screen, --sort, the set-up, filters, JSON, CSV, the help and the
 * man page are made from.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/row.h"

struct names;

enum column_unit {
	COLUMN_TEXT,
	COLUMN_LETTER, /* one character */
	COLUMN_PID,
	COLUMN_COUNT,
	COLUMN_RATE, /* a second */
	COLUMN_NS,
	COLUMN_BYTES,
	COLUMN_SHARE /* 0 to 1, shown as per cent */
};

/* The lists a column makes sense in. */
enum {
	COLUMN_IN_ACTORS = 1,
	COLUMN_IN_BEHAVIOURS = 2,
	COLUMN_IN_TREE = 4,
	COLUMN_IN_ALL = 7
};

enum column_id {
	COLUMN_ALERT,
	COLUMN_PID_ID,
	COLUMN_NAME,
	COLUMN_BEHAVIOUR,
	COLUMN_ACTORS,
	COLUMN_RUNNING,
	COLUMN_STATE,
	COLUMN_MAILBOX,
	COLUMN_MAILBOX_MAX,
	COLUMN_OLDEST,
	COLUMN_IN,
	COLUMN_OUT,
	COLUMN_P50,
	COLUMN_P99,
	COLUMN_WAIT,
	COLUMN_BUSY,
	COLUMN_MEMORY,
	COLUMN_MESSAGE,
	COLUMN_FOR,
	COLUMN_CALLING,
	COLUMN_RESTARTS,
	COLUMN_AGE,
	COLUMN_HANDLED,
	COLUMN_SENT,
	COLUMN_TIME,
	COLUMN_PARENT,
	COLUMN_ID_COUNT
};

struct column {
	const char *key;   /* for --sort, filters and the set-up */
	const char *title; /* on the screen, at most `width` long */
	const char *json;  /* with the unit */
	const char *help;
	enum column_unit unit;
	uint8_t width;    /* on the screen */
	uint8_t lists;    /* COLUMN_IN_* */
	uint8_t priority; /* the lower, the longer it stays when the screen gets narrow */
	bool rising;      /* sorted from small to large at first */
	bool events;      /* needs the program's events */
	/* One of the two. Numbers that are not known are NAN. */
	double (*number)(const struct row *row);
	void (*text)(const struct row *row, const struct names *names, char *text, size_t size);
};

extern const struct column columns[COLUMN_ID_COUNT];

/* The column of that key, or COLUMN_ID_COUNT. */
enum column_id column_find(const char *key);

/* Negative, 0 or positive, small values and early letters first; what is not known comes first. */
int column_compare(const struct column *column, const struct names *names, const struct row *a,
		   const struct row *b);

/* A number by which a million rows can be ordered roughly: the column's, or of the text's begin. */
uint64_t column_rank(const struct column *column, const struct names *names, const struct row *row);

/* "<0.17.3>" */
void column_pid_text(uint64_t pid, char *text, size_t size);

#endif
