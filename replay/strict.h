/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_STRICT_H
#define REPLAY_STRICT_H

/*
 * Strict mode: what handlers ask of the machine past the runtime. The library in shim/ reports each
 * caller once, on a pipe: function, address, object, symbol, pid.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recording.h"
#include "script_file.h"

#define STRICT_CALLS_MAX 256

struct strict_call {
	char function[64];
	char symbol[192]; /* who called, "" where that is not known */
	char place[256];  /* "cheat.c:67"; "" without debugging information */
	uint64_t address; /* in the program's file */
	uint64_t pid;
};

struct strict {
	int read_fd;
	int write_fd; /* for the program */
	struct strict_call calls[STRICT_CALLS_MAX];
	size_t count;
	char object[4096]; /* the program's file */
	char rest[8192];
	size_t rest_size;
};

/* 0 or a negative errno. */
int strict_open(struct strict *strict);
void strict_close(struct strict *strict);
/* What has been reported so far. */
void strict_read(struct strict *strict);

/* Looks up the place of a call, in the program's debugging information. */
void strict_place(const struct strict *strict, struct strict_call *call);

/* Replays the whole and prints the calls. COMMAND_FINDING: there were some. */
int strict_run(struct recording *recording, struct script_file *script, char *const *command);

#endif
