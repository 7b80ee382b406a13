/* SPDX-License-Identifier: MIT */
/* A ring of actors that pass a number round: replay-ring TURNS. Each turn is almost empty. */
#include <stdio.h>
#include <stdlib.h>

#include <actor/actor.h>

#define RING 64

struct token {
	uint64_t left;
};
ACTOR_STATIC_MESSAGE(pass, struct token);
ACTOR_STATIC_MESSAGE(join, struct actor_pid);
ACTOR_STATIC_REQUEST_EMPTY(await_end, uint64_t);

struct link {
	struct actor_pid next;
	struct actor_from waiting;
	uint64_t turns;
	uint64_t over;
};

static int link_cast(void *state, const struct actor_message *message)
{
	struct link *self = state;
	struct token token;

	if (actor_message_is(message, &join)) {
		self->next = *actor_message_as(message, struct actor_pid);
		return ACTOR_CONTINUE;
	}
	token = *actor_message_as(message, struct token);
	self->turns++;
	if (token.left-- != 0)
		return actor_cast(self->next, &pass, &token);
	self->over = 1;
	if (self->waiting.caller.bits != 0)
		(void)actor_reply(self->waiting, &self->turns);
	return ACTOR_CONTINUE;
}

static int link_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct link *self = state;

	(void)message;
	self->waiting = from;
	return self->over != 0 ? actor_reply(from, &self->turns) : ACTOR_CONTINUE;
}

static const struct actor_behaviour link_behaviour = {
	.name = "link",
	.state_size = sizeof(struct link),
	.state_ctype = "struct link",
	.handle_cast = link_cast,
	.handle_call = link_call,
};

static int run(uint64_t turns)
{
	struct token token = {.left = turns / RING * RING};
	struct actor_pid pids[RING];
	uint64_t last = 0;
	int status = 0;

	for (int i = 0; i < RING && status == 0; i++)
		status = actor_spawn(&link_behaviour, NULL, 0, NULL, &pids[i]);
	for (int i = 0; i < RING && status == 0; i++)
		status = actor_cast(pids[i], &join, &pids[(i + 1) % RING]);
	if (status == 0)
		status = actor_cast(pids[0], &pass, &token);
	/* The token ends where it began. */
	return status == 0 ? actor_call(pids[0], &await_end, NULL, &last, ACTOR_FOREVER) : status;
}

int main(int argc, char **argv)
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 1,
						     .actors_max = 1024,
						     .seed = 1,
						     .argc = argc,
						     .argv = argv};
	uint64_t turns = argc > 1 ? strtoull(argv[1], NULL, 0) : 100000;
	struct actor_system *system;
	int status = actor_system_create(&options, &system);

	if (status == 0) {
		status = run(turns);
		actor_system_destroy(system, ACTOR_SECONDS(1));
	}
	if (status != 0)
		fprintf(stderr, "replay-ring: %s\n", actor_status_text(status));
	return status == 0 ? 0 : 1;
}
