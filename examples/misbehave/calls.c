/* SPDX-License-Identifier: MIT */

/* Calls that come back to the caller, are forgotten, come too many at once, or take too long. */

#include "misbehave.h"

#include <actor/define.h>

/* ---- call-deadlock: whom I ask asks me --------------------------------------------------------
 */

/*
 * Two that call each other: the runtime refuses the call that would close the circle, so nobody
 * waits for ever, but neither gets its answer.
 */
struct office {
	struct actor_pid other;
	uint64_t refused;
};

ACTOR_DEFINE(office, defcall(approve, uint64_t), defcast(meet, arg(struct actor_pid, other)),
	     definfo(ask));

static int office_handle_meet(struct office *self, struct actor_pid other)
{
	self->other = other;
	return ACTOR_CONTINUE;
}

/* It will not approve before the other one does. */
static int office_handle_approve(struct office *self, uint64_t *reply)
{
	int status = office_approve(self->other, reply);

	self->refused += status == ACTOR_EDEADLOCK;
	return status;
}

static int office_handle_ask(struct office *self)
{
	uint64_t timer, stamp;

	(void)office_approve(self->other, &stamp);
	return office_ask_after(ACTOR_MILLISECONDS(200), 0, &timer);
}

static int start_offices(void)
{
	const struct actor_spawn_options options[] = {
		{.size = sizeof(options[0]), .name = "permits"},
		{.size = sizeof(options[0]), .name = "taxes"},
	};
	struct actor_pid permits, taxes;
	int status = office_start_with(&options[0], &permits);

	if (status == 0)
		status = office_start_with(&options[1], &taxes);
	if (status == 0)
		status = office_meet(permits, taxes);
	if (status == 0)
		status = office_meet(taxes, permits);
	return status == 0 ? office_ask(permits) : status;
}

/*
 * The runtime looks along 64 callers for a circle. In one of 72 nobody is refused, and all wait: as
 * in the old tale, each at the table holds a fork and asks its neighbour for the other one.
 */
#define TABLE 72

struct philosopher {
	struct actor_pid neighbour;
};

ACTOR_DEFINE(philosopher, defcall(fork, uint64_t, within(ACTOR_FOREVER)),
	     defcast(sit_beside, arg(struct actor_pid, neighbour)), defcast(dine));

static int philosopher_handle_sit_beside(struct philosopher *self, struct actor_pid neighbour)
{
	self->neighbour = neighbour;
	return ACTOR_CONTINUE;
}

static int philosopher_handle_fork(struct philosopher *self, uint64_t *reply)
{
	(void)self;
	*reply = 1;
	return ACTOR_CONTINUE;
}

/* The neighbour is bidden to table first, so it will be dining when it is asked. */
static int philosopher_handle_dine(struct philosopher *self)
{
	uint64_t fork;
	int status = philosopher_dine(self->neighbour);

	return status == 0 ? philosopher_fork(self->neighbour, &fork) : status;
}

static int start_philosophers(void)
{
	struct actor_pid table[TABLE];
	int status = 0;

	for (int i = 0; i < TABLE && status == 0; i++)
		status = philosopher_start(&table[i]);
	for (int i = 0; i < TABLE && status == 0; i++)
		status = philosopher_sit_beside(table[i], table[(i + 1) % TABLE]);
	return status == 0 ? philosopher_dine(table[0]) : status;
}

int start_call_deadlock(void)
{
	int status = start_offices();

	return status == 0 ? start_philosophers() : status;
}

/* ---- orphan-call: who was asked has forgotten it ----------------------------------------------
 */

struct broker {
	struct actor_from from;
};

ACTOR_DEFINE(broker, defcall(price, uint64_t, from(), within(ACTOR_FOREVER)));

/* It keeps the call to answer it later, and never does. */
static int broker_handle_price(struct broker *self, struct actor_from from)
{
	self->from = from;
	return ACTOR_CONTINUE;
}

struct buyer {
	struct actor_pid broker;
};

ACTOR_DEFINE(buyer, definit(arg(struct actor_pid, broker)), defcast(buy));

static int buyer_init(struct buyer *self, struct actor_pid broker)
{
	self->broker = broker;
	return ACTOR_CONTINUE;
}

static int buyer_handle_buy(struct buyer *self)
{
	uint64_t price;

	return broker_price(self->broker, &price);
}

int start_orphan_call(void)
{
	const struct actor_spawn_options to = {.size = sizeof(to), .name = "broker"};
	const struct actor_spawn_options from = {.size = sizeof(from), .name = "buyer"};
	struct actor_pid broker, buyer;
	int status = broker_start_with(&to, &broker);

	if (status == 0)
		status = buyer_start_with(&from, broker, &buyer);
	return status == 0 ? buyer_buy(buyer) : status;
}

/* ---- call-convoy: all wait for one ------------------------------------------------------------
 */

#define CUSTOMERS 64

/* Serves one customer every 20 ms. */
struct desk {
	struct actor_from line[CUSTOMERS];
	uint32_t first;
	uint32_t count;
};

ACTOR_DEFINE(desk, definit(),
	     defcall(serve, void, from(), within(ACTOR_FOREVER), when(self->count < CUSTOMERS)),
	     definfo(next));

static int desk_init(struct desk *self)
{
	uint64_t timer;

	(void)self;
	return desk_next_after(ACTOR_MILLISECONDS(20), ACTOR_MILLISECONDS(20), &timer);
}

static int desk_handle_serve(struct desk *self, struct actor_from from)
{
	self->line[(self->first + self->count++) % CUSTOMERS] = from;
	return ACTOR_CONTINUE;
}

static int desk_handle_next(struct desk *self)
{
	if (self->count == 0)
		return ACTOR_CONTINUE;
	self->count--;
	return desk_reply_serve(self->line[self->first++ % CUSTOMERS]);
}

struct customer {
	struct actor_pid desk;
};

ACTOR_DEFINE(customer, definit(arg(struct actor_pid, desk)), defcast(queue));

static int customer_init(struct customer *self, struct actor_pid desk)
{
	self->desk = desk;
	return customer_queue(actor_self());
}

static int customer_handle_queue(struct customer *self)
{
	int status = desk_serve(self->desk);

	return status == 0 ? customer_queue(actor_self()) : status;
}

int start_call_convoy(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "desk"};
	struct actor_pid desk, customer;
	int status = desk_start_with(&options, &desk);

	for (int i = 0; i < CUSTOMERS && status == 0; i++)
		status = customer_start(desk, &customer);
	return status;
}

/* ---- call-timeout: the answer comes too late --------------------------------------------------
 */

struct sloth {
	struct actor_from from;
};

ACTOR_DEFINE(sloth, defcall(yawn, void, from(), within(ACTOR_MILLISECONDS(20))), definfo(wake));

static int sloth_handle_yawn(struct sloth *self, struct actor_from from)
{
	uint64_t timer;

	self->from = from;
	return sloth_wake_after(ACTOR_MILLISECONDS(100), 0, &timer);
}

static int sloth_handle_wake(struct sloth *self)
{
	return sloth_reply_yawn(self->from);
}

struct visitor {
	struct actor_pid sloth;
	uint64_t in_vain;
};

ACTOR_DEFINE(visitor, definit(arg(struct actor_pid, sloth)), definfo(look));

static int visitor_init(struct visitor *self, struct actor_pid sloth)
{
	uint64_t timer;

	self->sloth = sloth;
	return visitor_look_after(0, ACTOR_MILLISECONDS(300), &timer);
}

static int visitor_handle_look(struct visitor *self)
{
	self->in_vain += sloth_yawn(self->sloth) == ACTOR_ETIMEOUT;
	return ACTOR_CONTINUE;
}

int start_call_timeout(void)
{
	const struct actor_spawn_options to = {.size = sizeof(to), .name = "sloth"};
	const struct actor_spawn_options from = {.size = sizeof(from), .name = "visitor"};
	struct actor_pid sloth, visitor;
	int status = sloth_start_with(&to, &sloth);

	return status == 0 ? visitor_start_with(&from, sloth, &visitor) : status;
}
