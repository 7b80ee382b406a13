/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "program.h"
#include "session_ladder.h"

#define POLL_EVENTS 65536

/* One process: the program, or a copy that waits. */
struct copy {
	int fd; /* -1: none */
	pid_t pid;
	uint64_t steps;
};

struct session {
	struct recording *recording;
	struct script_file *script;
	struct session_options options;
	session_events events;
	void *user;
	struct launch launch;
	struct plane_view *plane;
	struct stream *stream;
	struct copy now;
	struct copy base; /* what a branch goes back to; fd -1: no branch */
	struct copy ladder[SESSION_LADDER];
	size_t ladder_count;
	struct actor_control_reply where;
	uint64_t heard_ns; /* the last sign of life */
	uint32_t beats;
	uint64_t position;
	uint64_t listened;
	bool reaped;
	int status;
	int stopped; /* what the sink returned */
	size_t size; /* behind the last reply */
	unsigned char bytes[sizeof(struct actor_control_reply) + ACTOR_CONTROL_BYTES_MAX];
	char error[1024];
};

const char *session_error(const struct session *session)
{
	return session->error;
}

static int fail(struct session *session, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct session *session, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(session->error, sizeof(session->error), format, arguments);
	va_end(arguments);
	return status;
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
	(void)fail(session, COMMAND_TROUBLE,
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

static bool reap(struct session *session)
{
	int status;

	if (!session->reaped &&
	    waitpid(session->launch.pid, &status, WNOHANG) == session->launch.pid) {
		session->reaped = true;
		session->status = status;
	}
	return session->reaped;
}

static void tell_death(struct session *session)
{
	const struct actor_script_header *header = session->script->header;

	for (int i = 0; i < 200 && !reap(session); i++)
		(void)poll(NULL, 0, 10);
	switch ((enum actor_script_trouble)header->trouble) {
	case ACTOR_SCRIPT_EVERSION:
		(void)fail(session, COMMAND_TROUBLE,
			   "the program was built with another version of libactor: build it "
			   "anew, or use the actor-replay of its version");
		return;
	case ACTOR_SCRIPT_EDAMAGED:
		(void)fail(session, COMMAND_UNREADABLE,
			   "the recording contradicts itself: the program has refused its script");
		return;
	case ACTOR_SCRIPT_EMEMORY:
		(void)fail(session, COMMAND_TROUBLE, "the program has no memory left");
		return;
	case ACTOR_SCRIPT_ESLOTS:
		(void)fail(session, COMMAND_FINDING,
			   "the program has room for fewer actors than when it was recorded "
			   "(actors_max)");
		return;
	case ACTOR_SCRIPT_ESYSTEMS:
		(void)fail(session, COMMAND_TROUBLE,
			   "the program makes more than one actor system; only programs with one "
			   "can be replayed");
		return;
	default:
		break;
	}
	if (header->state == ACTOR_SCRIPT_STATE_NEW)
		(void)fail(session, COMMAND_NO_TARGET,
			   "the program ended (%s %d) before it made an actor system: is it the "
			   "recorded one, and linked with libactor?",
			   WIFSIGNALED(session->status) ? "signal" : "status",
			   WIFSIGNALED(session->status) ? WTERMSIG(session->status)
							: WEXITSTATUS(session->status));
	else if (session->reaped && WIFSIGNALED(session->status))
		(void)fail(session, COMMAND_FINDING, "the program was ended by signal %d (%s)",
			   WTERMSIG(session->status), strsignal(WTERMSIG(session->status)));
	else
		(void)fail(session, COMMAND_FINDING, "the program ended by itself, with status %d",
			   session->reaped ? WEXITSTATUS(session->status) : -1);
}

static void tell_silence(struct session *session)
{
	const struct actor_script_header *header = session->script->header;
	char name[64];
	const char *where = program_syscall((pid_t)header->pid, name, sizeof(name));

	if (header->state == ACTOR_SCRIPT_STATE_NEW)
		(void)fail(session, COMMAND_NO_TARGET,
			   "the program has made no actor system for %" PRIu64
			   " s: is it the recorded one, and linked with libactor?",
			   session->options.patience_ns / 1000000000);
	else if (header->state == ACTOR_SCRIPT_STATE_MAIN && where[0] != '\0')
		(void)fail(session, COMMAND_TROUBLE,
			   "the program's main waits for something outside, in %s, and nothing "
			   "comes: a replay has no outside; wait in a call of libactor, as "
			   "actor_signal_wait",
			   where);
	else
		(void)fail(session, COMMAND_TROUBLE,
			   "the program has not got on for %" PRIu64 " s, after step %" PRIu64
			   "%s%s: does a handler wait, or loop?",
			   session->options.patience_ns / 1000000000, header->steps,
			   where[0] != '\0' ? ", in " : "", where);
}

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
static int receive(struct session *session, struct actor_control_reply *ret_reply, int *ret_fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ancillary;
	struct iovec part = {session->bytes, sizeof(session->bytes)};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &ancillary,
				 .msg_controllen = sizeof(ancillary.bytes)};
	ssize_t got;

	session->heard_ns = plane_clock_monotonic();
	for (;;) {
		struct pollfd poll_fd = {.fd = session->now.fd, .events = POLLIN};
		int64_t taken = drain(session, false);

		if (taken < 0)
			return taken == -EIO ? COMMAND_TROUBLE : COMMAND_FINDING;
		if (poll(&poll_fd, 1, taken > 0 ? 0 : 1) > 0)
			break;
		if (taken > 0)
			session->heard_ns = plane_clock_monotonic();
		else if (!lives(session)) {
			tell_silence(session);
			return session->script->header->state == ACTOR_SCRIPT_STATE_NEW
				       ? COMMAND_NO_TARGET
				       : COMMAND_TROUBLE;
		}
	}
	got = recvmsg(session->now.fd, &message, MSG_CMSG_CLOEXEC);
	if (drain(session, true) < 0)
		return session->stopped == -EIO ? COMMAND_TROUBLE : COMMAND_FINDING;
	if (got < (ssize_t)sizeof(*ret_reply)) {
		tell_death(session);
		return session->script->header->trouble == ACTOR_SCRIPT_EDAMAGED
			       ? COMMAND_UNREADABLE
		       : session->script->header->state == ACTOR_SCRIPT_STATE_NEW
			       ? COMMAND_NO_TARGET
		       : session->script->header->trouble != 0 ? COMMAND_TROUBLE
							       : COMMAND_FINDING;
	}
	memcpy(ret_reply, session->bytes, sizeof(*ret_reply));
	session->size = (size_t)got - sizeof(*ret_reply);
	if (ret_fd != NULL && CMSG_FIRSTHDR(&message) != NULL)
		memcpy(ret_fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(*ret_fd));
	return COMMAND_OK;
}

static int request(struct session *session, const struct actor_control_request *wanted,
		   const void *bytes, size_t size)
{
	struct actor_control_request copy = *wanted;
	struct iovec parts[2] = {{&copy, sizeof(copy)}, {(void *)(uintptr_t)bytes, size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	copy.size = (uint32_t)size;
	while (sendmsg(session->now.fd, &message, MSG_NOSIGNAL) < 0) {
		if (errno == EINTR)
			continue;
		tell_death(session);
		return COMMAND_FINDING;
	}
	return COMMAND_OK;
}

int session_ask(struct session *session, const struct actor_control_request *wanted,
		const void *bytes, size_t size, struct actor_control_reply *ret_reply,
		const void **ret_bytes, size_t *ret_size)
{
	int result = request(session, wanted, bytes, size);

	if (result == COMMAND_OK)
		result = receive(session, ret_reply, NULL);
	if (result == COMMAND_OK && ret_bytes != NULL) {
		*ret_bytes = session->bytes + sizeof(*ret_reply);
		*ret_size = session->size;
	}
	return result;
}

/* ---- Copies ------------------------------------------------------------------------------------
 */

static void copy_end(struct copy *copy)
{
	if (copy->fd >= 0)
		close(copy->fd); /* it sees that, and exits */
	copy->fd = -1;
}

static int copy_make(struct session *session, struct copy *ret_copy)
{
	const struct actor_control_request wanted = {.verb = ACTOR_CONTROL_CHECKPOINT};
	struct actor_control_reply reply;
	int fd = -1;
	int result = request(session, &wanted, NULL, 0);

	if (result == COMMAND_OK)
		result = receive(session, &reply, &fd);
	if (result != COMMAND_OK)
		return result;
	if (reply.status != 0 || fd < 0)
		return fail(session, COMMAND_TROUBLE, "cannot copy the program: %s",
			    strerror(-reply.status));
	*ret_copy = (struct copy){fd, (pid_t)reply.pid, reply.steps};
	return COMMAND_OK;
}

/* Keeps the ladder short: the rung goes that leaves the best one. */
static void ladder_thin(struct session *session)
{
	uint64_t places[SESSION_LADDER];
	size_t worst;

	for (size_t i = 0; i < session->ladder_count; i++)
		places[i] = session->ladder[i].steps;
	worst = session_ladder_worst(places, session->ladder_count, session->where.steps);
	copy_end(&session->ladder[worst]);
	memmove(&session->ladder[worst], &session->ladder[worst + 1],
		(session->ladder_count - worst - 1) * sizeof(*session->ladder));
	session->ladder_count--;
}

/* A checkpoint where it stands, unless there is one. */
static int ladder_add(struct session *session)
{
	size_t at = 0;
	struct copy copy;
	int result;

	while (at < session->ladder_count && session->ladder[at].steps < session->where.steps)
		at++;
	if (at < session->ladder_count && session->ladder[at].steps == session->where.steps)
		return COMMAND_OK;
	result = copy_make(session, &copy);
	if (result != COMMAND_OK)
		return result;
	if (session->ladder_count == SESSION_LADDER) {
		ladder_thin(session);
		at = 0;
		while (at < session->ladder_count && session->ladder[at].steps < copy.steps)
			at++;
	}
	memmove(&session->ladder[at + 1], &session->ladder[at],
		(session->ladder_count - at) * sizeof(*session->ladder));
	session->ladder[at] = copy;
	session->ladder_count++;
	return COMMAND_OK;
}

size_t session_checkpoints(const struct session *session, uint64_t *places, size_t max)
{
	for (size_t i = 0; i < session->ladder_count && i < max; i++)
		places[i] = session->ladder[i].steps;
	return session->ladder_count;
}

/* Goes on in a copy of the waiting one, which goes on waiting. */
static int take_up(struct session *session, const struct copy *from)
{
	struct copy old = session->now;
	struct copy fresh;
	const struct actor_control_request where = {.verb = ACTOR_CONTROL_WHERE};
	int result;

	session->now = *from;
	result = copy_make(session, &fresh);
	if (result != COMMAND_OK) {
		session->now = old;
		return result;
	}
	copy_end(&old);
	session->now = fresh;
	return session_ask(session, &where, NULL, 0, &session->where, NULL, NULL);
}

/* ---- Running -----------------------------------------------------------------------------------
 */

static int run(struct session *session, uint64_t steps, uint64_t place)
{
	const struct actor_control_request wanted = {
		.verb = ACTOR_CONTROL_RUN, .a = steps, .b = place};
	int result = request(session, &wanted, NULL, 0);

	return result == COMMAND_OK ? receive(session, &session->where, NULL) : result;
}

static bool is_at_end(const struct session *session)
{
	return session->where.stop >= ACTOR_CONTROL_STOP_END;
}

int session_run(struct session *session, uint64_t steps, uint64_t place)
{
	int result = COMMAND_OK;

	if (is_at_end(session))
		return COMMAND_OK;
	if (!session->options.checkpoints || session->base.fd >= 0)
		return run(session, steps, place);
	while (result == COMMAND_OK) {
		uint64_t here = session->where.steps;
		uint64_t next = here + session_ladder_stride(session->script->steps);

		result = ladder_add(session);
		if (result != COMMAND_OK)
			break;
		if (next >= steps)
			return run(session, steps, place);
		result = run(session, next, place);
		if (result != COMMAND_OK || session->where.stop != ACTOR_CONTROL_STOP_STEP ||
		    session->where.step == place || session->where.steps < next)
			break;
	}
	return result;
}

/* Breaks do not stop it on the way. */
static int run_to(struct session *session, uint64_t steps)
{
	int result = COMMAND_OK;

	while (result == COMMAND_OK && session->where.steps < steps && !is_at_end(session))
		result = session_run(session, steps, 0);
	return result;
}

int session_goto(struct session *session, uint64_t steps)
{
	const struct copy *best = NULL;
	int result = COMMAND_OK;

	if (session->where.steps == steps)
		return COMMAND_OK;
	for (size_t i = 0; i < session->ladder_count; i++) {
		if (session->ladder[i].steps <= steps)
			best = &session->ladder[i];
	}
	if (session->base.fd >= 0)
		best = session->base.steps <= steps ? &session->base : NULL;
	if (steps < session->where.steps || (best != NULL && best->steps > session->where.steps)) {
		if (best == NULL)
			return fail(session, COMMAND_TROUBLE,
				    "there is no checkpoint before step %" PRIu64, steps);
		result = take_up(session, best);
	}
	return result == COMMAND_OK ? run_to(session, steps) : result;
}

int session_branch(struct session *session)
{
	return session->base.fd >= 0 ? COMMAND_OK : copy_make(session, &session->base);
}

int session_unbranch(struct session *session)
{
	const struct actor_control_request where = {.verb = ACTOR_CONTROL_WHERE};

	if (session->base.fd < 0)
		return COMMAND_OK;
	copy_end(&session->now);
	session->now = session->base;
	session->base.fd = -1;
	return session_ask(session, &where, NULL, 0, &session->where, NULL, NULL);
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
		bool ended = reap(session);

		result = launch_find(&session->launch, directory, &session->plane, session->error,
				     sizeof(session->error));
		if (result == 0)
			break;
		if (result != -ENOENT && result != PLANE_ENOT_READY)
			return COMMAND_TROUBLE;
		if (ended) {
			tell_death(session);
			return COMMAND_NO_TARGET;
		}
		if (!lives(session)) {
			tell_silence(session);
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
		return fail(session, COMMAND_TROUBLE, "cannot make sockets: %s", strerror(errno));
	options.control = pair[1];
	session->now.fd = pair[0];
	/* Copies whose parent ends are ours to wait for. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* A second run begins where the first one did. */
	session->script->header->state = ACTOR_SCRIPT_STATE_NEW;
	session->script->header->trouble = ACTOR_SCRIPT_FINE;
	session->script->header->position = session->script->header->steps = 0;
	session->script->header->pid = 0;
	result = program_start(session->recording, &options, &session->launch, session->error,
			       sizeof(session->error));
	close(pair[1]);
	return result;
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
	session->now.fd = session->base.fd = -1;
	session->launch.pidfd = -1;
	if (session->options.patience_ns == 0)
		session->options.patience_ns = SESSION_PATIENCE_NS;
	result = start(session);
	if (result == COMMAND_OK && options->events != 0)
		result = attach(session);
	if (result == COMMAND_OK)
		result = receive(session, &session->where, NULL);
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
	copy_end(&session->now);
	copy_end(&session->base);
	for (size_t i = 0; i < session->ladder_count; i++) {
		kill(session->ladder[i].pid, SIGKILL);
		copy_end(&session->ladder[i]);
	}
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
	return session->now.fd;
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
