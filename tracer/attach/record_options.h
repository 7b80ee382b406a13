/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_RECORD_OPTIONS_H
#define TRACER_ATTACH_RECORD_OPTIONS_H

/* What `actor-trace record` is told on its command line. */

#include <tracer/stream.h>

struct record_options {
	const char *output;
	enum actor_plane_mode mode;
	uint64_t events;
	const char *events_name;
	uint64_t duration_ns; /* 0: until the program ends */
	bool fail_on_drop;
	bool quiet;
	long pid; /* 0: start `command` */
	char **command;
};

/* Returns 0, or the exit status of a wrong command line after saying what is wrong with it. */
int record_options_parse(int argc, char **argv, struct record_options *ret_options);

#endif
