/* SPDX-License-Identifier: MIT */
#include "arena_duel.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "suite.h"

#define STOP_NS ACTOR_SECONDS(20)

/* ---- The server ------------------------------------------------------------------------------ */

const struct rules fast = {
	.match_every_ms = 20,
	.tick_ms = 5,
	.ticks_per_move = 1,
	.countdown_ms = 20,
	.idle_ms = 60000,
	.lines_per_second = 1000,
	.refused_max = 500,
	.width = 32,
	.height = 20,
};

static uint64_t count_actors(const struct server *server)
{
	struct actor_system_counters counters;

	actor_system_count(server->system, &counters);
	return counters.actors;
}

int server_start(struct server *server, struct rules rules, const char *database)
{
	const struct actor_system_options settings = {.size = sizeof(settings), .schedulers = 2};
	const struct tree_options options = {
		.database = database,
		.address = "127.0.0.1",
		.rules = rules,
	};
	struct lobby_place place;
	int status;

	memset(server, 0, sizeof(*server));
	status = actor_system_create(&settings, &server->system);
	if (status == 0)
		status = tree_start(&options, &server->top);
	if (status == 0)
		status = actor_call(actor_whereis(LOBBY_NAME), &lobby_address, NULL, &place,
				    ACTOR_SECONDS(5));
	if (status != 0)
		return status;
	server->port = (uint16_t)place.port;
	server->actors = count_actors(server);
	return 0;
}

void pause_ms(long ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

bool is_empty_again(const struct server *server)
{
	for (int i = 0; i < PATIENCE_MS && count_actors(server) != server->actors; i++)
		pause_ms(1);
	return count_actors(server) == server->actors;
}

void server_stop(struct server *server)
{
	if (!actor_pid_is_none(server->top)) {
		CU_ASSERT_TRUE(tree_stop(server->top, STOP_NS));
		server->actors = 0;
		CU_ASSERT_TRUE(is_empty_again(server));
	}
	server->system = actor_system_destroy(server->system, ACTOR_SECONDS(5));
	CU_ASSERT_PTR_NULL(server->system);
}

/* ---- A player -------------------------------------------------------------------------------- */

void client_connect(struct client *client, const struct server *server)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(server->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	client->size = 0;
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_FATAL(client->fd >= 0);
	CU_ASSERT_FATAL(connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) ==
			0);
}

void say(struct client *client, const char *line)
{
	char text[1024];
	int size = snprintf(text, sizeof(text), "%s\n", line);

	CU_ASSERT_FATAL(send(client->fd, text, (size_t)size, MSG_NOSIGNAL) == size);
}

bool next_line(struct client *client)
{
	for (;;) {
		char *end = memchr(client->bytes, '\n', client->size);
		struct pollfd wait = {.fd = client->fd, .events = POLLIN};
		ssize_t size;

		if (end != NULL) {
			size_t length = (size_t)(end - client->bytes);

			snprintf(client->line, sizeof(client->line), "%.*s", (int)length,
				 client->bytes);
			client->size -= length + 1;
			memmove(client->bytes, end + 1, client->size);
			return true;
		}
		if (client->size == sizeof(client->bytes) || poll(&wait, 1, PATIENCE_MS) != 1)
			return false;
		size = recv(client->fd, client->bytes + client->size,
			    sizeof(client->bytes) - client->size, 0);
		if (size <= 0)
			return false;
		client->size += (size_t)size;
	}
}

bool hears(struct client *client, const char *start)
{
	while (next_line(client)) {
		if (strncmp(client->line, start, strlen(start)) == 0)
			return true;
	}
	fprintf(stderr, "never heard: %s; last: %s\n", start, client->line);
	return false;
}

bool answers(struct client *client, const char *line, const char *start)
{
	say(client, line);
	return hears(client, start);
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

void client_login(struct client *client, const struct server *server, const char *name)
{
	char line[64];

	client_connect(client, server);
	snprintf(line, sizeof(line), "name %s", name);
	CU_ASSERT_TRUE_FATAL(hears(client, "welcome "));
	CU_ASSERT_TRUE_FATAL(answers(client, line, "ok name "));
}

/* ---- Two of them ----------------------------------------------------------------------------- */

struct duel *duel_start(struct rules rules, const char *database)
{
	static struct duel duel;

	CU_ASSERT_EQUAL_FATAL(server_start(&duel.server, rules, database), 0);
	duel.anna.fd = -1;
	duel.bert.fd = -1;
	return &duel;
}

void duel_wait(struct duel *duel)
{
	CU_ASSERT_TRUE_FATAL(answers(&duel->anna, "play", "ok waiting"));
	CU_ASSERT_TRUE_FATAL(answers(&duel->bert, "play", "ok waiting"));
}

void duel_match(struct duel *duel)
{
	client_login(&duel->anna, &duel->server, "ANNA");
	client_login(&duel->bert, &duel->server, "BERT");
	duel_wait(duel);
	CU_ASSERT_TRUE_FATAL(hears(&duel->anna, "match BERT rating "));
	CU_ASSERT_TRUE_FATAL(hears(&duel->bert, "match ANNA rating "));
}

void duel_end(struct duel *duel)
{
	client_close(&duel->anna);
	client_close(&duel->bert);
	CU_ASSERT_TRUE(is_empty_again(&duel->server));
	server_stop(&duel->server);
}
