/* SPDX-License-Identifier: MIT */
#ifndef STORE_VTAB_TURNS_H
#define STORE_VTAB_TURNS_H

/*
 * Inside the tables `turns`, `messages`, `unhandled` and `turn_time`.
 *
 *	vtab_turns.c         which turns
 *	vtab_turns_column.c  what is shown of one
 */

#include "store/kernel_sums.h"
#include "store/turns.h"
#include "store/vtab.h"

/* Four tables over one pass: what they show of a turn, its message, and what the kernel saw. */
enum table {
	TABLE_TURNS,
	TABLE_MESSAGES,
	TABLE_UNHANDLED,
	TABLE_TURN_TIME,
	TABLE_COUNT
};

/* What there is to show of a turn, its message, and what the kernel saw. */
enum shown {
	SHOWN_ID,
	SHOWN_START,
	SHOWN_END,
	SHOWN_RUN,
	SHOWN_WAIT,
	SHOWN_ACTOR,
	SHOWN_ACTOR_NAME,
	SHOWN_BEHAVIOUR,
	SHOWN_TYPE,
	SHOWN_KIND,
	SHOWN_SENDER,
	SHOWN_SENDER_NAME,
	SHOWN_SEQ,
	SHOWN_SENDS,
	SHOWN_THREAD,
	SHOWN_POSTPONED,
	SHOWN_TIMES,
	SHOWN_SEND_ID,
	SHOWN_SENT,
	SHOWN_QUEUE,
	SHOWN_SIZE,
	SHOWN_DEPTH,
	SHOWN_SEND_THREAD,
	SHOWN_HASH,
	SHOWN_ON_CPU, /* from here on the kernel's */
	SHOWN_PREEMPTED,
	SHOWN_BLOCKED,
	SHOWN_RUNNABLE,
	SHOWN_FAULTS,
	SHOWN_FAULT,
	SHOWN_WHY,
	SHOWN_STACK
};

struct turns_table {
	const char *name;
	const char *columns;  /* for vtab_register_table() */
	const uint8_t *shown; /* enum shown, by column */
	size_t count;
	const char *usable;
};

extern const struct turns_table turns_tables[TABLE_COUNT];

struct turns_cursor {
	sqlite3_vtab_cursor base;
	struct turns *turns;
	const struct turn *turn;
	struct turn unhandled; /* of which it is one */
	bool sees_kernel;
	struct kernel_sums sums;
	struct kernel_words words;
	struct kernel_sum sum; /* of the turn, where has_sum */
	bool has_sum;
	bool end;
	char error[256];
};

/* xColumn */
int turns_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column);

#endif
