/* SPDX-License-Identifier: MIT */
/* The seam in a live run: what happens is what the machine does. */
#include <actor/script.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "actor/system.h"
#include "actor/visit.h"
#include "actor/watch.h"
#include "base/clock.h"

/* A signal may lie in the inbox. */
static __attribute__((noinline)) void look_for_signals(struct thread *thread, struct cell *cell)
{
	/* Acquire: pairs with the release in cell_deliver; the signal is in the inbox. */
	if (__atomic_exchange_n(&cell->overtake, 0, __ATOMIC_ACQUIRE) != 0)
		(void)cell_drain(thread, cell);
}

static inline __attribute__((always_inline)) struct actor_message *next_inline(
	struct thread *thread, struct cell *cell, struct actor_plane_actor *line)
{
	struct actor_message *message;

	if (__builtin_expect(__atomic_load_n(&cell->overtake, __ATOMIC_RELAXED) != 0, 0))
		look_for_signals(thread, cell);
	if (__builtin_expect(cell->wait != NULL, 0))
		return wait_next(thread, cell);
	if (__builtin_expect(cell->urgent.first != NULL, 0))
		return mailbox_shift(&cell->urgent);
	message = mailbox_shift(&cell->queue);
	if (message != NULL)
		return message;
	/* Mostly it was the only one: no call for a mailbox in which there is nothing. */
	return mailbox_has(&line->inbox) ? cell_fetch(thread, cell) : NULL;
}

static struct actor_message *next_message(struct thread *thread, struct cell *cell)
{
	return next_inline(thread, cell, cell_line(cell, thread->system));
}

/* An actor has gone to wait for an answer, and nothing has arrived meanwhile: it can rest. */
static inline bool rests(struct cell *cell)
{
	const struct wait *wait = cell->wait;
	uint64_t *inbox = &cell_line(cell, wait->system)->inbox;

	return __atomic_load_n(inbox, __ATOMIC_RELAXED) == MAILBOX_EMPTY && wait->stack != NULL &&
	       wait->matches == NULL && !wait->suspended && cell->urgent.first == NULL &&
	       mailbox_rest(inbox);
}

/* The answer to a call is there, and nothing that goes before it: the caller's turn goes on. */
static inline bool resumes(const struct cell *cell)
{
	const struct wait *wait = cell->wait;
	const struct actor_message *first = cell->urgent.first;

	return first != NULL && first->kind == ACTOR_MESSAGE_KIND_REPLY &&
	       first->ref_ == wait->ref && wait->stack != NULL && wait->matches == NULL &&
	       __atomic_load_n(&cell->overtake, __ATOMIC_RELAXED) == 0;
}

/* An actor that waits, and is none of the two things that it mostly is. */
static __attribute__((noinline)) void visit_other(struct task *task)
{
	visit_run(task, next_inline);
}

static __attribute__((noinline)) void visit_waiting(struct task *task)
{
	struct cell *cell = cell_of_task(task);

	if (rests(cell))
		return;
	if (resumes(cell)) {
		struct thread *thread = thread_self();
		struct actor_message *answer = mailbox_shift(&cell->urgent);
		struct stack *stack;

		visit_begin(thread, cell);
		__atomic_store_n(&thread->turns_left, thread->turns_first, __ATOMIC_RELAXED);
		turn_begin(thread, cell, answer, ACTOR_EVENT_RESUMES);
		stack = cell->wait->stack;
		cell->wait->answer = answer;
		cell->wait = NULL;
		worker_resume(stack); /* does not return */
	}
	visit_other(task);
}

static void visit(struct task *task)
{
	if (__builtin_expect(cell_of_task(task)->wait != NULL, 0))
		visit_waiting(task);
	else
		visit_run(task, next_inline);
}

static uint64_t now(struct actor_system *system)
{
	(void)system;
	return clock_monotonic_ns();
}

static uint64_t seed(struct actor_system *system, uint64_t wanted)
{
	const char *text = getenv("LIBACTOR_SEED");
	uint64_t value = 0;

	(void)system;
	if (wanted != 0)
		return wanted;
	if (text != NULL && text[0] != '\0')
		return strtoull(text, NULL, 0);
	while (getrandom(&value, sizeof(value), 0) < 0 && errno == EINTR)
		;
	return value;
}

static int place(struct actor_system *system, struct actor_pid parent, uint32_t nth,
		 struct actor_pid *ret_pid)
{
	(void)parent;
	(void)nth;
	return system_slot_take(system, ret_pid);
}

static uint64_t observe(struct cell *cell, enum actor_observed topic, uint64_t value)
{
	(void)cell;
	(void)topic;
	return value;
}

static void plane(struct actor_system *system, struct plane_options *options)
{
	(void)system;
	(void)options;
}

static int start(struct actor_system *system, uint32_t schedulers)
{
	int status = sched_start(&system->sched, schedulers);

	return status == 0 ? watch_start(system) : status;
}

static void stop(struct actor_system *system)
{
	watch_stop(system);
	sched_stop(&system->sched);
}

static void enter(struct actor_system *system)
{
	(void)system;
}

static void input(struct thread *thread)
{
	(void)thread;
}

static bool yields(struct thread *thread)
{
	(void)thread;
	return true;
}

static int wait_signal(const int *signals, size_t count, uint64_t timeout_ns)
{
	sigset_t set;
	uint64_t end_ns = timeout_ns != ACTOR_FOREVER ? clock_monotonic_ns() + timeout_ns : 0;

	sigemptyset(&set);
	for (size_t i = 0; i < count; i++)
		sigaddset(&set, signals[i]);
	for (;;) {
		uint64_t now_ns = timeout_ns != ACTOR_FOREVER ? clock_monotonic_ns() : 0;
		uint64_t left_ns = end_ns > now_ns ? end_ns - now_ns : 0;
		struct timespec left = {.tv_sec = (time_t)(left_ns / ACTOR_SECONDS(1)),
					.tv_nsec = (long)(left_ns % ACTOR_SECONDS(1))};
		int number = timeout_ns == ACTOR_FOREVER ? sigwaitinfo(&set, NULL)
							 : sigtimedwait(&set, NULL, &left);

		if (number > 0)
			return number;
		if (errno != EINTR)
			return 0;
	}
}

static struct actor_message *outside(struct thread *thread, struct actor_message *message)
{
	(void)thread;
	return message;
}

static bool refused(struct thread *thread, struct actor_pid to, struct actor_message *message)
{
	message_bury(thread, to, message, ACTOR_EXIT_NO_ACTOR);
	thread->outcome = BOUND_DEAD; /* the answer, if there was one, may have said otherwise */
	return false;
}

const struct actor_seam seam_live = {
	.name = "live",
	.next_task = sched_next_live,
	.next_message = next_message,
	.visit = visit,
	.now = now,
	.seed = seed,
	.place = place,
	.observe = observe,
	.plane = plane,
	.start = start,
	.stop = stop,
	.enter = enter,
	.input = input,
	.sleep = wait_asleep,
	.wait_dead = system_wait_dead,
	.yields = yields,
	.signal = wait_signal,
	.outside = outside,
	.limited = bound_deliver,
	.refused = refused,
};
