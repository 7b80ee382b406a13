/* SPDX-License-Identifier: MIT */
#include "session_own.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <actor/plane_path.h>

#include "command.h"

#define POLL_EVENTS 65536

const char *session_error(const struct session *session)
{
	return session->error;
}

/* ---- The program's events ----------------------------------------------------------------------
 */

static int take_batch(void *user, const struct stream_batch *batch)
{
	struct session *session = user;

	if (session->stopped != 0)
		return session->stopped;
	session->stopped = session->events != NULL ? session->events(session->user, batch) : 0;
	return session->stopped;
}

static int take_gap(void *user, const struct stream_gap *gap)
{
	struct session *session = user;

	if (session->stopped != 0)
		return 0;
	session->stopped = -EIO;
	(void)session_fail(
		session, COMMAND_TROUBLE,
		"events of the replay were lost (%s): this program was stopped for too long",
		stream_gap_text(gap->reason));
	return session->stopped;
}

/* What has been published. Returns how many events, or what the sink returned. */
static int64_t drain(struct session *session, bool all)
{
	const struct stream_sink sink = {take_batch, take_gap, session};
	int64_t sum = 0, taken;

	if (session->stream == NULL)
		return 0;
	do {
		taken = stream_poll(session->stream, &sink, POLL_EVENTS);
		stream_advance(session->stream);
		if (taken < 0)
			return taken;
		sum += taken;
	} while (all && taken > 0);
	return sum;
}

/* ---- Packets -----------------------------------------------------------------------------------
 */

/* Whether it shows signs of life. */
static bool lives(struct session *session)
{
	const struct actor_script_header *header = session->script->header;
	uint64_t now_ns = plane_clock_monotonic();
	uint32_t beats = __atomic_load_n(&header->beats, __ATOMIC_RELAXED);
	uint64_t position = __atomic_load_n(&header->position, __ATOMIC_RELAXED);

	if (beats != session->beats || position != session->position) {
		session->beats = beats;
		session->position = position;
		session->heard_ns = now_ns;
	}
	return now_ns - session->heard_ns < session->options.patience_ns;
}

/* A packet of the program that runs now; its events are read meanwhile. */
static int receive(struct session *session)
{
	ssize_t got;

	session->heard_ns = plane_clock_monotonic();
	for (;;) {
		struct pollfd poll_fd = {.fd = session->fd, .events = POLLIN};
		int64_t taken = drain(session, false);

		if (taken < 0)
			return taken == -EIO ? COMMAND_TROUBLE : COMMAND_FINDING;
		if (poll(&poll_fd, 1, taken > 0 ? 0 : 1) > 0)
			break;
		if (taken > 0)
			session->heard_ns = plane_clock_monotonic();
		else if (!lives(session))
			return session_tell_silence(session);
	}
	got = recv(session->fd, &session->where, sizeof(session->where), 0);
	if (drain(session, true) < 0)
		return session->stopped == -EIO ? COMMAND_TROUBLE : COMMAND_FINDING;
	if (got < (ssize_t)sizeof(session->where))
		return session_tell_death(session);
	return COMMAND_OK;
}

/* ---- Running -----------------------------------------------------------------------------------
 */

int session_run(struct session *session, uint64_t steps, uint64_t place)
{
	const struct actor_control_request wanted = {
		.verb = ACTOR_CONTROL_RUN, .a = steps, .b = place};

	if (session->where.stop >= ACTOR_CONTROL_STOP_END)
		return COMMAND_OK;
	while (send(session->fd, &wanted, sizeof(wanted), MSG_NOSIGNAL) < 0) {
		if (errno == EINTR)
			continue;
		return session_tell_death(session);
	}
	return receive(session);
}

/* ---- Life --------------------------------------------------------------------------------------
 */

static int attach(struct session *session)
{
	const struct stream_options options = {
		.size = sizeof(options),
		.mode = ACTOR_PLANE_MODE_LOSSLESS,
		.events = session->options.events,
		.payload_max = session->options.payload_max,
	};
	char directory[PATH_MAX];
	int result = launch_directory(directory, sizeof(directory), session->error,
				      sizeof(session->error));

	if (result < 0)
		return COMMAND_TROUBLE;
	session->heard_ns = plane_clock_monotonic();
	for (;;) {
		bool ended = session_reap(session);

		result = launch_find(&session->launch, directory, &session->plane, session->error,
				     sizeof(session->error));
		if (result == 0)
			break;
		if (result != -ENOENT && result != PLANE_ENOT_READY)
			return COMMAND_TROUBLE;
		if (ended) {
			(void)session_tell_death(session);
			return COMMAND_NO_TARGET;
		}
		if (!lives(session)) {
			(void)session_tell_silence(session);
			return COMMAND_NO_TARGET;
		}
		(void)poll(NULL, 0, 1);
	}
	result = stream_open(session->plane, &options, &session->stream, session->error,
			     sizeof(session->error));
	return result < 0 ? COMMAND_TROUBLE : COMMAND_OK;
}

static int start(struct session *session)
{
	int pair[2];
	struct program_options options = {
		.command = session->options.command,
		.script = session->script->fd,
		.output = session->options.output,
		.session = session->options.events != 0,
		.preload = session->options.preload,
		.strict_fd = session->options.strict_fd,
	};
	int result;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return session_fail(session, COMMAND_TROUBLE, "cannot make sockets: %s",
				    strerror(errno));
	options.control = pair[1];
	session->fd = pair[0];
	/* Copies whose parent ends are ours to wait for. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* A second run begins where the first one did. */
	session->script->header->state = ACTOR_SCRIPT_STATE_NEW;
	session->script->header->trouble = ACTOR_SCRIPT_FINE;
	session->script->header->position = session->script->header->steps = 0;
	session->script->header->place = session->script->header->main_place = 0;
	session->script->header->awaited = 0;
	session->script->header->pid = 0;
	result = program_start(session->recording, &options, &session->launch, session->error,
			       sizeof(session->error));
	close(pair[1]);
	return result;
}

/*
 * Takes the name off the program's plane, which is mapped where it is needed: whatever ends the
 * program, nothing of a replay is left, and the few planes of the dead that are kept are those of
 * programs that crashed.
 */
static void forget_plane(const struct session *session)
{
	struct plane_name name = {.pid = session->script->header->pid};
	char directory[PATH_MAX], path[PATH_MAX + 80];
	struct plane_file *files;
	size_t count;

	if (name.pid == 0 || name.pid == (uint32_t)session->launch.pid) {
		name.pid = (uint32_t)session->launch.pid;
		name.start_time = session->launch.start_time;
	} else if (process_start_time(name.pid, &name.start_time) < 0) {
		return; /* behind a wrapper, and gone */
	}
	if (actor_plane_directory(directory, sizeof(directory)) < 0 ||
	    plane_files_list(directory, &files, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (files[i].id.pid != name.pid || files[i].id.start_time != name.start_time)
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, files[i].name);
		(void)unlink(path);
	}
	free(files);
}

int session_open(struct recording *recording, struct script_file *script,
		 const struct session_options *options, session_events events, void *user,
		 struct session **ret_session, char *error, size_t error_size)
{
	struct session *session = calloc(1, sizeof(*session));
	int result;

	if (session == NULL) {
		snprintf(error, error_size, "out of memory");
		return COMMAND_TROUBLE;
	}
	session->recording = recording;
	session->script = script;
	session->options = *options;
	session->events = events;
	session->user = user;
	session->fd = -1;
	session->launch.pidfd = -1;
	if (session->options.patience_ns == 0)
		session->options.patience_ns = SESSION_PATIENCE_NS;
	result = start(session);
	if (result == COMMAND_OK && options->events != 0)
		result = attach(session);
	if (result == COMMAND_OK)
		result = receive(session);
	if (session->launch.pid > 0)
		forget_plane(session);
	if (result != COMMAND_OK) {
		snprintf(error, error_size, "%s", session->error);
		session_close(session);
		return result;
	}
	*ret_session = session;
	return COMMAND_OK;
}

struct session *session_close(struct session *session)
{
	if (session == NULL)
		return NULL;
	if (session->fd >= 0)
		close(session->fd); /* it sees that, and exits */
	session->stream = stream_close(session->stream);
	session->plane = plane_view_close(session->plane);
	if (session->launch.pid > 0 && !session->reaped) {
		kill(session->launch.pid, SIGKILL);
		waitpid(session->launch.pid, NULL, 0);
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (session->launch.pidfd >= 0)
		close(session->launch.pidfd);
	free(session);
	return NULL;
}

const struct actor_control_reply *session_where(const struct session *session)
{
	return &session->where;
}

int session_control(const struct session *session)
{
	return session->fd;
}

pid_t session_pid(const struct session *session)
{
	return (pid_t)session->script->header->pid;
}

struct plane_view *session_plane(const struct session *session)
{
	return session->plane;
}

bool session_ended(const struct session *session, int *ret_status)
{
	if (session->reaped)
		*ret_status = session->status;
	return session->reaped;
}
