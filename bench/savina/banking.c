/* SPDX-License-Identifier: MIT */

/*
 * A teller orders transfers between a thousand accounts. The account that pays calls the one that
 * gets the money, and tells the teller when it has its answer. Money goes to higher numbers only,
 * so calls never close a circle. The size is the number of transfers, an operation one of them.
 */

#include "savina/random.h"
#include "savina/savina.h"

#define ACCOUNTS 1000
#define BALANCE  1000000

struct transfer {
	struct actor_pid to;
	int64_t amount;
};

ACTOR_STATIC_MESSAGE(pay, struct transfer);
ACTOR_STATIC_REQUEST(deposit, int64_t, int64_t);
ACTOR_STATIC_MESSAGE_EMPTY(paid);
ACTOR_STATIC_REQUEST_EMPTY(balance, int64_t);

static int account_init(void *state, const void *argument, size_t size)
{
	(void)size;
	*(int64_t *)state = *(const int64_t *)argument;
	return ACTOR_CONTINUE;
}

static int account_call(void *state, const struct actor_message *message, struct actor_from from)
{
	int64_t *money = state;

	if (actor_message_is(message, &deposit))
		*money += *actor_message_as(message, int64_t);
	return actor_reply(from, money);
}

static int account_cast(void *state, const struct actor_message *message)
{
	const struct transfer *transfer = actor_message_as(message, struct transfer);
	int64_t *money = state;
	int64_t theirs;
	int status;

	*money -= transfer->amount;
	status = actor_call(transfer->to, &deposit, &transfer->amount, &theirs, ACTOR_FOREVER);
	return status != 0 ? status : actor_cast(actor_parent(), &paid, NULL);
}

static const struct actor_behaviour account_behaviour = {
	.name = "account",
	.state_size = sizeof(int64_t),
	.state_ctype = "int64_t",
	.init = account_init,
	.handle_call = account_call,
	.handle_cast = account_cast,
};

struct teller {
	struct actor_from from;
	struct actor_pid accounts[ACCOUNTS];
	uint64_t transfers;
	uint64_t paid;
};

static int teller_order(struct teller *teller)
{
	uint64_t random = 123456;
	int status = 0;

	for (uint64_t i = 0; status == 0 && i < teller->transfers; i++) {
		/* From one of the lower eight tenths to a higher one. */
		uint64_t source = random_less(&random, ACCOUNTS / 10 * 8);
		uint64_t distance = 1 + random_less(&random, ACCOUNTS - source - 1);
		struct transfer transfer = {teller->accounts[source + distance],
					    (int64_t)random_less(&random, 1000)};

		status = actor_cast(teller->accounts[source], &pay, &transfer);
	}
	return status;
}

static int teller_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct teller *teller = state;
	int64_t money = BALANCE;
	int status = 0;

	teller->from = from;
	teller->transfers = *actor_message_as(message, uint64_t);
	for (unsigned i = 0; status == 0 && i < ACCOUNTS; i++)
		status = actor_spawn(&account_behaviour, &money, sizeof(money), NULL,
				     &teller->accounts[i]);
	if (status == 0)
		status = teller_order(teller);
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int teller_cast(void *state, const struct actor_message *message)
{
	struct teller *teller = state;
	int64_t money = 0;

	(void)message;
	if (++teller->paid < teller->transfers)
		return ACTOR_CONTINUE;
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		int64_t part;
		int status = actor_call(teller->accounts[i], &balance, NULL, &part, ACTOR_FOREVER);

		if (status != 0)
			return actor_reject(teller->from, status);
		(void)actor_exit(teller->accounts[i], ACTOR_EXIT_SHUTDOWN);
		money += part;
	}
	if (money != (int64_t)ACCOUNTS * BALANCE)
		return bench_wrong(teller->from, "banking: money was lost");
	return actor_reply(teller->from, &teller->transfers);
}

static const struct actor_behaviour teller_behaviour = {
	.name = "teller",
	.state_size = sizeof(struct teller),
	.state_ctype = "struct teller",
	.handle_call = teller_call,
	.handle_cast = teller_cast,
};

const struct bench bench_banking = {
	.name = "banking",
	.size = 50000,
	.size_smoke = 500,
	.behaviour = &teller_behaviour,
};
