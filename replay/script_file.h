/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_SCRIPT_FILE_H
#define REPLAY_SCRIPT_FILE_H

/*
 * A recording on its way into a program: a file without a name, laid out as actor/replay.h says.
 * Memory: that of reading the trace; the file has 32 bytes for each event.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/replay.h>

#include "recording.h"
#include "store/pidmap.h"

struct script_file {
	int fd;
	size_t size;
	struct actor_script_header *header; /* the mapping, shared with the program */
	const struct actor_event *events;
	uint64_t count;
	uint64_t main_pid; /* of the thread that made the system */
	uint64_t steps;    /* RECV and INPUT of actors that are run */
	bool cut;          /* events are missing: it ends before them */
	uint64_t cut_ticks;
	bool strangers;    /* actors that are not run have started actors */
	uint32_t *numbers; /* of the recording's events, by place in the script; NULL: not wanted */
	struct pidmap outside; /* by pid: not run but for threads that start actors */
};

/*
 * With `numbered` the file knows of each event which one of the recording it is, which takes 4
 * bytes each. `progress` (NULL: none) is called with numbers from 0 to 1. Returns an
 * enum command_status.
 */
int script_file_make(struct recording *recording, bool numbered, struct script_file *ret_file,
		     void (*progress)(void *user, double done), void *user, char *error,
		     size_t error_size);
/*
 * Which event of the recording the one at a place is, counted from 1 as `goto @N` does; place is
 * from 1, too. Reads the recording once more where the file is not numbered.
 */
uint64_t script_file_number(struct recording *recording, struct script_file *file, uint64_t place);

void script_file_close(struct script_file *file);

#endif
