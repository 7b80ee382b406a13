/* SPDX-License-Identifier: MIT */
#include "sched/sched.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/status.h>

#include "base/clock.h"
#include "base/futex.h"

#define COMMON_BATCH 32u
/* How often a sleeping worker looks after the others while they work. */
#define RESCUE_MIN_NS UINT64_C(1000000)
#define RESCUE_MAX_NS UINT64_C(16000000)
/* And while they all sleep; ten times a second, taken together. */
#define RESCUE_IDLE_NS UINT64_C(100000000)
/* A worker without work watches the others for a moment before it takes from them. */
#define OBSERVE_NS UINT64_C(4000)
/*
 * It helps those who have not got on for longer than a visit may last, and those who would need
 * long for what waits with them, unless that is so little for each that moving it costs more.
 */
#define STUCK_NS UINT64_C(250000)
#define HELP_NS  UINT64_C(40000)
#define MOVE_NS  UINT64_C(1000)
/* Who need not help looks again after this. */
#define LAZY_MIN_NS UINT64_C(50000)
#define LAZY_MAX_NS UINT64_C(400000)

static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static struct worker *worker_self(void)
{
	return thread_self()->worker;
}

/* ---- Waking ---------------------------------------------------------------------------------- */

/*
 * After a task was put where a thief can find it. `urgent`: where nobody works on it; else those
 * who have seen that their help is not needed may sleep on, they will look again.
 */
static void wake_one(struct sched *sched, bool urgent)
{
	/*
	 * A read-modify-write, as the one in park() is: one of the two comes first. If it is ours,
	 * the worker that goes to sleep reads what we released and sees the task; if not, we see
	 * that it sleeps. (A fence and a load would do, but ThreadSanitizer knows no fences.)
	 */
	uint64_t sleeping = __atomic_fetch_add(&sched->sleeping, 0, __ATOMIC_ACQ_REL);

	/* The same with who searches: it is told apart by the order of two changes of one word. */
	while (sleeping != 0 && __atomic_fetch_add(&sched->searching, 0, __ATOMIC_ACQ_REL) == 0) {
		uint64_t lazy = urgent ? 0 : __atomic_load_n(&sched->lazy, __ATOMIC_RELAXED);
		uint64_t bit = sleeping & ~lazy & -(sleeping & ~lazy);

		if (bit == 0)
			return;
		if (__atomic_compare_exchange_n(&sched->sleeping, &sleeping, sleeping & ~bit, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			struct worker *worker = &sched->workers[__builtin_ctzll(bit)];

			__atomic_store_n(&worker->wake, 1, __ATOMIC_RELEASE);
			futex_wake(&worker->wake, 1, false);
			return;
		}
	}
}

static void common_put(struct sched *sched, struct task *task)
{
	task->next = NULL;
	pthread_mutex_lock(&sched->lock);
	if (sched->common_first == NULL)
		sched->common_first = task;
	else
		sched->common_last->next = task;
	sched->common_last = task;
	__atomic_store_n(&sched->common_count, sched->common_count + 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&sched->lock);
}

/* Takes one task to run and moves some more into the worker's queue. */
static struct task *common_take(struct worker *worker)
{
	struct sched *sched = worker->sched;
	struct task *first;
	uint64_t share;
	uint64_t taken;

	if (__atomic_load_n(&sched->common_count, __ATOMIC_RELAXED) == 0)
		return NULL;
	pthread_mutex_lock(&sched->lock);
	first = sched->common_first;
	if (first != NULL) {
		sched->common_first = first->next;
		taken = 1;
		share = (sched->common_count - taken) / sched->count;
		for (uint64_t i = 0; i < share && i < COMMON_BATCH; i++) {
			struct task *task = sched->common_first;
			struct task *next = task->next; /* once it is put, a thief may run it */

			if (!queue_put(&worker->queue, task))
				break;
			sched->common_first = next;
			taken++;
		}
		__atomic_store_n(&sched->common_count, sched->common_count - taken,
				 __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&sched->lock);
	return first;
}

static void queue_or_common(struct worker *worker, struct task *task)
{
	if (!queue_put(&worker->queue, task))
		common_put(worker->sched, task);
	wake_one(worker->sched, false);
}

void sched_ready_beside(struct worker *worker, struct task *task)
{
	struct task *old = __atomic_exchange_n(&worker->next, task, __ATOMIC_ACQ_REL);

	if (old != NULL)
		queue_or_common(worker, old);
}

void sched_ready(struct sched *sched, struct task *task)
{
	struct thread *thread = thread_self();
	struct worker *worker = thread != NULL ? thread->worker : NULL;

	if (worker != NULL && worker->sched == sched) {
		sched_ready_next(worker, task);
		return;
	}
	common_put(sched, task);
	wake_one(sched, true);
}

void sched_ready_last(struct sched *sched, struct task *task)
{
	struct worker *worker = worker_self();

	assert(worker != NULL && worker->sched == sched);
	if (!queue_put(&worker->queue, task))
		common_put(sched, task);
	if (queue_count(&worker->queue) > 1)
		wake_one(sched, false);
}

void sched_look_around(struct worker *worker)
{
	worker->common_wait = 0;
}

/* ---- Finding work ---------------------------------------------------------------------------- */

static struct task *take_own(struct worker *worker)
{
	struct task *task = NULL;

	if (worker->common_wait-- == 0) {
		worker->common_wait = SCHED_COMMON_EVERY;
		task = common_take(worker);
		if (task != NULL)
			return task;
	}
	if (worker->streak < SCHED_NEXT_STREAK &&
	    __atomic_load_n(&worker->next, __ATOMIC_RELAXED) != NULL) {
		task = __atomic_exchange_n(&worker->next, NULL, __ATOMIC_ACQ_REL);
		if (task != NULL) {
			worker->streak++;
			return task;
		}
	}
	worker->streak = 0;
	task = queue_take(&worker->queue);
	if (task == NULL && __atomic_load_n(&worker->next, __ATOMIC_RELAXED) != NULL)
		task = __atomic_exchange_n(&worker->next, NULL, __ATOMIC_ACQ_REL);
	return task;
}

/* Where the others are in their work. */
static void observe(struct worker *worker)
{
	struct sched *sched = worker->sched;
	uint64_t now_ns = clock_monotonic_ns();

	for (uint32_t i = 0; i < sched->count; i++) {
		worker->seen[i].head =
			__atomic_load_n(&sched->workers[i].queue.head, __ATOMIC_RELAXED);
		worker->seen[i].since_ns = now_ns;
	}
}

/* Whether a worker should be helped with the tasks that wait with it. */
static bool needs_help(const struct worker *victim, struct sched_seen *seen, uint64_t now_ns)
{
	uint32_t count = queue_count(&victim->queue);
	uint32_t head = __atomic_load_n(&victim->queue.head, __ATOMIC_RELAXED);
	uint32_t done = head - seen->head;
	uint64_t each_ns;

	if (count == 0 || done == 0)
		return count != 0 && now_ns - seen->since_ns >= STUCK_NS;
	each_ns = (now_ns - seen->since_ns) / done;
	seen->head = head;
	seen->since_ns = now_ns;
	return each_ns >= MOVE_NS && count * each_ns >= HELP_NS;
}

/*
 * Takes from those who, at the pace that was observed, will not soon get to what waits with them.
 * The rest is left alone: actors that send to each other are several times faster on one core, and
 * a task that is moved takes its cache lines along.
 */
static struct task *steal(struct worker *worker)
{
	struct sched *sched = worker->sched;
	uint64_t now_ns = clock_monotonic_ns();
	uint32_t start;

	worker->random = worker->random * 1664525u + 1013904223u;
	start = worker->random >> 16;
	for (uint32_t i = 0; i < sched->count; i++) {
		struct worker *victim = &sched->workers[(start + i) % sched->count];
		struct task *task;

		if (victim == worker || !needs_help(victim, &worker->seen[victim->index], now_ns))
			continue;
		task = queue_steal(&worker->queue, &victim->queue);
		if (task != NULL) {
			__atomic_store_n(&worker->thread.words->steals,
					 worker->thread.words->steals + 1, __ATOMIC_RELAXED);
			return task;
		}
	}
	return NULL;
}

/* Watches the others for a moment, then helps who needs it. */
static struct task *search(struct worker *worker)
{
	uint64_t start_ns = clock_monotonic_ns();

	do {
		struct task *task = common_take(worker);

		if (task != NULL)
			return task;
		for (int i = 0; i < 8; i++)
			relax();
	} while (clock_monotonic_ns() - start_ns < OBSERVE_NS);
	return steal(worker);
}

static bool queues_have(const struct sched *sched)
{
	for (uint32_t i = 0; i < sched->count; i++) {
		if (queue_count(&sched->workers[i].queue) != 0)
			return true;
	}
	return false;
}

static bool anything_ready(struct sched *sched)
{
	return __atomic_load_n(&sched->common_count, __ATOMIC_RELAXED) != 0 || queues_have(sched) ||
	       __atomic_load_n(&sched->stopping, __ATOMIC_RELAXED) != 0;
}

/*
 * What waits in `next` of a worker is its own until its turn ends. A turn that lasts is no reason
 * for that to last as long: who sleeps while others work looks now and then, and takes what it has
 * seen there twice during one turn.
 */
static struct task *rescue(struct worker *worker)
{
	struct sched *sched = worker->sched;

	for (uint32_t i = 0; i < sched->count; i++) {
		struct worker *victim = &sched->workers[i];
		uint64_t turns;

		if (victim == worker || __atomic_load_n(&victim->next, __ATOMIC_RELAXED) == NULL)
			continue;
		turns = __atomic_load_n(&victim->turns, __ATOMIC_RELAXED);
		if (__atomic_load_n(&victim->turns_seen, __ATOMIC_RELAXED) != turns) {
			__atomic_store_n(&victim->turns_seen, turns, __ATOMIC_RELAXED);
			continue;
		}
		/* Acquire: pairs with the release in sched_ready. */
		return __atomic_exchange_n(&victim->next, NULL, __ATOMIC_ACQ_REL);
	}
	return NULL;
}

static uint64_t everybody(const struct sched *sched)
{
	return (UINT64_C(1) << sched->count) - 1; /* SCHED_WORKERS_MAX is below 64 */
}

static bool others_work(const struct sched *sched)
{
	return __atomic_load_n(&sched->sleeping, __ATOMIC_RELAXED) != everybody(sched);
}

bool sched_sleeps(struct sched *sched)
{
	return __atomic_fetch_add(&sched->sleeping, 0, __ATOMIC_ACQ_REL) == everybody(sched);
}

/* Sleeps until chosen by wake_one, or returns at once when there is something to do after all.
 * Returns a task where it had to take one from a worker that is stuck, else NULL. */
static struct task *park(struct worker *worker)
{
	struct sched *sched = worker->sched;
	uint64_t bit = UINT64_C(1) << worker->index;
	uint64_t patience = RESCUE_MIN_NS;
	struct task *task = NULL;

	/* An exchange, not a store: it may replace the 1 of sched_stop, and then `stopping` is
	 * seen. */
	(void)__atomic_exchange_n(&worker->wake, 0, __ATOMIC_ACQ_REL);
	/* Pairs with the read-modify-write in wake_one. */
	__atomic_fetch_or(&sched->sleeping, bit, __ATOMIC_ACQ_REL);
	if (anything_ready(sched)) {
		__atomic_fetch_and(&sched->sleeping, ~bit, __ATOMIC_ACQ_REL);
		return NULL;
	}
	sched->idle(worker, true);
	/* Acquire: pairs with the release in wake_one. */
	while (__atomic_load_n(&worker->wake, __ATOMIC_ACQUIRE) == 0 && task == NULL) {
		futex_wait(&worker->wake, 0,
			   others_work(sched) ? patience : sched->count * RESCUE_IDLE_NS, false);
		if (patience < RESCUE_MAX_NS)
			patience *= 2;
		task = rescue(worker);
	}
	__atomic_fetch_and(&sched->sleeping, ~bit, __ATOMIC_ACQ_REL);
	sched->idle(worker, false);
	return task;
}

/*
 * Sleeps for a moment: others have work, and get on with it. Only what comes from outside wakes.
 */
static struct task *doze(struct worker *worker)
{
	struct sched *sched = worker->sched;
	uint64_t bit = UINT64_C(1) << worker->index;
	struct task *task = NULL;

	if (worker->lazy_ns < LAZY_MAX_NS)
		worker->lazy_ns = worker->lazy_ns == 0 ? LAZY_MIN_NS : 2 * worker->lazy_ns;
	(void)__atomic_exchange_n(&worker->wake, 0, __ATOMIC_ACQ_REL);
	__atomic_fetch_or(&sched->lazy, bit, __ATOMIC_RELAXED);
	__atomic_fetch_or(&sched->sleeping, bit, __ATOMIC_ACQ_REL); /* as in park() */
	if (__atomic_load_n(&sched->common_count, __ATOMIC_RELAXED) == 0 &&
	    __atomic_load_n(&sched->stopping, __ATOMIC_RELAXED) == 0) {
		sched->idle(worker, true);
		futex_wait(&worker->wake, 0, worker->lazy_ns, false);
		worker->dozed_ns += worker->lazy_ns;
		if (worker->dozed_ns >= RESCUE_MIN_NS) {
			worker->dozed_ns = 0;
			task = rescue(worker);
		}
		sched->idle(worker, false);
	}
	__atomic_fetch_and(&sched->sleeping, ~bit, __ATOMIC_ACQ_REL);
	__atomic_fetch_and(&sched->lazy, ~bit, __ATOMIC_RELAXED);
	return task;
}

/*
 * A worker has found a task by searching, or after it was woken. Nobody was woken for what became
 * ready while somebody searched, wherever that lies; so each one that gets to work wakes the next
 * one, as long as there is something.
 */
static void wake_for_rest(struct sched *sched)
{
	/* Pairs with wake_one, which read `searching` before this and left the task, or reads it
	 * after. */
	if (anything_ready(sched))
		wake_one(sched, false);
}

struct task *sched_next_live(struct worker *worker)
{
	struct sched *sched = worker->sched;
	bool woken = false;

	for (;;) {
		struct task *task = take_own(worker);

		if (task == NULL)
			task = common_take(worker);
		if (task != NULL) {
			if (woken)
				wake_for_rest(sched);
			return task;
		}
		if (__atomic_load_n(&sched->stopping, __ATOMIC_ACQUIRE) != 0)
			return NULL;
		__atomic_fetch_add(&sched->searching, 1, __ATOMIC_ACQ_REL);
		task = search(worker);
		__atomic_fetch_sub(&sched->searching, 1, __ATOMIC_ACQ_REL);
		if (task == NULL && queues_have(sched)) {
			task = doze(worker);
		} else if (task == NULL) {
			task = park(worker);
			observe(worker); /* what waits now has not waited since it went to sleep */
		}
		if (task != NULL) {
			worker->lazy_ns = 0;
			wake_for_rest(sched); /* it may have been woken for another one */
			return task;
		}
		woken = true;
	}
}

/* ---- Stacks ---------------------------------------------------------------------------------- */

static void loop(void);

bool worker_reserve(struct worker *worker)
{
	return spare_reserve(&worker->spare, &worker->sched->spare, loop);
}

static void put_spare(struct worker *worker, struct stack *stack)
{
	spare_put(&worker->spare, &worker->sched->spare, stack);
}

static struct stack *take_spare(struct worker *worker)
{
	struct stack *stack = spare_take(&worker->spare);

	stack_reset(stack, loop);
	return stack;
}

/* Every stack comes to itself here: the one that switched to us may be free now. */
static void arrived(struct worker *worker)
{
	if (worker->leaving != NULL) {
		put_spare(worker, worker->leaving);
		worker->leaving = NULL;
	}
}

void worker_suspend(struct stack **ret_stack, void (*after)(void *argument), void *argument)
{
	struct worker *worker = worker_self();
	struct stack *mine = worker->stack;

	*ret_stack = mine;
	worker->after = after;
	worker->after_argument = argument;
	worker->stack = take_spare(worker);
	stack_switch(mine, worker->stack, false);
	arrived(worker_self());
}

void worker_resume(struct stack *stack)
{
	struct worker *worker = worker_self();

	worker->leaving = worker->stack;
	worker->stack = stack;
	stack_switch(worker->leaving, stack, true);
	abort(); /* not reached: nobody switches to a spare stack but from its beginning */
}

void worker_abandon(struct worker *worker, struct stack *stack)
{
	assert(stack != worker->stack);
	put_spare(worker, stack);
}

/* The beginning of every stack. */
static void loop(void)
{
	struct worker *worker;

	stack_entered();
	worker = worker_self();
	arrived(worker);
	if (worker->after != NULL) {
		void (*after)(void *argument) = worker->after;

		worker->after = NULL;
		after(worker->after_argument);
	}
	for (;;) {
		struct task *task;

		worker = worker_self(); /* a task that waited may have brought us to another thread
					 */
		task = worker->sched->next_task(worker);
		if (task == NULL)
			break;
		/* Relaxed: whoever looks after us wants to know whether it changes. */
		__atomic_store_n(&worker->turns, worker->turns + 1, __ATOMIC_RELAXED);
		task->run(task);
	}
	worker->leaving = worker->stack;
	worker->stack = NULL;
	stack_switch(worker->leaving, &worker->native, true);
	abort();
}

uintptr_t worker_restart(struct worker *worker, void (*after)(void *argument), void *argument,
			 void (**ret_entry)(void))
{
	worker->after = after;
	worker->after_argument = argument;
	*ret_entry = loop;
	return (uintptr_t)worker->stack; /* what describes a stack lies at its top */
}

/* ---- Threads --------------------------------------------------------------------------------- */

static void *worker_main(void *argument)
{
	struct worker *worker = argument;

	stack_adopt(&worker->native);
	worker->sched->enter(worker);
	worker->stack = take_spare(worker);
	stack_switch(&worker->native, worker->stack, false);
	arrived(worker);
	spare_destroy(&worker->spare);
	worker->sched->leave(worker);
	return NULL;
}

static int worker_start(struct worker *worker)
{
	sigset_t all;
	sigset_t old;
	int error;

	if (!worker_reserve(worker))
		return ACTOR_ENO_MEMORY;
	/* Signals belong to the program's threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&worker->id, NULL, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	worker->started = error == 0;
	return error == 0 ? 0 : ACTOR_ENO_MEMORY;
}

int sched_start(struct sched *sched, uint32_t count)
{
	assert(count > 0 && count <= SCHED_WORKERS_MAX);
	if (pthread_mutex_init(&sched->lock, NULL) != 0)
		return ACTOR_ENO_MEMORY;
	if (spare_depot_init(&sched->spare) != 0) {
		pthread_mutex_destroy(&sched->lock);
		return ACTOR_ENO_MEMORY;
	}
	sched->workers = aligned_alloc(64, ((sizeof(struct worker) * count) + 63) & ~(size_t)63);
	if (sched->workers == NULL) {
		spare_depot_finish(&sched->spare);
		pthread_mutex_destroy(&sched->lock);
		return ACTOR_ENO_MEMORY;
	}
	memset(sched->workers, 0, sizeof(struct worker) * count);
	sched->count = count;
	for (uint32_t i = 0; i < count; i++) {
		sched->workers[i].sched = sched;
		sched->workers[i].index = i;
		sched->workers[i].random = i + 1;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (worker_start(&sched->workers[i]) != 0) {
			sched_stop(sched);
			return ACTOR_ENO_MEMORY;
		}
	}
	return 0;
}

void sched_stop(struct sched *sched)
{
	if (sched->workers == NULL)
		return;
	__atomic_store_n(&sched->stopping, 1, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < sched->count; i++) {
		struct worker *worker = &sched->workers[i];

		__atomic_store_n(&worker->wake, 1, __ATOMIC_RELEASE);
		futex_wake(&worker->wake, 1, false);
	}
	for (uint32_t i = 0; i < sched->count; i++) {
		struct worker *worker = &sched->workers[i];

		if (worker->started)
			pthread_join(worker->id, NULL);
		spare_destroy(&worker->spare); /* of a worker that never started */
	}
	spare_depot_finish(&sched->spare);
	free(sched->workers);
	sched->workers = NULL;
	pthread_mutex_destroy(&sched->lock);
}
