/* SPDX-License-Identifier: MIT */

/*
 * Names and groups.
 *
 *	whereis      one actor looks for one of 1000 names; an operation is one look
 *	whereis2     the same by two actors at a time, which share nothing but the names
 *	broadcast    a message to the 1000 members of a group; an operation is one message that
 *	             was handled
 */

#include "bench.h"

#include <stdio.h>

#include <actor/group.h>

#define NAMES   1000
#define MEMBERS 1000

ACTOR_STATIC_MESSAGE(found, uint64_t);
ACTOR_STATIC_MESSAGE_EMPTY(tick);

/* ---- whereis -----------------------------------------------------------------------------------
 */

struct asker {
	struct actor_from from;
	uint64_t wanted;
	uint64_t found;
	uint64_t waiting;
};

static int looker_init(void *state, const void *argument, size_t size)
{
	const uint64_t looks = *(const uint64_t *)argument;
	char name[32];
	uint64_t count = 0;

	(void)state;
	(void)size;
	for (uint64_t i = 0; i < looks; i++) {
		if (i % 64 == 0)
			snprintf(name, sizeof(name), "benchmark %d", (int)(i / 64 % NAMES));
		count += !actor_pid_is_none(actor_whereis(name));
	}
	return actor_cast(actor_parent(), &found, &count) == 0 ? ACTOR_STOP : ACTOR_ENO_MEMORY;
}

static const struct actor_behaviour looker = {.name = "looker", .init = looker_init};

static int ask(struct asker *self, const struct actor_message *message, struct actor_from from,
	       uint64_t lookers)
{
	uint64_t looks;
	int status = 0;
	char name[32];

	self->from = from;
	self->waiting = lookers;
	self->wanted = *actor_message_as(message, uint64_t);
	looks = self->wanted / lookers;
	for (int i = 0; i < NAMES && status == 0; i++) {
		snprintf(name, sizeof(name), "benchmark %d", i);
		status = actor_register(name, actor_self());
	}
	for (uint64_t i = 0; i < lookers && status == 0; i++)
		status = actor_spawn(&looker, &looks, sizeof(looks), NULL, NULL);
	return status;
}

static int ask_one(void *state, const struct actor_message *message, struct actor_from from)
{
	return ask(state, message, from, 1);
}

static int ask_two(void *state, const struct actor_message *message, struct actor_from from)
{
	return ask(state, message, from, 2);
}

static int asker_cast(void *state, const struct actor_message *message)
{
	struct asker *self = state;

	self->found += *actor_message_as(message, uint64_t);
	if (--self->waiting != 0)
		return ACTOR_CONTINUE;
	for (int i = 0; i < NAMES; i++) { /* the next round wants them */
		char name[32];

		snprintf(name, sizeof(name), "benchmark %d", i);
		(void)actor_unregister(name);
	}
	if (self->found != self->wanted)
		return bench_wrong(self->from, "a name was not found");
	(void)actor_reply(self->from, &self->found);
	return ACTOR_STOP;
}

static const struct actor_behaviour asker = {.name = "asker",
					     .state_size = sizeof(struct asker),
					     .handle_call = ask_one,
					     .handle_cast = asker_cast};
static const struct actor_behaviour asker2 = {.name = "asker2",
					      .state_size = sizeof(struct asker),
					      .handle_call = ask_two,
					      .handle_cast = asker_cast};

/* ---- broadcast ---------------------------------------------------------------------------------
 */

static int member_info(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	return actor_cast(actor_parent(), &tick, NULL);
}

static const struct actor_behaviour member = {.name = "member", .handle_info = member_info};

static int speaker_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct asker *self = state;
	const struct actor_spawn_options linked = {.size = sizeof(linked), .link = true};
	struct actor_pid pid;
	int status = 0;

	self->from = from;
	self->wanted = *actor_message_as(message, uint64_t);
	for (int i = 0; i < MEMBERS && status == 0; i++) {
		status = actor_spawn(&member, NULL, 0, &linked, &pid);
		if (status == 0)
			status = actor_group_join("benchmark", pid);
	}
	return status == 0 ? actor_group_send("benchmark", &tick, NULL, NULL) : status;
}

static int speaker_cast(void *state, const struct actor_message *message)
{
	struct asker *self = state;

	(void)message;
	if (++self->found % MEMBERS != 0)
		return ACTOR_CONTINUE;
	if (self->found < self->wanted)
		return actor_group_send("benchmark", &tick, NULL, NULL);
	(void)actor_reply(self->from, &self->found);
	return ACTOR_EXIT_SHUTDOWN; /* its members with it */
}

static const struct actor_behaviour speaker = {.name = "speaker",
					       .state_size = sizeof(struct asker),
					       .handle_call = speaker_call,
					       .handle_cast = speaker_cast};

static const struct bench whereis = {
	.name = "whereis", .size = 4000000, .size_smoke = 2000, .behaviour = &asker};
static const struct bench whereis2 = {
	.name = "whereis2", .size = 4000000, .size_smoke = 2000, .behaviour = &asker2};
static const struct bench broadcast = {
	.name = "broadcast", .size = 1000000, .size_smoke = 2000, .behaviour = &speaker};

static const struct bench *const benches[] = {&whereis, &whereis2, &broadcast, NULL};

int main(int argc, char **argv)
{
	return bench_main(benches, argc, argv);
}
