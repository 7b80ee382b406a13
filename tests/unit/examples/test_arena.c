/* SPDX-License-Identifier: MIT */
/*
 * The whole game server in this process, played over TCP: games to the end, players who leave in
 * every state, misuse, failures of the parts, and after each case that no actor is left over.
 */
#include "tree.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "messages.h"
#include "suite.h"

#define PATIENCE_MS 10000
#define STOP_NS     ACTOR_SECONDS(20)

/* ---- The server ------------------------------------------------------------------------------ */

struct server {
	struct actor_system *system;
	struct actor_pid top;
	uint16_t port;
	uint64_t actors; /* with nobody connected */
};

static const struct rules fast = {
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

static int server_start(struct server *server, struct rules rules, const char *database)
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

static void pause_ms(long ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

/* Everybody has gone: as many actors as at the start. */
static bool is_empty_again(const struct server *server)
{
	for (int i = 0; i < PATIENCE_MS && count_actors(server) != server->actors; i++)
		pause_ms(1);
	return count_actors(server) == server->actors;
}

static void server_stop(struct server *server)
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

struct client {
	int fd;
	size_t size;
	char bytes[65536]; /* received and not looked at yet */
	char line[512];    /* the last one */
};

static void client_connect(struct client *client, const struct server *server)
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

static void say(struct client *client, const char *line)
{
	char text[1024];
	int size = snprintf(text, sizeof(text), "%s\n", line);

	CU_ASSERT_FATAL(send(client->fd, text, (size_t)size, MSG_NOSIGNAL) == size);
}

/* The next line; false at the connection's end, or when nothing comes for too long. */
static bool next_line(struct client *client)
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

/* Skips lines until one starts like that. */
static bool hears(struct client *client, const char *start)
{
	while (next_line(client)) {
		if (strncmp(client->line, start, strlen(start)) == 0)
			return true;
	}
	fprintf(stderr, "never heard: %s; last: %s\n", start, client->line);
	return false;
}

/* The answer to a line: the next one that is no news of a game. */
static bool answers(struct client *client, const char *line, const char *start)
{
	say(client, line);
	return hears(client, start);
}

static void client_close(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

static void client_login(struct client *client, const struct server *server, const char *name)
{
	char line[64];

	client_connect(client, server);
	snprintf(line, sizeof(line), "name %s", name);
	CU_ASSERT_TRUE_FATAL(hears(client, "welcome "));
	CU_ASSERT_TRUE_FATAL(answers(client, line, "ok name "));
}

static void match(struct client *anna, struct client *bert, const struct server *server)
{
	client_login(anna, server, "ANNA");
	client_login(bert, server, "BERT");
	CU_ASSERT_TRUE_FATAL(answers(anna, "play", "ok waiting"));
	CU_ASSERT_TRUE_FATAL(answers(bert, "play", "ok waiting"));
	CU_ASSERT_TRUE_FATAL(hears(anna, "match BERT rating "));
	CU_ASSERT_TRUE_FATAL(hears(bert, "match ANNA rating "));
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void answers_every_line(void)
{
	struct server server;
	static struct client anna;
	static struct client other;
	char noise[1000];

	CU_ASSERT_EQUAL_FATAL(server_start(&server, fast, ":memory:"), 0);
	client_connect(&anna, &server);
	CU_ASSERT_TRUE(hears(&anna, "welcome "));
	CU_ASSERT_TRUE(answers(&anna, "ping 17", "pong 17"));
	CU_ASSERT_TRUE(answers(&anna, "help", "ok help"));
	CU_ASSERT_TRUE(answers(&anna, "play", "error no-name"));
	CU_ASSERT_TRUE(answers(&anna, "", "error empty"));
	CU_ASSERT_TRUE(answers(&anna, "\377\001", "error not-text"));
	CU_ASSERT_TRUE(answers(&anna, "fly", "error unknown"));
	memset(noise, 'x', sizeof(noise) - 1);
	noise[sizeof(noise) - 1] = '\0';
	CU_ASSERT_TRUE(answers(&anna, noise, "error too-long"));
	CU_ASSERT_TRUE(answers(&anna, "name ANNA", "ok name ANNA rating 1500 games 0 coins 0"));
	CU_ASSERT_TRUE(answers(&anna, "name BERT", "error has-name"));
	CU_ASSERT_TRUE(answers(&anna, "left", "error not-playing"));
	CU_ASSERT_TRUE(answers(&anna, "leave", "error not-waiting"));
	CU_ASSERT_TRUE(answers(&anna, "top", "ok top 0"));
	CU_ASSERT_TRUE(answers(&anna, "who", "who ANNA lobby"));
	CU_ASSERT_TRUE(hears(&anna, "ok who 1 online 0 waiting 0 playing"));
	client_connect(&other, &server);
	CU_ASSERT_TRUE(answers(&other, "name ANNA", "error name-taken"));
	CU_ASSERT_TRUE(answers(&anna, "quit\r", "bye"));
	CU_ASSERT_FALSE(next_line(&anna));
	client_close(&anna);
	client_close(&other);
	CU_ASSERT_TRUE(is_empty_again(&server));
	client_login(&other, &server, "ANNA");
	client_close(&other);
	CU_ASSERT_TRUE(is_empty_again(&server));
	server_stop(&server);
}

static void plays_to_the_end(void)
{
	struct server server;
	static struct client anna;
	static struct client bert;
	struct referee_totals totals;

	CU_ASSERT_EQUAL_FATAL(server_start(&server, fast, ":memory:"), 0);
	match(&anna, &bert, &server);
	CU_ASSERT_TRUE(answers(&bert, "play", "error already"));
	CU_ASSERT_TRUE(hears(&anna, "go"));
	CU_ASSERT_TRUE(hears(&anna, "tick 0 you "));
	CU_ASSERT_TRUE(hears(&anna, "tick 1 you "));
	/* Nobody steers: whatever the start was, it ends at a wall or a trail. */
	CU_ASSERT_TRUE(hears(&anna, "end "));
	CU_ASSERT_TRUE(hears(&bert, "end "));
	CU_ASSERT_PTR_NULL(strstr(bert.line, "unrated"));
	CU_ASSERT_TRUE(answers(&anna, "top", "top 1 "));
	CU_ASSERT_TRUE(hears(&anna, "top 2 "));
	CU_ASSERT_TRUE(hears(&anna, "ok top 2"));
	/* And again, with pictures this time. */
	CU_ASSERT_TRUE(answers(&anna, "show on", "ok show on"));
	CU_ASSERT_TRUE(answers(&anna, "play", "ok waiting"));
	CU_ASSERT_TRUE(answers(&bert, "play", "ok waiting"));
	CU_ASSERT_TRUE(hears(&anna, "board |"));
	CU_ASSERT_TRUE(hears(&anna, "end "));
	CU_ASSERT_EQUAL(actor_call(actor_whereis(REFEREE_NAME), &referee_count, NULL, &totals,
				   ACTOR_SECONDS(5)),
			0);
	CU_ASSERT_EQUAL(totals.games, 2);
	CU_ASSERT_EQUAL(totals.players, 2);
	client_close(&anna);
	client_close(&bert);
	CU_ASSERT_TRUE(is_empty_again(&server));
	server_stop(&server);
}

static void steers(void)
{
	struct server server;
	static struct client anna;
	static struct client bert;
	struct rules slow = fast;
	bool is_first;

	/* So slow that all of this happens before the first move. */
	slow.ticks_per_move = 1000;
	CU_ASSERT_EQUAL_FATAL(server_start(&server, slow, ":memory:"), 0);
	match(&anna, &bert, &server);
	is_first = strstr(anna.line, "side 1") != NULL;
	CU_ASSERT_TRUE(answers(&anna, "w", "ok up"));
	CU_ASSERT_TRUE(answers(&anna, "down", "ok down"));
	CU_ASSERT_TRUE(answers(&bert, "u", "ok up"));
	/* The first one starts to the right, the second one to the left. */
	CU_ASSERT_TRUE(answers(&anna, is_first ? "left" : "right", "error turn-back"));
	CU_ASSERT_TRUE(answers(&anna, is_first ? "d" : "a", is_first ? "ok right" : "ok left"));
	CU_ASSERT_TRUE(answers(&bert, "leave", "ok leave"));
	CU_ASSERT_TRUE(hears(&bert, "end "));
	CU_ASSERT_TRUE(hears(&anna, "end "));
	client_close(&anna);
	client_close(&bert);
	CU_ASSERT_TRUE(is_empty_again(&server));
	server_stop(&server);
}

static void leaving_while_waiting(void)
{
	struct server server;
	static struct client anna;
	static struct client bert;

	CU_ASSERT_EQUAL_FATAL(server_start(&server, fast, ":memory:"), 0);
	/* New, lobby, waiting: gone without a word. */
	client_connect(&anna, &server);
	client_close(&anna);
	client_login(&anna, &server, "ANNA");
	client_close(&anna);
	CU_ASSERT_TRUE(is_empty_again(&server));
	client_login(&anna, &server, "ANNA");
	CU_ASSERT_TRUE(answers(&anna, "play", "ok waiting"));
	client_close(&anna);
	CU_ASSERT_TRUE(is_empty_again(&server));
	/* Who has gone is not matched, nor is who changed his mind. */
	client_login(&anna, &server, "ANNA");
	CU_ASSERT_TRUE(answers(&anna, "play", "ok waiting"));
	CU_ASSERT_TRUE(answers(&anna, "leave", "ok leave"));
	client_login(&bert, &server, "BERT");
	CU_ASSERT_TRUE(answers(&bert, "play", "ok waiting"));
	pause_ms(5 * fast.match_every_ms);
	CU_ASSERT_TRUE(answers(&bert, "who", "who BERT waiting"));
	client_close(&anna);
	client_close(&bert);
	CU_ASSERT_TRUE(is_empty_again(&server));
	server_stop(&server);
}

static void leaving_while_matched_cancels(void)
{
	struct server server;
	static struct client anna;
	static struct client bert;
	struct rules patient = fast;

	patient.countdown_ms = 60000;
	CU_ASSERT_EQUAL_FATAL(server_start(&server, patient, ":memory:"), 0);
	match(&anna, &bert, &server);
	client_close(&anna);
	CU_ASSERT_TRUE(hears(&bert, "end cancelled rating 1500 reward 0"));
	CU_ASSERT_TRUE(answers(&bert, "top", "ok top 0"));
	client_close(&bert);
	CU_ASSERT_TRUE(is_empty_again(&server));
	server_stop(&server);
}

static void leaving_while_playing_loses(void)
{
	struct server server;
	static struct client anna;
	static struct client bert;
	struct rules slow = fast;

	slow.ticks_per_move = 1000;
	CU_ASSERT_EQUAL_FATAL(server_start(&server, slow, ":memory:"), 0);
	match(&anna, &bert, &server);
	CU_ASSERT_TRUE(hears(&anna, "go"));
	CU_ASSERT_TRUE(hears(&bert, "go"));
	client_close(&anna);
	CU_ASSERT_TRUE(hears(&bert, "end win rating 16"));
	client_login(&anna, &server, "ANNA");
	CU_ASSERT_PTR_NOT_NULL(strstr(anna.line, "games 1"));
	/* Both at once. */
	CU_ASSERT_TRUE(answers(&anna, "play", "ok waiting"));
	CU_ASSERT_TRUE(answers(&bert, "play", "ok waiting"));
	CU_ASSERT_TRUE(hears(&anna, "go"));
	client_close(&anna);
	client_close(&bert);
	CU_ASSERT_TRUE(is_empty_again(&server));
	server_stop(&server);
}

static void floods_are_stopped(void)
{
	struct server server;
	static struct client anna;
	static char flood[40000];
	struct rules strict = fast;

	strict.lines_per_second = 50;
	for (size_t i = 0; i < sizeof(flood); i++)
		flood[i] = "ping\n"[i % 5];
	CU_ASSERT_EQUAL_FATAL(server_start(&server, strict, ":memory:"), 0);
	client_connect(&anna, &server);
	(void)send(anna.fd, flood, sizeof(flood), MSG_NOSIGNAL);
	CU_ASSERT_TRUE(hears(&anna, "error slow-down"));
	CU_ASSERT_TRUE(hears(&anna, "error flood"));
	CU_ASSERT_TRUE(is_empty_again(&server));
	client_close(&anna);
	server_stop(&server);
}

static void silence_is_ended(void)
{
	struct server server;
	static struct client silent;
	static struct client half_open;
	struct rules impatient = fast;

	impatient.idle_ms = 200;
	CU_ASSERT_EQUAL_FATAL(server_start(&server, impatient, ":memory:"), 0);
	client_connect(&silent, &server);
	client_connect(&half_open, &server);
	CU_ASSERT_EQUAL(shutdown(half_open.fd, SHUT_WR), 0);
	CU_ASSERT_TRUE(hears(&silent, "error idle"));
	CU_ASSERT_FALSE(next_line(&silent));
	CU_ASSERT_TRUE(is_empty_again(&server));
	client_close(&silent);
	client_close(&half_open);
	server_stop(&server);
}

static void failed_rooms_return_players(void)
{
	struct server server;
	static struct client anna;
	static struct client bert;
	struct rules slow = fast;

	slow.ticks_per_move = 1000;
	CU_ASSERT_EQUAL_FATAL(server_start(&server, slow, ":memory:"), 0);
	match(&anna, &bert, &server);
	CU_ASSERT_TRUE(hears(&anna, "go"));
	actor_exit(actor_whereis(ROOMS_NAME), ACTOR_EXIT_KILL);
	CU_ASSERT_TRUE(hears(&anna, "error room-failed"));
	CU_ASSERT_TRUE(hears(&bert, "error room-failed"));
	/* The supervisor has new rooms. */
	CU_ASSERT_TRUE(answers(&anna, "play", "ok waiting"));
	CU_ASSERT_TRUE(answers(&bert, "play", "ok waiting"));
	CU_ASSERT_TRUE(hears(&anna, "go"));
	client_close(&anna);
	client_close(&bert);
	CU_ASSERT_TRUE(is_empty_again(&server));
	server_stop(&server);
}

static void failed_matchmaker_is_asked_again(void)
{
	struct server server;
	static struct client anna;
	static struct client bert;
	struct rules rare = fast;

	rare.match_every_ms = 500;
	CU_ASSERT_EQUAL_FATAL(server_start(&server, rare, ":memory:"), 0);
	client_login(&anna, &server, "ANNA");
	client_login(&bert, &server, "BERT");
	CU_ASSERT_TRUE(answers(&anna, "play", "ok waiting"));
	actor_exit(actor_whereis(MATCHMAKER_NAME), ACTOR_EXIT_KILL);
	pause_ms(100);
	CU_ASSERT_TRUE(answers(&bert, "play", "ok waiting"));
	CU_ASSERT_TRUE(hears(&anna, "match BERT"));
	CU_ASSERT_TRUE(hears(&bert, "match ANNA"));
	client_close(&anna);
	client_close(&bert);
	CU_ASSERT_TRUE(is_empty_again(&server));
	server_stop(&server);
}

/* A game, a crash of the store, a game, an orderly end: all of it is in the file. */
static void ratings_survive(void)
{
	char path[] = "/tmp/arena-XXXXXX";
	struct server server;
	static struct client anna;
	static struct client bert;
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
	CU_ASSERT_EQUAL_FATAL(server_start(&server, fast, path), 0);
	match(&anna, &bert, &server);
	CU_ASSERT_TRUE(hears(&anna, "end "));
	CU_ASSERT_TRUE(hears(&bert, "end "));
	actor_exit(actor_whereis(STORE_NAME), ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(answers(&anna, "play", "ok waiting"));
	CU_ASSERT_TRUE(answers(&bert, "play", "ok waiting"));
	CU_ASSERT_TRUE(hears(&anna, "end "));
	server_stop(&server);
	client_close(&anna);
	client_close(&bert);
	CU_ASSERT_EQUAL_FATAL(server_start(&server, fast, path), 0);
	client_login(&anna, &server, "ANNA");
	CU_ASSERT_PTR_NOT_NULL(strstr(anna.line, "games 2"));
	CU_ASSERT_TRUE(answers(&anna, "top", "top 1 "));
	client_close(&anna);
	server_stop(&server);
	unlink(path);
}

static void bad_files_are_refused(void)
{
	struct server server;
	char path[] = "/tmp/arena-XXXXXX";
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, "This is certainly not a database.", 33), 33);
	close(fd);
	CU_ASSERT(server_start(&server, fast, path) < 0);
	server_stop(&server);
	CU_ASSERT(server_start(&server, fast, "/nonexistent/arena.db") < 0);
	server_stop(&server);
	unlink(path);
}

/* What is going on when the server ends is ended with it. */
static void stops_in_the_middle(void)
{
	struct server server;
	static struct client anna;
	static struct client bert;
	static struct client other;

	CU_ASSERT_EQUAL_FATAL(server_start(&server, fast, ":memory:"), 0);
	match(&anna, &bert, &server);
	client_connect(&other, &server);
	CU_ASSERT_TRUE(hears(&other, "welcome"));
	CU_ASSERT_TRUE(hears(&anna, "go"));
	server_stop(&server);
	CU_ASSERT_TRUE(hears(&other, "error shutdown"));
	CU_ASSERT_FALSE(next_line(&other));
	client_close(&anna);
	client_close(&bert);
	client_close(&other);
}

/* Players of every bad kind at once, with sense and nonsense on their lips, gone without a word. */
static void chaos_leaves_nothing_behind(void)
{
	static const char *const lines[] = {
		"name A\n",
		"name B\nplay\n",
		"name C\nplay\nw\na\n",
		"who\ntop\n",
		"play\n",
		"\001\377\n\n\n",
		"half a li",
		"leave\nplay\n",
		"show on\n",
		"quit\nping\n",
		"name D\nplay\nleave\n",
		"d\ns\n",
	};
	static struct client clients[60];
	struct server server;
	uint64_t random = 5;

	CU_ASSERT_EQUAL_FATAL(server_start(&server, fast, ":memory:"), 0);
	for (size_t i = 0; i < 60; i++)
		client_connect(&clients[i], &server);
	for (int step = 0; step < 6000; step++) {
		struct client *client;
		const char *line;

		random = random * 6364136223846793005u + 1442695040888963407u;
		client = &clients[(random >> 32) % 60];
		line = lines[(random >> 40) % (sizeof(lines) / sizeof(lines[0]))];
		/* The server may have closed it already. */
		(void)send(client->fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (random >> 60 == 0) {
			client_close(client);
			client_connect(client, &server);
		} else if (random >> 60 == 1) {
			shutdown(client->fd, SHUT_WR);
		}
	}
	for (size_t i = 0; i < 60; i++)
		client_close(&clients[i]);
	CU_ASSERT_TRUE(is_empty_again(&server));
	client_login(&clients[0], &server, "A");
	client_close(&clients[0]);
	CU_ASSERT_TRUE(is_empty_again(&server));
	server_stop(&server);
}

#define CASES(X)                            \
	X(answers_every_line)               \
	X(plays_to_the_end)                 \
	X(steers)                           \
	X(leaving_while_waiting)            \
	X(leaving_while_matched_cancels)    \
	X(leaving_while_playing_loses)      \
	X(floods_are_stopped)               \
	X(silence_is_ended)                 \
	X(failed_rooms_return_players)      \
	X(failed_matchmaker_is_asked_again) \
	X(ratings_survive)                  \
	X(bad_files_are_refused)            \
	X(stops_in_the_middle)              \
	X(chaos_leaves_nothing_behind)
SUITE("arena", CASES)
