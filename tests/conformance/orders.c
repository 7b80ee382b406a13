/* SPDX-License-Identifier: MIT */
/* What a case has the actors of its probes do. */
#include "journal.h"

#include <CUnit/CUnit.h>

#include <actor/request.h>

static int nothing(struct probe *self, void *context)
{
	(void)self;
	(void)context;
	return 0;
}

bool answers(struct probe *probe)
{
	struct order order = {.work = nothing};
	struct order *pointer = &order;
	int64_t done;

	/* Without a deadline: the actor would write to this frame. */
	return actor_call(probe->pid, &probe_order, &pointer, &done, ACTOR_FOREVER) == 0;
}

int probe_do(struct probe *probe, int (*work)(struct probe *self, void *context), void *context)
{
	struct order order = {.work = work, .context = context};
	struct order *pointer = &order;
	int64_t done;

	/* Fatal: the actor would still write to this frame. */
	CU_ASSERT_EQUAL_FATAL(actor_call(probe->pid, &probe_order, &pointer, &done, ACTOR_FOREVER),
			      0);
	return (int)order.result;
}

void probe_do_later(struct probe *probe, int (*work)(struct probe *self, void *context),
		    void *context)
{
	struct order order = {.work = work, .context = context};

	CU_ASSERT_EQUAL(actor_cast(probe->pid, &probe_later, &order), 0);
}

/* What the orders below take and give back. */
struct terms {
	struct actor_pid pid;
	uint64_t ref;
	uint64_t delay_ns;
	uint64_t interval_ns;
	uint64_t remaining_ns;
	int64_t value;
	struct actor_from from;
};

static int do_link(struct probe *self, void *context)
{
	(void)self;
	return actor_link(((struct terms *)context)->pid);
}

int probe_link(struct probe *probe, struct actor_pid pid)
{
	return probe_do(probe, do_link, &(struct terms){.pid = pid});
}

static int do_unlink(struct probe *self, void *context)
{
	(void)self;
	return actor_unlink(((struct terms *)context)->pid);
}

int probe_unlink(struct probe *probe, struct actor_pid pid)
{
	return probe_do(probe, do_unlink, &(struct terms){.pid = pid});
}

static int do_monitor(struct probe *self, void *context)
{
	struct terms *terms = context;

	(void)self;
	return actor_monitor(terms->pid, &terms->ref);
}

uint64_t probe_monitor(struct probe *probe, struct actor_pid pid)
{
	struct terms terms = {.pid = pid};

	CU_ASSERT_EQUAL(probe_do(probe, do_monitor, &terms), 0);
	return terms.ref;
}

static int do_demonitor(struct probe *self, void *context)
{
	(void)self;
	return actor_demonitor(((struct terms *)context)->ref);
}

int probe_demonitor(struct probe *probe, uint64_t ref)
{
	return probe_do(probe, do_demonitor, &(struct terms){.ref = ref});
}

static int do_trap(struct probe *self, void *context)
{
	(void)self;
	return actor_trap_exits(((struct terms *)context)->value != 0);
}

int probe_trap(struct probe *probe, bool trap)
{
	return probe_do(probe, do_trap, &(struct terms){.value = trap});
}

static int do_exit(struct probe *self, void *context)
{
	struct terms *terms = context;

	(void)self;
	return actor_exit(terms->pid, (int)terms->value);
}

int probe_exit(struct probe *probe, struct actor_pid pid, int reason)
{
	return probe_do(probe, do_exit, &(struct terms){.pid = pid, .value = reason});
}

static int do_send(struct probe *self, void *context)
{
	struct terms *terms = context;

	(void)self;
	return actor_send(terms->pid, &probe_number, &terms->value);
}

int probe_send(struct probe *probe, struct actor_pid to, int64_t value)
{
	return probe_do(probe, do_send, &(struct terms){.pid = to, .value = value});
}

static int do_cast(struct probe *self, void *context)
{
	struct terms *terms = context;

	(void)self;
	return actor_cast(terms->pid, &probe_number, &terms->value);
}

int probe_cast(struct probe *probe, struct actor_pid to, int64_t value)
{
	return probe_do(probe, do_cast, &(struct terms){.pid = to, .value = value});
}

static int do_alive(struct probe *self, void *context)
{
	(void)self;
	return actor_alive(((struct terms *)context)->pid);
}

bool probe_alive(struct probe *probe, struct actor_pid pid)
{
	return probe_do(probe, do_alive, &(struct terms){.pid = pid}) != 0;
}

static int do_timer(struct probe *self, void *context)
{
	struct terms *terms = context;

	(void)self;
	return actor_timer_start(terms->delay_ns, terms->interval_ns, &probe_tick, &terms->value,
				 &terms->ref);
}

uint64_t probe_timer(struct probe *probe, uint64_t delay_ns, uint64_t interval_ns, int64_t value)
{
	struct terms terms = {.delay_ns = delay_ns, .interval_ns = interval_ns, .value = value};

	CU_ASSERT_EQUAL(probe_do(probe, do_timer, &terms), 0);
	return terms.ref;
}

static int do_cancel(struct probe *self, void *context)
{
	struct terms *terms = context;

	(void)self;
	return actor_timer_cancel(terms->ref, &terms->remaining_ns);
}

int probe_cancel(struct probe *probe, uint64_t timer, uint64_t *ret_remaining_ns)
{
	struct terms terms = {.ref = timer};
	int status = probe_do(probe, do_cancel, &terms);

	if (status == 0 && ret_remaining_ns != NULL)
		*ret_remaining_ns = terms.remaining_ns;
	return status;
}

static int do_answer(struct probe *self, void *context)
{
	struct terms *terms = context;

	(void)self;
	return actor_reply(terms->from, &terms->value);
}

int probe_answer(struct probe *probe, struct actor_from from, int64_t value)
{
	return probe_do(probe, do_answer, &(struct terms){.from = from, .value = value});
}

/* ---- Orders that are not waited for -----------------------------------------------------------
 */

static struct question question_of(enum answer how, int64_t value)
{
	bool stops = how == STOP || how == ANSWER_STOP;

	return (struct question){
		.value = value, .how = (int32_t)how, .reason = stops ? (int32_t)value : 0};
}

void probe_ask(struct probe *probe, struct actor_pid to, enum answer how, int64_t value,
	       uint64_t timeout_ns)
{
	struct asking asking = {question_of(how, value), to, timeout_ns};

	CU_ASSERT_EQUAL(actor_cast(probe->pid, &probe_asking, &asking), 0);
}

int ask(struct actor_pid to, enum answer how, int64_t value, int64_t *ret_reply,
	uint64_t timeout_ns)
{
	struct question question = question_of(how, value);
	int64_t reply = 0;
	int status = actor_call(to, &probe_question, &question, &reply, timeout_ns);

	if (status == 0 && ret_reply != NULL)
		*ret_reply = reply;
	return status;
}

int ask_later(struct actor_pid to, enum answer how, int64_t value, uint64_t *ret_request)
{
	struct question question = question_of(how, value);

	return actor_request(to, &probe_question, &question, ret_request);
}

void probe_stop(struct probe *probe, int reason)
{
	int64_t value = reason;

	CU_ASSERT_EQUAL(actor_cast(probe->pid, &probe_stop_with, &value), 0);
}

void probe_continue(struct probe *self, int64_t value)
{
	(void)self;
	CU_ASSERT_EQUAL(actor_continue(&probe_number, &value), 0);
}

int cast_number(struct actor_pid to, int64_t value)
{
	return actor_cast(to, &probe_number, &value);
}

int send_number(struct actor_pid to, int64_t value)
{
	return actor_send(to, &probe_number, &value);
}

int send_changing(struct actor_pid to, int64_t value, int64_t changed)
{
	volatile int64_t place = value;
	int status = actor_send(to, &probe_number, (const void *)&place);

	place = changed;
	return status;
}

int timer_changing(uint64_t delay_ns, int64_t value, int64_t changed)
{
	volatile int64_t place = value;
	int status = actor_timer_start(delay_ns, 0, &probe_tick, (const void *)&place, NULL);

	place = changed;
	return status;
}
