/* SPDX-License-Identifier: MIT */
#include "strict.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "session.h"
#include "shim_find.h"
#include "term/text.h"

int strict_open(struct strict *strict)
{
	int ends[2];

	memset(strict, 0, sizeof(*strict));
	strict->read_fd = strict->write_fd = -1;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	strict->read_fd = ends[0];
	strict->write_fd = ends[1];
	return 0;
}

void strict_close(struct strict *strict)
{
	if (strict->read_fd >= 0)
		close(strict->read_fd);
	if (strict->write_fd >= 0)
		close(strict->write_fd);
	strict->read_fd = strict->write_fd = -1;
}

/* function TAB address TAB object TAB symbol TAB pid */
static void take_line(struct strict *strict, char *line)
{
	struct strict_call *call = &strict->calls[strict->count];
	char *fields[5];
	size_t count = 0;

	if (strict->count == STRICT_CALLS_MAX)
		return;
	for (char *at = line; count < 5; at++) {
		fields[count++] = at;
		at = strchr(at, '\t');
		if (at == NULL)
			break;
		*at = '\0';
	}
	if (count != 5)
		return;
	snprintf(call->function, sizeof(call->function), "%.*s", (int)sizeof(call->function) - 1,
		 fields[0]);
	if (fields[3][0] != '\0')
		snprintf(call->symbol, sizeof(call->symbol), "%s", fields[3]);
	else
		snprintf(call->symbol, sizeof(call->symbol), "%.100s+0x%.40s", fields[2],
			 fields[1]);
	snprintf(strict->object, sizeof(strict->object), "%s", fields[2]);
	call->address = strtoull(fields[1], NULL, 16);
	call->place[0] = '\0';
	call->pid = strtoull(fields[4], NULL, 16);
	strict->count++;
}

void strict_read(struct strict *strict)
{
	for (;;) {
		ssize_t got = read(strict->read_fd, strict->rest + strict->rest_size,
				   sizeof(strict->rest) - 1 - strict->rest_size);
		char *at = strict->rest, *end;

		if (got <= 0)
			return;
		strict->rest_size += (size_t)got;
		strict->rest[strict->rest_size] = '\0';
		while ((end = strchr(at, '\n')) != NULL) {
			*end = '\0';
			take_line(strict, at);
			at = end + 1;
		}
		strict->rest_size -= (size_t)(at - strict->rest);
		memmove(strict->rest, at, strict->rest_size + 1);
		if (strict->rest_size == sizeof(strict->rest) - 1)
			strict->rest_size = 0; /* no line is that long */
	}
}

static int take_none(void *user, const struct stream_batch *batch)
{
	(void)batch;
	strict_read(user);
	return 0;
}

int strict_run(struct recording *recording, struct script_file *script, char *const *command)
{
	struct strict strict;
	struct session_options options = {
		.command = command,
		.events = UINT64_C(1) << ACTOR_EVENT_RECV,
		.preload = shim_find(),
	};
	struct session *session = NULL;
	char error[1024], name[320];
	int result;

	if (options.preload == NULL)
		return command_fail(COMMAND_TROUBLE, NULL,
				    "strict mode needs libactor-replay-shim.so, which is neither "
				    "beside this program nor installed");
	if (strict_open(&strict) < 0)
		return command_fail(COMMAND_TROUBLE, NULL, "cannot make a pipe: %s",
				    strerror(errno));
	options.strict_fd = strict.write_fd;
	result = session_open(recording, script, &options, take_none, &strict, &session, error,
			      sizeof(error));
	if (result == COMMAND_OK) {
		result = session_run(session, UINT64_MAX, 0);
		snprintf(error, sizeof(error), "%s", session_error(session));
	}
	strict_read(&strict);
	session_close(session);
	strict_close(&strict);
	for (size_t i = 0; i < strict.count; i++) {
		struct strict_call *call = &strict.calls[i];

		text_print(stdout, recording_actor(recording, call->pid, name, sizeof(name)));
		strict_place(&strict, call);
		printf(" calls %s in ", call->function);
		text_print(stdout, call->symbol);
		if (call->place[0] != '\0')
			fputs(" at ", stdout);
		text_print(stdout, call->place);
		putchar('\n');
	}
	if (result != COMMAND_OK)
		return command_fail(result, NULL, "%s", error);
	if (strict.count == 0)
		printf("no handler asks for anything past the runtime\n");
	return strict.count != 0 ? COMMAND_FINDING : COMMAND_OK;
}
