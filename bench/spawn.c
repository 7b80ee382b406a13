/* SPDX-License-Identifier: MIT */

/*
 * An actor spawns others; each sends one message to it and ends. An operation is one life: spawn,
 * first turn, one message to the parent, end. As in
 *
 *	spawn(fun() -> Parent ! done end)
 *
 * At most WINDOW children live at one time, 200 000 in each run.
 */

#include "bench.h"

#define WINDOW 1000

struct nursery_job {
	uint64_t children;
};
struct nursery_done {
	uint64_t number;
};

ACTOR_MESSAGE(done, struct nursery_done);
ACTOR_REQUEST(rear, struct nursery_job, struct nursery_done);

struct nursery {
	struct actor_from from;
	uint64_t children;
	uint64_t spawned;
	uint64_t done;
	uint64_t sum;
};

static int child_init(void *state, const void *argument, size_t size)
{
	int status = actor_cast(actor_parent(), &done, argument);

	(void)state;
	(void)size;
	return status != 0 ? status : ACTOR_STOP;
}

static const struct actor_behaviour child_behaviour = {
	.name = "child",
	.init = child_init,
};

static int nursery_spawn(struct nursery *nursery)
{
	struct nursery_done number = {++nursery->spawned};
	struct actor_pid pid;

	return actor_spawn(&child_behaviour, &number, sizeof(number), NULL, &pid);
}

static int nursery_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct nursery *nursery = state;
	int status = 0;

	nursery->from = from;
	nursery->children = actor_message_as(message, struct nursery_job)->children;
	while (status == 0 && nursery->spawned < nursery->children && nursery->spawned < WINDOW)
		status = nursery_spawn(nursery);
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int nursery_cast(void *state, const struct actor_message *message)
{
	struct nursery *nursery = state;
	struct nursery_done answer;
	int status;

	nursery->done++;
	nursery->sum += actor_message_as(message, struct nursery_done)->number;
	if (nursery->spawned < nursery->children) {
		status = nursery_spawn(nursery);
		return status == 0 ? ACTOR_CONTINUE : actor_reject(nursery->from, status);
	}
	if (nursery->done < nursery->children)
		return ACTOR_CONTINUE;
	answer.number = nursery->sum;
	return actor_reply(nursery->from, &answer);
}

static const struct actor_behaviour nursery_behaviour = {
	.name = "nursery",
	.state_size = sizeof(struct nursery),
	.state_ctype = "struct nursery",
	.handle_call = nursery_call,
	.handle_cast = nursery_cast,
};

static int spawn_run(struct actor_system *system, uint64_t operations);

static const struct bench spawn = {
	.name = "spawn",
	.operations = 200000,
	.operations_smoke = 2500,
	.run = spawn_run,
};

static int spawn_run(struct actor_system *system, uint64_t operations)
{
	struct nursery_job job = {operations};
	struct nursery_done answer = {0};
	struct actor_pid nursery;
	int status;

	(void)system;
	status = actor_start(&nursery_behaviour, NULL, 0, NULL, &nursery, NULL);
	if (status != 0)
		return bench_fail(&spawn, "no nursery", status);
	status = actor_call(nursery, &rear, &job, &answer, BENCH_DEADLINE);
	(void)actor_exit(nursery, ACTOR_EXIT_SHUTDOWN);
	if (status != 0 || answer.number != operations * (operations + 1) / 2)
		return bench_fail(&spawn, "not every child has reported", status);
	return 0;
}

int main(int argc, char **argv)
{
	return bench_main(&spawn, argc, argv);
}
