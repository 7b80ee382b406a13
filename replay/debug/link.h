/* SPDX-License-Identifier: MIT */
#ifndef DEBUG_LINK_H
#define DEBUG_LINK_H

/*
 * Requests to one replayed process, over its control socket: actor/replay.h has the protocol. Every
 * wait ends: when the process answers, when it is gone, or when it has not got on for a while.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/replay.h>

struct link {
	int fd;
	uint32_t pid;
	/* The script's header, which the process keeps up to date; it may lie. */
	const struct actor_script_header *script;
	bool stuck; /* it does not answer: it is to be killed */
	char error[256];
};

/* Without any progress for so long a process is given up. */
#define LINK_PATIENCE_NS INT64_C(10000000000)

struct link_request {
	enum actor_control_verb verb;
	uint64_t a;
	uint64_t b;
	uint64_t c;
	const void *bytes; /* that go with it */
	size_t size;
	void *reply_bytes; /* room for those that come back; may be NULL */
	size_t reply_size;
	int *ret_fd; /* a descriptor that comes with the reply; may be NULL */
};

/*
 * 0; what the process answers; -ETIMEDOUT, -EPIPE (it is gone), -EPROTO (it answers nonsense), with
 * a sentence in link->error.
 */
int link_ask(struct link *link, const struct link_request *request,
	     struct actor_control_reply *ret_reply);

/* The process ends. */
void link_close(struct link *link);

#endif
