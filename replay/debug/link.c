/* SPDX-License-Identifier: MIT */
#include "debug/link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY_MS 200

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int fail(struct link *link, int status, const char *text)
{
	snprintf(link->error, sizeof(link->error), "%s", text);
	return status;
}

static const char *verb_text(enum actor_control_verb verb)
{
	switch (verb) {
	case ACTOR_CONTROL_RUN:
		return "to run on";
	case ACTOR_CONTROL_CHECKPOINT:
		return "to make a copy of itself";
	default:
		return "to answer a question";
	}
}

/* Until there is something to read. As long as the process gets on, it may take its time. */
static int await(struct link *link, enum actor_control_verb verb)
{
	uint32_t beats = __atomic_load_n(&link->script->beats, __ATOMIC_RELAXED);
	int64_t since_ns = now_ns();

	for (;;) {
		struct pollfd poll_fd = {.fd = link->fd, .events = POLLIN};
		int ready = poll(&poll_fd, 1, LOOK_EVERY_MS);
		uint32_t seen;

		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return fail(link, -errno, strerror(errno));
		seen = __atomic_load_n(&link->script->beats, __ATOMIC_RELAXED);
		if (seen != beats) {
			beats = seen;
			since_ns = now_ns();
		} else if (now_ns() - since_ns > LINK_PATIENCE_NS) {
			snprintf(link->error, sizeof(link->error),
				 "process %u was asked %s and has not got on for %d s; a handler "
				 "may "
				 "be blocked or in an endless loop: see actor-replay gdb",
				 link->pid, verb_text(verb), (int)(LINK_PATIENCE_NS / 1000000000));
			link->stuck = true;
			return -ETIMEDOUT;
		}
	}
}

static int send_request(struct link *link, const struct link_request *request)
{
	struct actor_control_request head = {.verb = request->verb,
					     .size = (uint32_t)request->size,
					     .a = request->a,
					     .b = request->b,
					     .c = request->c};
	struct iovec parts[2] = {{&head, sizeof(head)},
				 {(void *)(uintptr_t)request->bytes, request->size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = request->size != 0 ? 2 : 1};

	if (request->size > ACTOR_CONTROL_BYTES_MAX)
		return fail(link, -EMSGSIZE, "too many bytes for one request");
	while (sendmsg(link->fd, &message, MSG_NOSIGNAL) < 0) {
		if (errno == EINTR)
			continue;
		return fail(link, -EPIPE, "the replayed program is gone");
	}
	return 0;
}

static int take_fd(struct msghdr *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (control != NULL && control->cmsg_level == SOL_SOCKET &&
	    control->cmsg_type == SCM_RIGHTS && control->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

static int take_reply(struct link *link, const struct link_request *request,
		      struct actor_control_reply *ret_reply)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct actor_control_reply head;
	struct iovec parts[2] = {{&head, sizeof(head)},
				 {request->reply_bytes, request->reply_size}};
	struct msghdr message = {.msg_iov = parts,
				 .msg_iovlen = request->reply_size != 0 ? 2 : 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t size;
	int fd;

	do
		size = recvmsg(link->fd, &message, MSG_CMSG_CLOEXEC);
	while (size < 0 && errno == EINTR);
	if (size <= 0)
		return fail(link, -EPIPE, "the replayed program has ended");
	fd = take_fd(&message);
	if (request->ret_fd != NULL)
		*request->ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	if ((size_t)size < sizeof(head) || head.size > ACTOR_CONTROL_BYTES_MAX) {
		if (request->ret_fd != NULL && fd >= 0)
			close(fd);
		return fail(link, -EPROTO, "the replayed program answers what nobody asked");
	}
	/* What did not fit was cut off. */
	if (head.size > (size_t)size - sizeof(head))
		head.size = (uint32_t)((size_t)size - sizeof(head));
	*ret_reply = head;
	if (head.status < 0)
		return fail(link, head.status, strerror(-head.status));
	return 0;
}

int link_ask(struct link *link, const struct link_request *request,
	     struct actor_control_reply *ret_reply)
{
	struct actor_control_reply reply;
	int status = send_request(link, request);

	if (status == 0)
		status = await(link, request->verb);
	if (status == 0)
		status = take_reply(link, request, &reply);
	if (status == 0 && ret_reply != NULL)
		*ret_reply = reply;
	return status;
}

void link_close(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	/* It would notice the end of its socket, but does not come to that. */
	if (link->stuck && link->pid > 1)
		(void)kill((pid_t)link->pid, SIGKILL);
	link->fd = -1;
	link->stuck = false;
}
