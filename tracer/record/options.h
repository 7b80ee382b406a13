/* SPDX-License-Identifier: MIT */
#ifndef TRACER_RECORD_OPTIONS_H
#define TRACER_RECORD_OPTIONS_H

/* What `actor-trace record` is told on its command line. */

#include "attach/choice.h"

/* Bytes of each payload when --payload does not say how many. */
#define RECORD_PAYLOAD 256

struct record_options {
	const char *output;
	enum actor_plane_mode mode;
	struct choice_options choice; /* its filter is ours to free */
	const char *events_name;
	uint64_t duration_ns;   /* 0: until the program ends */
	uint64_t max_bytes;     /* of a segment; 0: no bound */
	uint64_t max_ns;        /* the same */
	unsigned segments;      /* to be kept; 0: all */
	bool kernel;            /* the kernel's view, too */
	unsigned profile_hz;    /* samples per second and CPU; 0: none */
	uint32_t kernel_buffer; /* bytes of its ring buffer; 0: as usual */
	bool fail_on_drop;
	bool quiet;
	long pid; /* 0: start `command` */
	char **command;
};

/*
 * Returns 0, or the exit status of a wrong command line after saying what is wrong with it.
 * Owns: the caller calls record_options_finish, whatever was returned.
 */
int record_options_parse(int argc, char **argv, struct record_options *ret_options);
void record_options_finish(struct record_options *options);

/* For the command's help. */
#define RECORD_OPTIONS_HELP                                                                        \
	"  -o, --output FILE    the file to make; default: trace-PROGRAM-TIME.db; with -p, what\n" \
	"                       a killed recorder has left of the same process is gone on with\n"  \
	"  -p, --pid PID        record a running program; Ctrl-C ends the recording and the\n"     \
	"                       program goes on as if nobody had been there\n"                     \
	"      --mode MODE      lossless (default): the program waits while its ring is full\n"    \
	"                       discard: it drops new events, which are counted\n"                 \
	"                       flight: it overwrites the oldest, which are counted\n"             \
	"      --events SET     full (default), or order: what a replay needs and no more,\n"      \
	"                       its times to some microseconds\n"                                  \
	"      --precise        stamp every send; without it a message's send time is that of\n"   \
	"                       the turn that sent it\n"                                           \
	"      --payload[=N]    keep the first N bytes of every payload (256), in the table\n"     \
	"                       payloads; without it only their hashes\n"                          \
	"      --filter EXPR    keep the turns of some actors and messages, and the sends to\n"    \
	"                       them: actor, behaviour, name, type, as in\n"                       \
	"                       'behaviour == room and type in (join, leave)'\n"                   \
	"      --sample 1/N     keep one conversation of N, and that whole\n"                      \
	"      --kernel         see what the kernel does to the program, too: what blocks,\n"      \
	"                       preempts and delays each turn; needs CAP_BPF and CAP_PERFMON\n"    \
	"      --profile HZ     with samples of what runs, so many a second on each CPU, as\n"     \
	"                       in --profile 99; with --kernel, which it implies\n"                \
	"      --kernel-buffer SIZE\n"                                                             \
	"                       of the buffer between the kernel and the recorder (16M)\n"         \
	"      --max-size SIZE  go on in a new file when one is so large (64M, 2G)\n"              \
	"      --max-time S     go on in a new file every S seconds\n"                             \
	"      --segments N     keep the last N of these files\n"                                  \
	"  -d, --duration S     end the recording after S seconds, or 500ms, 5m, 2h;\n"            \
	"                       the program goes on\n"                                             \
	"      --fail-on-drop   exit status 5 when events were lost\n"                             \
	"  -q, --quiet          say nothing but errors\n"

/* Seconds above 0, as nanoseconds; `option` is for the error. 0 or an exit status. */
int option_seconds(const char *command, const char *option, const char *text, uint64_t *ret_ns);

/* A process id. */
int option_pid(const char *command, const char *text, long *ret_pid);

#endif
