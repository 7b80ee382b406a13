/* SPDX-License-Identifier: MIT */
/* actor/define.h: what each kind of row does. */
#include <string.h>

#include <actor/define.h>
#include <actor/supervisor.h>

#include "actors.h"
#include "define_account.h"

static struct seen ended = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* ---- The counter ------------------------------------------------------------------------------
 */

struct counter {
	uint64_t value;
};
ACTOR_DEFINE(counter, defcall(count, uint64_t), defcast(increment));

static int counter_handle_count(struct counter *self, uint64_t *reply)
{
	*reply = self->value;
	return ACTOR_CONTINUE;
}

static int counter_handle_increment(struct counter *self)
{
	self->value++;
	return ACTOR_CONTINUE;
}

static void counts_body(struct actor_system *system)
{
	struct actor_pid first;
	struct actor_pid second;
	uint64_t value = 77;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(counter_start(&first), 0);
	CU_ASSERT_EQUAL_FATAL(counter_start(&second), 0);
	CU_ASSERT_EQUAL(counter_count(first, &value), 0);
	CU_ASSERT_EQUAL(value, 0);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(counter_increment(first), 0);
	CU_ASSERT_EQUAL(counter_count(first, &value), 0);
	CU_ASSERT_EQUAL(value, 3);
	CU_ASSERT_EQUAL(counter_count(second, &value), 0);
	CU_ASSERT_EQUAL(value, 0);
}

static void counts(void)
{
	in_system(counts_body);
}

/* ---- Header and .c ----------------------------------------------------------------------------
 */

static void account_body(struct actor_system *system)
{
	struct account_statement statement;
	struct actor_pid pid;
	int64_t left = 77;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(account_start(10, &pid), 0);
	CU_ASSERT_EQUAL(account_deposit(pid, 5, 3), 0);
	CU_ASSERT_EQUAL(account_tick(pid), 0);
	CU_ASSERT_EQUAL(account_withdraw(pid, 125, &left), 0); /* least is -100 by default */
	CU_ASSERT_EQUAL(left, -99);
	/* A handler's status is the caller's, its reply is not touched, the actor lives on. */
	CU_ASSERT_EQUAL(account_withdraw(pid, 2, &left), ACTOR_EACCESS);
	CU_ASSERT_EQUAL(left, -99);
	CU_ASSERT_EQUAL(account_statement(pid, &statement), 0);
	CU_ASSERT_EQUAL(statement.balance, -99);
	CU_ASSERT_EQUAL(statement.deposits, 1);
	CU_ASSERT_EQUAL(statement.refused, 1);
	CU_ASSERT_EQUAL(account_have_spoilt(pid), 0);
	CU_ASSERT_EQUAL(account_statement(pid, &statement), 0);
	CU_ASSERT_EQUAL(statement.balance, -1000);
	/* A reason, too, sends the reply; then the actor ends. */
	CU_ASSERT_EQUAL(account_touch(pid), 0);
	CU_ASSERT(dies(pid));
	CU_ASSERT_EQUAL(account_touch(pid), ACTOR_ENOT_FOUND);
}

static void a_header_and_a_file(void)
{
	in_system(account_body);
}

static void start_body(struct actor_system *system)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "purse"};
	const struct account_init argument = {.balance = 3, .least = 0, .step = 4};
	struct account_statement statement;
	struct actor_pid pid = ACTOR_PID_NONE;
	char text[64];

	(void)system;
	CU_ASSERT_EQUAL(account_start(-101, &pid), ACTOR_EINVALID); /* init says no */
	CU_ASSERT_EQUAL_FATAL(account_start_with(&options, 1, 0, 20, &pid), 0);
	CU_ASSERT(actor_pid_equal(actor_whereis("purse"), pid));
	CU_ASSERT_EQUAL(account_tick(pid), 0);
	CU_ASSERT_EQUAL(account_statement(pid, &statement), 0);
	CU_ASSERT_EQUAL(statement.balance, 21);
	/* As a supervisor does it. */
	CU_ASSERT_EQUAL_FATAL(
		actor_start(&account_behaviour, &argument, sizeof(argument), NULL, &pid, NULL), 0);
	CU_ASSERT_EQUAL(account_tick(pid), 0);
	CU_ASSERT_EQUAL(account_statement(pid, &statement), 0);
	CU_ASSERT_EQUAL(statement.balance, 7);
	/* `balance` has no default. */
	CU_ASSERT_EQUAL(actor_start(&account_behaviour, NULL, 0, NULL, &pid, NULL), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(account_behaviour.describe(&argument, text, sizeof(text)), 9);
	CU_ASSERT_STRING_EQUAL(text, "balance 3");
}

static void starts_with_defaults(void)
{
	in_system(start_body);
}

struct lamp {
	int brightness;
};
ACTOR_DEFINE(lamp, definit(opt(int, brightness, 60)), defcall(brightness, int));

static int lamp_init(struct lamp *self, int brightness)
{
	self->brightness = brightness;
	return ACTOR_CONTINUE;
}

static int lamp_handle_brightness(struct lamp *self, int *reply)
{
	*reply = self->brightness;
	return ACTOR_CONTINUE;
}

static void lamp_body(struct actor_system *system)
{
	struct actor_pid pid;
	int brightness = 0;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(lamp_start(&pid), 0);
	CU_ASSERT_EQUAL(lamp_brightness(pid, &brightness), 0);
	CU_ASSERT_EQUAL(brightness, 60);
	CU_ASSERT_EQUAL_FATAL(actor_start(&lamp_behaviour, NULL, 0, NULL, &pid, NULL), 0);
	CU_ASSERT_EQUAL(lamp_brightness(pid, &brightness), 0);
	CU_ASSERT_EQUAL(brightness, 60);
}

static void starts_without_an_argument(void)
{
	in_system(lamp_body);
}

struct owner {
	int unused;
};
ACTOR_DEFINE(owner, defcall(begin, struct actor_pid));

static int owner_handle_begin(struct owner *self, struct actor_pid *reply)
{
	(void)self;
	return lamp_start_link(reply);
}

static void linked_body(struct actor_system *system)
{
	struct actor_pid owner;
	struct actor_pid lamp;
	int brightness;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(owner_start(&owner), 0);
	CU_ASSERT_EQUAL_FATAL(owner_begin(owner, &lamp), 0);
	CU_ASSERT_EQUAL(lamp_brightness(lamp, &brightness), 0);
	CU_ASSERT_EQUAL(actor_exit(owner, 1030), 0);
	CU_ASSERT(dies(lamp));
}

static void starts_linked(void)
{
	in_system(linked_body);
}

/* ---- Clauses ----------------------------------------------------------------------------------
 */

struct sorter {
	int64_t small;
	int64_t even;
	int64_t rest;
};
ACTOR_DEFINE(sorter, definit(),
	     defcast(put, arg(int64_t, n), when(n < 10, small), when(n % 2 == 0, even)),
	     defcast(limited, arg(int64_t, n), when(n > 0), when(n < 100)),
	     defcall(asked, int64_t, arg(int64_t, n), when(n > 0)), defcall(sums, struct sorter));

static int sorter_init(struct sorter *self)
{
	self->rest = 1000;
	return ACTOR_CONTINUE;
}

static int sorter_handle_put_small(struct sorter *self, int64_t n)
{
	self->small += n;
	return ACTOR_CONTINUE;
}

static int sorter_handle_put_even(struct sorter *self, int64_t n)
{
	self->even += n;
	return ACTOR_CONTINUE;
}

static int sorter_handle_put(struct sorter *self, int64_t n)
{
	self->rest += n;
	return ACTOR_CONTINUE;
}

static int sorter_handle_limited(struct sorter *self, int64_t n)
{
	self->rest += 10000 * n;
	return ACTOR_CONTINUE;
}

static int sorter_handle_asked(struct sorter *self, int64_t n, int64_t *reply)
{
	*reply = self->rest + n;
	return ACTOR_CONTINUE;
}

static int sorter_handle_sums(struct sorter *self, struct sorter *reply)
{
	*reply = *self;
	return ACTOR_CONTINUE;
}

static uint64_t unhandled(struct actor_system *system)
{
	struct actor_system_counters counters;

	actor_system_count(system, &counters);
	return counters.unhandled;
}

static void clauses_body(struct actor_system *system)
{
	struct sorter sums;
	struct actor_pid pid;
	int64_t n = 0;

	CU_ASSERT_EQUAL_FATAL(sorter_start(&pid), 0);
	CU_ASSERT_EQUAL(sorter_put(pid, 4), 0); /* small and even: the first clause has it */
	CU_ASSERT_EQUAL(sorter_put(pid, 5), 0);
	CU_ASSERT_EQUAL(sorter_put(pid, 12), 0);
	CU_ASSERT_EQUAL(sorter_put(pid, 13), 0);
	CU_ASSERT_EQUAL(sorter_limited(pid, 2), 0);
	CU_ASSERT_EQUAL(sorter_limited(pid, 0), 0);   /* no clause fits */
	CU_ASSERT_EQUAL(sorter_limited(pid, 100), 0); /* both guards must hold */
	CU_ASSERT_EQUAL(sorter_asked(pid, 1, &n), 0);
	CU_ASSERT_EQUAL(n, 21014);
	CU_ASSERT_EQUAL(sorter_asked(pid, -1, &n), ACTOR_EREJECTED);
	CU_ASSERT_EQUAL(sorter_sums(pid, &sums), 0);
	CU_ASSERT_EQUAL(sums.small, 9);
	CU_ASSERT_EQUAL(sums.even, 12);
	CU_ASSERT_EQUAL(sums.rest, 21013);
	CU_ASSERT_EQUAL(unhandled(system), 3);
}

static void the_first_clause_that_fits(void)
{
	in_system(clauses_body);
}

/* ---- Unknown messages --------------------------------------------------------------------------
 */

struct stern {
	int unused;
};
ACTOR_DEFINE(stern, strict(), defcall(ping, int), defcast(small, arg(int, n), when(n < 10)),
	     defterminate());

static int stern_handle_ping(struct stern *self, int *reply)
{
	(void)self;
	*reply = 1;
	return ACTOR_CONTINUE;
}

static int stern_handle_small(struct stern *self, int n)
{
	(void)self;
	(void)n;
	return ACTOR_CONTINUE;
}

static void stern_terminate(struct stern *self, int reason)
{
	(void)self;
	seen_add(&ended, reason);
}

static void tolerant_body(struct actor_system *system)
{
	struct actor_pid pid;
	uint64_t value = 0;
	int64_t left = 0;

	CU_ASSERT_EQUAL_FATAL(counter_start(&pid), 0);
	/* Another actor's messages, and its own in the wrong way. */
	CU_ASSERT_EQUAL(account_deposit(pid, 1, 1), 0);
	CU_ASSERT_EQUAL(account_withdraw(pid, 1, &left), ACTOR_EREJECTED);
	CU_ASSERT_EQUAL(actor_cast(pid, &counter_types[0], NULL), 0);
	CU_ASSERT_EQUAL(actor_send(pid, &counter_types[1], NULL), 0);
	CU_ASSERT_EQUAL(counter_increment(pid), 0);
	CU_ASSERT_EQUAL(counter_count(pid, &value), 0);
	CU_ASSERT_EQUAL(value, 1);
	CU_ASSERT_EQUAL(unhandled(system), 4);
}

static void tolerant_actors_count(void)
{
	in_system(tolerant_body);
}

static void strict_body(struct actor_system *system)
{
	struct actor_pid pid;
	int64_t left = 0;
	int pong = 0;

	ended.count = 0;
	CU_ASSERT_EQUAL_FATAL(stern_start(&pid), 0);
	CU_ASSERT_EQUAL(stern_ping(pid, &pong), 0);
	CU_ASSERT_EQUAL(account_tick(pid), 0);
	CU_ASSERT(dies(pid));
	CU_ASSERT_EQUAL_FATAL(stern_start(&pid), 0);
	CU_ASSERT_EQUAL(account_withdraw(pid, 1, &left), ACTOR_EDIED);
	CU_ASSERT(dies(pid));
	CU_ASSERT_EQUAL_FATAL(stern_start(&pid), 0);
	CU_ASSERT_EQUAL(stern_small(pid, 3), 0);
	CU_ASSERT_EQUAL(stern_ping(pid, &pong), 0);
	CU_ASSERT_EQUAL(stern_small(pid, 10), 0);
	CU_ASSERT(dies(pid));
	CU_ASSERT_FATAL(seen_wait(&ended, 3));
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(ended.values[i], ACTOR_EUNHANDLED);
	CU_ASSERT_EQUAL(unhandled(system), 3);
}

static void strict_actors_end(void)
{
	in_system(strict_body);
}

/* The callback table without a function says the same. */
static const struct actor_behaviour deaf = {.name = "deaf"};

static void deaf_body(struct actor_system *system)
{
	struct actor_pid pid;
	uint64_t value = 0;

	CU_ASSERT_EQUAL_FATAL(actor_start(&deaf, NULL, 0, NULL, &pid, NULL), 0);
	CU_ASSERT_EQUAL(counter_increment(pid), 0);
	CU_ASSERT_EQUAL(actor_send(pid, &counter_types[1], NULL), 0);
	CU_ASSERT_EQUAL(counter_count(pid, &value), ACTOR_EREJECTED);
	CU_ASSERT_EQUAL(unhandled(system), 3);
}

static void behaviours_without_handlers_count(void)
{
	in_system(deaf_body);
}

#define CASES(X)                      \
	X(counts)                     \
	X(a_header_and_a_file)        \
	X(starts_with_defaults)       \
	X(starts_without_an_argument) \
	X(starts_linked)              \
	X(the_first_clause_that_fits) \
	X(tolerant_actors_count)      \
	X(strict_actors_end)          \
	X(behaviours_without_handlers_count)
SUITE("define", CASES)
