/* SPDX-License-Identifier: MIT */
/*
 * The whole game server in this process, played over TCP: games to the end, players who leave in
 * every state, misuse, failures of the parts, and after each case that no actor is left over.
 */
#include "arena_duel.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <actor/sys.h>

#include "dice.h"
#include "suite.h"

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
	struct duel *duel = duel_start(fast, ":memory:");
	struct referee_totals totals;

	duel_match(duel);
	CU_ASSERT_TRUE(answers(&duel->bert, "play", "error already"));
	CU_ASSERT_TRUE(hears(&duel->anna, "go"));
	CU_ASSERT_TRUE(hears(&duel->anna, "tick 0 you "));
	CU_ASSERT_TRUE(hears(&duel->anna, "tick 1 you "));
	/* Nobody steers: whatever the start was, it ends at a wall or a trail. */
	CU_ASSERT_TRUE(hears(&duel->anna, "end "));
	CU_ASSERT_TRUE(hears(&duel->bert, "end "));
	CU_ASSERT_PTR_NULL(strstr(duel->bert.line, "unrated"));
	CU_ASSERT_TRUE(answers(&duel->anna, "top", "top 1 "));
	CU_ASSERT_TRUE(hears(&duel->anna, "top 2 "));
	CU_ASSERT_TRUE(hears(&duel->anna, "ok top 2"));
	/* And again, with pictures this time. */
	CU_ASSERT_TRUE(answers(&duel->anna, "show on", "ok show on"));
	duel_wait(duel);
	CU_ASSERT_TRUE(hears(&duel->anna, "board |"));
	CU_ASSERT_TRUE(hears(&duel->anna, "end "));
	CU_ASSERT_EQUAL(actor_call(actor_whereis(REFEREE_NAME), &referee_count, NULL, &totals,
				   ACTOR_SECONDS(5)),
			0);
	CU_ASSERT_EQUAL(totals.games, 2);
	CU_ASSERT_EQUAL(totals.players, 2);
	duel_end(duel);
}

static void steers(void)
{
	struct duel *duel;
	struct rules slow = fast;
	bool is_first;

	/* So slow that all of this happens before the first move. */
	slow.ticks_per_move = 1000;
	duel = duel_start(slow, ":memory:");
	duel_match(duel);
	is_first = strstr(duel->anna.line, "side 1") != NULL;
	CU_ASSERT_TRUE(answers(&duel->anna, "w", "ok up"));
	CU_ASSERT_TRUE(answers(&duel->anna, "down", "ok down"));
	CU_ASSERT_TRUE(answers(&duel->bert, "u", "ok up"));
	/* The first one starts to the right, the second one to the left. */
	CU_ASSERT_TRUE(answers(&duel->anna, is_first ? "left" : "right", "error turn-back"));
	CU_ASSERT_TRUE(
		answers(&duel->anna, is_first ? "d" : "a", is_first ? "ok right" : "ok left"));
	CU_ASSERT_TRUE(answers(&duel->bert, "leave", "ok leave"));
	CU_ASSERT_TRUE(hears(&duel->bert, "end "));
	CU_ASSERT_TRUE(hears(&duel->anna, "end "));
	duel_end(duel);
}

/* The matchmaker has looked for pairs so often. */
static void matchmaker_tries(uint32_t rounds)
{
	struct actor_pid matchmaker = actor_whereis(MATCHMAKER_NAME);
	struct actor_sys_statistics statistics = {0};

	CU_ASSERT_EQUAL_FATAL(actor_sys_statistics(matchmaker, true, ACTOR_SECONDS(5)), 0);
	for (int i = 0; i < PATIENCE_MS && statistics.messages_in < rounds; i++) {
		pause_ms(1);
		CU_ASSERT_EQUAL_FATAL(
			actor_sys_get_statistics(matchmaker, &statistics, ACTOR_SECONDS(5)), 0);
	}
	CU_ASSERT_FATAL(statistics.messages_in >= rounds);
}

static void leaving_while_waiting(void)
{
	struct duel *duel = duel_start(fast, ":memory:");

	/* New, lobby, waiting: gone without a word. */
	client_connect(&duel->anna, &duel->server);
	client_close(&duel->anna);
	client_login(&duel->anna, &duel->server, "ANNA");
	client_close(&duel->anna);
	CU_ASSERT_TRUE(is_empty_again(&duel->server));
	client_login(&duel->anna, &duel->server, "ANNA");
	CU_ASSERT_TRUE(answers(&duel->anna, "play", "ok waiting"));
	client_close(&duel->anna);
	CU_ASSERT_TRUE(is_empty_again(&duel->server));
	/* Who has gone is not matched, nor is who changed his mind. */
	client_login(&duel->anna, &duel->server, "ANNA");
	CU_ASSERT_TRUE(answers(&duel->anna, "play", "ok waiting"));
	CU_ASSERT_TRUE(answers(&duel->anna, "leave", "ok leave"));
	client_login(&duel->bert, &duel->server, "BERT");
	CU_ASSERT_TRUE(answers(&duel->bert, "play", "ok waiting"));
	matchmaker_tries(3);
	CU_ASSERT_TRUE(answers(&duel->bert, "who", "who BERT waiting"));
	duel_end(duel);
}

static void leaving_while_matched_cancels(void)
{
	struct duel *duel;
	struct rules patient = fast;

	patient.countdown_ms = 60000;
	duel = duel_start(patient, ":memory:");
	duel_match(duel);
	client_close(&duel->anna);
	CU_ASSERT_TRUE(hears(&duel->bert, "end cancelled rating 1500 reward 0"));
	CU_ASSERT_TRUE(answers(&duel->bert, "top", "ok top 0"));
	client_close(&duel->bert);
	CU_ASSERT_TRUE(is_empty_again(&duel->server));
	server_stop(&duel->server);
}

static void leaving_while_playing_loses(void)
{
	struct duel *duel;
	struct rules slow = fast;

	slow.ticks_per_move = 1000;
	duel = duel_start(slow, ":memory:");
	duel_match(duel);
	CU_ASSERT_TRUE(hears(&duel->anna, "go"));
	CU_ASSERT_TRUE(hears(&duel->bert, "go"));
	client_close(&duel->anna);
	CU_ASSERT_TRUE(hears(&duel->bert, "end win rating 16"));
	client_login(&duel->anna, &duel->server, "ANNA");
	CU_ASSERT_PTR_NOT_NULL(strstr(duel->anna.line, "games 1"));
	/* Both at once. */
	duel_wait(duel);
	CU_ASSERT_TRUE(hears(&duel->anna, "go"));
	duel_end(duel);
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
	struct duel *duel;
	struct rules slow = fast;

	slow.ticks_per_move = 1000;
	duel = duel_start(slow, ":memory:");
	duel_match(duel);
	CU_ASSERT_TRUE(hears(&duel->anna, "go"));
	actor_exit(actor_whereis(ROOMS_NAME), ACTOR_EXIT_KILL);
	CU_ASSERT_TRUE(hears(&duel->anna, "error room-failed"));
	CU_ASSERT_TRUE(hears(&duel->bert, "error room-failed"));
	/* The supervisor has new rooms. */
	duel_wait(duel);
	CU_ASSERT_TRUE(hears(&duel->anna, "go"));
	duel_end(duel);
}

/* Until its supervisor has started another one. */
static void fail_matchmaker(void)
{
	struct actor_pid failed = actor_whereis(MATCHMAKER_NAME);
	struct actor_pid now = failed;

	actor_exit(failed, ACTOR_EXIT_KILL);
	for (int i = 0; i < PATIENCE_MS && (actor_pid_is_none(now) || actor_pid_equal(now, failed));
	     i++) {
		pause_ms(1);
		now = actor_whereis(MATCHMAKER_NAME);
	}
	CU_ASSERT_FALSE_FATAL(actor_pid_is_none(now) || actor_pid_equal(now, failed));
}

static void failed_matchmaker_is_asked_again(void)
{
	struct duel *duel;
	struct rules rare = fast;

	rare.match_every_ms = 500;
	duel = duel_start(rare, ":memory:");
	client_login(&duel->anna, &duel->server, "ANNA");
	client_login(&duel->bert, &duel->server, "BERT");
	CU_ASSERT_TRUE(answers(&duel->anna, "play", "ok waiting"));
	fail_matchmaker();
	CU_ASSERT_TRUE(answers(&duel->bert, "play", "ok waiting"));
	CU_ASSERT_TRUE(hears(&duel->anna, "match BERT"));
	CU_ASSERT_TRUE(hears(&duel->bert, "match ANNA"));
	duel_end(duel);
}

/* A game, a crash of the store, a game, an orderly end: all of it is in the file. */
static void ratings_survive(void)
{
	char path[] = "/tmp/arena-XXXXXX";
	struct duel *duel;
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
	duel = duel_start(fast, path);
	duel_match(duel);
	CU_ASSERT_TRUE(hears(&duel->anna, "end "));
	CU_ASSERT_TRUE(hears(&duel->bert, "end "));
	actor_exit(actor_whereis(STORE_NAME), ACTOR_EXIT_USER);
	duel_wait(duel);
	CU_ASSERT_TRUE(hears(&duel->anna, "end "));
	server_stop(&duel->server);
	client_close(&duel->anna);
	client_close(&duel->bert);
	duel = duel_start(fast, path);
	client_login(&duel->anna, &duel->server, "ANNA");
	CU_ASSERT_PTR_NOT_NULL(strstr(duel->anna.line, "games 2"));
	CU_ASSERT_TRUE(answers(&duel->anna, "top", "top 1 "));
	client_close(&duel->anna);
	server_stop(&duel->server);
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
	struct duel *duel = duel_start(fast, ":memory:");
	static struct client other;

	duel_match(duel);
	client_connect(&other, &duel->server);
	CU_ASSERT_TRUE(hears(&other, "welcome"));
	CU_ASSERT_TRUE(hears(&duel->anna, "go"));
	server_stop(&duel->server);
	CU_ASSERT_TRUE(hears(&other, "error shutdown"));
	CU_ASSERT_FALSE(next_line(&other));
	client_close(&duel->anna);
	client_close(&duel->bert);
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
	struct dice dice = dice_take();

	CU_ASSERT_EQUAL_FATAL(server_start(&server, fast, ":memory:"), 0);
	for (size_t i = 0; i < 60; i++)
		client_connect(&clients[i], &server);
	for (int step = 0; step < 6000; step++) {
		struct client *client = &clients[dice_below(&dice, 60)];
		const char *line = lines[dice_below(&dice, sizeof(lines) / sizeof(lines[0]))];
		uint64_t chance = dice_below(&dice, 16);

		/* The server may have closed it already. */
		(void)send(client->fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (chance == 0) {
			client_close(client);
			client_connect(client, &server);
		} else if (chance == 1) {
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
