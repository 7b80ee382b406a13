/* SPDX-License-Identifier: MIT */
/*
 * The seam of a live run that is unkind on purpose, so that few cores and little time show what
 * many would: with LIBACTOR_CHAOS=SEED in the environment some actors starve for a while, visits
 * are cut short, threads stop for a moment where they look at what others change. What it does is
 * within what any machine may do, and is recorded like any other run.
 *
 * After rr's chaos mode: one actor in ten is of low priority, now and then one in three; windows
 * of starvation have lengths in powers of two and take a fifth of the time at most.
 */
#include "actor/chaos.h"

#include <stdlib.h>
#include <time.h>

#include "actor/system.h"
#include "actor/visit.h"
#include "base/clock.h"
#include "base/hash.h"

#define WINDOW_MIN_NS    UINT64_C(50000)
#define WINDOW_DOUBLINGS 9 /* up to 13 ms */
#define WINDOW_SHARE     5 /* of the time one part, at most */
#define LOW_OF           10
#define LOW_OF_OFTEN     3
#define SKIPS_MAX        16 /* tasks put back before the thread pauses */
#define PAUSE_MIN_NS     1000
#define PAUSE_DOUBLINGS  9 /* up to 256 us */

static struct {
	uint64_t seed;
	uint64_t window;   /* (shared) number of the last window */
	uint64_t begin_ns; /* (shared) of the next or present window */
	uint64_t end_ns;   /* (shared) */
} chaos;

/* A generator for each thread: what one draws does not depend on what the others do. */
static __thread struct random random_own __attribute__((tls_model("initial-exec")));
static __thread bool random_ready __attribute__((tls_model("initial-exec")));

static __attribute__((noinline)) uint64_t draw(uint64_t limit)
{
	static uint64_t threads; /* (shared) */

	if (!random_ready) {
		uint64_t nth = __atomic_add_fetch(&threads, 1, __ATOMIC_RELAXED);

		random_seed(&random_own, hash_mix(chaos.seed, nth));
		random_ready = true;
	}
	return random_next(&random_own) % limit;
}

static void pause_ns(uint64_t ns)
{
	struct timespec pause = {.tv_nsec = (long)ns};

	(void)nanosleep(&pause, NULL);
}

/* One time in `odds` the thread stops for a moment. */
static void perhaps_pause(uint64_t odds)
{
	if (draw(odds) == 0)
		pause_ns(PAUSE_MIN_NS << draw(PAUSE_DOUBLINGS));
}

/* ---- Starvation ------------------------------------------------------------------------------ */

/* Opens the next window once the last is long enough over. Returns whether one is open. */
static bool window_is_open(uint64_t now_ns)
{
	uint64_t begin_ns = __atomic_load_n(&chaos.begin_ns, __ATOMIC_RELAXED);
	uint64_t end_ns = __atomic_load_n(&chaos.end_ns, __ATOMIC_RELAXED);

	if (now_ns < end_ns)
		return now_ns >= begin_ns;
	/* Two threads may both open one; then the later one counts. */
	begin_ns = now_ns + (end_ns - begin_ns) * (WINDOW_SHARE - 1);
	end_ns = begin_ns + (WINDOW_MIN_NS << draw(WINDOW_DOUBLINGS));
	__atomic_store_n(&chaos.begin_ns, begin_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&chaos.end_ns, end_ns, __ATOMIC_RELAXED);
	__atomic_fetch_add(&chaos.window, 1, __ATOMIC_RELAXED);
	return false;
}

/* In each window it is others that starve. */
static bool starves(struct task *task)
{
	uint64_t window = __atomic_load_n(&chaos.window, __ATOMIC_RELAXED);
	uint64_t share = hash_mix(chaos.seed, window) % 4 == 0 ? LOW_OF_OFTEN : LOW_OF;

	return hash_mix(hash_mix(chaos.seed, window), cell_of_task(task)->slot) % share == 0;
}

static struct task *next_task(struct worker *worker)
{
	unsigned skips = 0;

	perhaps_pause(64);
	for (;;) {
		struct task *task = seam_live.next_task(worker);

		if (task == NULL || !window_is_open(clock_monotonic_ns()) || !starves(task))
			return task;
		sched_ready_last(worker->sched, task);
		if (++skips % SKIPS_MAX == 0)
			pause_ns(PAUSE_MIN_NS << 5);
	}
}

/* ---- Visits ---------------------------------------------------------------------------------- */

static struct actor_message *next_message(struct thread *thread, struct cell *cell)
{
	if (thread->worker == NULL)
		perhaps_pause(16);
	return seam_live.next_message(thread, cell);
}

/* One turn in four is the visit's last. */
static inline __attribute__((always_inline)) struct actor_message *next_of_visit(
	struct thread *thread, struct cell *cell, struct actor_plane_actor *line)
{
	struct actor_message *message = next_message(thread, cell);

	(void)line;

	if (message != NULL && draw(4) == 0) {
		thread->slice_ticks = 0;
		__atomic_store_n(&thread->turns_left, 1, __ATOMIC_RELAXED);
	}
	return message;
}

static void visit(struct task *task)
{
	perhaps_pause(64);
	visit_run(task, next_of_visit);
}

/* ---- What others may change ------------------------------------------------------------------ */

static uint64_t now(struct actor_system *system)
{
	perhaps_pause(64);
	return seam_live.now(system);
}

static int place(struct actor_system *system, struct actor_pid parent, uint32_t nth,
		 struct actor_pid *ret_pid)
{
	perhaps_pause(8);
	return seam_live.place(system, parent, nth, ret_pid);
}

static uint64_t observe(struct cell *cell, enum actor_observed topic, uint64_t value)
{
	perhaps_pause(16);
	return seam_live.observe(cell, topic, value);
}

const struct actor_seam *chaos_seam(void)
{
	static struct actor_seam seam; /* all the rest is as in any live run */
	const char *text = getenv("LIBACTOR_CHAOS");

	if (text == NULL || text[0] == '\0')
		return NULL;
	chaos.seed = strtoull(text, NULL, 0);
	seam = seam_live;
	seam.name = "chaos";
	seam.next_task = next_task;
	seam.next_message = next_message;
	seam.visit = visit;
	seam.now = now;
	seam.place = place;
	seam.observe = observe;
	return &seam;
}
