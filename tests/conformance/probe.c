/* SPDX-License-Identifier: MIT */
/* The actor behind a probe, its birth and its end, and the system around a case. */
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/CUnit.h>

#define PROBES_MAX 48

ACTOR_MESSAGE(probe_number, int64_t);
ACTOR_MESSAGE(probe_tick, int64_t);
ACTOR_MESSAGE(probe_stop_with, int64_t);
ACTOR_MESSAGE(probe_later, struct order);
ACTOR_MESSAGE(probe_asking, struct asking);
ACTOR_REQUEST(probe_question, struct question, int64_t);
ACTOR_REQUEST(probe_order, struct order *, int64_t);

static struct {
	struct actor_system *system;
	struct probe probes[PROBES_MAX];
	struct journal journals[PROBES_MAX];
	int used;
	struct probe *witness; /* watches every probe that was started alone */
} lab;

/* ---- The behaviour ----------------------------------------------------------------------------
 */

static int probe_init(void *state, const void *argument, size_t size)
{
	struct probe *self = *(struct probe *const *)argument;

	CU_ASSERT_EQUAL(size, sizeof(self));
	*(struct probe **)state = self;
	pthread_mutex_lock(&self->journal->lock);
	self->pid = actor_self();
	pthread_mutex_unlock(&self->journal->lock);
	if (self->traps)
		(void)actor_trap_exits(true);
	if (self->notes_init)
		probe_note(self, SAW_INIT, self->number, actor_self());
	if (self->hangs_in_init) {
		self->hangs_in_init = false; /* who comes after it does not */
		probe_wait(self);
	}
	if (self->continues_init)
		probe_continue(self, 0);
	if (self->init_result != 0 && self->init_failures > 0 && --self->init_failures == 0) {
		int result = self->init_result;

		self->init_result = 0;
		return result;
	}
	return self->init_result;
}

static int probe_handle_call(void *state, const struct actor_message *message,
			     struct actor_from from)
{
	struct probe *self = *(struct probe **)state;
	const struct question *question;
	int64_t done = 0;

	if (actor_message_is(message, &probe_order)) {
		struct order *order = *(struct order *const *)actor_message_payload(message);

		order->result = order->work(self, order->context);
		return actor_reply(from, &done);
	}
	question = actor_message_as(message, struct question);
	if (question->how == ANSWER_LATER)
		self->kept = from;
	probe_note(self, SAW_CALL, question->value, message->sender);
	switch ((enum answer)question->how) {
	case ANSWER_LATER:
		return ACTOR_CONTINUE;
	case ANSWER_REFUSE:
		return actor_reject(from, (int)question->value);
	case STOP:
		return question->reason;
	case ANSWER_STOP:
	case ANSWER:
		break;
	}
	(void)actor_reply(from, &question->value);
	return question->how == ANSWER_STOP ? question->reason : ACTOR_CONTINUE;
}

static void ask_another(struct probe *self, const struct asking *asking)
{
	int64_t reply = 0;
	int status = actor_call(asking->to, &probe_question, &asking->question, &reply,
				asking->timeout_ns);

	probe_note(self, SAW_RESULT, status != 0 ? status : reply, asking->to);
}

static int probe_handle_cast(void *state, const struct actor_message *message)
{
	struct probe *self = *(struct probe **)state;

	if (actor_message_is(message, &probe_stop_with))
		return (int)*actor_message_as(message, int64_t);
	if (actor_message_is(message, &probe_later)) {
		const struct order *order = actor_message_as(message, struct order);

		return order->work(self, order->context);
	}
	if (actor_message_is(message, &probe_asking))
		ask_another(self, actor_message_as(message, struct asking));
	else
		probe_note(self, SAW_CAST, *actor_message_as(message, int64_t), message->sender);
	return ACTOR_CONTINUE;
}

static int probe_handle_info(void *state, const struct actor_message *message)
{
	struct probe *self = *(struct probe **)state;

	if (actor_message_is(message, &actor_exited)) {
		const struct actor_exited_message *exited =
			actor_message_as(message, struct actor_exited_message);

		probe_note(self, SAW_EXIT, exited->reason, exited->pid);
	} else if (actor_message_is(message, &actor_down)) {
		const struct actor_down_message *down =
			actor_message_as(message, struct actor_down_message);

		journal_add(self->journal, &(struct sight){.kind = SAW_DOWN,
							   .who = self->number,
							   .value = down->reason,
							   .pid = down->pid,
							   .ref = down->ref});
	} else if (actor_message_is(message, &probe_tick)) {
		probe_note(self, SAW_TICK, *actor_message_as(message, int64_t), message->sender);
	} else {
		probe_note(self, SAW_INFO, *actor_message_as(message, int64_t), message->sender);
	}
	return ACTOR_CONTINUE;
}

static void probe_terminate(void *state, int reason)
{
	struct probe *self = *(struct probe **)state;

	probe_note(self, SAW_TERMINATE, reason, actor_self());
	if (self->hangs) {
		self->hangs = false;
		probe_wait(self);
	}
	if (!actor_pid_is_none(self->calls_at_end)) {
		struct question question = {.value = reason, .how = ANSWER_LATER};
		int64_t reply;

		(void)actor_call(self->calls_at_end, &probe_question, &question, &reply,
				 ACTOR_FOREVER);
	}
}

static int probe_handle_continue(void *state, const struct actor_message *message)
{
	probe_note(*(struct probe **)state, SAW_CONTINUE, *actor_message_as(message, int64_t),
		   message->sender);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour behaviour = {.name = "probe",
						 .state_size = sizeof(struct probe *),
						 .init = probe_init,
						 .handle_call = probe_handle_call,
						 .handle_cast = probe_handle_cast,
						 .handle_info = probe_handle_info,
						 .terminate = probe_terminate,
						 .handle_continue = probe_handle_continue};

/* ---- Births -----------------------------------------------------------------------------------
 */

struct probe *probe_new(void)
{
	struct probe *probe;

	CU_ASSERT_FATAL(lab.used < PROBES_MAX);
	probe = &lab.probes[lab.used];
	memset(probe, 0, sizeof(*probe));
	probe->self = probe;
	probe->journal = &lab.journals[lab.used];
	probe->journal->count = 0;
	probe->journal->read = 0;
	probe->number = lab.used++;
	return probe;
}

struct probe *probe_new_beside(struct probe *other)
{
	struct probe *probe = probe_new();

	probe->journal = other->journal;
	return probe;
}

static const struct actor_behaviour *behaviour_of(const struct probe *probe)
{
	return probe->behaviour != NULL ? probe->behaviour : &behaviour;
}

const struct actor_behaviour *probe_behaviour(void)
{
	return &behaviour;
}

struct probe *probe_start(struct probe *probe)
{
	CU_ASSERT_EQUAL_FATAL(actor_start(behaviour_of(probe), &probe->self, sizeof(probe->self),
					  NULL, &probe->pid, NULL),
			      0);
	if (lab.witness != NULL)
		probe_watch(probe);
	return probe;
}

struct probe *probe_running(void)
{
	return probe_start(probe_new());
}

struct probe *probe_trapping(void)
{
	struct probe *probe = probe_new();

	probe->traps = true;
	return probe_start(probe);
}

struct birth {
	struct probe *probe;
	const struct actor_spawn_options *options;
	int *reason;
};

static int do_start(struct probe *self, void *context)
{
	struct birth *birth = context;
	struct probe *probe = birth->probe;

	(void)self;
	return actor_start(behaviour_of(probe), &probe->self, sizeof(probe->self), birth->options,
			   &probe->pid, birth->reason);
}

static int do_spawn(struct probe *self, void *context)
{
	struct birth *birth = context;
	struct probe *probe = birth->probe;
	struct actor_pid pid;
	int status = actor_spawn(behaviour_of(probe), &probe->self, sizeof(probe->self),
				 birth->options, &pid);

	(void)self;
	if (status != 0)
		return status;
	pthread_mutex_lock(&probe->journal->lock);
	probe->pid = pid;
	pthread_mutex_unlock(&probe->journal->lock);
	return 0;
}

int probe_start_by(struct probe *parent, struct probe *probe,
		   const struct actor_spawn_options *options, int *ret_reason)
{
	return probe_do(parent, do_start, &(struct birth){probe, options, ret_reason});
}

int probe_spawn_by(struct probe *parent, struct probe *probe,
		   const struct actor_spawn_options *options)
{
	return probe_do(parent, do_spawn, &(struct birth){probe, options, NULL});
}

void probe_watch(struct probe *probe)
{
	(void)probe_monitor(lab.witness, probe->pid);
}

int reason_of_end(struct probe *probe)
{
	struct journal *journal = lab.witness->journal;
	struct timespec end = journal_deadline();
	size_t at = 0;
	int reason = 0;

	pthread_mutex_lock(&journal->lock);
	while (reason == 0) {
		for (; at < journal->count; at++) {
			if (actor_pid_equal(journal->sights[at].pid, probe->pid))
				reason = (int)journal->sights[at].value;
		}
		if (reason == 0 &&
		    pthread_cond_timedwait(&journal->changed, &journal->lock, &end) != 0)
			break;
	}
	pthread_mutex_unlock(&journal->lock);
	return reason;
}

/* ---- Setting up -------------------------------------------------------------------------------
 */

void probe_setup(void)
{
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = 2, .seed = 7, .ring_bytes = 64 << 10};

	for (int i = 0; i < PROBES_MAX; i++) {
		pthread_mutex_init(&lab.journals[i].lock, NULL);
		pthread_cond_init(&lab.journals[i].changed, NULL);
	}
	lab.used = 0;
	lab.witness = NULL;
	if (actor_system_create(&options, &lab.system) != 0) {
		fprintf(stderr, "no system\n");
		abort();
	}
	lab.witness = probe_trapping();
}

static struct actor_pid pid_of(struct probe *probe)
{
	struct actor_pid pid;

	pthread_mutex_lock(&probe->journal->lock);
	pid = probe->pid;
	pthread_mutex_unlock(&probe->journal->lock);
	return pid;
}

void probe_teardown(void)
{
	/* Those that wait somewhere, trap, or are in the middle of something need not be asked. */
	for (int i = lab.used; i-- > 0;) {
		struct actor_pid pid = pid_of(&lab.probes[i]);

		probe_release(&lab.probes[i]);
		if (!actor_pid_is_none(pid))
			(void)actor_exit(pid, ACTOR_EXIT_KILL);
	}
	lab.system = actor_system_destroy(lab.system, ACTOR_SECONDS(5));
}

struct actor_system *probe_system(void)
{
	return lab.system;
}
