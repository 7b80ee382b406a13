/* SPDX-License-Identifier: MIT */
#include "attach/lease.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Twice as often as the contract asks: one late wake-up does no harm. */
#define LEASE_BEAT_NS (ACTOR_PLANE_LEASE_RENEW_NS / 2)

struct lease {
	struct actor_plane_control *control;
	struct actor_plane_lease *shared; /* our line of `control` */
	uint32_t index;
	enum actor_plane_mode mode;
	uint64_t start_time; /* of this process */
	pthread_t beater;
	pthread_mutex_t lock;
	pthread_cond_t stop;
	bool stopping; /* under `lock` */
	bool beating;  /* the thread exists */
};

static void futex_wake_all(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Changes byte `index` of control.active, which other readers and the program change too. */
static void set_active(struct actor_plane_control *control, uint32_t index, uint64_t mode)
{
	uint64_t mask = UINT64_C(0xff) << (8 * index);
	uint64_t old = __atomic_load_n(&control->active, __ATOMIC_RELAXED);

	/* Release pairs with the acquire load of `active` in libactor/plane: tails, events and
	 * heartbeat are there before the program obeys the mode. */
	while (!__atomic_compare_exchange_n(&control->active, &old,
					    (old & ~mask) | mode << (8 * index), false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
}

static void renew(struct lease *lease)
{
	__atomic_store_n(&lease->shared->owner_start, lease->start_time, __ATOMIC_RELAXED);
	/* Release, so that who sees the beat sees the owner; the writer's load is acquire. */
	__atomic_store_n(&lease->shared->heartbeat_ns, plane_clock_monotonic(), __ATOMIC_RELEASE);
}

static void *beat(void *argument)
{
	struct lease *lease = argument;

	pthread_mutex_lock(&lease->lock);
	while (!lease->stopping) {
		struct timespec until;

		renew(lease);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += (long)LEASE_BEAT_NS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		pthread_cond_timedwait(&lease->stop, &lease->lock, &until);
	}
	pthread_mutex_unlock(&lease->lock);
	return NULL;
}

/* The thread takes no signal that is meant for the program's own threads. */
static int start_beating(struct lease *lease)
{
	static const int kept[] = {SIGBUS, SIGSEGV, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
	sigset_t blocked, old;
	int result;

	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		sigdelset(&blocked, kept[i]);
	pthread_sigmask(SIG_BLOCK, &blocked, &old);
	result = pthread_create(&lease->beater, NULL, beat, lease);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	lease->beating = result == 0;
	return -result;
}

/*
 * Whether the owner of a lease is gone for good. An owner_start of 0 means that its owner is just
 * filling the lease in, or is giving it back.
 */
static bool owner_is_dead(const struct actor_plane_lease *shared, uint32_t pid)
{
	uint64_t heartbeat = __atomic_load_n(&shared->heartbeat_ns, __ATOMIC_ACQUIRE);
	uint64_t start_time = __atomic_load_n(&shared->owner_start, __ATOMIC_RELAXED);
	uint64_t now = plane_clock_monotonic(), found;

	if (heartbeat <= now && now - heartbeat < ACTOR_PLANE_LEASE_LAPSE_NS)
		return false;
	if (start_time == 0)
		return process_start_time(pid, &found) < 0;
	return !process_lives(pid, start_time);
}

/* Takes lease `index` if it is free or its owner is dead. */
static bool try_claim(struct actor_plane_control *control, uint32_t index, uint32_t self)
{
	struct actor_plane_lease *shared = &control->lease[index];
	uint32_t owner = __atomic_load_n(&shared->owner_pid, __ATOMIC_ACQUIRE);

	if (owner != 0) {
		if (!owner_is_dead(shared, owner))
			return false;
		/*
		 * The byte first: the writer must not be served for two. Then no start time, so
		 * that nobody takes the lease from us before we have filled it in.
		 */
		set_active(control, index, ACTOR_PLANE_MODE_NONE);
		__atomic_store_n(&shared->owner_start, 0, __ATOMIC_RELAXED);
	}
	return __atomic_compare_exchange_n(&shared->owner_pid, &owner, self, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

int lease_claim(struct plane_view *plane, enum actor_plane_mode mode, uint64_t events,
		uint32_t payload_max, struct lease **ret_lease)
{
	struct actor_plane_control *control;
	pthread_condattr_t monotonic;
	struct lease *lease;
	uint32_t index = 0;
	int result;

	assert(mode > ACTOR_PLANE_MODE_NONE);
	assert(mode <= ACTOR_PLANE_MODE_LOSSLESS);
	if (plane_view_life(plane) != PLANE_LIVING)
		return PLANE_EDEAD;
	result = plane_view_control(plane, &control);
	if (result < 0)
		return result;
	lease = calloc(1, sizeof(*lease));
	if (lease == NULL)
		return -ENOMEM;
	result = process_start_time((uint32_t)getpid(), &lease->start_time);
	while (result == 0 && index < ACTOR_PLANE_LEASES_MAX &&
	       !try_claim(control, index, (uint32_t)getpid()))
		index++;
	if (result == 0 && index == ACTOR_PLANE_LEASES_MAX)
		result = PLANE_EBUSY;
	if (result < 0) {
		free(lease);
		return result;
	}
	lease->control = control;
	lease->shared = &control->lease[index];
	lease->index = index;
	lease->mode = mode;
	pthread_mutex_init(&lease->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&lease->stop, &monotonic);
	pthread_condattr_destroy(&monotonic);
	__atomic_store_n(&lease->shared->events, events, __ATOMIC_RELAXED);
	__atomic_store_n(&lease->shared->payload_max, payload_max, __ATOMIC_RELAXED);
	renew(lease);
	result = start_beating(lease);
	if (result < 0) {
		lease_release(lease);
		return result;
	}
	*ret_lease = lease;
	return 0;
}

void lease_arm(struct lease *lease)
{
	renew(lease);
	set_active(lease->control, lease->index, lease->mode);
	__atomic_fetch_add(&lease->control->attached, 1, __ATOMIC_RELEASE);
	futex_wake_all(&lease->control->attached);
}

bool lease_in_force(const struct lease *lease)
{
	uint64_t active = __atomic_load_n(&lease->control->active, __ATOMIC_ACQUIRE);

	return (active >> (8 * lease->index) & 0xff) == (uint64_t)lease->mode;
}

void lease_set_tail(struct lease *lease, uint32_t ring, uint64_t tail)
{
	assert(ring < ACTOR_PLANE_THREADS_MAX);
	/* Release pairs with the writer's acquire load of the tail before it enters a chunk: the
	 * reader has copied what the writer is about to overwrite. */
	__atomic_store_n(&lease->shared->tail[ring], tail, __ATOMIC_RELEASE);
}

void lease_wake(struct lease *lease)
{
	/*
	 * The writer announces itself in `waiting`, then looks at the tail; the reader moves the
	 * tail, then looks at `waiting`. The fence, and its twin in libactor/plane, keep both from
	 * looking too early.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!lease_awaited(lease))
		return;
	__atomic_fetch_add(&lease->shared->wake, 1, __ATOMIC_RELEASE);
	futex_wake_all(&lease->shared->wake);
}

bool lease_awaited(const struct lease *lease)
{
	return __atomic_load_n(&lease->shared->waiting, __ATOMIC_RELAXED) != 0;
}

struct lease *lease_release(struct lease *lease)
{
	if (lease == NULL)
		return NULL;
	set_active(lease->control, lease->index, ACTOR_PLANE_MODE_NONE);
	__atomic_fetch_add(&lease->shared->wake, 1, __ATOMIC_RELEASE);
	futex_wake_all(&lease->shared->wake);
	if (lease->beating) {
		pthread_mutex_lock(&lease->lock);
		lease->stopping = true;
		pthread_cond_signal(&lease->stop);
		pthread_mutex_unlock(&lease->lock);
		pthread_join(lease->beater, NULL);
	}
	__atomic_store_n(&lease->shared->heartbeat_ns, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&lease->shared->owner_start, 0, __ATOMIC_RELAXED);
	/* Last, release: whoever claims the lease next finds it empty. */
	__atomic_store_n(&lease->shared->owner_pid, 0, __ATOMIC_RELEASE);
	pthread_cond_destroy(&lease->stop);
	pthread_mutex_destroy(&lease->lock);
	free(lease);
	return NULL;
}
