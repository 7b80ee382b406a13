/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_RECORDING_H
#define REPLAY_RECORDING_H

/*
 * A recorded session, and whether it can be replayed. Memory: what struct trace needs, and the
 * words of the command.
 */

#include <stdbool.h>
#include <stdint.h>

#include "store/sqlite.h"
#include "store/trace.h"

struct recording {
	sqlite3 *db;
	struct trace *trace;
	const char *path;
	char **command;     /* NULL-terminated; as the program was started */
	char **environment; /* NULL-terminated, "NAME=VALUE": what is set for the replay */
	char *program;      /* path of its executable */
	char *directory;    /* in which it was started; NULL: not known */
	char build_id[64];
	uint64_t seed;
	int64_t wall_offset_ns;
	uint64_t kinds;      /* bit k: events of kind k were recorded */
	bool orderly;        /* the program ended its system in good order */
	int64_t exit_signal; /* that ended the program, 0: none */
	int64_t duration_ns;
};

/*
 * `commanded`: another command is given, so the recorded one need not be known. Returns an enum
 * command_status: COMMAND_OK, or what to exit with, and `error` says why it cannot be read, or not
 * be replayed.
 */
int recording_open(const char *path, bool commanded, struct recording *ret_recording, char *error,
		   size_t error_size);
void recording_close(struct recording *recording);

/* "<0.5.1> name", or "name" of the behaviour where it has none. */
const char *recording_actor(struct recording *recording, uint64_t pid, char *text, size_t size);

#endif
