/* SPDX-License-Identifier: MIT */

/*
 * Radix sort as a pipeline: an actor for each of 60 bits lets through the numbers without that bit
 * as they come, and after the last those with it, in order. The size is how many numbers there are,
 * all less than 2 to the 60th. An operation is one message: a number, from one stage to the next.
 */

#include "savina/random.h"
#include "savina/savina.h"

#define BITS 60

ACTOR_STATIC_MESSAGE(number, uint64_t);
ACTOR_STATIC_MESSAGE(sorted, uint64_t); /* the sum of the numbers; 0: they are not in order */

struct plan {
	struct actor_pid next;
	uint64_t numbers;
	uint64_t bit;
};

struct stage {
	struct plan plan;
	uint64_t *kept;
	uint64_t kept_count;
	uint64_t seen;
};

static int stage_init(void *state, const void *argument, size_t size)
{
	struct stage *stage = state;

	(void)size;
	stage->plan = *(const struct plan *)argument;
	stage->kept = actor_alloc(stage->plan.numbers * sizeof(stage->kept[0]));
	return stage->kept != NULL ? ACTOR_CONTINUE : ACTOR_ENO_MEMORY;
}

static int stage_cast(void *state, const struct actor_message *message)
{
	struct stage *stage = state;
	uint64_t value = *actor_message_as(message, uint64_t);

	if (value & stage->plan.bit)
		stage->kept[stage->kept_count++] = value;
	else
		(void)actor_cast(stage->plan.next, &number, &value);
	if (++stage->seen < stage->plan.numbers)
		return ACTOR_CONTINUE;
	for (uint64_t i = 0; i < stage->kept_count; i++)
		(void)actor_cast(stage->plan.next, &number, &stage->kept[i]);
	return ACTOR_STOP;
}

static const struct actor_behaviour stage_behaviour = {
	.name = "stage",
	.state_size = sizeof(struct stage),
	.state_ctype = "struct stage",
	.init = stage_init,
	.handle_cast = stage_cast,
};

struct check {
	uint64_t numbers; /* to come */
	uint64_t last;
	uint64_t sum;
	bool unsorted;
};

static int check_init(void *state, const void *argument, size_t size)
{
	struct check *check = state;

	(void)size;
	check->numbers = *(const uint64_t *)argument;
	return ACTOR_CONTINUE;
}

static int check_cast(void *state, const struct actor_message *message)
{
	struct check *check = state;
	uint64_t value = *actor_message_as(message, uint64_t);

	check->unsorted = check->unsorted || value < check->last;
	check->last = value;
	check->sum += value;
	if (--check->numbers > 0)
		return ACTOR_CONTINUE;
	if (check->unsorted)
		check->sum = 0;
	(void)actor_cast(actor_parent(), &sorted, &check->sum);
	return ACTOR_STOP;
}

static const struct actor_behaviour check_behaviour = {
	.name = "check",
	.state_size = sizeof(struct check),
	.state_ctype = "struct check",
	.init = check_init,
	.handle_cast = check_cast,
};

struct source {
	struct actor_from from;
	uint64_t messages;
	uint64_t sum;
};

static uint64_t draw(uint64_t *random)
{
	uint64_t high = random_less(random, 1 << 30);

	return high << 30 | random_less(random, 1 << 30);
}

static int source_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct source *source = state;
	struct plan plan = {.numbers = *actor_message_as(message, uint64_t)};
	uint64_t random = 2048;
	int status;

	source->from = from;
	source->messages = plan.numbers * (BITS + 1);
	status = actor_spawn(&check_behaviour, &plan.numbers, sizeof(plan.numbers), NULL,
			     &plan.next);
	for (unsigned bit = BITS; status == 0 && bit-- > 0;) {
		plan.bit = UINT64_C(1) << bit; /* the last stage has the highest */
		status = actor_spawn(&stage_behaviour, &plan, sizeof(plan), NULL, &plan.next);
	}
	for (uint64_t i = 0; status == 0 && i < plan.numbers; i++) {
		uint64_t value = draw(&random);

		source->sum += value;
		status = actor_cast(plan.next, &number, &value);
	}
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int source_cast(void *state, const struct actor_message *message)
{
	struct source *source = state;

	if (*actor_message_as(message, uint64_t) != source->sum)
		return bench_wrong(source->from, "radixsort: the numbers are not sorted");
	return actor_reply(source->from, &source->messages);
}

static const struct actor_behaviour source_behaviour = {
	.name = "source",
	.state_size = sizeof(struct source),
	.state_ctype = "struct source",
	.handle_call = source_call,
	.handle_cast = source_cast,
};

const struct bench bench_radixsort = {
	.name = "radixsort",
	.size = 100000,
	.size_smoke = 200,
	.behaviour = &source_behaviour,
};
