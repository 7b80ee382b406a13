/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <actor/plane_path.h>

#include "attach/capture.h"
#include "attach/launch.h"
#include "attach/record_options.h"

#define NAME "record"

/* How long the recorder sleeps at least and at most while nothing is to be read. */
#define IDLE_MIN_MS 1
#define IDLE_MAX_MS 20

/* How often it looks for a plane: when one is being set up, and as a fallback for inotify. */
#define FIND_SOON_MS 1
#define FIND_MS      50

/* A program without a plane is asked about after this long. */
#define FIND_HINT_NS UINT64_C(3000000000)

/* How often a program that is silent is asked for its life, where no pidfd tells. */
#define LIFE_NS UINT64_C(50000000)

/* How a recording came to its end. */
enum ending {
	ENDING_NONE,
	ENDING_PROGRAM, /* the program ended, or its system did */
	ENDING_TIME,    /* -d */
	ENDING_SIGNAL,  /* the user has had enough */
	ENDING_FAILURE
};

struct recording {
	const struct record_options *options;
	char directory[PATH_MAX];
	char output[PATH_MAX];
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
	struct trace_writer *writer;
	struct plane_view *plane;
	struct capture *capture;
	uint64_t started_ns;
	uint64_t asked_ns; /* when the program's life was last asked for */
};

/* ---- The output file ----------------------------------------------------------------------- */

/* "trace-<program>-<time>.db", of letters that are harmless in any shell and terminal. */
static void default_output(const char *program, char *path, size_t size)
{
	const char *base = strrchr(program, '/');
	char name[64], stamp[32];
	size_t length = 0;
	time_t now = time(NULL);
	struct tm local;

	base = base != NULL ? base + 1 : program;
	for (; *base != '\0' && length < sizeof(name) - 1; base++) {
		bool plain = (*base >= 'a' && *base <= 'z') || (*base >= 'A' && *base <= 'Z') ||
			     (*base >= '0' && *base <= '9') || *base == '_' || *base == '-' ||
			     *base == '.';

		name[length++] = plain ? *base : '_';
	}
	name[length] = '\0';
	if (localtime_r(&now, &local) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local) == 0)
		snprintf(stamp, sizeof(stamp), "%lld", (long long)now);
	snprintf(path, size, "trace-%s-%s.db", length > 0 ? name : "program", stamp);
}

static int open_output(struct recording *recording, const char *program, int argc, char **argv)
{
	char command[4096] = "actor-trace", error[PATH_MAX + 256];
	size_t used = strlen(command);
	struct trace_writer_options options = {.size = sizeof(options)};
	int result;

	if (recording->options->output != NULL)
		snprintf(recording->output, sizeof(recording->output), "%s",
			 recording->options->output);
	else
		default_output(program, recording->output, sizeof(recording->output));
	for (int i = 0; i < argc && used < sizeof(command) - 1; i++)
		used += (size_t)snprintf(command + used, sizeof(command) - used, " %s", argv[i]);
	options.path = recording->output;
	options.command = command;
	result = trace_writer_create(&options, &recording->writer, error, sizeof(error));
	if (result < 0)
		return command_fail(COMMAND_TROUBLE, NAME, "%s", error);
	return 0;
}

/* A recording that never began leaves no file. It is ours: an existing one was refused. */
static void drop_output(struct recording *recording)
{
	static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};

	if (recording->writer == NULL)
		return;
	recording->writer = trace_writer_destroy(recording->writer);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char path[PATH_MAX + 16];

		snprintf(path, sizeof(path), "%s%s", recording->output, suffixes[i]);
		unlink(path);
	}
}

/* ---- Signals and waiting ------------------------------------------------------------------- */

static int block_signals(struct recording *recording, sigset_t *ret_old)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGHUP);
	sigprocmask(SIG_BLOCK, &wanted, ret_old);
	recording->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	return recording->signals < 0 ? -errno : 0;
}

static void take_signals(struct recording *recording)
{
	struct signalfd_siginfo info;

	while (read(recording->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		recording->last_signal = (int)info.ssi_signo;
		/*
		 * What comes from the terminal the child gets too; what was sent to the recorder
		 * alone is passed on.
		 */
		if (recording->signals_taken++ == 0 && recording->launched && !recording->reaped &&
		    info.ssi_code != SI_KERNEL)
			kill(recording->launch.pid, recording->last_signal);
	}
}

/* Takes the child's status once it has ended. */
static void reap(struct recording *recording, bool wait)
{
	siginfo_t info;

	if (!recording->launched || recording->reaped)
		return;
	memset(&info, 0, sizeof(info));
	while (waitid(P_PID, (id_t)recording->launch.pid, &info, WEXITED | (wait ? 0 : WNOHANG)) <
	       0) {
		if (errno == EINTR)
			continue;
		/* Whoever started us ignores SIGCHLD: there is no status to be had. */
		info.si_pid = recording->launch.pid;
		info.si_code = CLD_EXITED;
		break;
	}
	if (info.si_pid == 0)
		return;
	recording->reaped = true;
	recording->child_code = info.si_code;
	recording->child_status = info.si_status;
}

/* Sleeps until something happens, or for a while. */
static void wait_events(struct recording *recording, int timeout_ms)
{
	struct pollfd fds[4];
	nfds_t count = 0;
	char drain[4096];

	fds[count++] = (struct pollfd){.fd = recording->signals, .events = POLLIN};
	if (recording->launched && !recording->reaped)
		fds[count++] = (struct pollfd){.fd = recording->launch.pidfd, .events = POLLIN};
	if (recording->plane_fd >= 0)
		fds[count++] = (struct pollfd){.fd = recording->plane_fd, .events = POLLIN};
	if (recording->plane == NULL && recording->notify >= 0)
		fds[count++] = (struct pollfd){.fd = recording->notify, .events = POLLIN};
	if (poll(fds, count, timeout_ms) <= 0)
		return;
	while (recording->notify >= 0 && read(recording->notify, drain, sizeof(drain)) > 0)
		;
	take_signals(recording);
	reap(recording, false);
}

/* ---- Finding the plane --------------------------------------------------------------------- */

/* Opens the plane of a running process: the first of its systems that is alive. */
static int find_running(struct recording *recording, long pid)
{
	struct plane_file *files;
	size_t count;
	char error[PATH_MAX + 256];
	int result = plane_files_list(recording->directory, &files, &count);

	if (result < 0)
		return command_fail(COMMAND_NO_TARGET, NAME, "cannot read %s: %s",
				    recording->directory, strerror(-result));
	snprintf(error, sizeof(error),
		 "no program with pid %ld has a plane in %s; actor-trace ls lists what can be "
		 "recorded",
		 pid, recording->directory);
	for (size_t i = 0; i < count && recording->plane == NULL; i++) {
		char path[PATH_MAX + 80];
		struct plane_view *plane;

		if (files[i].id.pid != (uint32_t)pid)
			continue;
		snprintf(path, sizeof(path), "%s/%s", recording->directory, files[i].name);
		if (plane_view_open(path, &plane, error, sizeof(error)) < 0)
			continue;
		if (plane_view_life(plane) == PLANE_LIVING) {
			recording->plane = plane;
			continue;
		}
		snprintf(error, sizeof(error),
			 "the program with pid %ld has died; actor-trace salvage %s -o FILE keeps "
			 "what its plane still holds",
			 pid, path);
		plane_view_close(plane);
	}
	free(files);
	if (recording->plane == NULL)
		return command_fail(COMMAND_NO_TARGET, NAME, "%s", error);
	return 0;
}

static void hint_unlinked(const struct recording *recording, const char *what)
{
	command_fail(0, NAME,
		     "%s %s: is it linked with libactor, and does it use the directory %s?",
		     recording->options->command[0], what, recording->directory);
}

/*
 * Waits until the child, or one of its children, has a plane. Returns false when it ended without
 * one, or the user gave up.
 */
static bool find_launched(struct recording *recording)
{
	char error[PATH_MAX + 256] = "";
	bool hinted = recording->options->quiet;

	for (;;) {
		/* Looked at before the directory: a plane that was made is found then. */
		bool ended = recording->reaped;
		int result = launch_find(&recording->launch, recording->directory,
					 &recording->plane, error, sizeof(error));

		if (result == 0)
			return true;
		if (ended) {
			if (error[0] != '\0')
				command_fail(0, NAME, "nothing was recorded: %s", error);
			else
				hint_unlinked(recording,
					      "ended and never had a plane; nothing was recorded");
			return false;
		}
		if (recording->signals_taken > 1)
			return false;
		if (!hinted && plane_clock_monotonic() - recording->started_ns > FIND_HINT_NS) {
			hint_unlinked(recording, "runs and has no plane yet; still waiting");
			hinted = true;
		}
		wait_events(recording, result == PLANE_ENOT_READY ? FIND_SOON_MS : FIND_MS);
	}
}

/* ---- Recording ----------------------------------------------------------------------------- */

static int begin(struct recording *recording)
{
	const struct actor_plane_header *header = plane_view_header(recording->plane);
	struct stream_options options = {
		.size = sizeof(options),
		.mode = recording->options->mode,
		.events = recording->options->events,
	};
	char error[512];
	int result = capture_open(recording->plane, &options, recording->writer,
				  &recording->capture, error, sizeof(error));

	if (result == PLANE_EDEAD && recording->launched) {
		/* It was killed before we came. What its flight recorder kept is there still. */
		options.mode = ACTOR_PLANE_MODE_NONE;
		options.history = true;
		result = capture_open(recording->plane, &options, recording->writer,
				      &recording->capture, error, sizeof(error));
	}
	if (result < 0)
		return command_fail(result == PLANE_EDEAD || result == PLANE_EBUSY ||
						    result == -EACCES || result == -EPERM
					    ? COMMAND_NO_TARGET
					    : COMMAND_TROUBLE,
				    NAME, "%s", error);
	trace_writer_meta(recording->writer, "event_set", recording->options->events_name);
	recording->plane_fd = (int)syscall(SYS_pidfd_open, (pid_t)header->pid, 0);
	/* Between looking and opening, the pid may have passed to another process. */
	if (recording->plane_fd >= 0 && !process_lives(header->pid, header->start_time)) {
		close(recording->plane_fd);
		recording->plane_fd = -1;
	}
	recording->started_ns = plane_clock_monotonic();
	return 0;
}

static bool program_ended(struct recording *recording, bool force)
{
	uint64_t now_ns = plane_clock_monotonic();
	struct pollfd fd = {.fd = recording->plane_fd, .events = POLLIN};

	if (recording->plane_fd >= 0 && poll(&fd, 1, 0) > 0)
		return true;
	if (!force && now_ns - recording->asked_ns < LIFE_NS)
		return false;
	recording->asked_ns = now_ns;
	return plane_view_life(recording->plane) != PLANE_LIVING;
}

static enum ending why_stop(const struct recording *recording)
{
	int enough = recording->launched ? 2 : 1;
	uint64_t now_ns = plane_clock_monotonic();

	if (recording->signals_taken >= enough)
		return ENDING_SIGNAL;
	if (recording->options->duration_ns != 0 &&
	    now_ns - recording->started_ns >= recording->options->duration_ns)
		return ENDING_TIME;
	return ENDING_NONE;
}

/* Moves events until there is a reason to stop. */
static enum ending pump(struct recording *recording)
{
	int idle_ms = IDLE_MIN_MS;

	for (;;) {
		int64_t taken = capture_step(recording->capture);
		enum ending ending;

		if (taken < 0)
			return ENDING_FAILURE;
		ending = why_stop(recording);
		if (ending != ENDING_NONE)
			return ending;
		if (taken > 0) {
			idle_ms = IDLE_MIN_MS;
			take_signals(recording);
			continue;
		}
		if (program_ended(recording, recording->reaped) ||
		    plane_view_damaged(recording->plane))
			return ENDING_PROGRAM;
		wait_events(recording, idle_ms);
		idle_ms = idle_ms * 2 < IDLE_MAX_MS ? idle_ms * 2 : IDLE_MAX_MS;
	}
}

static const char *ending_name(const struct recording *recording, enum ending ending)
{
	switch (ending) {
	case ENDING_PROGRAM:
		if (plane_view_damaged(recording->plane))
			return "damaged";
		return plane_view_life(recording->plane) == PLANE_ENDED ? "ended" : "died";
	case ENDING_TIME:
		return "duration";
	case ENDING_SIGNAL:
		return "detached";
	default:
		return "failure";
	}
}

/* The child's own status where it is known, and how the recording ended. */
static void store_ending(struct recording *recording, enum ending ending)
{
	trace_writer_meta(recording->writer, "ending", ending_name(recording, ending));
	/* A child that is just dying is worth a moment; one that goes on is not waited for. */
	if (recording->launched && !recording->reaped && ending == ENDING_PROGRAM)
		wait_events(recording, 100);
	if (recording->reaped && recording->child_code == CLD_EXITED)
		trace_writer_meta_int(recording->writer, "exit_status", recording->child_status);
	else if (recording->reaped)
		trace_writer_meta_int(recording->writer, "exit_signal", recording->child_status);
}

/* ---- Telling ------------------------------------------------------------------------------- */

/* 1234567 as 1,234,567. */
static const char *grouped(uint64_t number, char text[32])
{
	char plain[24];
	int length = snprintf(plain, sizeof(plain), "%llu", (unsigned long long)number);
	char *out = text;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*out++ = ',';
		*out++ = plain[i];
	}
	*out = '\0';
	return text;
}

static void tell_death(const struct recording *recording, enum ending ending)
{
	if (recording->reaped && recording->child_code != CLD_EXITED)
		command_fail(0, NAME, "program died of signal %d (%s)", recording->child_status,
			     strsignal(recording->child_status));
	else if (!recording->launched && ending == ENDING_PROGRAM &&
		 plane_view_life(recording->plane) == PLANE_DEAD)
		command_fail(0, NAME, "the program died");
}

static void tell_summary(const struct recording *recording, const struct trace_totals *totals,
			 bool unknown_loss)
{
	char events[32], actors[32], lost[32];

	command_fail(
		0, NAME, "%s: %s events, %s actors, %.1f s, %s lost%s; next: actor-trace info %s",
		recording->output, grouped(totals->events, events), grouped(totals->actors, actors),
		(double)totals->duration_ns / 1e9, grouped(totals->lost, lost),
		unknown_loss ? " and an unknown number more" : "", recording->output);
}

/* The status that `record -- CMD` passes on: CMD's own. */
static int child_result(const struct recording *recording)
{
	if (!recording->reaped)
		return 128 + recording->last_signal;
	if (recording->child_code == CLD_EXITED)
		return recording->child_status;
	return 128 + recording->child_status;
}

/* After the recording: the child goes on by itself, and its status is ours. */
static int wait_child(struct recording *recording)
{
	while (recording->launched && !recording->reaped && recording->signals_taken < 2)
		wait_events(recording, 1000);
	return recording->launched ? child_result(recording) : COMMAND_OK;
}

/* ---- The command --------------------------------------------------------------------------- */

/* From the plane to a finished file. */
static int record_plane(struct recording *recording)
{
	struct trace_totals totals;
	enum ending ending;
	bool failed, damaged, lost, unknown = false;
	int result = begin(recording);

	memset(&totals, 0, sizeof(totals));
	if (result != 0) {
		drop_output(recording);
		return result;
	}
	ending = pump(recording);
	failed = ending == ENDING_FAILURE || capture_finish(recording->capture) < 0;
	damaged = plane_view_damaged(recording->plane);
	if (!failed) {
		unknown = capture_lapses(recording->capture) > 0;
		store_ending(recording, ending);
		failed = trace_writer_finish(recording->writer, &totals) < 0;
	}
	if (failed) {
		const char *text = capture_error(recording->capture);

		command_fail(0, NAME, "the recording stopped: %s",
			     text[0] != '\0' ? text : trace_writer_error(recording->writer));
	}
	/* The program is let go before anything else is waited for. */
	recording->capture = capture_close(recording->capture);
	recording->writer = trace_writer_destroy(recording->writer);
	result = wait_child(recording);
	if (failed)
		return COMMAND_TROUBLE;
	lost = totals.lost > 0 || unknown;
	if (!recording->options->quiet) {
		tell_death(recording, ending);
		tell_summary(recording, &totals, unknown);
	}
	if (damaged)
		return command_fail(COMMAND_UNREADABLE, NAME,
				    "the plane %s was cut short while it was read; what was read "
				    "before is in %s",
				    plane_view_path(recording->plane), recording->output);
	if (result == COMMAND_OK && lost && recording->options->fail_on_drop)
		return COMMAND_LOST;
	return result;
}

static int record_command(struct recording *recording, int argc, char **argv)
{
	char **command = recording->options->command;
	char error[PATH_MAX + 256];
	int result;

	if (launch_directory(recording->directory, sizeof(recording->directory), error,
			     sizeof(error)) < 0)
		return command_fail(COMMAND_NO_TARGET, NAME, "%s", error);
	result = open_output(recording, command[0], argc, argv);
	if (result != 0)
		return result;
	recording->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (recording->notify >= 0)
		inotify_add_watch(recording->notify, recording->directory, IN_CREATE | IN_MOVED_TO);
	result = launch_start(command, &recording->launch);
	if (result < 0) {
		drop_output(recording);
		if (result == -ENOENT)
			return command_fail(COMMAND_NO_TARGET, NAME,
					    "%s: command not found; check its name and PATH",
					    command[0]);
		return command_fail(COMMAND_NO_TARGET, NAME, "%s cannot be started: %s", command[0],
				    strerror(-result));
	}
	recording->launched = true;
	recording->started_ns = plane_clock_monotonic();
	if (!find_launched(recording)) {
		drop_output(recording);
		return child_result(recording);
	}
	return record_plane(recording);
}

static int record_running(struct recording *recording, int argc, char **argv)
{
	char program[PATH_MAX];
	int result;

	if (actor_plane_directory(recording->directory, sizeof(recording->directory)) < 0)
		return command_fail(COMMAND_NO_TARGET, NAME,
				    "the runtime directory's path is too long; set LIBACTOR_DIR");
	result = find_running(recording, recording->options->pid);
	if (result != 0)
		return result;
	plane_view_string(recording->plane, plane_view_header(recording->plane)->program, program,
			  sizeof(program));
	result = open_output(recording, program, argc, argv);
	if (result != 0)
		return result;
	return record_plane(recording);
}

static int record_run(int argc, char **argv)
{
	struct record_options options;
	struct recording recording;
	sigset_t old;
	int result = record_options_parse(argc, argv, &options);

	if (result != 0)
		return result;
	memset(&recording, 0, sizeof(recording));
	recording.options = &options;
	recording.signals = -1;
	recording.notify = -1;
	recording.plane_fd = -1;
	if (block_signals(&recording, &old) < 0)
		return command_fail(COMMAND_TROUBLE, NAME, "no signalfd: %s", strerror(errno));
	result = options.pid != 0 ? record_running(&recording, argc, argv)
				  : record_command(&recording, argc, argv);
	capture_close(recording.capture);
	trace_writer_destroy(recording.writer);
	plane_view_close(recording.plane);
	if (recording.launched)
		close(recording.launch.pidfd);
	if (recording.plane_fd >= 0)
		close(recording.plane_fd);
	if (recording.notify >= 0)
		close(recording.notify);
	close(recording.signals);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return result;
}

const struct command command_record = {
	.name = "record",
	.usage = "[OPTIONS] (-p PID | -- COMMAND [ARGUMENT]...)",
	.summary = "record a program's events into a trace file",
	.help = "  -o, --output FILE    the file to make; default: trace-PROGRAM-TIME.db\n"
		"  -p, --pid PID        record a running program; Ctrl-C ends the recording and "
		"the\n"
		"                       program goes on as if nobody had been there\n"
		"      --mode MODE      lossless (default): the program waits while its ring is "
		"full\n"
		"                       discard: it drops new events, which are counted\n"
		"                       flight: it overwrites the oldest, which are counted\n"
		"      --events SET     full (default); order: what a replay needs and no more;\n"
		"                       exact: full, and the time of every send\n"
		"  -d, --duration S     end the recording after S seconds; the program goes on\n"
		"      --fail-on-drop   exit status 5 when events were lost\n"
		"  -q, --quiet          say nothing but errors\n"
		"\n"
		"With a command, the exit status is the command's own, 128 + N when signal N "
		"killed\n"
		"it; SIGINT and SIGTERM are passed on to it, a second one ends the recording "
		"alone.\n"
		"A command that cannot be started, and a PID without a plane: 3.\n"
		"\n"
		"Of a command that starts several programs, or a program that makes several actor\n"
		"systems, the first system is recorded.\n"
		"\n"
		"  actor-trace record -o counter.db -- ./counter --bots 100\n"
		"  actor-trace record -p 4711 -d 10 --events order\n",
	.run = record_run,
};
