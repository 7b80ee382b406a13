/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TOP_SCENE_H
#define TESTS_TOP_SCENE_H

/*
 * A program on one picture: some of everything that the viewer shows, in a plane made by hand,
 *under a clock that stands still until it is moved.
 *
 *	main             a thread of the program
 *	`- app           a supervisor
 *	   |- store      handles one message for 100 s already; blocks three callers
 *	   |- door       a name with letters that a terminal must not see
 *	   |- left, right   wait for each other
 *	   |- sink       has 20,000 messages
 *	   |- session    twelve of them, alike; some call the store
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <actor/pid.h>

#include "../tracer_attach/synthetic.h"

#define SCENE_START UINT64_C(10000000000000) /* ns; ticks are nanoseconds here */

enum {
	SCENE_MAIN = 1,
	SCENE_APP,
	SCENE_STORE,
	SCENE_DOOR,
	SCENE_LEFT,
	SCENE_RIGHT,
	SCENE_SINK,
	SCENE_SESSION,
	SCENE_SESSIONS = 12,
	SCENE_SLOTS = SCENE_SESSION + SCENE_SESSIONS
};

struct scene {
	struct synthetic plane;
	struct actor_plane_actor *actors;
	struct actor_plane_birth *births;
	struct actor_plane_thread *threads;
	struct actor_plane_type *types;
	uint32_t sequence;
};

static uint64_t scene_now = SCENE_START; /* (shared) with the thread that renews the lease */

/* The linker gives these to the viewer instead of the real ones. */
/* Used: with LTO the linker would not find them. */
__attribute__((used)) uint64_t __wrap_plane_clock_monotonic(void);
__attribute__((used)) int __wrap_plane_clock_sample(uint32_t clock,
						    struct plane_instant *ret_instant);
time_t __wrap_time(time_t *ret_time);

uint64_t __wrap_plane_clock_monotonic(void)
{
	return __atomic_load_n(&scene_now, __ATOMIC_RELAXED);
}

int __wrap_plane_clock_sample(uint32_t clock, struct plane_instant *ret_instant)
{
	(void)clock;
	*ret_instant = (struct plane_instant){scene_now, scene_now, scene_now};
	return 0;
}

time_t __wrap_time(time_t *ret_time)
{
	if (ret_time != NULL)
		*ret_time = 0;
	return 0;
}

static inline uint64_t scene_pid(uint32_t slot)
{
	return actor_pid_pack(slot, 1).bits;
}

static inline void scene_actor(struct scene *scene, uint32_t slot, const char *name,
			       uint16_t behaviour, enum actor_plane_state state, uint32_t parent)
{
	struct actor_plane_actor *actor = &scene->actors[slot];

	*actor = (struct actor_plane_actor){
		.inbox = state == ACTOR_PLANE_STATE_IDLE ? 1 : 0,
		.generation = 1,
		.messages_in = 100 * (uint64_t)slot,
		.messages_out = 50 * (uint64_t)slot,
		.memory = 1024 * slot,
		.name = name != NULL ? synthetic_string(&scene->plane, name) : 0,
		.behaviour = behaviour,
		.state = (uint8_t)state,
	};
	scene->births[slot] = (struct actor_plane_birth){
		.parent = parent != 0 ? scene_pid(parent) : 0,
		.identity = slot,
		.ticks = SCENE_START - UINT64_C(3600000000000),
		.nth = slot,
		.generation = 1,
	};
	if (scene->plane.control->actors_used <= slot)
		scene->plane.control->actors_used = slot + 1;
}

static inline void scene_calls(struct scene *scene, uint32_t slot, uint32_t on)
{
	scene->actors[slot].state = ACTOR_PLANE_STATE_WAITING;
	scene->actors[slot].waiting_on = scene_pid(on);
}

static inline void scene_words(struct scene *scene)
{
	static const char *const behaviours[] = {"thread", "supervisor", "store", "session",
						 "sink"};
	static const char *const types[] = {"reserve", "frame", "tick"};
	struct actor_plane_behaviour *entries =
		synthetic_region(&scene->plane, ACTOR_PLANE_REGION_BEHAVIOURS);

	for (uint32_t i = 0; i < 5; i++)
		entries[i + 1].name = synthetic_string(&scene->plane, behaviours[i]);
	scene->plane.control->behaviours_used = 5;
	for (uint32_t i = 0; i < 3; i++)
		scene->types[i + 1].name = synthetic_string(&scene->plane, types[i]);
	scene->plane.control->types_used = 3;
}

static inline void scene_create(struct scene *scene, const char *directory)
{
	memset(scene, 0, sizeof(*scene));
	__atomic_store_n(&scene_now, SCENE_START, __ATOMIC_RELAXED);
	/* A process that lives, and has the same pid every time. */
	synthetic_create(&scene->plane, directory, 1);
	scene->plane.header->ticks_start = scene->plane.header->monotonic_start_ns =
		SCENE_START - UINT64_C(3661000000000);
	scene->plane.header->scheduler_count = 2;
	scene->actors = synthetic_region(&scene->plane, ACTOR_PLANE_REGION_ACTORS);
	scene->births = synthetic_region(&scene->plane, ACTOR_PLANE_REGION_BIRTHS);
	scene->threads = synthetic_region(&scene->plane, ACTOR_PLANE_REGION_THREADS);
	scene->types = synthetic_region(&scene->plane, ACTOR_PLANE_REGION_TYPES);
	scene_words(scene);
	scene_actor(scene, SCENE_MAIN, "main", 1, ACTOR_PLANE_STATE_RUNNING, 0);
	scene->actors[SCENE_MAIN].kind = ACTOR_PLANE_KIND_FOREIGN;
	scene_actor(scene, SCENE_APP, "app", 2, ACTOR_PLANE_STATE_IDLE, SCENE_MAIN);
	scene->actors[SCENE_APP].kind = ACTOR_PLANE_KIND_SUPERVISOR;
	scene_actor(scene, SCENE_STORE, "store", 3, ACTOR_PLANE_STATE_RUNNING, SCENE_APP);
	scene->actors[SCENE_STORE].queued = 3;
	scene->actors[SCENE_STORE].restarts = 2;
	scene_actor(scene, SCENE_DOOR, "do\033[2Jor \xc3\xa4\xe5\xae\xa4", 4,
		    ACTOR_PLANE_STATE_IDLE, SCENE_APP);
	scene_actor(scene, SCENE_LEFT, "left", 4, ACTOR_PLANE_STATE_IDLE, SCENE_APP);
	scene_actor(scene, SCENE_RIGHT, "right", 4, ACTOR_PLANE_STATE_IDLE, SCENE_APP);
	scene_calls(scene, SCENE_LEFT, SCENE_RIGHT);
	scene_calls(scene, SCENE_RIGHT, SCENE_LEFT);
	scene_actor(scene, SCENE_SINK, "sink", 5, ACTOR_PLANE_STATE_IDLE, SCENE_APP);
	scene->actors[SCENE_SINK].inbox = UINT64_C(20000) << ACTOR_PLANE_INBOX_COUNT_SHIFT | 64;
	for (uint32_t i = 0; i < SCENE_SESSIONS; i++)
		scene_actor(scene, SCENE_SESSION + i, NULL, 4, ACTOR_PLANE_STATE_IDLE, SCENE_APP);
	scene_calls(scene, SCENE_SESSION, SCENE_STORE);
	scene_calls(scene, SCENE_SESSION + 1, SCENE_STORE);
	scene_calls(scene, SCENE_SESSION + 2, SCENE_SESSION + 1);
	scene->threads[0].current = scene_pid(SCENE_STORE);
	scene->threads[0].turn_start = SCENE_START - UINT64_C(100000000000);
	scene->threads[0].turns = 1;
	scene->threads[0].tag = 1;
	scene->threads[1].parked = 1;
}

/* A message: sent in a turn of `from`, handled by `to` 5 us later in 20 us. Ring 1. */
static inline void scene_message(struct scene *scene, uint32_t from, uint32_t to, uint16_t tag)
{
	uint32_t seq = ++scene->sequence;
	uint64_t at = scene_now - 1000000 + 100000 * (uint64_t)seq;
	struct actor_event events[] = {
		{.kind = ACTOR_EVENT_RECV,
		 .flags = ACTOR_MESSAGE_KIND_TIMER,
		 .tag = 3,
		 .seq = seq,
		 .a = scene_pid(from),
		 .b = scene_pid(from),
		 .c = at},
		{.kind = ACTOR_EVENT_SEND,
		 .flags = ACTOR_MESSAGE_KIND_CAST,
		 .tag = tag,
		 .seq = seq,
		 .a = scene_pid(to),
		 .c = 64},
		{.kind = ACTOR_EVENT_RECV,
		 .flags = ACTOR_MESSAGE_KIND_CAST,
		 .tag = tag,
		 .seq = seq,
		 .a = scene_pid(to),
		 .b = scene_pid(from),
		 .c = at + 5000},
		{.kind = ACTOR_EVENT_IDLE, .c = at + 25000},
	};

	if (synthetic_ring(&scene->plane, 1)->head == 0 ||
	    scene->plane.filled[1] + 4 > SYNTHETIC_CAPACITY)
		synthetic_enter(&scene->plane, 1, SYNTHETIC_HEAD, 0);
	for (size_t i = 0; i < 4; i++)
		synthetic_put(&scene->plane, 1, events[i]);
}

/* A second passes, in which this was done. */
static inline void scene_second(struct scene *scene)
{
	__atomic_store_n(&scene_now, scene_now + UINT64_C(1000000000), __ATOMIC_RELAXED);
	for (uint32_t slot = SCENE_SESSION + 3; slot < SCENE_SLOTS; slot++) {
		scene->actors[slot].messages_in += 10 * slot;
		scene->actors[slot].messages_out += 5 * slot;
		scene->actors[slot].busy_ticks += UINT64_C(1000000) * slot;
	}
	scene->actors[SCENE_SINK].inbox += UINT64_C(500) << ACTOR_PLANE_INBOX_COUNT_SHIFT;
	scene->threads[1].turns += 2500;
	scene->threads[1].busy_ticks += UINT64_C(400000000);
	for (uint32_t i = 0; i < 3; i++)
		scene_message(scene, SCENE_SESSION + 3, SCENE_SESSION + 4, 2);
}

static inline void scene_remove(struct scene *scene)
{
	synthetic_remove(&scene->plane);
}

#endif
