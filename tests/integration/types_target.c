/* SPDX-License-Identifier: MIT */
/*
 * An actor whose state and messages have members of many kinds. Reads numbers from its standard
 * input, sends so many messages, asks for an answer and says "done"; ends with its input.
 * "busy" makes the actor run for good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/define.h>

enum mood {
	MOOD_CALM,
	MOOD_WILD = 7
};

struct place {
	float x;
	double y;
};

struct sheep {
	uint64_t steps;
	char name[16];
	enum mood mood;
	struct place at;
	unsigned age : 5;
	int tilt : 4;
	bool shorn;
	uint16_t lambs[4];
	const char *hidden;
};

struct answer {
	uint64_t steps;
	char word[8];
};

/* What define.h does not do: a message with bytes behind it. */
struct note {
	uint32_t length;
};
ACTOR_MESSAGE_BYTES(note, struct note);

ACTOR_DEFINE(sheep, defcast(walk, arg(struct place, by), arg(enum mood, mood)),
	     defcast(run, arg(uint32_t, busy)), defcall(ask, struct answer),
	     definfo_as(note, struct note));

static int sheep_handle_walk(struct sheep *self, struct place by, enum mood mood)
{
	self->steps++;
	self->at.x += by.x;
	self->at.y += by.y;
	self->mood = mood;
	self->age = 21;
	self->tilt = -3;
	self->shorn = true;
	self->lambs[2] = 500;
	self->hidden = self->name;
	snprintf(self->name, sizeof(self->name), "dolly");
	return ACTOR_CONTINUE;
}

static int sheep_handle_run(struct sheep *self, uint32_t busy)
{
	volatile uint64_t *steps = &self->steps;

	while (busy != 0)
		(*steps)++;
	return ACTOR_CONTINUE;
}

static int sheep_handle_ask(struct sheep *self, struct answer *reply)
{
	reply->steps = self->steps;
	snprintf(reply->word, sizeof(reply->word), "baa");
	return ACTOR_CONTINUE;
}

static int sheep_handle_note(struct sheep *self, const struct note *message)
{
	(void)self;
	(void)message;
	return ACTOR_CONTINUE;
}

static int step(struct actor_pid pid, long count)
{
	struct place by = {0.5F, 0.25};
	char bytes[sizeof(struct note) + 8];
	uint32_t length = 5;
	struct answer answer;
	int status = 0;

	for (long i = 0; i < count && status == 0; i++)
		status = sheep_walk(pid, by, MOOD_WILD);
	memcpy(bytes, &length, sizeof(length));
	memcpy(bytes + sizeof(struct note), "hello", 5);
	if (status == 0)
		status = actor_send_bytes(pid, &note, bytes, sizeof(struct note) + 5);
	if (status == 0)
		status = sheep_ask(pid, &answer);
	return status;
}

int main(int argc, char **argv)
{
	const struct actor_system_options options = {
		.size = sizeof(options), .argc = argc, .argv = argv};
	const struct actor_spawn_options named = {.size = sizeof(named), .name = "sheep"};
	struct actor_system *system = NULL;
	struct actor_pid pid;
	char line[64];
	bool busy = false;
	int status = actor_system_create(&options, &system);

	if (status == 0)
		status = sheep_start_with(&named, &pid);
	puts("ready");
	fflush(stdout);
	while (status == 0 && fgets(line, sizeof(line), stdin) != NULL) {
		busy = strcmp(line, "busy\n") == 0;
		status = busy ? sheep_run(pid, 1) : step(pid, strtol(line, NULL, 10));
		puts("done");
		fflush(stdout);
	}
	if (status != 0)
		fprintf(stderr, "status %d\n", status);
	if (busy)
		_Exit(0); /* it never ends by itself */
	actor_system_destroy(system, ACTOR_SECONDS(5));
	return status == 0 ? 0 : 1;
}
