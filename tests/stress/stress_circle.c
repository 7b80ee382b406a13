/* SPDX-License-Identifier: MIT */

/*
 * Actors call each other in a ring, and without an end to their patience: each that is called calls
 * the next. One of a circle must see that it closes it, or all of them wait for ever. A round is
 * begun by one of them, whose circle is certain, or by several at the same time.
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <actor/actor.h>

#include "suite.h"

#define ACTORS_MAX 4

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ROUNDS 2000u
#else
#define ROUNDS 20000u
#endif

#define PATIENCE_NS UINT64_C(120000000000)

ACTOR_STATIC_MESSAGE(go, uint32_t);            /* the number of calls, one behind the other */
ACTOR_STATIC_REQUEST(ask, uint32_t, uint32_t); /* how many are left; the reply is not read */

static struct actor_pid pids[ACTORS_MAX];
static unsigned count; /* in this round's ring */

/* Of all rounds. */
static uint64_t answered, circles, others;

static struct actor_pid next_of(struct actor_pid self)
{
	unsigned i = 0;

	while (!actor_pid_equal(pids[i], self))
		i++;
	return pids[(i + 1) % count];
}

static void ask_next(uint32_t left)
{
	uint32_t reply;
	int status = actor_call(next_of(actor_self()), &ask, &left, &reply, ACTOR_FOREVER);
	uint64_t *counter = status == 0                 ? &answered
			    : status == ACTOR_EDEADLOCK ? &circles
							: &others;

	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED); /* read behind the last answers */
}

static int ring_cast(void *state, const struct actor_message *message)
{
	const uint32_t *left = actor_message_payload(message);

	(void)state;
	ask_next(*left - 1);
	return ACTOR_CONTINUE;
}

static int ring_call(void *state, const struct actor_message *message, struct actor_from from)
{
	const uint32_t *left = actor_message_payload(message);
	uint32_t reply = 0;

	(void)state;
	if (*left > 0)
		ask_next(*left - 1);
	(void)actor_reply(from, &reply);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour ring = {
	.name = "ring", .handle_cast = ring_cast, .handle_call = ring_call};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/*
 * `starters` begin, each with as many calls as closes the ring. False: somebody waits for ever. Of
 * each chain the one that sees the circle ends it; what it has called so far is counted.
 */
static bool turn_round(unsigned starters)
{
	uint64_t begin = now_ns(), before = circles;
	uint32_t calls = count;

	for (unsigned i = 0; i < starters; i++)
		CU_ASSERT_EQUAL(actor_cast(pids[i], &go, &calls), 0);
	/* All have come to their end when they answer a last question. */
	for (unsigned i = 0; i < count; i++) {
		uint32_t none = 0, reply;
		int status;

		do
			status = actor_call(pids[i], &ask, &none, &reply, ACTOR_SECONDS(1));
		while (status == ACTOR_ETIMEOUT && now_ns() - begin < PATIENCE_NS);
		if (status != 0)
			return false;
	}
	CU_ASSERT_TRUE(starters > 1 || circles == before + 1);
	return true;
}

static void one_of_a_circle_sees_it(void)
{
	const struct actor_system_options options = {.size = sizeof(options), .schedulers = 3};
	struct actor_system *system = NULL;

	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	for (unsigned i = 0; i < ACTORS_MAX; i++)
		CU_ASSERT_EQUAL_FATAL(actor_spawn(&ring, NULL, 0, NULL, &pids[i]), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		/* Rings of two, three and four, in turn. */
		count = 2 + round % (ACTORS_MAX - 1);
		if (!turn_round(1 + round / ACTORS_MAX % count)) {
			fprintf(stderr, "a circle that nobody sees, in round %u\n", round);
			exit(EXIT_FAILURE); /* not even the system can be ended */
		}
	}
	printf("(%" PRIu64 " answered, %" PRIu64 " circles) ", answered, circles);
	CU_ASSERT_EQUAL(others, 0);
	CU_ASSERT_TRUE(circles > 0);
	CU_ASSERT_TRUE(answered > 0);
	actor_system_destroy(system, ACTOR_SECONDS(60));
}

#define CASES(X) X(one_of_a_circle_sees_it)
SUITE("stress circle", CASES)
