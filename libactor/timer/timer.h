/* SPDX-License-Identifier: MIT */
#ifndef TIMER_TIMER_H
#define TIMER_TIMER_H

/*
 * The timer thread: sleeps until the next deadline and calls back. It is there from the first timer
 * on. Timers are spread over TIMER_SHARDS wheels, each with its lock, so that schedulers that arm
 * and cancel seldom meet. Resolution is 1 ms; a timer never fires early.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <stdbool.h>

#include "timer/wheel.h"

#define TIMER_SHARDS 8

struct timer_service;

/* Embedded in what is timed. Zeroed: not armed. */
struct timer {
	struct wheel_entry entry;
	uint64_t deadline_ns; /* CLOCK_MONOTONIC */
	uint64_t interval_ns; /* 0: one shot */
	uint32_t shard;
	/*
	 * Called on the timer thread with the shard's lock held, so timer_stop waits for it. Must
	 * not arm or stop timers. Returns the deadline for which a one shot timer is to be armed
	 * once more, or 0; then the timer may be gone already.
	 */
	uint64_t (*fire)(struct timer *timer);
};

struct timer_shard {
	pthread_mutex_t lock;
	struct wheel wheel;
};

struct timer_service {
	struct timer_shard shards[TIMER_SHARDS];
	pthread_mutex_t lock; /* of starting the thread */
	pthread_t id;
	bool manual; /* somebody else calls `fire`; set before use */
	uint32_t running;
	uint32_t stopping;
	uint32_t wake;       /* futex of the thread */
	uint64_t planned_ms; /* when the thread means to wake up */
	/* Called on the thread when it starts and before it ends; set before use. */
	void (*enter)(struct timer_service *service);
	void (*leave)(struct timer_service *service);
};

int timer_service_init(struct timer_service *service);
/* Ends the thread; armed timers never fire. */
void timer_service_finish(struct timer_service *service);

/* Any thread. `shard`: any number, the same for threads that should meet. ACTOR_ENO_MEMORY when the
 * thread cannot be started. */
int timer_start(struct timer_service *service, struct timer *timer, uint32_t shard);
/* Any thread. False when it has fired (one shot) or was never armed. After it returns, `fire` is
 * not running and will not be called. */
bool timer_stop(struct timer_service *service, struct timer *timer);

#endif
