/* SPDX-License-Identifier: MIT */
#include "timer/timer.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include <actor/status.h>

#include "base/clock.h"
#include "base/futex.h"

#define NS_PER_MS UINT64_C(1000000)

/* The first whole millisecond at which the deadline has passed. */
static uint64_t ms_of(uint64_t deadline_ns)
{
	return deadline_ns / NS_PER_MS + (deadline_ns % NS_PER_MS != 0);
}

static struct timer *timer_of(struct wheel_entry *entry)
{
	return (struct timer *)(void *)((char *)entry - offsetof(struct timer, entry));
}

/* Fires what is due in a shard. Returns when to look again. */
static uint64_t work_off(struct timer_shard *shard, uint64_t now_ns)
{
	struct wheel_entry *due;
	uint64_t next;

	pthread_mutex_lock(&shard->lock);
	due = wheel_advance(&shard->wheel, now_ns / NS_PER_MS);
	while (due != NULL) {
		struct timer *timer = timer_of(due);
		uint64_t again_ns;

		due = due->next;
		timer->entry.next = NULL;
		if (timer->interval_ns != 0) {
			timer->deadline_ns += timer->interval_ns; /* from the deadline: no drift */
			wheel_add(&shard->wheel, &timer->entry, ms_of(timer->deadline_ns));
		}
		again_ns = timer->fire(timer);
		if (again_ns != 0) {
			timer->deadline_ns = again_ns;
			wheel_add(&shard->wheel, &timer->entry, ms_of(again_ns));
		}
	}
	next = wheel_next(&shard->wheel);
	pthread_mutex_unlock(&shard->lock);
	return next;
}

static void *timer_main(void *argument)
{
	struct timer_service *service = argument;

	service->enter(service);
	while (__atomic_load_n(&service->stopping, __ATOMIC_ACQUIRE) == 0) {
		uint32_t wake = __atomic_load_n(&service->wake, __ATOMIC_ACQUIRE);
		uint64_t next = UINT64_MAX;
		uint64_t now_ns;

		/* From here on whoever arms a timer wakes us, see timer_start. */
		__atomic_store_n(&service->planned_ms, UINT64_MAX, __ATOMIC_SEQ_CST);
		for (unsigned i = 0; i < TIMER_SHARDS; i++) {
			uint64_t shard_next = work_off(&service->shards[i], clock_monotonic_ns());

			if (shard_next < next)
				next = shard_next;
		}
		__atomic_store_n(&service->planned_ms, next, __ATOMIC_SEQ_CST);
		now_ns = clock_monotonic_ns();
		if (next == UINT64_MAX)
			futex_wait(&service->wake, wake, UINT64_MAX, false);
		else if (next * NS_PER_MS > now_ns)
			futex_wait(&service->wake, wake, next * NS_PER_MS - now_ns, false);
	}
	service->leave(service);
	return NULL;
}

int timer_service_init(struct timer_service *service)
{
	if (pthread_mutex_init(&service->lock, NULL) != 0)
		return ACTOR_ENO_MEMORY;
	for (unsigned i = 0; i < TIMER_SHARDS; i++) {
		if (pthread_mutex_init(&service->shards[i].lock, NULL) != 0)
			return ACTOR_ENO_MEMORY;
		wheel_init(&service->shards[i].wheel, clock_monotonic_ns() / NS_PER_MS);
	}
	service->planned_ms = UINT64_MAX;
	return 0;
}

static void poke(struct timer_service *service)
{
	__atomic_fetch_add(&service->wake, 1, __ATOMIC_RELEASE);
	futex_wake(&service->wake, 1, false);
}

void timer_service_finish(struct timer_service *service)
{
	if (service->running) {
		__atomic_store_n(&service->stopping, 1, __ATOMIC_RELEASE);
		poke(service);
		pthread_join(service->id, NULL);
		service->running = 0;
	}
	for (unsigned i = 0; i < TIMER_SHARDS; i++)
		pthread_mutex_destroy(&service->shards[i].lock);
	pthread_mutex_destroy(&service->lock);
}

static int ensure_thread(struct timer_service *service)
{
	int status = 0;

	/* Acquire: pairs with the release below, so that `id` is there for whoever joins. */
	if (__atomic_load_n(&service->running, __ATOMIC_ACQUIRE))
		return 0;
	pthread_mutex_lock(&service->lock);
	if (!service->running) {
		sigset_t all;
		sigset_t old;

		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		if (pthread_create(&service->id, NULL, timer_main, service) == 0)
			__atomic_store_n(&service->running, 1, __ATOMIC_RELEASE);
		else
			status = ACTOR_ENO_MEMORY;
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	pthread_mutex_unlock(&service->lock);
	return status;
}

int timer_start(struct timer_service *service, struct timer *timer, uint32_t shard)
{
	uint64_t ms = ms_of(timer->deadline_ns);
	struct timer_shard *mine = &service->shards[shard % TIMER_SHARDS];
	int status;

	assert(timer->fire != NULL);
	if (service->manual)
		return 0;
	status = ensure_thread(service);
	if (status != 0)
		return status;
	timer->shard = shard % TIMER_SHARDS;
	pthread_mutex_lock(&mine->lock);
	wheel_add(&mine->wheel, &timer->entry, ms);
	pthread_mutex_unlock(&mine->lock);
	/*
	 * Either the thread came to this shard after us and has seen the entry, or its unlocking
	 * came before our locking, and with it the UINT64_MAX that it stored first, or its newer
	 * plan.
	 */
	if (ms < __atomic_load_n(&service->planned_ms, __ATOMIC_SEQ_CST))
		poke(service);
	return 0;
}

bool timer_stop(struct timer_service *service, struct timer *timer)
{
	struct timer_shard *mine = &service->shards[timer->shard];
	bool stopped;

	if (service->manual)
		return true;
	pthread_mutex_lock(&mine->lock);
	stopped = wheel_remove(&mine->wheel, &timer->entry);
	pthread_mutex_unlock(&mine->lock);
	return stopped;
}
