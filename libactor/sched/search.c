/* SPDX-License-Identifier: MIT */
/* What a worker runs next: its own tasks, those of others that need help, or nothing and sleep. */
#include "sched/parts.h"

#include "base/clock.h"
#include "base/futex.h"

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

static struct task *take_own(struct worker *worker)
{
	struct task *task = NULL;

	if (worker->common_wait-- == 0) {
		worker->common_wait = SCHED_COMMON_EVERY;
		task = common_take(worker);
		if (task != NULL)
			return task;
	}
	if (worker->streak < SCHED_NEXT_STREAK && next_has(&worker->next)) {
		task = next_take(&worker->next);
		if (task != NULL) {
			worker->streak++;
			return task;
		}
	}
	worker->streak = 0;
	task = queue_take(&worker->queue);
	if (task == NULL && next_has(&worker->next))
		task = next_take(&worker->next);
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
			return come_by(worker, task);
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

		if (victim == worker || !next_has(&victim->next))
			continue;
		turns = __atomic_load_n(&victim->turns, __ATOMIC_RELAXED);
		if (__atomic_load_n(&victim->turns_seen, __ATOMIC_RELAXED) != turns) {
			__atomic_store_n(&victim->turns_seen, turns, __ATOMIC_RELAXED);
			continue;
		}
		return come_by(worker, next_steal(&victim->next));
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

/* Sleeps until chosen by sched_wake, or returns at once when there is something to do after all.
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
	/* Pairs with the read-modify-write in sched_wake. */
	__atomic_fetch_or(&sched->sleeping, bit, __ATOMIC_ACQ_REL);
	if (anything_ready(sched)) {
		__atomic_fetch_and(&sched->sleeping, ~bit, __ATOMIC_ACQ_REL);
		return NULL;
	}
	sched->idle(worker, true);
	/* Acquire: pairs with the release in sched_wake. */
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
	/* Pairs with sched_wake, which read `searching` before this and left the task, or reads it
	 * after. */
	if (anything_ready(sched))
		sched_wake(sched, false);
}

/* It has no task of its own. */
static __attribute__((noinline)) struct task *find_task(struct worker *worker)
{
	struct sched *sched = worker->sched;
	bool woken = false;

	for (;;) {
		struct task *task = woken ? take_own(worker) : NULL;

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

struct task *sched_next_live(struct worker *worker)
{
	struct task *task = NULL;

	/* Mostly it is the one that was woken last. */
	if (__builtin_expect(worker->common_wait != 0 && worker->streak < SCHED_NEXT_STREAK, 1)) {
		worker->common_wait--;
		worker->streak++;
		task = next_take(&worker->next);
		if (__builtin_expect(task != NULL, 1))
			return task;
		worker->common_wait++;
	}
	task = take_own(worker);
	return task != NULL ? task : find_task(worker);
}
