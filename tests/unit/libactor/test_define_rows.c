/* SPDX-License-Identifier: MIT */
/* actor/define.h: singletons, replies from elsewhere, messages in full, what goes on behind init.
 */
#include <string.h>

#include <actor/define.h>

#include "actors.h"

/* ---- Singletons --------------------------------------------------------------------------------
 */

struct census {
	uint64_t people;
};
ACTOR_DEFINE(census, export("census office"), defcall(people, uint64_t),
	     defcast(born, arg(uint32_t, many)), defcast(nobody));

static int census_handle_people(struct census *self, uint64_t *reply)
{
	*reply = self->people;
	return ACTOR_CONTINUE;
}

static int census_handle_born(struct census *self, uint32_t many)
{
	self->people += many;
	return ACTOR_CONTINUE;
}

static int census_handle_nobody(struct census *self)
{
	self->people = 0;
	return ACTOR_CONTINUE;
}

static void census_body(struct actor_system *system)
{
	struct actor_pid pid;
	struct actor_pid second;
	uint64_t people = 0;

	(void)system;
	/* Also before the first one lives: all types of the actor are numbered by this. */
	CU_ASSERT_EQUAL(census_nobody(), 0);
	CU_ASSERT_EQUAL(census_people(&people), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL_FATAL(census_start(&pid), 0);
	CU_ASSERT_EQUAL(census_start(&second), ACTOR_ENAME_TAKEN);
	CU_ASSERT(actor_pid_equal(actor_whereis("census office"), pid));
	CU_ASSERT_EQUAL(census_born(2), 0);
	CU_ASSERT_EQUAL(census_born(3), 0);
	CU_ASSERT_EQUAL(census_people(&people), 0);
	CU_ASSERT_EQUAL(people, 5);
	CU_ASSERT_EQUAL(census_nobody(), 0);
	CU_ASSERT_EQUAL(census_people(&people), 0);
	CU_ASSERT_EQUAL(people, 0);
}

static void singletons_need_no_pid(void)
{
	in_system(census_body);
}

/* ---- Replies from elsewhere, messages in full, information
 * ---------------------------------------- */

struct desk {
	struct actor_pid clerk;
	struct actor_from closing;
	uint64_t ticks;
	int64_t reason;
};
ACTOR_DEFINE(desk, definit(arg(struct actor_pid, clerk)),
	     defcall(ask, uint64_t, arg(uint64_t, addend), from()), defcall(close, void, from()),
	     defcall(late, uint64_t, within(ACTOR_MILLISECONDS(20)), from()),
	     defcall(later, uint64_t, timed(), from()), defcast(watch, arg(struct actor_pid, whom)),
	     definfo(tick, arg(uint64_t, n)), definfo_as(actor_down, struct actor_down_message),
	     defcall(state, struct desk));

struct clerk {
	struct actor_pid last;
	uint32_t sequence;
};
ACTOR_DEFINE(clerk, defcast(answer, arg(struct actor_from, from), arg(uint64_t, n), message()),
	     defcall(state, struct clerk));

static int clerk_handle_answer(struct clerk *self, struct actor_from from, uint64_t n,
			       const struct actor_message *message)
{
	self->last = message->sender;
	self->sequence = message->sequence;
	return desk_reply_ask(from, n);
}

static int clerk_handle_state(struct clerk *self, struct clerk *reply)
{
	*reply = *self;
	return ACTOR_CONTINUE;
}

static int desk_init(struct desk *self, struct actor_pid clerk)
{
	self->clerk = clerk;
	return ACTOR_CONTINUE;
}

static int desk_handle_ask(struct desk *self, uint64_t addend, struct actor_from from)
{
	return clerk_answer(self->clerk, from, addend + self->ticks);
}

static int desk_handle_close(struct desk *self, struct actor_from from)
{
	self->closing = from;
	return desk_tick_after(ACTOR_MILLISECONDS(1), 0, 5, NULL);
}

static int desk_handle_late(struct desk *self, struct actor_from from)
{
	(void)self;
	(void)from;
	return ACTOR_CONTINUE;
}

static int desk_handle_later(struct desk *self, struct actor_from from)
{
	return desk_handle_late(self, from);
}

static int desk_handle_watch(struct desk *self, struct actor_pid whom)
{
	(void)self;
	return actor_monitor(whom, NULL);
}

static int desk_handle_tick(struct desk *self, uint64_t n)
{
	self->ticks += n;
	if (self->closing.caller.bits == 0)
		return ACTOR_CONTINUE;
	return desk_reply_close(self->closing);
}

static int desk_handle_actor_down(struct desk *self, const struct actor_down_message *message)
{
	self->reason = message->reason;
	return ACTOR_CONTINUE;
}

static int desk_handle_state(struct desk *self, struct desk *reply)
{
	*reply = *self;
	return ACTOR_CONTINUE;
}

static void later_body(struct actor_system *system)
{
	struct desk seen = {.ticks = 0};
	struct clerk clerk_seen;
	struct actor_pid desk;
	struct actor_pid clerk;
	uint64_t answer = 1;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(clerk_start(&clerk), 0);
	CU_ASSERT_EQUAL_FATAL(desk_start(clerk, &desk), 0);
	CU_ASSERT_EQUAL(desk_tick(desk, 100), 0);
	/* The desk hands the question on; the clerk answers. */
	CU_ASSERT_EQUAL(desk_ask(desk, 7, &answer), 0);
	CU_ASSERT_EQUAL(answer, 107);
	CU_ASSERT_EQUAL(clerk_state(clerk, &clerk_seen), 0);
	CU_ASSERT(actor_pid_equal(clerk_seen.last, desk));
	CU_ASSERT_NOT_EQUAL(clerk_seen.sequence, 0);
	/* Answered by a timer's message. */
	CU_ASSERT_EQUAL(desk_close(desk), 0);
	CU_ASSERT_EQUAL(desk_state(desk, &seen), 0);
	CU_ASSERT_EQUAL(seen.ticks, 105);
	/* Never answered: within what the row says, and what the caller says. */
	CU_ASSERT_EQUAL(desk_late(desk, &answer), ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(desk_later(desk, ACTOR_MILLISECONDS(1), &answer), ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(answer, 107);
	/* A type from elsewhere. */
	CU_ASSERT_EQUAL(desk_watch(desk, clerk), 0);
	CU_ASSERT_EQUAL(desk_state(desk, &seen), 0);
	CU_ASSERT_EQUAL(actor_exit(clerk, 1030), 0);
	CU_ASSERT(dies(clerk));
	for (int i = 0; i < 1000000 && seen.reason == 0; i++)
		CU_ASSERT_EQUAL(desk_state(desk, &seen), 0);
	CU_ASSERT_EQUAL(seen.reason, 1030);
}

static void answers_later(void)
{
	in_system(later_body);
}

/* ---- What goes on behind init ------------------------------------------------------------------
 */

struct loader {
	int64_t loaded;
};
ACTOR_DEFINE(loader, definit(), defcontinue(load, arg(int64_t, n), arg(int64_t, factor)),
	     defcontinue(more), defcall(loaded, int64_t));

static int loader_init(struct loader *self)
{
	(void)self;
	return loader_load(7, 6);
}

static int loader_handle_load(struct loader *self, int64_t n, int64_t factor)
{
	self->loaded = n * factor;
	return loader_more();
}

static int loader_handle_more(struct loader *self)
{
	self->loaded++;
	return ACTOR_CONTINUE;
}

static int loader_handle_loaded(struct loader *self, int64_t *reply)
{
	*reply = self->loaded;
	return ACTOR_CONTINUE;
}

static void loader_body(struct actor_system *system)
{
	struct actor_pid pid;
	int64_t loaded = 0;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(loader_start(&pid), 0);
	CU_ASSERT_EQUAL(loader_loaded(pid, &loaded), 0);
	CU_ASSERT_EQUAL(loaded, 43);
}

static void goes_on_before_anything_else(void)
{
	in_system(loader_body);
}

#define CASES(X)                        \
	X(singletons_need_no_pid)       \
	X(goes_on_before_anything_else) \
	X(answers_later)
SUITE("define rows", CASES)
