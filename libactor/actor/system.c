/* SPDX-License-Identifier: MIT */
/* A system is made here; it ends in shutdown.c. */
#include "actor/system.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <actor/tcp.h>

#include "actor/contain.h"
#include "actor/watch.h"
#include "base/clock.h"
#include "base/futex.h"

#define ACTORS_DEFAULT      (1u << 20)
#define RING_DEFAULT        ((size_t)16 << 20)
#define READER_WAIT_NS      UINT64_C(2000000000)
#define VISIT_TURNS_DEFAULT 1024u
#define VISIT_TURNS_MAX     (1u << 28)
#define VISIT_NS_DEFAULT    UINT64_C(200000)
/* Longer than any turn means to be, shorter than anybody waits before asking why. */
#define WATCHDOG_NS_DEFAULT  UINT64_C(1000000000)
#define BLOCKING_THREADS_MAX 64u

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
	system_threads_prepare(system);
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
	bool contains = options != NULL && options->contain_faults;
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
	/* First, since who asks in vain may ask again without, and a script is for one system. */
	if (contains) {
		status = contain_begin();
		if (status != 0)
			return status;
	}
	clock_init();
	system = aligned_alloc(64, (sizeof(*system) + 63) & ~(size_t)63);
	if (system == NULL) {
		if (contains)
			contain_end();
		return ACTOR_ENO_MEMORY;
	}
	memset(system, 0, sizeof(*system));
	system->contains = contains;
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
	struct actor_system *system;

	if (thread == NULL || !thread->foreign)
		return;
	system = thread->system;
	if (system->seam->leave != NULL)
		system->seam->leave(thread);
	foreign_leave();
	if (system->seam->left != NULL)
		system->seam->left(system);
}
