/* SPDX-License-Identifier: MIT */

/*
 * A crowd for the viewer: many actors that do nothing, and letters that go around among them, each
 * from actor to actor. Every second, and at the end, it says how many letters were passed on.
 *
 *	crowd [ACTORS [LETTERS [SECONDS]]]     1000000, 64, without end
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <actor/actor.h>

/* Neighbours in the round are far apart in memory, as in a program with sessions. */
#define STRIDE UINT64_C(7919)

struct letter {
	uint64_t place; /* of the receiver, in the order of birth */
};

ACTOR_MESSAGE(letter, struct letter);

static struct actor_pid *crowd;
static uint64_t crowd_size;
static uint64_t passed; /* (shared) */

static int member_info(void *state, const struct actor_message *message)
{
	struct letter next = *actor_message_as(message, struct letter);

	(void)state;
	next.place = (next.place + STRIDE) % crowd_size;
	if (next.place % 64 == 0)
		__atomic_fetch_add(&passed, 64, __ATOMIC_RELAXED);
	return actor_send(crowd[next.place], &letter, &next);
}

static const struct actor_behaviour member = {
	.name = "member",
	.state_size = 16,
	.handle_info = member_info,
};

static uint64_t argument(int argc, char **argv, int index, uint64_t otherwise)
{
	return argc > index ? strtoull(argv[index], NULL, 10) : otherwise;
}

static int fail(const char *what, int status)
{
	fprintf(stderr, "crowd: %s: %s\n", what, actor_status_text(status));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	uint64_t letters = argument(argc, argv, 2, 64), seconds = argument(argc, argv, 3, 0);
	struct actor_system_options options = {.size = sizeof(options)};
	struct actor_system *system;
	uint64_t last = 0;
	int status;

	crowd_size = argument(argc, argv, 1, 1000000);
	options.actors_max = (unsigned)crowd_size + 1000;
	crowd = calloc(crowd_size, sizeof(*crowd));
	status = crowd == NULL ? ACTOR_ENO_MEMORY : actor_system_create(&options, &system);
	if (status != 0)
		return fail("no system", status);
	for (uint64_t i = 0; i < crowd_size && status == 0; i++)
		status = actor_spawn(&member, NULL, 0, NULL, &crowd[i]);
	for (uint64_t i = 0; i < letters && status == 0; i++) {
		struct letter first = {i * (crowd_size / letters)};

		status = actor_send(crowd[first.place], &letter, &first);
	}
	if (status != 0)
		return fail("no crowd", status);
	printf("ready\n");
	for (uint64_t second = 0; seconds == 0 || second < seconds; second++) {
		struct timespec pause = {1, 0};
		uint64_t now;

		(void)fflush(stdout);
		(void)nanosleep(&pause, NULL);
		now = __atomic_load_n(&passed, __ATOMIC_RELAXED);
		printf("%" PRIu64 "\n", now - last);
		last = now;
	}
	return EXIT_SUCCESS;
}
