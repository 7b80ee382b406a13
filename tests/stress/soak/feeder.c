/* SPDX-License-Identifier: MIT */
/* Threads of the program: they send, call, spawn, end others, leave the system and come back. */
#include <pthread.h>
#include <sched.h>

#include "soak.h"

#define BACKLOG    3000 /* messages under way before the feeders wait */
#define POPULATION 500

struct feeder {
	pthread_t id;
	struct actor_system *system;
	uint64_t random;
	uint64_t sent;
	uint32_t number;
	bool started;
};

static struct feeder feeders[FEEDERS];

static uint64_t chance(struct feeder *feeder)
{
	return feeder->random = soak_mix(feeder->random);
}

/* What is sent and neither handled nor dead. */
static void look_around(struct feeder *feeder)
{
	struct actor_system_counters counters;
	uint64_t settled;

	actor_system_count(feeder->system, &counters);
	__atomic_store_n(&soak.crowded, counters.actors > POPULATION, __ATOMIC_RELAXED);
	settled = soak_value(SOAK_handled) + soak_lost(&counters);
	while (soak_value(SOAK_sent) > settled + BACKLOG && soak_rages()) {
		sched_yield();
		actor_system_count(feeder->system, &counters);
		settled = soak_value(SOAK_handled) + soak_lost(&counters);
	}
}

static void feed(struct feeder *feeder)
{
	struct work work = {.number = ++feeder->sent,
			    .feeder = feeder->number,
			    .hops = (uint32_t)(chance(feeder) % HOPS_MAX)};
	struct actor_pid to = soak_anybody(chance(feeder));
	uint64_t what = chance(feeder) % 1000;

	if (!actor_alive(to) && chance(feeder) % 16 != 0) {
		soak_spawn(chance(feeder)); /* most messages go to the living */
		sched_yield();
		return;
	}
	if (what < 10) {
		soak_spawn(chance(feeder));
	} else if (what < 30) {
		soak_child(chance(feeder));
	} else if (what < 33) {
		soak_exit(to, chance(feeder));
	} else if (what < 38) {
		actor_system_leave();
		if (actor_system_enter(feeder->system) != 0)
			soak_wrong("feeder %u could not come back", feeder->number);
	} else if (what < 40) {
		soak_broadcast(chance(feeder));
	} else if (what < 42) {
		soak_hold(to);
	} else if (what < 48) {
		soak_look(to, chance(feeder));
	} else if (what < 52) {
		tallies_feed(chance(feeder));
	} else if (to.bits == 0) {
		soak_child(chance(feeder));
	} else if (what < 100) {
		(void)soak_call(to, &work,
				what % 2 == 0 ? ACTOR_SECONDS(60)
					      : ACTOR_MICROSECONDS(chance(feeder) % 3000));
	} else if (what < 500) {
		(void)soak_cast(to, &work);
	} else {
		(void)soak_send(to, &work);
	}
}

static void *feeder_main(void *argument)
{
	struct feeder *feeder = argument;
	int status = actor_system_enter(feeder->system);

	if (status != 0) {
		soak_wrong("a thread could not enter: %s", actor_status_text(status));
		return NULL;
	}
	while (soak_rages()) {
		look_around(feeder);
		for (int i = 0; i < 32; i++)
			feed(feeder);
	}
	actor_system_leave();
	return NULL;
}

int feeders_start(struct actor_system *system)
{
	soak.running = 1;
	for (uint32_t i = 0; i < FEEDERS; i++) {
		feeders[i] = (struct feeder){
			.system = system, .number = i, .random = soak_mix(soak.seed + i)};
		if (pthread_create(&feeders[i].id, NULL, feeder_main, &feeders[i]) != 0)
			return ACTOR_ENO_MEMORY;
		feeders[i].started = true;
	}
	return 0;
}

void feeders_stop(void)
{
	__atomic_store_n(&soak.running, 0, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < FEEDERS; i++) {
		if (feeders[i].started)
			pthread_join(feeders[i].id, NULL);
		feeders[i].started = false;
	}
}
