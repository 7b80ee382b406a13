/* SPDX-License-Identifier: MIT */

/*
 * One mailbox, many senders: nothing is lost, nothing comes twice, each sender's messages come in
 * its order, a resting owner is woken exactly once, and a closed mailbox refuses or returns all.
 */

#include <pthread.h>
#include <sched.h>

#include "base/clock.h"
#include "mailbox/mailbox.h"

#include "suite.h"

#define SENDERS     4
#define EACH        60000u
#define DEADLINE_NS (60 * UINT64_C(1000000000))

struct block {
	struct actor_message message; /* ref_: the number, sequence: the sender's */
} __attribute__((aligned(64)));

static struct block blocks[SENDERS][EACH];
static uint64_t inbox;
static uint32_t wakes;   /* what senders were told to schedule */
static uint32_t refused; /* messages */

static void *send_all(void *argument)
{
	uint32_t me = (uint32_t)(uintptr_t)argument;

	for (uint32_t i = 0; i < EACH; i++) {
		struct actor_message *message = &blocks[me][i].message;
		uint32_t depth = 0;

		message->ref_ = i;
		message->sequence = me;
		switch (mailbox_push(&inbox, message, &depth)) {
		case MAILBOX_WAKE:
			__atomic_fetch_add(&wakes, 1, __ATOMIC_RELEASE);
			break;
		case MAILBOX_REFUSED:
			__atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
			break;
		case MAILBOX_PUSHED:
			break;
		}
		if (i % 512 == me)
			sched_yield();
	}
	return NULL;
}

struct owner {
	uint64_t next[SENDERS]; /* the number that must come */
	uint32_t received;
	uint32_t out_of_order;
	uint32_t miscounted;
};

static void receive(struct owner *owner, struct mailbox_list list)
{
	uint32_t counted = list.count;
	uint32_t count = 0;

	for (struct actor_message *message; (message = mailbox_shift(&list)) != NULL; count++) {
		owner->out_of_order += owner->next[message->sequence] != message->ref_;
		owner->next[message->sequence] = message->ref_ + 1;
	}
	owner->miscounted += count != counted;
	owner->received += count;
}

static void start(pthread_t *senders, uint64_t state)
{
	memset(blocks, 0, sizeof(blocks));
	inbox = state;
	wakes = refused = 0;
	for (uintptr_t i = 0; i < SENDERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&senders[i], NULL, send_all, (void *)i), 0);
}

static void join(pthread_t *senders)
{
	for (uint32_t i = 0; i < SENDERS; i++)
		CU_ASSERT_EQUAL(pthread_join(senders[i], NULL), 0);
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void nothing_is_lost(void)
{
	uint64_t end = clock_monotonic_ns() + DEADLINE_NS;
	struct owner owner = {.received = 0};
	pthread_t senders[SENDERS];

	start(senders, MAILBOX_EMPTY);
	while (owner.received < SENDERS * EACH && clock_monotonic_ns() < end)
		receive(&owner, mailbox_reverse(mailbox_take(&inbox)));
	join(senders);
	CU_ASSERT_EQUAL(owner.received, SENDERS * EACH);
	CU_ASSERT_EQUAL(owner.out_of_order, 0);
	CU_ASSERT_EQUAL(owner.miscounted, 0);
	CU_ASSERT_EQUAL(wakes, 0);
	CU_ASSERT_EQUAL(inbox, MAILBOX_EMPTY);
}

/* The owner looks only when it was woken, as an actor does: one wake-up lost is the end. */
static void every_rest_is_ended_by_one_sender(void)
{
	uint64_t end = clock_monotonic_ns() + DEADLINE_NS;
	struct owner owner = {.received = 0};
	pthread_t senders[SENDERS];
	uint32_t rests = 1;

	start(senders, MAILBOX_IDLE);
	while (owner.received < SENDERS * EACH && clock_monotonic_ns() < end) {
		uint32_t seen = __atomic_load_n(&wakes, __ATOMIC_ACQUIRE);

		if (seen < rests) {
			sched_yield();
			continue;
		}
		CU_ASSERT_EQUAL_FATAL(seen, rests);
		do
			receive(&owner, mailbox_reverse(mailbox_take(&inbox)));
		while (!mailbox_rest(&inbox));
		rests++;
	}
	join(senders);
	CU_ASSERT_EQUAL(owner.received, SENDERS * EACH);
	CU_ASSERT_EQUAL(owner.out_of_order, 0);
	CU_ASSERT_EQUAL(wakes, rests - 1);
	CU_ASSERT_EQUAL(inbox, MAILBOX_IDLE);
	printf("(%u rests) ", rests);
}

static void closing_while_they_send(void)
{
	for (uint32_t part = 1; part < 4; part++) {
		uint64_t end = clock_monotonic_ns() + DEADLINE_NS;
		struct owner owner = {.received = 0};
		pthread_t senders[SENDERS];

		start(senders, MAILBOX_EMPTY);
		while (owner.received < part * EACH && clock_monotonic_ns() < end)
			receive(&owner, mailbox_reverse(mailbox_take(&inbox)));
		receive(&owner, mailbox_close(&inbox));
		join(senders);
		/* Received or still the sender's, each one. */
		CU_ASSERT_EQUAL(owner.received + refused, SENDERS * EACH);
		CU_ASSERT_EQUAL(owner.out_of_order, 0);
		CU_ASSERT_EQUAL(inbox, MAILBOX_CLOSED);
		CU_ASSERT_EQUAL(mailbox_reverse(mailbox_take(&inbox)).count, 0);
	}
}

#define CASES(X)                             \
	X(nothing_is_lost)                   \
	X(every_rest_is_ended_by_one_sender) \
	X(closing_while_they_send)
SUITE("stress mailbox", CASES)
