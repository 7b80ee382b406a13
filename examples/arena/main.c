/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include <actor/actor.h>

#include "messages.h"
#include "options.h"
#include "tree.h"

#define CALL_DEADLINE ACTOR_SECONDS(5)
#define STOP_PATIENCE ACTOR_SECONDS(30)
#define GRACE         ACTOR_SECONDS(5)
#define LOOK_EVERY_MS 250
/* Half a second at most. */
#define QUIET_EVERY_MS  5
#define QUIET_LOOKS_MAX 100

static int complain(const char *what, int status)
{
	fprintf(stderr, "arena: %s: %s\n", what, actor_status_text(status));
	return status;
}

static const int end_signals[] = {SIGINT, SIGTERM};

/* Blocked before any thread is made, so that all of them inherit it and main alone takes them. */
static void block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* The address goes to stdout, whole and at once: scripts wait for it. */
static int announce(const struct options *options)
{
	struct lobby_place place;
	int status =
		actor_call(actor_whereis(LOBBY_NAME), &lobby_address, NULL, &place, CALL_DEADLINE);

	if (status != 0)
		return complain("the lobby does not answer", status);
	printf("arena: listening on %s:%" PRIu32 "\n", options->tree.address, place.port);
	fflush(stdout);
	return 0;
}

/* Until a signal asks to end, or the tree gives up. */
static int wait_for_end(struct actor_pid top)
{
	while (actor_signal_wait(end_signals, 2, ACTOR_MILLISECONDS(LOOK_EVERY_MS), NULL) ==
	       ACTOR_ETIMEOUT) {
		if (!actor_alive(top)) {
			fputs("arena: the actors failed too often and gave up\n", stderr);
			return 1;
		}
	}
	return 0;
}

/*
 * What the actors have done. The last of them is dead to the others a moment before its last turn
 * is counted, so this waits until nobody is left and two looks see the same.
 */
static struct actor_system_counters count_quiet(struct actor_system *system)
{
	const struct timespec pause = {.tv_nsec = QUIET_EVERY_MS * 1000000L};
	struct actor_system_counters before;
	struct actor_system_counters now;

	actor_system_count(system, &now);
	for (int i = 0; i < QUIET_LOOKS_MAX; i++) {
		before = now;
		nanosleep(&pause, NULL);
		actor_system_count(system, &now);
		if (now.actors == 0 && now.handled == before.handled)
			break;
	}
	return now;
}

/* Stops the tree and says what was done: counted after the last actor, before the system goes. */
static int shut_down(struct actor_system *system, struct actor_pid top)
{
	struct actor_system_counters counters;
	struct referee_totals totals = {0};
	int result = 0;

	(void)actor_call(actor_whereis(REFEREE_NAME), &referee_count, NULL, &totals, CALL_DEADLINE);
	if (!tree_stop(top, STOP_PATIENCE)) {
		fputs("arena: some actors did not stop in time and are killed\n", stderr);
		result = 1;
	}
	counters = count_quiet(system);
	printf("arena: handled %" PRIu64 " messages, %" PRIu64 " games, %" PRIu64 " dead letters\n",
	       counters.handled, totals.games, counters.dead_letters);
	fflush(stdout);
	return result;
}

static int serve(const struct options *options, struct actor_system *system)
{
	struct actor_pid top;
	int result;
	int status = tree_start(&options->tree, &top);

	if (status != 0) {
		complain("the server could not start", status);
		return 2;
	}
	result = announce(options) == 0 ? wait_for_end(top) : 1;
	return shut_down(system, top) == 0 ? result : 1;
}

int main(int argc, char **argv)
{
	struct actor_system_options settings = {
		.size = sizeof(settings),
		.argc = argc,
		.argv = argv,
	};
	struct actor_system *system = NULL;
	struct options options;
	int result = options_parse(argc, argv, &options);
	int status;

	if (result != 0)
		return result == 1 ? 0 : result;
	settings.schedulers = options.schedulers;
	settings.seed = options.seed;
	block_signals();
	status = actor_system_create(&settings, &system);
	if (status != 0) {
		complain("the actor system could not start", status);
		return 2;
	}
	result = serve(&options, system);
	actor_system_destroy(system, GRACE);
	return result;
}
