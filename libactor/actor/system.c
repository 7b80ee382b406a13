/* SPDX-License-Identifier: MIT */
#include "actor/system.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <actor/tcp.h>

#include "actor/contain.h"
#include "actor/sample.h"
#include "actor/watch.h"
#include "base/clock.h"
#include "base/futex.h"
#include "base/hash.h"

#define ACTORS_DEFAULT      (1u << 20)
#define RING_DEFAULT        ((size_t)16 << 20)
#define READER_WAIT_NS      UINT64_C(2000000000)
#define VISIT_TURNS_DEFAULT 1024u
#define VISIT_TURNS_MAX     (1u << 28)
#define VISIT_NS_DEFAULT    UINT64_C(200000)
/* Longer than any turn means to be, shorter than anybody waits before asking why. */
#define WATCHDOG_NS_DEFAULT  UINT64_C(1000000000)
#define LEASE_CHECK_EVERY    64u
#define BLOCKING_THREADS_MAX 64u
#define LAST_GRACE_NS        UINT64_C(1000000000)

/* ---- Threads ----------------------------------------------------------------------------------
 */

void system_thread_enter(struct actor_system *system, struct thread *thread,
			 enum actor_plane_thread_kind kind, const char *name)
{
	thread->system = system;
	thread->index = plane_thread_claim(&system->plane, kind, name);
	/* Without a place of its own it writes where nobody looks. Release: the watch looks. */
	__atomic_store_n(&thread->words,
			 thread->index >= 0 ? &system->plane.threads[thread->index]
					    : &system->nowhere,
			 __ATOMIC_RELEASE);
	ring_init(&thread->ring, &system->plane, thread->index, system->flight_recorder);
	pool_cache_init(&thread->pool, &system->pool);
	if (system->contains &&
	    (kind == ACTOR_PLANE_THREAD_SCHEDULER || kind == ACTOR_PLANE_THREAD_DETACHED))
		(void)contain_enter(thread);
	thread->turns_first = system->visit_turns < VISIT_FIRST ? 1 : (int32_t)VISIT_FIRST;
	pthread_mutex_lock(&system->lock);
	thread->next = system->threads;
	system->threads = thread;
	pthread_mutex_unlock(&system->lock);
	thread_set(thread);
}

static void counters_add(struct actor_system_counters *sum, const struct thread *thread)
{
	uint64_t spawned = __atomic_load_n(&thread->spawned, __ATOMIC_RELAXED);

	sum->spawned += spawned;
	sum->actors += spawned - __atomic_load_n(&thread->ended, __ATOMIC_RELAXED);
	sum->handled += __atomic_load_n(&thread->handled, __ATOMIC_RELAXED);
	sum->dead_letters += __atomic_load_n(&thread->dead_letters, __ATOMIC_RELAXED);
	sum->late_replies += __atomic_load_n(&thread->late_replies, __ATOMIC_RELAXED);
	sum->unhandled += __atomic_load_n(&thread->unhandled, __ATOMIC_RELAXED);
	sum->mailbox_dropped += __atomic_load_n(&thread->mailbox_dropped, __ATOMIC_RELAXED);
	sum->mailbox_rejected += __atomic_load_n(&thread->mailbox_rejected, __ATOMIC_RELAXED);
	sum->blobs += __atomic_load_n(&thread->blobs_made, __ATOMIC_RELAXED);
	sum->blobs -= __atomic_load_n(&thread->blobs_freed, __ATOMIC_RELAXED);
	sum->blob_bytes += __atomic_load_n(&thread->blob_bytes_made, __ATOMIC_RELAXED);
	sum->blob_bytes -= __atomic_load_n(&thread->blob_bytes_freed, __ATOMIC_RELAXED);
}

static void slots_give(struct thread *thread, uint32_t keep);

void system_thread_leave(struct thread *thread)
{
	struct actor_system *system = thread->system;

	pthread_mutex_lock(&system->lock);
	for (struct thread **link = &system->threads; *link != NULL; link = &(*link)->next) {
		if (*link == thread) {
			*link = thread->next;
			break;
		}
	}
	counters_add(&system->ended, thread);
	pthread_mutex_unlock(&system->lock);
	slots_give(thread, 0);
	contain_leave(thread);
	pool_cache_finish(&thread->pool);
	if (thread->index >= 0)
		plane_thread_release(&system->plane, thread->index);
	thread_set(NULL);
}

static void count(struct actor_system *system, struct actor_system_counters *ret_counters)
{
	pthread_mutex_lock(&system->lock);
	*ret_counters = system->ended;
	for (const struct thread *thread = system->threads; thread != NULL; thread = thread->next)
		counters_add(ret_counters, thread);
	pthread_mutex_unlock(&system->lock);
}

void actor_system_count(struct actor_system *system, struct actor_system_counters *ret_counters)
{
	struct thread *thread = thread_self();
	uint64_t words[sizeof(*ret_counters) / sizeof(uint64_t)];

	count(system, ret_counters);
	if (thread == NULL || thread->cell == NULL || thread->system != system)
		return;
	thread_input(thread);
	memcpy(words, ret_counters, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		words[i] = thread_observe(thread, ACTOR_OBSERVED_SYSTEM, words[i]);
	memcpy(ret_counters, words, sizeof(words));
	thread_output(thread);
}

static void scheduler_enter(struct worker *worker)
{
	struct actor_system *system =
		(struct actor_system *)(void *)((char *)worker->sched -
						offsetof(struct actor_system, sched));
	char name[16];

	snprintf(name, sizeof(name), "scheduler %u", worker->index);
	worker->thread.worker = worker;
	system_thread_enter(system, &worker->thread, ACTOR_PLANE_THREAD_SCHEDULER, name);
	if (system->watchdog_stack)
		sample_allow();
}

static void scheduler_leave(struct worker *worker)
{
	system_thread_leave(&worker->thread);
}

void thread_idle(struct thread *thread)
{
	thread->ring.actor = 0;
	if (thread->ticks != 0)
		EMIT(thread, IDLE, 0, 0, 0, 0, 0, thread->ticks);
	thread->ticks = 0;
}

static void scheduler_idle(struct worker *worker, bool idle)
{
	struct thread *thread = &worker->thread;

	__atomic_store_n(&thread->words->parked, idle, __ATOMIC_RELAXED);
	ring_refresh(&thread->ring);
	if (idle) {
		__atomic_store_n(&thread->words->parks, thread->words->parks + 1, __ATOMIC_RELAXED);
		thread_idle(thread);
		/* Whoever has nothing to do can see whether the readers still live. */
		if (thread->ring.active != 0 && thread->words->parks % LEASE_CHECK_EVERY == 0)
			(void)plane_leases_lapse(&thread->system->plane, PLANE_LEASES_ALL,
						 PLANE_LEASES_PATIENCE_NS);
	} else {
		EMIT(thread, WAKE, 0, 0, 0, 0, 0, thread_stamp(thread));
		watch_wake(thread->system);
	}
}

static void timer_enter(struct timer_service *service)
{
	struct actor_system *system =
		(struct actor_system *)(void *)((char *)service -
						offsetof(struct actor_system, timers));

	system_thread_enter(system, &system->timer_thread, ACTOR_PLANE_THREAD_TIMER, "timer");
}

static void timer_leave(struct timer_service *service)
{
	struct actor_system *system =
		(struct actor_system *)(void *)((char *)service -
						offsetof(struct actor_system, timers));

	system_thread_leave(&system->timer_thread);
}

/* ---- Slots -------------------------------------------------------------------------------------
 */

int system_slot_take(struct actor_system *system, struct actor_pid *ret_pid)
{
	struct thread *thread = thread_self();
	uint32_t generation;
	uint32_t slot;
	int status = 0;

	if (thread != NULL && thread->slots_count > 0) {
		slot = thread->slots[--thread->slots_count];
		generation =
			__atomic_load_n(&system_line(system, slot)->generation, __ATOMIC_RELAXED);
		*ret_pid = actor_pid_pack(slot, generation);
		return 0;
	}
	pthread_mutex_lock(&system->lock);
	if (system->free_count > 0) {
		slot = system->free_slots[--system->free_count];
	} else if (system->slots_used < system->actors_max) {
		slot = system->slots_used;
		status = plane_actors_reserve(&system->plane, slot + 1);
		if (status == 0) {
			system->slots_used++;
			__atomic_store_n(&system->plane.control->actors_used, system->slots_used,
					 __ATOMIC_RELEASE);
		}
	} else {
		slot = 0;
		status = ACTOR_ENO_SLOTS;
	}
	pthread_mutex_unlock(&system->lock);
	if (status != 0)
		return status;
	generation = __atomic_load_n(&system_line(system, slot)->generation, __ATOMIC_RELAXED);
	*ret_pid = actor_pid_pack(slot, generation == 0 ? 1 : generation);
	return 0;
}

/* The system is locked. */
static void slot_give_locked(struct actor_system *system, uint32_t slot)
{
	if (system->free_count == system->free_capacity) {
		uint32_t capacity = system->free_capacity == 0 ? 1024 : system->free_capacity * 2;
		uint32_t *slots = realloc(system->free_slots, capacity * sizeof(*slots));

		if (slots == NULL) /* the slot is lost, nothing else */
			return;
		system->free_slots = slots;
		system->free_capacity = capacity;
	}
	system->free_slots[system->free_count++] = slot;
}

/* The thread keeps so many at most. */
static void slots_give(struct thread *thread, uint32_t keep)
{
	struct actor_system *system = thread->system;

	if (thread->slots_count <= keep)
		return;
	pthread_mutex_lock(&system->lock);
	while (thread->slots_count > keep)
		slot_give_locked(system, thread->slots[--thread->slots_count]);
	pthread_mutex_unlock(&system->lock);
}

void system_slot_give(struct actor_system *system, uint32_t slot)
{
	struct thread *thread = thread_self();

	/* What a thread keeps, others cannot have: not where there are few. */
	if (thread == NULL || system->actors_max < SYSTEM_SLOTS_MANY) {
		pthread_mutex_lock(&system->lock);
		slot_give_locked(system, slot);
		pthread_mutex_unlock(&system->lock);
		return;
	}
	if (thread->slots_count == THREAD_SLOTS)
		slots_give(thread, THREAD_SLOTS / 2);
	thread->slots[thread->slots_count++] = slot;
}

/* ---- Creation ----------------------------------------------------------------------------------
 */

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);
	char *end;
	uint64_t value;

	if (text == NULL || text[0] == '\0')
		return otherwise;
	value = strtoull(text, &end, 0);
	return *end == '\0' && value != 0 ? value : otherwise;
}

static int plane_open(struct actor_system *system, const struct actor_system_options *options,
		      unsigned schedulers)
{
	struct plane_options plane = {
		.schedulers = schedulers,
		.actors_max = system->actors_max,
		.seed = system->seed,
		.ring_bytes = options != NULL && options->ring_bytes != 0
				      ? options->ring_bytes
				      : number_of("LIBACTOR_RING_BYTES", RING_DEFAULT),
		.tls_current = thread_tls_offset(),
		.argc = options != NULL ? options->argc : 0,
		.argv = options != NULL ? options->argv : NULL,
	};
	int status;

	system->seam->plane(system, &plane);
	status = plane_create(&system->plane, &plane);
	if (status != 0)
		return status;
	/* Always there, so that the tools can name them. */
	(void)plane_type(&system->plane, &actor_exited);
	(void)plane_type(&system->plane, &actor_down);
	(void)plane_type(&system->plane, &actor_tcp_accepted);
	(void)plane_type(&system->plane, &actor_tcp_data);
	(void)plane_type(&system->plane, &actor_tcp_closed);
	return 0;
}

/* A recorder that started this program wants its first event: give it time to attach. */
static void wait_for_reader(struct actor_system *system)
{
	const struct actor_plane_header *header = system->plane.header;
	const uint32_t *attached = &system->plane.control->attached;
	uint64_t end = clock_monotonic_ns() + READER_WAIT_NS;

	if (header->session[0] == '\0')
		return;
	while (__atomic_load_n(attached, __ATOMIC_ACQUIRE) == 0) {
		uint64_t now = clock_monotonic_ns();

		if (now >= end)
			break;
		futex_wait(attached, 0, end - now, true);
	}
}

/* For tools that read states; see struct actor_plane_control. */
static void tell_cells(struct actor_system *system)
{
	struct actor_plane_control *control = system->plane.control;

	control->cell_size = sizeof(struct cell);
	control->cell_generation = offsetof(struct cell, generation);
	control->cell_state = offsetof(struct cell, state);
	control->cell_turn = offsetof(struct cell, handling);
	control->cell_turns = offsetof(struct cell, handled);
	/* Release: a reader that sees the address sees the rest. */
	__atomic_store_n(&control->cells, (uint64_t)(uintptr_t)system->cells, __ATOMIC_RELEASE);
}

static int parts_start(struct actor_system *system, const struct actor_system_options *options,
		       unsigned schedulers)
{
	size_t size = sizeof(struct cell) * system->actors_max;
	int status = plane_open(system, options, schedulers);

	if (status != 0)
		return status;
	system->cells = mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (system->cells == MAP_FAILED) {
		system->cells = NULL;
		return ACTOR_ENO_MEMORY;
	}
	tell_cells(system);
	status = pool_init(&system->pool);
	if (status == 0)
		status = registry_init(&system->registry, system->plane.actors, system->actors_max);
	if (status == 0)
		status = timer_service_init(&system->timers);
	if (status != 0)
		return status;
	system->timers.enter = timer_enter;
	system->timers.leave = timer_leave;
	system->sched.enter = scheduler_enter;
	system->sched.leave = scheduler_leave;
	system->sched.idle = scheduler_idle;
	system->sched.next_task = system->seam->next_task;
	system->wall_offset_ns = (int64_t)(system->plane.header->realtime_start_ns -
					   system->plane.header->monotonic_start_ns);
	return 0;
}

static uint64_t ticks_of(uint64_t ns)
{
	return (uint64_t)((__uint128_t)ns * clock_ticks_per_second / ACTOR_SECONDS(1));
}

static void limits_set(struct actor_system *system, const struct actor_system_options *options)
{
	uint64_t visit_ns = options != NULL ? options->visit_ns : 0;
	uint64_t watchdog_ns = options != NULL ? options->watchdog_ns : 0;

	if (visit_ns == 0)
		visit_ns = VISIT_NS_DEFAULT;
	system->visit_ticks = visit_ns == ACTOR_FOREVER ? UINT64_MAX : ticks_of(visit_ns);
	system->visit_turns = options != NULL && options->visit_turns != 0 ? options->visit_turns
									   : VISIT_TURNS_DEFAULT;
	if (system->visit_turns > VISIT_TURNS_MAX)
		system->visit_turns = VISIT_TURNS_MAX;
	system->watchdog_ns = watchdog_ns == 0 ? WATCHDOG_NS_DEFAULT : watchdog_ns;
	system->watchdog_stack = system->watchdog_ns != ACTOR_FOREVER && options != NULL &&
				 options->log != NULL && !options->watchdog_no_stack;
}

int actor_system_create(const struct actor_system_options *options,
			struct actor_system **ret_system)
{
	struct actor_system *system;
	uint64_t schedulers = options != NULL ? options->schedulers : 0;
	int status;

	if (ret_system == NULL || (options != NULL && options->size != sizeof(*options)))
		return ACTOR_EINVALID;
	if (options != NULL && options->mailbox_high != 0 &&
	    options->mailbox_low >= options->mailbox_high)
		return ACTOR_EINVALID;
	if (schedulers == 0)
		schedulers =
			number_of("LIBACTOR_SCHEDULERS", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	if (schedulers > SCHED_WORKERS_MAX)
		schedulers = SCHED_WORKERS_MAX;
	if (thread_self() != NULL)
		return ACTOR_EINVALID;
	clock_init();
	system = aligned_alloc(64, (sizeof(*system) + 63) & ~(size_t)63);
	if (system == NULL)
		return ACTOR_ENO_MEMORY;
	memset(system, 0, sizeof(*system));
	pthread_mutex_init(&system->lock, NULL);
	pthread_mutex_init(&system->io_lock, NULL);
	pthread_mutex_init(&system->supervisors_lock, NULL);
	status = seam_choose(system);
	if (status != 0) {
		actor_system_destroy(system, 0);
		return status;
	}
	system->actors_max =
		options != NULL && options->actors_max != 0 ? options->actors_max : ACTORS_DEFAULT;
	if (system->actors_max > ACTOR_PLANE_ACTORS_MAX - 1)
		system->actors_max = ACTOR_PLANE_ACTORS_MAX - 1;
	system->flight_recorder = (options != NULL && options->flight_recorder) ||
				  number_of("LIBACTOR_FLIGHT_RECORDER", 0) != 0;
	limits_set(system, options);
	system->blocking_threads =
		options != NULL && options->blocking_threads != 0 ? options->blocking_threads : 4;
	if (system->blocking_threads > BLOCKING_THREADS_MAX)
		system->blocking_threads = BLOCKING_THREADS_MAX;
	system->blocking_queue =
		options != NULL && options->blocking_queue != 0 ? options->blocking_queue : 1024;
	system->mailbox_high = options != NULL ? options->mailbox_high : 0;
	system->mailbox_low = options != NULL ? options->mailbox_low : 0;
	system->log = options != NULL ? options->log : NULL;
	system->log_context = options != NULL ? options->log_context : NULL;
	system->seed = system->seam->seed(system, options != NULL ? options->seed : 0);
	status = parts_start(system, options, (unsigned)schedulers);
	if (status == 0 && options != NULL && options->contain_faults) {
		status = contain_begin();
		system->contains = status == 0;
	}
	if (status == 0)
		status = watch_create(system);
	if (status == 0) {
		wait_for_reader(system);
		status = system->seam->start(system, (uint32_t)schedulers);
	}
	if (status == 0)
		status = actor_system_enter(system);
	if (status != 0) {
		actor_system_destroy(system, 0);
		return status;
	}
	*ret_system = system;
	return 0;
}

int actor_system_enter(struct actor_system *system)
{
	if (system == NULL || thread_self() != NULL)
		return ACTOR_EINVALID;
	system->seam->enter(system);
	return foreign_enter(system);
}

void actor_system_leave(void)
{
	struct thread *thread = thread_self();

	if (thread != NULL && thread->foreign)
		foreign_leave();
}

/* ---- Destruction -------------------------------------------------------------------------------
 */

static bool is_ours(const struct actor_plane_actor *line)
{
	/* Acquire: pairs with the release in line_init; a supervisor may still start children. */
	uint8_t state = __atomic_load_n(&line->state, __ATOMIC_ACQUIRE);

	return state != ACTOR_PLANE_STATE_FREE &&
	       __atomic_load_n(&line->kind, __ATOMIC_RELAXED) != ACTOR_PLANE_KIND_FOREIGN;
}

static struct actor_pid pid_of_slot(struct actor_system *system, uint32_t slot)
{
	return actor_pid_pack(
		slot, __atomic_load_n(&system_line(system, slot)->generation, __ATOMIC_ACQUIRE));
}

/* Waits until the actor, or with pid none every actor, is dead. False: the deadline came first. */
bool system_wait_dead(struct actor_system *system, struct actor_pid pid, uint64_t deadline_ns)
{
	for (;;) {
		uint32_t deaths = __atomic_load_n(&system->deaths, __ATOMIC_ACQUIRE);
		uint64_t now = clock_monotonic_ns();
		bool alive = false;

		if (pid.bits != 0) {
			alive = system_find(system, pid) != NULL;
		} else {
			for (uint32_t slot = 0; slot < system->slots_used && !alive; slot++)
				alive = is_ours(system_line(system, slot));
		}
		if (!alive)
			return true;
		if (now >= deadline_ns)
			return false;
		futex_wait(&system->deaths, deaths, deadline_ns - now, false);
	}
}

/*
 * The last born of those that the program's own threads have spawned; none when there is none.
 * Looks at lines only: an actor may end meanwhile, and its cell become another's.
 */
static struct actor_pid last_top_level(struct actor_system *system)
{
	struct actor_pid last = ACTOR_PID_NONE;
	uint64_t last_nth = 0;

	for (uint32_t slot = 0; slot < system->slots_used; slot++) {
		struct actor_plane_actor *line = system_line(system, slot);
		struct actor_pid pid = pid_of_slot(system, slot);
		uint32_t nth = __atomic_load_n(&system->plane.births[slot].nth, __ATOMIC_RELAXED);

		if (is_ours(line) && nth > last_nth &&
		    __atomic_load_n(&line->kind, __ATOMIC_RELAXED) & ACTOR_PLANE_KIND_TOP) {
			last = pid;
			last_nth = nth;
		}
	}
	return last;
}

/* Whether it has ended by then, as it was recorded. */
static bool wait_dead(struct thread *thread, struct actor_pid pid, uint64_t deadline_ns)
{
	struct actor_system *system = thread->system;
	bool dead = system->seam->wait_dead(system, pid, deadline_ns);

	thread_input(thread);
	dead = thread_observe(thread, ACTOR_OBSERVED_SYSTEM, dead) != 0;
	thread_output(thread);
	return dead;
}

/* The next that is left at or after that slot, or none. */
static struct actor_pid next_left(struct actor_system *system, uint32_t slot)
{
	for (; slot < system->slots_used; slot++) {
		if (is_ours(system_line(system, slot)))
			return pid_of_slot(system, slot);
	}
	return ACTOR_PID_NONE;
}

static void stop_actors(struct actor_system *system, uint64_t grace_ns)
{
	struct thread *thread = thread_self();
	uint64_t deadline = clock_monotonic_ns() + grace_ns;
	struct actor_pid pid;

	__atomic_store_n(&system->death_watch, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		thread_input(thread);
		pid = last_top_level(system);
		pid.bits = thread_observe(thread, ACTOR_OBSERVED_SYSTEM, pid.bits);
		if (pid.bits != 0)
			exit_at_shutdown(thread, pid);
		thread_output(thread);
		if (pid.bits == 0 || !wait_dead(thread, pid, deadline))
			break;
	}
	/* What is left is nobody's child any more, or did not want to go. */
	for (int round = 0; round < 3; round++) {
		thread_input(thread);
		for (uint32_t slot = 0;; slot = actor_pid_slot(pid) + 1) {
			pid = next_left(system, slot);
			pid.bits = thread_observe(thread, ACTOR_OBSERVED_SYSTEM, pid.bits);
			if (pid.bits == 0)
				break;
			exit_signal(thread, pid, ACTOR_EXIT_KILL);
		}
		thread_output(thread);
		if (wait_dead(thread, ACTOR_PID_NONE, clock_monotonic_ns() + LAST_GRACE_NS))
			break;
	}
}

struct actor_system *actor_system_destroy(struct actor_system *system, uint64_t grace_ns)
{
	struct thread *thread = thread_self();

	if (system == NULL)
		return NULL;
	if (thread == NULL && system->sched.workers != NULL && actor_system_enter(system) == 0)
		thread = thread_self();
	if (thread != NULL && thread->system == system && thread->foreign) {
		stop_actors(system, grace_ns);
		/* Detached threads end behind their actors. */
		while (__atomic_load_n(&system->detached, __ATOMIC_ACQUIRE) != 0)
			futex_wait(&system->detached,
				   __atomic_load_n(&system->detached, __ATOMIC_RELAXED),
				   ACTOR_MILLISECONDS(10), false);
		blocking_stop(system->blocking);
		actor_system_leave();
	}
	io_stop(system->io);
	timer_service_finish(&system->timers);
	if (system->seam != NULL)
		system->seam->stop(system);
	watch_destroy(system);
	if (system->contains)
		contain_end();
	while (system->outsiders != NULL) {
		struct outsider *outsider = system->outsiders;

		system->outsiders = outsider->next;
		free(outsider);
	}
	bound_finish(system);
	registry_finish(&system->registry);
	map_clear(&system->supervisors);
	pool_finish(&system->pool);
	if (system->cells != NULL)
		munmap(system->cells, sizeof(struct cell) * system->actors_max);
	free(system->free_slots);
	plane_destroy(&system->plane);
	pthread_mutex_destroy(&system->lock);
	pthread_mutex_destroy(&system->io_lock);
	pthread_mutex_destroy(&system->supervisors_lock);
	free(system);
	return NULL;
}
