/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_SESSION_OWN_H
#define REPLAY_SESSION_OWN_H

/* What session.c and session_tell.c share. */

#include "program.h"
#include "session.h"

struct session {
	struct recording *recording;
	struct script_file *script;
	struct session_options options;
	session_events events;
	void *user;
	struct launch launch;
	struct plane_view *plane;
	struct stream *stream;
	int fd; /* its control socket */
	struct actor_control_reply where;
	uint64_t heard_ns; /* the last sign of life */
	uint32_t beats;
	uint64_t position;
	bool reaped;
	int status;
	int stopped; /* what the sink returned */
	char error[1024];
};

/* session_tell.c: why it goes no further, into `error`. */
int session_fail(struct session *session, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4))); /* returns `status` */
/* The program has ended, or closed its socket. Returns an enum command_status. */
int session_tell_death(struct session *session);
/* It has shown no sign of life for as long as the patience was. */
int session_tell_silence(struct session *session);
/* Whether the program has ended; takes its status. */
bool session_reap(struct session *session);

#endif
