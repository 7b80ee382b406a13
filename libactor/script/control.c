/* SPDX-License-Identifier: MIT */
/* Stops, questions and answers, checkpoints. */
#include "script/script.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor/rare.h"

int control_open(struct script *script, int fd)
{
	struct control *control = calloc(1, sizeof(*control));

	if (control == NULL)
		return ACTOR_ENO_MEMORY;
	control->fd = fd;
	script->control = control; /* `until` 0: it stops before the first step */
	(void)signal(SIGCHLD, SIG_IGN);
	return 0;
}

/* ---- Packets -----------------------------------------------------------------------------------
 */

static void answer(struct script *script, struct actor_control_reply *reply, const void *bytes,
		   size_t size, int passed)
{
	struct control *control = script->control;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ancillary;
	struct iovec parts[2] = {{reply, sizeof(*reply)}, {(void *)(uintptr_t)bytes, size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	reply->size = (uint32_t)size;
	if (passed >= 0) {
		struct cmsghdr *header;

		memset(&ancillary, 0, sizeof(ancillary));
		message.msg_control = &ancillary;
		message.msg_controllen = sizeof(ancillary.bytes);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &passed, sizeof(int));
	}
	while (sendmsg(control->fd, &message, MSG_NOSIGNAL) < 0) {
		if (errno != EINTR)
			_exit(0); /* nobody is there any more */
	}
}

/* How many bytes follow the request. */
static size_t receive(struct script *script, struct actor_control_request *ret_request)
{
	struct control *control = script->control;
	ssize_t got;

	do
		got = recv(control->fd, control->bytes, sizeof(control->bytes), 0);
	while (got < 0 && errno == EINTR);
	if (got < (ssize_t)sizeof(*ret_request))
		_exit(0);
	memcpy(ret_request, control->bytes, sizeof(*ret_request));
	return (size_t)got - sizeof(*ret_request);
}

/* ---- Where it stands ---------------------------------------------------------------------------
 */

static uint64_t address_of(const void *function, size_t size)
{
	uint64_t address = 0;

	memcpy(&address, function, size);
	return address;
}

static uint64_t handler_of(const struct actor_behaviour *behaviour, uint8_t kind)
{
	switch (kind) {
	case ACTOR_MESSAGE_KIND_INIT:
		return address_of(&behaviour->init, sizeof(behaviour->init));
	case ACTOR_MESSAGE_KIND_CALL:
		return address_of(&behaviour->handle_call, sizeof(behaviour->handle_call));
	case ACTOR_MESSAGE_KIND_CAST:
		return address_of(&behaviour->handle_cast, sizeof(behaviour->handle_cast));
	case ACTOR_MESSAGE_KIND_CONTINUE:
		return address_of(&behaviour->handle_continue, sizeof(behaviour->handle_continue));
	case ACTOR_MESSAGE_KIND_SIGNAL:
	case ACTOR_MESSAGE_KIND_SYSTEM:
		return 0;
	default:
		return address_of(&behaviour->handle_info, sizeof(behaviour->handle_info));
	}
}

static void say_where(const struct script *script, struct actor_control_reply *reply)
{
	const struct control *control = script->control;
	const struct actor_event *event = control->event;
	const struct cell *cell = control->cell;

	reply->stop = control->stop;
	reply->a = control->stop_break;
	reply->pid = (uint32_t)getpid();
	reply->steps = script->steps;
	if (event == NULL)
		return;
	reply->step = script_place(script, event);
	reply->actor = cell_pid(cell).bits;
	reply->behaviour = (uintptr_t)cell->behaviour;
	reply->state = (uintptr_t)cell->state;
	reply->state_size = cell->behaviour->state_size;
	reply->kind = 0xff;
	if (event->kind != ACTOR_EVENT_RECV)
		return;
	reply->sender = event->b;
	reply->seq = event->seq;
	reply->tag = event->tag;
	reply->kind = event->flags & 0x0f;
	reply->resumes = (event->flags & ACTOR_EVENT_RESUMES) != 0 ||
			 (cell->wait != NULL && !cell->wait->suspended);
	if (*control->message != NULL)
		reply->message = (uintptr_t)*control->message;
	if (!reply->resumes)
		reply->handler = handler_of(cell->behaviour, reply->kind);
}

/* ---- Requests ----------------------------------------------------------------------------------
 */

static struct cell *cell_of(const struct script *script, uint64_t pid)
{
	struct actor_pid wanted = {pid};

	return system_find(script->system, wanted) != NULL
		       ? system_cell(script->system, actor_pid_slot(wanted))
		       : NULL;
}

/* Part of `size` bytes from `from` on: how many there are, at most as many as fit. */
static size_t part(uint64_t size, uint64_t from)
{
	uint64_t left = from < size ? size - from : 0;

	return left < ACTOR_CONTROL_BYTES_MAX ? (size_t)left : ACTOR_CONTROL_BYTES_MAX;
}

static struct actor_message *message_of(const struct script *script,
					const struct actor_control_request *request)
{
	const struct control *control = script->control;
	const struct cell *cell;

	if (request->a == 0)
		return control->event != NULL && control->message != NULL ? *control->message
									  : NULL;
	cell = cell_of(script, request->c);
	return cell != NULL ? control_message(cell, request->a) : NULL;
}

static int overwrite(void *to, uint64_t size, uint64_t from, const void *bytes, size_t count)
{
	if (from > size || count > size - from)
		return -ERANGE;
	memcpy((char *)to + from, bytes, count);
	return 0;
}

static int reorder(struct script *script, uint64_t nth)
{
	struct control *control = script->control;
	struct actor_message *other;

	if (control->event == NULL || control->message == NULL || *control->message == NULL)
		return -ENOENT;
	other = control_message_take(control->cell, nth);
	if (other == NULL)
		return -ENOENT;
	mailbox_prepend(&control->cell->queue, *control->message);
	*control->message = other;
	return 0;
}

static void note_marks(struct script *script)
{
	const struct actor_plane_control *plane = script->system->plane.control;
	uint32_t *marks = script->control->marks;

	marks[0] = plane->types_used;
	marks[1] = plane->behaviours_used;
	marks[2] = plane->strings_used;
	marks[3] = plane->threads_used;
	marks[4] = plane->actors_used;
}

/* A copy that goes on: what is shared with the one that went on before is as it was. */
static void go_on(struct script *script)
{
	struct actor_plane_control *plane = script->system->plane.control;
	struct control *control = script->control;

	plane->types_used = control->marks[0];
	plane->behaviours_used = control->marks[1];
	plane->strings_used = control->marks[2];
	plane->threads_used = control->marks[3];
	plane->actors_used = control->marks[4];
	for (struct thread *thread = script->system->threads; thread != NULL; thread = thread->next)
		ring_resume(&thread->ring);
	script->header->pid = (uint32_t)getpid();
	script->header->position = script->position;
	script->header->steps = script->steps;
	script->header->trouble = ACTOR_SCRIPT_FINE;
	control->copy = false;
}

static void checkpoint(struct script *script, struct actor_control_reply *reply)
{
	struct control *control = script->control;
	int pair[2];
	pid_t pid = -1;
	int status;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		reply->status = -errno;
		answer(script, reply, NULL, 0, -1);
		return;
	}
	if (!control->copy)
		note_marks(script);
	status = script_guests_fork(script, &pid);
	if (pid == 0) {
		close(control->fd);
		close(pair[0]);
		control->fd = pair[1];
		control->copy = true;
		return;
	}
	close(pair[1]);
	reply->status = status;
	say_where(script, reply);
	reply->pid = pid > 0 ? (uint32_t)pid : 0;
	answer(script, reply, NULL, 0, pid > 0 ? pair[0] : -1);
	close(pair[0]);
}

/* All requests but RUN. */
static void serve(struct script *script, const struct actor_control_request *request, size_t size)
{
	struct control *control = script->control;
	const unsigned char *given = control->bytes + sizeof(*request);
	static unsigned char bytes[ACTOR_CONTROL_BYTES_MAX];
	struct actor_control_reply reply = {0};
	struct actor_control_break wish;
	struct actor_message *message;
	struct cell *cell;
	const void *from = bytes;
	size_t count = 0;

	switch (request->verb) {
	case ACTOR_CONTROL_CHECKPOINT:
		checkpoint(script, &reply);
		return;
	case ACTOR_CONTROL_BREAK:
		reply.status = -EINVAL;
		if (size == sizeof(wish)) {
			memcpy(&wish, given, sizeof(wish));
			reply.status = control_break_add(script, &wish, &reply.a);
		}
		break;
	case ACTOR_CONTROL_UNBREAK:
		control_break_remove(script, request->a);
		break;
	case ACTOR_CONTROL_WHERE:
		say_where(script, &reply);
		break;
	case ACTOR_CONTROL_STATE:
	case ACTOR_CONTROL_SET_STATE:
		cell = cell_of(script, request->a);
		if (cell == NULL || cell->state == NULL) {
			reply.status = -ENOENT;
			break;
		}
		reply.a = cell->behaviour->state_size;
		if (request->verb == ACTOR_CONTROL_SET_STATE) {
			reply.status = overwrite(cell->state, reply.a, request->b, given, size);
			break;
		}
		count = part(reply.a, request->b);
		from = (const char *)cell->state + (count != 0 ? request->b : 0);
		break;
	case ACTOR_CONTROL_MESSAGE:
	case ACTOR_CONTROL_SET_MESSAGE:
		message = message_of(script, request);
		if (message == NULL) {
			reply.status = -ENOENT;
			break;
		}
		reply.a = message->size;
		if (request->verb == ACTOR_CONTROL_SET_MESSAGE) {
			reply.status = overwrite(message + 1, reply.a, request->b, given, size);
			break;
		}
		count = part(reply.a, request->b);
		from = (const char *)(message + 1) + (count != 0 ? request->b : 0);
		break;
	case ACTOR_CONTROL_MAILBOX:
	case ACTOR_CONTROL_BONDS:
		cell = cell_of(script, request->a);
		if (cell == NULL) {
			reply.status = -ENOENT;
			break;
		}
		if (request->verb == ACTOR_CONTROL_MAILBOX) {
			(void)cell_drain(thread_self(), cell);
			count = control_mailbox(cell, request->b, bytes, &reply.a);
		} else {
			count = control_bonds(script, cell, bytes, &reply.a);
		}
		break;
	case ACTOR_CONTROL_DROP:
		control->drop = true;
		break;
	case ACTOR_CONTROL_REORDER:
		reply.status = reorder(script, request->a);
		break;
	case ACTOR_CONTROL_EXIT:
		_exit(0);
	default:
		reply.status = -EINVAL;
		break;
	}
	answer(script, &reply, from, count, -1);
}

/* Serves until it is to run on. */
static void stop(struct script *script)
{
	struct control *control = script->control;
	uint32_t state = script->header->state;
	struct actor_control_reply reply = {0};
	struct actor_control_request request;

	script->header->position = script->position;
	script->header->steps = script->steps;
	script->header->waiting = script->waiting;
	if (state < ACTOR_SCRIPT_STATE_ENDED)
		script->header->state = ACTOR_SCRIPT_STATE_STOPPED;
	say_where(script, &reply);
	answer(script, &reply, NULL, 0, -1);
	for (;;) {
		size_t size = receive(script, &request);

		if (request.verb == ACTOR_CONTROL_RUN)
			break;
		serve(script, &request, size);
	}
	if (control->copy)
		go_on(script);
	control->until = request.a;
	control->step = request.b;
	script->header->state = state;
}

/* ---- Stopping ----------------------------------------------------------------------------------
 */

bool control_step(struct script *script, struct thread *thread, struct cell *cell,
		  const struct actor_event *step, struct actor_message **message)
{
	struct control *control = script->control;
	uint64_t place = script_place(script, step);
	bool asked = script->steps >= control->until || place == control->step;
	bool hit = control->breaks_count != 0 &&
		   control_break_hit(script, cell, step, message != NULL ? *message : NULL);

	control->last = cell_pid(cell).bits;
	if (__builtin_expect(!asked && !hit, 1))
		return true;
	control->stop = hit ? ACTOR_CONTROL_STOP_BREAK : ACTOR_CONTROL_STOP_STEP;
	if (!hit)
		control->stop_break = 0;
	control->thread = thread;
	control->cell = cell;
	control->event = step;
	control->message = message;
	control->drop = false;
	stop(script);
	control->event = NULL;
	return !control->drop || message == NULL;
}

void control_end(struct script *script, struct thread *thread)
{
	struct control *control = script->control;

	if (control == NULL)
		return;
	control->stop =
		script->main == SCRIPT_MAIN_REST ? ACTOR_CONTROL_STOP_LEFT : ACTOR_CONTROL_STOP_END;
	control->stop_break = 0;
	control->thread = thread;
	control->event = NULL;
	stop(script);
}
