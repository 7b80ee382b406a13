/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <actor/plane_path.h>

#include "record/record.h"

#define NAME "record"

/* How long the recorder sleeps at least and at most while nothing is to be read. */
#define IDLE_MIN_MS 1
#define IDLE_MAX_MS 20

/* How often the size of a segment is looked at. */
#define SIZE_NS UINT64_C(20000000)

/* Before the program is started: it may not be allowed. 0 or an exit status. */
static int open_kernel(struct recording *recording)
{
	const struct kernel_view_options options = {
		.profile_hz = recording->options->profile_hz,
		.buffer = recording->options->kernel_buffer,
	};
	char error[1024];

	if (!recording->options->kernel)
		return 0;
	if (kernel_view_open(&options, &recording->kernel, error, sizeof(error)) == 0)
		return 0;
	return command_fail(COMMAND_TROUBLE, NAME, "%s", error);
}

/* Before the first event is read, so that the kernel has seen all of each turn. */
static int attach_kernel(struct recording *recording)
{
	const struct actor_plane_header *header = plane_view_header(recording->plane);
	char error[1024];

	if (recording->kernel == NULL ||
	    kernel_view_attach(recording->kernel, header->pid, header->tls_current, error,
			       sizeof(error)) == 0)
		return 0;
	return command_fail(COMMAND_TROUBLE, NAME, "%s", error);
}

static int begin(struct recording *recording)
{
	const struct actor_plane_header *header = plane_view_header(recording->plane);
	struct capture_options options = {
		.mode = recording->options->mode,
		.choice = recording->options->choice,
		.resume = recording->output.resumed,
	};
	char error[512];
	int result = attach_kernel(recording);

	if (result != 0)
		return result;
	result = capture_open(recording->plane, &options, recording->output.writer,
			      &recording->capture, error, sizeof(error));

	if (result == PLANE_EDEAD && recording->launched) {
		/* It was killed before we came. What its flight recorder kept is there still. */
		options.mode = ACTOR_PLANE_MODE_NONE;
		options.history = true;
		result = capture_open(recording->plane, &options, recording->output.writer,
				      &recording->capture, error, sizeof(error));
	}
	if (result < 0)
		return command_fail(result == PLANE_EDEAD || result == PLANE_EBUSY ||
						    result == -EACCES || result == -EPERM
					    ? COMMAND_NO_TARGET
					    : COMMAND_TROUBLE,
				    NAME, "%s", error);
	if (recording->kernel != NULL &&
	    kernel_view_use(recording->kernel, recording->output.writer) != 0)
		return command_fail(COMMAND_TROUBLE, NAME, "%s",
				    trace_writer_error(recording->output.writer));
	recording->plane_fd = (int)syscall(SYS_pidfd_open, (pid_t)header->pid, 0);
	/* Between looking and opening, the pid may have passed to another process. */
	if (recording->plane_fd >= 0 && !process_lives(header->pid, header->start_time)) {
		close(recording->plane_fd);
		recording->plane_fd = -1;
	}
	recording->started_ns = plane_clock_monotonic();
	recording->segment_ns = recording->started_ns;
	return 0;
}

/* Goes on in a new file when it is time. */
static int turn_page(struct recording *recording)
{
	const struct record_options *options = recording->options;
	uint64_t now_ns = plane_clock_monotonic();
	struct trace_writer *old;
	bool full = options->max_ns != 0 && now_ns - recording->segment_ns >= options->max_ns;
	int result;

	if (!full && options->max_bytes != 0 && now_ns - recording->sized_ns >= SIZE_NS) {
		recording->sized_ns = now_ns;
		full = trace_writer_bytes(recording->output.writer) >= options->max_bytes;
	}
	if (!full)
		return 0;
	recording->segment_ns = now_ns;
	result = files_next(&recording->output, &old);
	if (result != 0)
		return -EIO;
	result = capture_switch(recording->capture, recording->output.writer);
	if (result == 0 && recording->kernel != NULL)
		result = kernel_view_use(recording->kernel, recording->output.writer);
	if (result == 0)
		result = files_end(&recording->output, old);
	trace_writer_destroy(old);
	return result;
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
		int64_t seen = recording->kernel != NULL ? kernel_view_step(recording->kernel) : 0;
		int64_t taken = capture_step(recording->capture);
		enum ending ending;

		if (seen < 0 || taken < 0 || turn_page(recording) < 0)
			return ENDING_FAILURE;
		ending = why_stop(recording);
		if (ending != ENDING_NONE)
			return ending;
		if (taken > 0) {
			idle_ms = IDLE_MIN_MS;
			wait_take_signals(recording);
			continue;
		}
		if (wait_program_ended(recording, recording->reaped) ||
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
	trace_writer_meta(recording->output.writer, "ending", ending_name(recording, ending));
	/* A child that is just dying is worth a moment; one that goes on is not waited for. */
	if (recording->launched && !recording->reaped && ending == ENDING_PROGRAM)
		wait_events(recording, 100);
	if (recording->reaped && recording->child_code == CLD_EXITED)
		trace_writer_meta_int(recording->output.writer, "exit_status",
				      recording->child_status);
	else if (recording->reaped)
		trace_writer_meta_int(recording->output.writer, "exit_signal",
				      recording->child_status);
}

/* Everything into the file, and the program let go. False: it failed, and that was said. */
static bool finish(struct recording *recording, enum ending ending)
{
	struct record_files *output = &recording->output;
	bool done = ending != ENDING_FAILURE &&
		    (recording->kernel == NULL || kernel_view_finish(recording->kernel) == 0) &&
		    capture_finish(recording->capture) == 0;
	const char *text = capture_error(recording->capture);

	if (done) {
		store_ending(recording, ending);
		done = files_end(output, output->writer) == 0;
	}
	if (!done && text[0] == '\0')
		text = trace_writer_error(output->writer);
	if (!done && text[0] != '\0')
		command_fail(0, NAME, "the recording stopped: %s", text);
	if (!done)
		recording->capture = capture_close(recording->capture);
	output->writer = trace_writer_destroy(output->writer);
	return done;
}

/* From the plane to a finished file. */
static int record_plane(struct recording *recording)
{
	const struct record_files *output = &recording->output;
	enum ending ending;
	bool done, damaged;
	int result = begin(recording);

	if (result != 0) {
		files_drop(&recording->output);
		return result;
	}
	/* A file that cannot be written says so at its next commit. */
	if (recording->launched)
		(void)launched_store(recording);
	ending = pump(recording);
	done = finish(recording, ending);
	damaged = plane_view_damaged(recording->plane);
	result = wait_child(recording);
	if (!done)
		return COMMAND_TROUBLE;
	if (!recording->options->quiet) {
		tell_death(recording, ending);
		tell_summary(recording);
	}
	if (damaged)
		return command_fail(COMMAND_UNREADABLE, NAME,
				    "the plane %s was cut short while it was read; what was read "
				    "before is in %s",
				    plane_view_path(recording->plane), output->path);
	if (result == COMMAND_OK && recording->options->fail_on_drop &&
	    (output->totals.lost > 0 || capture_lapses(recording->capture) > 0))
		return COMMAND_LOST;
	return result;
}

static int open_output(struct recording *recording, const char *program, int argc, char **argv)
{
	const struct record_options *options = recording->options;

	recording->output.command = NAME;
	recording->output.keep = options->segments;
	return files_open(&recording->output, options->output, program, argc, argv,
			  options->max_bytes != 0 || options->max_ns != 0, recording->plane);
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
		files_drop(&recording->output);
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
		files_drop(&recording->output);
		return wait_child_status(recording);
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

	if (result != 0) {
		record_options_finish(&options);
		return result;
	}
	memset(&recording, 0, sizeof(recording));
	recording.name = NAME;
	recording.options = &options;
	recording.signals = -1;
	recording.notify = -1;
	recording.plane_fd = -1;
	if (wait_begin(&recording, &old) < 0) {
		record_options_finish(&options);
		return command_fail(COMMAND_TROUBLE, NAME, "no signalfd: %s", strerror(errno));
	}
	result = open_kernel(&recording);
	if (result == 0)
		result = options.pid != 0 ? record_running(&recording, argc, argv)
					  : record_command(&recording, argc, argv);
	kernel_view_close(recording.kernel);
	capture_close(recording.capture);
	trace_writer_destroy(recording.output.writer);
	plane_view_close(recording.plane);
	if (recording.launched)
		close(recording.launch.pidfd);
	if (recording.plane_fd >= 0)
		close(recording.plane_fd);
	if (recording.notify >= 0)
		close(recording.notify);
	wait_finish(&recording, &old);
	record_options_finish(&options);
	return result;
}

const struct command command_record = {
	.name = "record",
	.usage = "[OPTIONS] (-p PID | -- COMMAND [ARGUMENT]...)",
	.summary = "Record a program's events into a trace file",
	.help = RECORD_OPTIONS_HELP
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
	"  actor-trace record -p 4711 -d 10 --events order\n"
	"  actor-trace record -p 4711 --sample 1/100 --max-size 256M --segments 8\n",
	.run = record_run,
};
