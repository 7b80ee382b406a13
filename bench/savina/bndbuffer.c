/* SPDX-License-Identifier: MIT */

/*
 * A bounded buffer: a manager between 40 producers and 40 consumers, which holds 50 items. It asks
 * a producer for the next item only while there is room. To make or use up an item costs 2500
 * logarithms. The size is the number of items of each producer. An operation is one item.
 */

#include <math.h>

#include "savina/random.h"
#include "savina/savina.h"

#define PRODUCERS 40
#define CONSUMERS 40
#define ROOM      50
#define COST      2500

struct item {
	uint64_t number;
	double value;
};

ACTOR_STATIC_MESSAGE_EMPTY(produce);
ACTOR_STATIC_MESSAGE(produced, struct item);
ACTOR_STATIC_MESSAGE_EMPTY(finished); /* a producer */
ACTOR_STATIC_MESSAGE(consume, struct item);
ACTOR_STATIC_MESSAGE_EMPTY(available); /* a consumer */
ACTOR_STATIC_REQUEST_EMPTY(get_consumed, uint64_t);

static double item_work(double value)
{
	uint64_t random = COST;

	for (unsigned i = 0; i < COST; i++)
		value += log((double)random_next(&random) / (double)RANDOM_MAX + 0.01);
	return value;
}

struct producer {
	uint64_t items_left;
	struct item item;
};

static int producer_init(void *state, const void *argument, size_t size)
{
	struct producer *producer = state;

	(void)size;
	producer->items_left = *(const uint64_t *)argument;
	return ACTOR_CONTINUE;
}

static int producer_cast(void *state, const struct actor_message *message)
{
	struct producer *producer = state;

	(void)message;
	if (producer->items_left-- == 0) {
		(void)actor_cast(actor_parent(), &finished, NULL);
		return ACTOR_STOP;
	}
	producer->item.number++;
	producer->item.value = item_work(producer->item.value);
	return actor_cast(actor_parent(), &produced, &producer->item);
}

static const struct actor_behaviour producer_behaviour = {
	.name = "producer",
	.state_size = sizeof(struct producer),
	.state_ctype = "struct producer",
	.init = producer_init,
	.handle_cast = producer_cast,
};

struct consumer {
	uint64_t sum; /* of the items' numbers */
	double value;
};

static int consumer_cast(void *state, const struct actor_message *message)
{
	struct consumer *consumer = state;
	const struct item *item = actor_message_as(message, struct item);

	consumer->sum += item->number;
	consumer->value = item_work(consumer->value + item->value);
	return actor_cast(actor_parent(), &available, NULL);
}

static int consumer_call(void *state, const struct actor_message *message, struct actor_from from)
{
	const struct consumer *consumer = state;

	(void)message;
	(void)actor_reply(from, &consumer->sum);
	return ACTOR_STOP;
}

static const struct actor_behaviour consumer_behaviour = {
	.name = "consumer",
	.state_size = sizeof(struct consumer),
	.state_ctype = "struct consumer",
	.handle_call = consumer_call,
	.handle_cast = consumer_cast,
};

struct manager {
	struct actor_from from;
	struct item items[ROOM]; /* a ring */
	unsigned items_first;
	unsigned items_count;
	struct actor_pid producers[PRODUCERS]; /* that may not go on yet */
	unsigned producers_count;
	struct actor_pid consumers[CONSUMERS]; /* that have nothing to do */
	unsigned consumers_count;
	unsigned producing; /* producers that have not finished */
	uint64_t each;
};

static int manager_start(struct manager *manager)
{
	int status = 0;

	for (; status == 0 && manager->consumers_count < CONSUMERS; manager->consumers_count++)
		status = actor_spawn(&consumer_behaviour, NULL, 0, NULL,
				     &manager->consumers[manager->consumers_count]);
	for (; status == 0 && manager->producing < PRODUCERS; manager->producing++) {
		struct actor_pid producer;

		status = actor_spawn(&producer_behaviour, &manager->each, sizeof(manager->each),
				     NULL, &producer);
		if (status == 0)
			status = actor_cast(producer, &produce, NULL);
	}
	return status;
}

static int manager_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct manager *manager = state;
	int status;

	manager->from = from;
	manager->each = *actor_message_as(message, uint64_t);
	status = manager_start(manager);
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int manager_produced(struct manager *manager, struct actor_pid producer,
			    const struct item *item)
{
	if (manager->consumers_count > 0)
		(void)actor_cast(manager->consumers[--manager->consumers_count], &consume, item);
	else
		manager->items[(manager->items_first + manager->items_count++) % ROOM] = *item;
	/* Every producer that goes on may bring one more. */
	if (manager->items_count < ROOM - PRODUCERS)
		return actor_cast(producer, &produce, NULL);
	manager->producers[manager->producers_count++] = producer;
	return ACTOR_CONTINUE;
}

static int manager_available(struct manager *manager, struct actor_pid consumer)
{
	if (manager->items_count == 0) {
		manager->consumers[manager->consumers_count++] = consumer;
		return ACTOR_CONTINUE;
	}
	(void)actor_cast(consumer, &consume, &manager->items[manager->items_first]);
	manager->items_first = (manager->items_first + 1) % ROOM;
	manager->items_count--;
	if (manager->producers_count == 0)
		return ACTOR_CONTINUE;
	return actor_cast(manager->producers[--manager->producers_count], &produce, NULL);
}

/* All items are made and used up: each producer's were numbered from 1. */
static int manager_finish(struct manager *manager)
{
	uint64_t items = PRODUCERS * manager->each;
	uint64_t sum = 0;

	for (unsigned i = 0; i < CONSUMERS; i++) {
		uint64_t consumed;
		int status = actor_call(manager->consumers[i], &get_consumed, NULL, &consumed,
					ACTOR_FOREVER);

		if (status != 0)
			return actor_reject(manager->from, status);
		sum += consumed;
	}
	if (sum != items * (manager->each + 1) / 2)
		return bench_wrong(manager->from, "bndbuffer: an item is missing");
	return actor_reply(manager->from, &items);
}

static int manager_cast(void *state, const struct actor_message *message)
{
	struct manager *manager = state;
	int status = ACTOR_CONTINUE;

	if (actor_message_is(message, &produced))
		return manager_produced(manager, message->sender,
					actor_message_as(message, struct item));
	if (actor_message_is(message, &finished))
		manager->producing--;
	else
		status = manager_available(manager, message->sender);
	if (status == ACTOR_CONTINUE && manager->producing == 0 &&
	    manager->consumers_count == CONSUMERS)
		return manager_finish(manager);
	return status;
}

static const struct actor_behaviour manager_behaviour = {
	.name = "manager",
	.state_size = sizeof(struct manager),
	.state_ctype = "struct manager",
	.handle_call = manager_call,
	.handle_cast = manager_cast,
};

const struct bench bench_bndbuffer = {
	.name = "bndbuffer",
	.size = 1000,
	.size_smoke = 5,
	.behaviour = &manager_behaviour,
};
