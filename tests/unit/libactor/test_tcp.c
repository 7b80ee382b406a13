/* SPDX-License-Identifier: MIT */
/* TCP ports against real sockets on the loopback. */
#include "actors.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <actor/tcp.h>

struct echo {
	struct seen *seen;
	struct actor_pid listener;
	enum actor_tcp_framing framing;
};

/* One actor that listens and answers: what it gets it sends back; "bye" ends it normally. */
static int echo_init(void *state, const void *argument, size_t size)
{
	struct echo *self = state;
	struct actor_tcp_options options = {.size = sizeof(options), .line_max = 16};
	uint16_t port;
	int status;

	CU_ASSERT_EQUAL(size, sizeof(*self));
	memcpy(self, argument, sizeof(*self));
	options.framing = self->framing;
	status = actor_tcp_listen(&options, &self->listener, &port);
	seen_add(self->seen, status == 0 ? port : status);
	return status;
}

static int echo_info(void *state, const struct actor_message *message)
{
	struct echo *self = state;

	if (actor_message_is(message, &actor_tcp_accepted)) {
		const struct actor_tcp_accepted_message *accepted =
			actor_message_as(message, struct actor_tcp_accepted_message);

		return actor_tcp_own(accepted->connection, actor_self());
	}
	if (actor_message_is(message, &actor_tcp_data)) {
		const struct actor_tcp_data_message *data =
			actor_message_as(message, struct actor_tcp_data_message);
		size_t size;
		const char *bytes = actor_tcp_bytes(message, &size);

		(void)actor_tcp_write(data->connection, bytes, size);
		(void)actor_tcp_write(data->connection, data->truncated ? "!" : "|", 1);
		if (size == 3 && memcmp(bytes, "bye", 3) == 0)
			return ACTOR_STOP;
		if (size == 5 && memcmp(bytes, "close", 5) == 0)
			return actor_tcp_close(data->connection);
	}
	if (actor_message_is(message, &actor_tcp_closed))
		seen_add(self->seen, -1000);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour echo = {.name = "echo",
					    .state_size = sizeof(struct echo),
					    .init = echo_init,
					    .handle_info = echo_info};

static int dial(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = DEADLINE_SECS};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	CU_ASSERT_EQUAL(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads until the text is there or the peer has closed. */
static void hear(int fd, const char *expected)
{
	char text[256] = "";
	size_t length = 0;

	while (length < strlen(expected)) {
		ssize_t size = recv(fd, text + length, sizeof(text) - 1 - length, 0);

		if (size <= 0)
			break;
		length += (size_t)size;
	}
	text[length] = '\0';
	CU_ASSERT_STRING_EQUAL(text, expected);
}

static bool is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) == 0;
}

static uint16_t listening(struct seen *seen, enum actor_tcp_framing framing,
			  struct actor_pid *ret_pid)
{
	struct echo argument = {.seen = seen, .framing = framing};

	CU_ASSERT_EQUAL_FATAL(actor_start(&echo, &argument, sizeof(argument), NULL, ret_pid, NULL),
			      0);
	return (uint16_t)seen->values[0];
}

static void lines_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid;
	uint16_t port = listening(&seen, ACTOR_TCP_LINES, &pid);
	int fd = dial(port);

	(void)system;
	say(fd, "one\ntwo\r\n\nhal");
	hear(fd, "one|two||");
	say(fd, "f\n0123456789abcdefXYZ\nnext\n");
	hear(fd, "half|0123456789abcdef!next|");
	say(fd, "close\n");
	hear(fd, "close|");
	CU_ASSERT_TRUE(is_closed(fd));
	CU_ASSERT_TRUE(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[1], -1000);
	close(fd);
}

static void a_stream_is_cut_into_lines(void)
{
	in_system(lines_body);
}

static void end_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_system_counters counters;
	struct actor_pid pid;
	uint16_t port = listening(&seen, ACTOR_TCP_LINES, &pid);
	int talking = dial(port);
	int silent = dial(port);

	say(silent, "x\n");
	hear(silent, "x|");
	say(talking,
	    "bye\n"); /* the owner ends normally: all its sockets close, behind its answer */
	hear(talking, "bye|");
	CU_ASSERT_TRUE(is_closed(talking));
	CU_ASSERT_TRUE(is_closed(silent));
	close(talking);
	close(silent);
	do
		actor_system_count(system, &counters);
	while (counters.actors != 0); /* the test's time limit is the deadline */
	CU_ASSERT_EQUAL(counters.dead_letters, 0);
}

static void sockets_close_with_their_owner(void)
{
	in_system(end_body);
}

static void bytes_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid;
	uint16_t port = listening(&seen, ACTOR_TCP_BYTES, &pid);
	int fd = dial(port);

	(void)system;
	say(fd, "raw");
	hear(fd, "raw|");
	close(fd); /* the peer goes: the owner is told, nothing is left */
	CU_ASSERT_TRUE(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[1], -1000);
}

static void bytes_come_as_they_are(void)
{
	in_system(bytes_body);
}

static void taken(void *context)
{
	struct actor_tcp_options options = {.size = sizeof(options),
					    .port = *(const uint16_t *)context};
	struct actor_pid listener = {77};
	uint16_t port = 78;

	CU_ASSERT_EQUAL(actor_tcp_listen(&options, &listener, &port), ACTOR_EADDRESS_IN_USE);
	options.address = "not an address";
	CU_ASSERT_EQUAL(actor_tcp_listen(&options, &listener, &port), ACTOR_EADDRESS);
	CU_ASSERT_EQUAL(listener.bits, 77);
	CU_ASSERT_EQUAL(port, 78);
}

static void taken_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid;
	uint16_t port = listening(&seen, ACTOR_TCP_LINES, &pid);

	(void)system;
	in_actor(taken, &port);
}

static void a_taken_address_is_refused(void)
{
	in_system(taken_body);
}

#define CASES(X)                          \
	X(a_stream_is_cut_into_lines)     \
	X(sockets_close_with_their_owner) \
	X(bytes_come_as_they_are)         \
	X(a_taken_address_is_refused)

SUITE("tcp", CASES)
