/* SPDX-License-Identifier: MIT */
#ifndef TRACER_RECORD_RECORD_H
#define TRACER_RECORD_RECORD_H

/*
 * A recording, and its parts:
 *
 *	options.c  the command line
 *	files.c    the files
 *	find.c     the plane of a running program, or of one just started
 *	wait.c     signals, the child, and sleeping until something happens
 *	tell.c     what the user is told
 *
 * tracer/cmd_record.c puts them together.
 */

#include <limits.h>
#include <signal.h>
#include <stdint.h>

#include "attach/capture.h"
#include "attach/launch.h"
#include "kernel/view.h"
#include "record/files.h"
#include "record/options.h"

/* How a recording came to its end. */
enum ending {
	ENDING_NONE,
	ENDING_PROGRAM, /* the program ended, or its system did */
	ENDING_TIME,    /* -d */
	ENDING_SIGNAL,  /* the user has had enough */
	ENDING_FAILURE
};

struct recording {
	const char *name; /* of the command, for errors */
	const struct record_options *options;
	char directory[PATH_MAX];
	struct record_files output;
	struct launch launch;
	bool launched;
	bool reaped;
	int child_status; /* as of waitid: code and status */
	int child_code;
	int signals;  /* signalfd */
	int notify;   /* inotify, or -1 */
	int plane_fd; /* pidfd of the plane's process, or -1 */
	int signals_taken;
	int last_signal;
	struct plane_view *plane;
	struct capture *capture;
	struct kernel_view *kernel; /* NULL: not asked for */
	uint64_t started_ns;
	uint64_t asked_ns;   /* when the program's life was last asked for */
	uint64_t segment_ns; /* when the segment was begun */
	uint64_t sized_ns;   /* when its size was last looked at */
};

/* ---- wait.c ---- */

/* Signals come through recording->signals from now on. 0 or a negative errno. */
int wait_begin(struct recording *recording, sigset_t *ret_old);
void wait_finish(struct recording *recording, const sigset_t *old);

/* Takes the signals that have come, and passes the first one on to the child. */
void wait_take_signals(struct recording *recording);

/* Sleeps until something happens, or for a while. */
void wait_events(struct recording *recording, int timeout_ms);

/* Whether the program has died or ended; asked for not too often unless `force`. */
bool wait_program_ended(struct recording *recording, bool force);

/* After the recording: the child goes on by itself, and its status is ours. */
int wait_child(struct recording *recording);

/* The status that `record -- CMD` passes on: CMD's own. */
int wait_child_status(const struct recording *recording);

/* ---- find.c ---- */

/*
 * Opens the plane of a process: the first of its systems that is alive. 0 or an exit status, after
 * saying what is wrong.
 */
int find_running(struct recording *recording, long pid);

/*
 * Waits until the child, or one of its children, has a plane. False: it ended without one, or the
 * user gave up.
 */
bool find_launched(struct recording *recording);

/* ---- tell.c ---- */

void tell_death(const struct recording *recording, enum ending ending);

/* The line at the end, and one for each place and reason of a loss. */
void tell_summary(const struct recording *recording);

/* launched.c: how the program was started, into the file. 0 or a negative errno. */
int launched_store(const struct recording *recording);

#endif
