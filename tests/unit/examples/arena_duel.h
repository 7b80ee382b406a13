/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ARENA_DUEL_H
#define TESTS_ARENA_DUEL_H

/* The game server in this process, and players who talk to it over TCP. */

#include "tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "messages.h"

#define PATIENCE_MS 10000

struct server {
	struct actor_system *system;
	struct actor_pid top;
	uint16_t port;
	uint64_t actors; /* with nobody connected */
};

/* Rules under which a case takes no time. */
extern const struct rules fast;

int server_start(struct server *server, struct rules rules, const char *database);
void server_stop(struct server *server);

/* Everybody has gone: as many actors as at the start. */
bool is_empty_again(const struct server *server);

/* A pause between two looks at something that will come to be. */
void pause_ms(long ms);

struct client {
	int fd;
	size_t size;
	char bytes[65536]; /* received and not looked at yet */
	char line[512];    /* the last one */
};

void client_connect(struct client *client, const struct server *server);
void client_login(struct client *client, const struct server *server, const char *name);
void client_close(struct client *client);

void say(struct client *client, const char *line);

/* The next line; false at the connection's end, or when nothing comes for too long. */
bool next_line(struct client *client);

/* Skips lines until one starts like that. */
bool hears(struct client *client, const char *start);

/* The answer to a line: the next one that is no news of a game. */
bool answers(struct client *client, const char *line, const char *start);

/* A server and two players. */
struct duel {
	struct server server;
	struct client anna;
	struct client bert;
};

/* Starts the server, and nobody is there. The duel is static memory, the same for all cases. */
struct duel *duel_start(struct rules rules, const char *database);

/* Both wait for a game. */
void duel_wait(struct duel *duel);

/* They log in and are matched. */
void duel_match(struct duel *duel);

/* They go, and everything is as it was before they came. */
void duel_end(struct duel *duel);

#endif
