/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_SESSION_H
#define REPLAY_SESSION_H

/*
 * A program under replay: started with its script, stopped and asked through its control socket,
 * its events read from its plane.
 *
 *	session_open       the program stands before its first step
 *	session_run        on, as far as is said; events go to the sink meanwhile
 *
 * A place is a number of steps: how many have been begun. It is the same in every replay of a
 * trace by the same program.
 *
 * Functions return an enum command_status; session_error() has the words. Thread: one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <actor/replay.h>
#include <tracer/stream.h>

#include "recording.h"
#include "script_file.h"

/* Without a sign of life for so long the program is given up. */
#define SESSION_PATIENCE_NS UINT64_C(10000000000)

struct session_options {
	char *const *command; /* NULL: as recorded */
	bool output;          /* what the program prints is shown */
	uint64_t events;      /* kinds of events that are read; 0: none */
	uint32_t payload_max; /* bytes of each payload, where events has PAYLOAD */
	const char *preload;  /* library that is loaded before the program; NULL: none */
	int strict_fd;        /* where that library reports calls of handlers; 0: nowhere */
	uint64_t patience_ns; /* 0: SESSION_PATIENCE_NS */
};

/* Events of the program, as stream_batch; returns 0, or a negative number to stop reading. */
typedef int (*session_events)(void *user, const struct stream_batch *batch);

struct session;

int session_open(struct recording *recording, struct script_file *script,
		 const struct session_options *options, session_events events, void *user,
		 struct session **ret_session, char *error, size_t error_size);
/* Ends the program and its checkpoints. Accepts NULL, returns NULL. */
struct session *session_close(struct session *session);
const char *session_error(const struct session *session);

/* Where it stands: the reply to the last stop. */
const struct actor_control_reply *session_where(const struct session *session);

/*
 * Until `steps` have been begun (UINT64_MAX: to the end), or step `place` of the script is about to
 * begin (0: any), or a break says stop. COMMAND_FINDING: the sink wanted to stop; the program is
 * ended then.
 */
int session_run(struct session *session, uint64_t steps, uint64_t place);

/* Its control socket, for who asks by himself; it stays the session's. */
int session_control(const struct session *session);
/* Of the process that runs now. */
pid_t session_pid(const struct session *session);
/* Its plane. */
struct plane_view *session_plane(const struct session *session);

/* The program has ended by itself: a status as from waitpid. False: it has not. */
bool session_ended(const struct session *session, int *ret_status);

#endif
