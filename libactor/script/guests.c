/* SPDX-License-Identifier: MIT */
/*
 * The program's other threads, where one of them has started actors; else they are stopped when
 * they enter the system (main.c). They are guests here. A guest does each of its operations when
 * the recording has come to it. There is one baton: while a guest has it, nothing else runs.
 *
 * Those that have started actors are needed: only they know with what arguments, and where a
 * behaviour's functions lie. So they are waited for, as main is. All that comes of the others is
 * what they send, and that is known: it is sent for them when its time has come. They are stopped
 * when they enter, but for the moments in which main may wait for one of them; then they may be
 * late, and nothing comes of what they do.
 *
 * Which thread is which is told by the order in which they enter.
 */
#include "script/script.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "actor/visit.h"

/* So many milliseconds one that has come in, but is not needed, may take to leave. */
#define EXIT_IDLE 20

enum guest_state {
	GUEST_ENTERS,
	GUEST_INPUT,  /* waits until its next operation is due */
	GUEST_SLEEPS, /* for a message */
	GUEST_PAUSES, /* for a slot */
	GUEST_LEAVES,
	GUEST_OUT, /* is outside of the runtime */
	GUEST_OVER /* will not be run any more */
};

/* A thread of the recording. */
struct guest_thread {
	uint64_t pid;
	uint64_t place; /* of its SPAWN */
	uint32_t nth;
	bool starts; /* actors */
};

struct script_guest {
	pthread_cond_t changed;
	enum guest_state state;
	struct thread *thread;
	struct script_actor *actor;
	uint64_t slot; /* PAUSES: whose */
	bool listed;
	bool late; /* all that it did is over: nothing comes of it */
	struct script_guest *next;
};

struct guests {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* for the owner: one has come, or the baton is back */
	struct script_guest *baton;
	struct script_guest *first;
	struct guest_thread *threads;
	uint32_t count;
	struct map by_pid; /* its index, + 1 */
	struct map by_nth;
	uint32_t *starters; /* indices of those that start actors */
	uint32_t starters_count;
	uint64_t changes; /* how often one has come, or given the baton back */
	uint64_t seen;    /* of these, when all were looked at last */
	bool frozen;      /* those that are not needed are not run any more */
};

static __thread struct script_guest *self;

/* ---- The recording's threads -------------------------------------------------------------------
 */

static struct guest_thread *thread_in(const struct guests *guests, const struct map *map,
				      uint64_t key)
{
	uint64_t index;

	return map_get(map, key, &index) ? &guests->threads[index - 1] : NULL;
}

static struct guest_thread *thread_of(const struct guests *guests, uint64_t pid)
{
	return thread_in(guests, &guests->by_pid, pid);
}

/* False: no memory. */
static bool add_thread(struct guests *guests, const struct actor_event *event, uint64_t place)
{
	struct guest_thread *threads;

	if (event->a == 0 || event->seq == 0 || thread_of(guests, event->a) != NULL)
		return true; /* there is none such */
	threads = realloc(guests->threads, (guests->count + 1) * sizeof(*threads));
	if (threads == NULL)
		return false;
	guests->threads = threads;
	threads[guests->count++] =
		(struct guest_thread){.pid = event->a, .place = place, .nth = event->seq};
	return map_put(&guests->by_pid, event->a, guests->count) == 0 &&
	       map_put(&guests->by_nth, event->seq, guests->count) == 0;
}

/* It has started an actor. False: no memory. */
static bool add_starter(struct guests *guests, struct guest_thread *thread)
{
	uint32_t *starters;

	if (thread->starts)
		return true;
	starters = realloc(guests->starters, (guests->starters_count + 1) * sizeof(*starters));
	if (starters == NULL)
		return false;
	guests->starters = starters;
	starters[guests->starters_count++] = (uint32_t)(thread - guests->threads);
	thread->starts = true;
	return true;
}

/* A stop may make a copy while it is held. */
static void init_lock(struct guests *guests)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&guests->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

bool script_guests_find(struct script *script)
{
	struct guests *guests = calloc(1, sizeof(*guests));

	if (guests == NULL)
		return false;
	for (uint64_t i = 0; i < script->count; i++) {
		const struct actor_event *event = &script->events[i];
		struct guest_thread *parent;

		if (event->kind != ACTOR_EVENT_SPAWN)
			continue;
		if (event->b == 0 && (event->flags & ACTOR_EVENT_FOREIGN) != 0 &&
		    !add_thread(guests, event, i))
			return false;
		if (event->b == 0 || (event->flags & ACTOR_EVENT_FOREIGN) != 0)
			continue;
		parent = thread_of(guests, event->b);
		if (parent != NULL && !add_starter(guests, parent))
			return false;
	}
	if (guests->starters_count == 0) {
		map_clear(&guests->by_pid);
		map_clear(&guests->by_nth);
		free(guests->threads);
		free(guests);
		return true;
	}
	init_lock(guests);
	pthread_cond_init(&guests->changed, NULL);
	script->guests = guests;
	return true;
}

bool script_is_guest(const struct script *script, uint64_t pid, bool *ret_needed)
{
	const struct guest_thread *thread =
		script->guests != NULL ? thread_of(script->guests, pid) : NULL;

	*ret_needed = thread != NULL && thread->starts;
	return thread != NULL;
}

/* The one that enters next; NULL: no more did. */
static struct guest_thread *next_to_enter(const struct script *script)
{
	return thread_in(script->guests, &script->guests->by_nth, script->system->foreigners + 1);
}

uint64_t script_guest_pid(struct script *script, uint32_t nth)
{
	const struct guest_thread *thread =
		script->guests != NULL ? thread_in(script->guests, &script->guests->by_nth, nth)
				       : NULL;

	if (thread == NULL || self->late)
		return 0;
	self->actor = script_actor(script, thread->pid);
	self->actor->born = true;
	return thread->pid;
}

/* ---- The guests' side --------------------------------------------------------------------------
 */

/* Says what it waits for, or does, and gives the baton back where it has it. With the lock. */
static void tell(struct guests *guests, enum guest_state state)
{
	self->state = state;
	if (guests->baton == self)
		guests->baton = NULL;
	guests->changes++;
	pthread_cond_signal(&guests->changed);
}

/* Returns when it has the baton. */
static void wait_here(struct script *script, enum guest_state state)
{
	struct guests *guests = script->guests;

	pthread_mutex_lock(&guests->lock);
	tell(guests, state);
	while (guests->baton != self)
		pthread_cond_wait(&self->changed, &guests->lock);
	pthread_mutex_unlock(&guests->lock);
}

/* It goes on by itself, and the others do. */
static void give_back(struct script *script, enum guest_state state)
{
	struct guests *guests = script->guests;

	pthread_mutex_lock(&guests->lock);
	tell(guests, state);
	pthread_mutex_unlock(&guests->lock);
}

void script_guest_enter(struct script *script)
{
	struct guests *guests = script->guests;

	if (self == NULL)
		self = calloc(1, sizeof(*self));
	if (self == NULL)
		script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	if (!self->listed) {
		pthread_cond_init(&self->changed, NULL);
		pthread_mutex_lock(&guests->lock);
		self->listed = true;
		self->next = guests->first;
		guests->first = self;
		self->state = GUEST_OUT;
		pthread_mutex_unlock(&guests->lock);
	}
	wait_here(script, GUEST_ENTERS);
}

bool script_is_guest_thread(const struct thread *thread)
{
	return self != NULL && (self->thread == thread || self->thread == NULL);
}

void script_guest_input(struct script *script, struct thread *thread)
{
	if (self->thread == NULL) {
		self->thread = thread;
		/* So that it tells of what it sends, whether somebody reads it or not. */
		thread->ring.recorder = true;
		ring_refresh_slow(&thread->ring);
	}
	wait_here(script, GUEST_INPUT);
}

bool script_guest_is_answered(void)
{
	return self->actor != NULL && self->actor->needed && !self->late;
}

void script_guest_sleep(struct script *script)
{
	wait_here(script, GUEST_SLEEPS);
}

void script_guest_pause(struct script *script, uint64_t pid)
{
	self->slot = pid;
	wait_here(script, GUEST_PAUSES);
}

bool script_guest_is_late(const struct thread *thread)
{
	return self != NULL && self->thread == thread && self->late;
}

void script_output(struct thread *thread)
{
	if (self != NULL && self->thread == thread)
		give_back(script_of(thread), GUEST_OUT);
}

void script_leave(struct thread *thread)
{
	if (self != NULL && self->thread == thread)
		wait_here(script_of(thread), GUEST_LEAVES);
}

void script_left(struct actor_system *system)
{
	struct script_actor *actor = self != NULL ? self->actor : NULL;

	if (self == NULL)
		return;
	if (actor != NULL)
		actor->ended = true;
	while (actor != NULL && actor->due.count != 0) /* what it did then and does not now */
		script_due_shift(system->script, actor);
	self->thread = NULL;
	self->actor = NULL;
	self->late = false;
	give_back(system->script, GUEST_OUT);
}

/* ---- The owner's side --------------------------------------------------------------------------
 */

/* It is busy elsewhere, so that there is to be waited until it comes to the runtime. */
static bool is_out(const struct guests *guests, uint64_t pid)
{
	bool enters = false;

	for (const struct script_guest *guest = guests->first; guest != NULL; guest = guest->next) {
		if (guest->actor != NULL && guest->actor->pid == pid)
			return guest->state == GUEST_OUT;
		enters = enters || guest->state == GUEST_ENTERS;
	}
	return !enters;
}

/* The place of what its thread is to do next. 0: nothing. */
static uint64_t next_of(const struct script *script, const struct guest_thread *thread,
			const struct script_actor *actor)
{
	const struct script_due *due = &actor->due;

	for (uint32_t k = 0; k < due->count; k++) {
		uint64_t place = due->places[(due->first + k) & (due->capacity - 1)];

		if (script->events[place].kind == ACTOR_EVENT_INPUT)
			return place + 1;
	}
	return actor->exited ? thread->place + 1 : 0;
}

/* The first place of an operation for whose thread there is to be waited. 0: none. */
static uint64_t awaited(struct script *script)
{
	struct guests *guests = script->guests;
	uint64_t place = 0;

	for (uint32_t i = 0; i < guests->starters_count; i++) {
		const struct guest_thread *thread = &guests->threads[guests->starters[i]];
		const struct script_actor *actor = script_actor_find(script, thread->pid);
		uint64_t next = actor != NULL && !actor->ended && is_out(guests, thread->pid)
					? next_of(script, thread, actor)
					: 0;

		if (next != 0 && (place == 0 || next < place))
			place = next;
	}
	return place;
}

/* A step of the actor that is its next operation, without what it has not waited for now. */
static const struct actor_event *next_input(struct script *script, struct script_actor *actor)
{
	const struct actor_event *step;

	while ((step = script_due_step(script, actor)) != NULL && step->kind != ACTOR_EVENT_INPUT)
		script_due_shift(script, actor);
	return step;
}

static bool may_enter(struct script *script, struct script_guest *guest)
{
	struct guest_thread *thread = next_to_enter(script);
	struct script_actor *actor;

	if (thread == NULL || script->position <= thread->place)
		return false;
	actor = script_actor(script, thread->pid);
	guest->late = actor->ended;
	return guest->late || script_is_free(script, thread->pid);
}

/* Takes the step of its operation, too. Others that are waited for come first, at that place. */
static bool may_go(struct script *script, struct script_guest *guest, uint64_t before)
{
	const struct actor_event *step;

	if (guest->actor != NULL && guest->actor->ended)
		guest->state = GUEST_OVER;
	switch (guest->state) {
	case GUEST_ENTERS:
		return may_enter(script, guest);
	case GUEST_INPUT:
		if (guest->late)
			return true;
		step = next_input(script, guest->actor);
		if (step == NULL || (guest->actor->needed && script_place(script, step) > before))
			return false;
		if (script->control != NULL && guest->actor->needed)
			(void)control_step(script, guest->thread, guest->thread->cell, step, NULL);
		script_begin(script, guest->actor, step);
		script_due_shift(script, guest->actor);
		return script->guests != NULL; /* or this is a copy, without it */
	case GUEST_SLEEPS:
		if (guest->late || !guest->actor->needed || !guest->actor->poked)
			return false;
		guest->actor->poked = false;
		return true;
	case GUEST_PAUSES:
		return script_is_free(script, guest->slot) || script->ended;
	case GUEST_LEAVES:
		return guest->late || guest->actor->exited;
	default:
		return false;
	}
}

/* It starts actors; or it enters, and one that enters later does. */
static bool is_needed(const struct script *script, const struct script_guest *guest)
{
	const struct guests *guests = script->guests;
	bool needed = guest->actor != NULL && guest->actor->needed;

	for (uint32_t i = 0; guest->state == GUEST_ENTERS && i < guests->starters_count; i++)
		needed = needed ||
			 guests->threads[guests->starters[i]].nth > script->system->foreigners;
	return needed;
}

bool script_guests_go(struct script *script, bool all)
{
	struct guests *guests = script->guests;
	bool any = false;
	uint64_t before;

	pthread_mutex_lock(&guests->lock);
	all = all && !guests->frozen;
	before = awaited(script);
	if (before == 0)
		before = UINT64_MAX;
	for (struct script_guest *guest = guests->first; guest != NULL; guest = guest->next) {
		if ((!all && !is_needed(script, guest)) || !may_go(script, guest, before)) {
			if (script->guests == NULL)
				break;
			continue;
		}
		any = true;
		script->header->beats++;
		guests->baton = guest;
		pthread_cond_signal(&guest->changed);
		while (guests->baton != NULL)
			pthread_cond_wait(&guests->changed, &guests->lock);
	}
	guests->seen = guests->changes;
	pthread_mutex_unlock(&guests->lock);
	if (any)
		script->header->awaited = 0;
	return any;
}

bool script_guests_await(struct script *script)
{
	struct guests *guests = script->guests;
	uint64_t place;

	pthread_mutex_lock(&guests->lock);
	place = awaited(script);
	script->header->awaited = place;
	while (place != 0 && guests->changes == guests->seen && !script->sleeps)
		pthread_cond_wait(&guests->changed, &guests->lock);
	pthread_mutex_unlock(&guests->lock);
	if (place == 0 || !script->sleeps || script->main != SCRIPT_MAIN_OUTSIDE)
		return place != 0;
	/* It may be main that is to start that thread, or to tell it something. */
	script->wakes = true;
	script_main_go(script);
	return true;
}

bool script_guests_settle(struct script *script)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	bool any = script_guests_go(script, true);

	if (!any)
		syscall(SYS_nanosleep, &moment, NULL); /* not the one that knows of replays */
	return any;
}

bool script_guests_are_out(struct script *script)
{
	struct guests *guests = script->guests;
	bool out = false;

	pthread_mutex_lock(&guests->lock);
	for (struct script_guest *guest = guests->first; guest != NULL; guest = guest->next)
		out = out || (guest->state == GUEST_OUT && guest->thread != NULL);
	pthread_mutex_unlock(&guests->lock);
	return out;
}

void script_guests_freeze(struct script *script)
{
	pthread_mutex_lock(&script->guests->lock);
	script->guests->frozen = true;
	pthread_mutex_unlock(&script->guests->lock);
}

static bool leaves(const struct script *script, const struct script_actor *actor)
{
	const struct script_guest *guest = script->guests->first;

	while (guest != NULL && guest->actor != actor)
		guest = guest->next;
	return guest != NULL && guest->state == GUEST_LEAVES;
}

bool script_guest_exits(struct script *script, const struct script_actor *actor)
{
	/* What it has not done yet it can do now. */
	for (int idle = 0; script->guests != NULL && actor->born && idle < EXIT_IDLE; idle++) {
		if (leaves(script, actor))
			return true;
		if (script_guests_settle(script))
			idle = 0;
	}
	return false;
}

static unsigned count_threads(void)
{
	DIR *folder = opendir("/proc/self/task");
	unsigned entries = 0;

	while (folder != NULL && readdir(folder) != NULL)
		entries++;
	if (folder != NULL)
		closedir(folder);
	return entries > 2 ? entries - 2 : 1; /* beside . and .. */
}

int script_guests_fork(struct script *script, pid_t *ret_pid)
{
	struct guests *guests = script->guests;
	bool alone = guests == NULL || count_threads() == 1;

	if (!alone && guests->starters_count != 0)
		return -EBUSY;
	if (guests != NULL)
		pthread_mutex_lock(&guests->lock);
	*ret_pid = fork();
	if (guests != NULL && *ret_pid == 0)
		init_lock(guests); /* its owner was another thread */
	else if (guests != NULL)
		pthread_mutex_unlock(&guests->lock);
	if (*ret_pid == 0 && !alone)
		script->guests = NULL; /* they are not there, and not needed */
	return *ret_pid < 0 ? -errno : 0;
}
