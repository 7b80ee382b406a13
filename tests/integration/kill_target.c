/* SPDX-License-Identifier: MIT */

/*
 * A program to be killed. Two actors throw a ball to and fro, and a witness sends itself messages:
 * after each send it stores, in a file that outlives the process, how many it has sent. What the
 * witness says it has sent must be in the trace, whenever the program is killed.
 *
 *	kill_target FILE
 *
 * It runs until it is killed, at most SECONDS_MAX.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <actor/actor.h>

#define SECONDS_MAX 120

/* What the file holds; tests/integration/test_kill.py reads it. */
struct testimony {
	uint64_t sent;    /* messages of the witness */
	uint64_t pid;     /* of this process */
	uint64_t actor;   /* pid of the witness */
	uint64_t returns; /* of the ball */
};

struct ball {
	uint64_t number;
};
struct opponent {
	struct actor_pid pid;
};

ACTOR_MESSAGE(throw_ball, struct ball);
ACTOR_MESSAGE(serve, struct opponent);
ACTOR_MESSAGE_EMPTY(look_again);

static struct testimony *testimony;

static int player_cast(void *state, const struct actor_message *message)
{
	struct ball ball = {0};

	(void)state;
	if (actor_message_is(message, &serve))
		return actor_cast(actor_message_as(message, struct opponent)->pid, &throw_ball,
				  &ball);
	ball.number = actor_message_as(message, struct ball)->number + 1;
	__atomic_store_n(&testimony->returns, ball.number, __ATOMIC_RELEASE);
	return actor_cast(message->sender, &throw_ball, &ball);
}

static int witness_cast(void *state, const struct actor_message *message)
{
	uint64_t *sent = state;
	int status = actor_cast(actor_self(), &look_again, NULL);

	(void)message;
	/* Only now: the send is a fact, so its event must be one, too. */
	__atomic_store_n(&testimony->sent, ++*sent, __ATOMIC_RELEASE);
	return status;
}

static const struct actor_behaviour player = {
	.name = "player",
	.handle_cast = player_cast,
};
static const struct actor_behaviour witness = {
	.name = "witness",
	.state_size = sizeof(uint64_t),
	.handle_cast = witness_cast,
};

static int open_testimony(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(*testimony)) != 0)
		return -1;
	testimony = mmap(NULL, sizeof(*testimony), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return testimony == MAP_FAILED ? -1 : 0;
}

static int start_actors(void)
{
	struct opponent second;
	struct actor_pid first, third;
	int status = actor_start(&player, NULL, 0, NULL, &first, NULL);

	if (status == 0)
		status = actor_start(&player, NULL, 0, NULL, &second.pid, NULL);
	if (status == 0)
		status = actor_start(&witness, NULL, 0, NULL, &third, NULL);
	if (status == 0)
		status = actor_cast(first, &serve, &second);
	if (status != 0)
		return status;
	testimony->actor = third.bits;
	__atomic_store_n(&testimony->pid, (uint64_t)getpid(), __ATOMIC_RELEASE);
	return actor_cast(third, &look_again, NULL);
}

int main(int argc, char **argv)
{
	struct actor_system_options options = {.size = sizeof(options), .argc = argc, .argv = argv};
	struct actor_system *system;
	int status;

	if (argc != 2 || open_testimony(argv[1]) != 0) {
		fputs("usage: kill_target FILE\n", stderr);
		return 2;
	}
	status = actor_system_create(&options, &system);
	if (status == 0)
		status = start_actors();
	if (status != 0) {
		fprintf(stderr, "kill_target: %s\n", actor_status_text(status));
		return EXIT_FAILURE;
	}
	sleep(SECONDS_MAX);
	system = actor_system_destroy(system, 0);
	return EXIT_SUCCESS;
}
