/* SPDX-License-Identifier: MIT */
/* One thread, two sides: the program's main, and the scheduler with all the rest. */
#include "script/script.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor/visit.h"
#include "base/clock.h"

static struct script *scripted; /* the process's */

/* ---- Changing sides ----------------------------------------------------------------------------
 */

void script_main_go(struct script *script)
{
	script->main_here = true;
	script->header->state = ACTOR_SCRIPT_STATE_MAIN;
	thread_set(script->main_thread);
	stack_switch(script->worker->stack, &script->main_stack, false);
	/* Back: main waits for something. */
}

void script_main_wait(struct script *script, enum script_main what)
{
	script->main = what;
	script->main_here = false;
	script->header->state = ACTOR_SCRIPT_STATE_RUNNING;
	if (what != SCRIPT_MAIN_OUTSIDE) /* it may sleep again and again */
		script->header->beats++;
	thread_set(&script->worker->thread);
	stack_switch(&script->main_stack, script->worker->stack, false);
	thread_set(script->main_thread);
	script->main = SCRIPT_MAIN_RUNS;
}

static bool is_main(const struct script *script, const struct thread *thread)
{
	return thread == script->main_thread && script->main_here;
}

/* ---- What main does ----------------------------------------------------------------------------
 */

/* Other threads of the program are not run, but for guests: what they did is known. */
void script_enter(struct actor_system *system)
{
	if (pthread_equal(pthread_self(), system->script->owner))
		return;
	if (system->script->guests != NULL) {
		script_guest_enter(system->script);
		return;
	}
	for (;;)
		pause();
}

void script_input(struct thread *thread)
{
	struct script *script = script_of(thread);
	struct script_actor *actor;
	const struct actor_event *step;

	if (script_is_guest_thread(thread)) {
		script_guest_input(script, thread);
		return;
	}
	if (script->main_thread == NULL) {
		script->main_thread = thread;
		/* So that it tells of what it sends, whether somebody reads it or not. */
		thread->ring.recorder = true;
		ring_refresh_slow(&thread->ring);
	}
	if (!is_main(script, thread))
		return;
	actor = script_actor_find(script, script->main_pid);
	for (;;) {
		step = script_due_step(script, actor);
		if (step != NULL && step->kind == ACTOR_EVENT_INPUT) {
			if (script->control != NULL)
				(void)control_step(script, thread, thread->cell, step, NULL);
			script_begin(script, actor, step);
			script_due_shift(script, actor);
			return;
		}
		if (script->ended)
			return; /* it does more than it did then */
		if (step != NULL)
			script_due_shift(script, actor); /* a message it did not wait for now */
		else
			script_main_wait(script, SCRIPT_MAIN_INPUT);
	}
}

void script_sleep(struct thread *thread, struct cell *cell, struct wait *wait)
{
	struct script *script = script_of(thread);
	bool answered = !script_is_guest_thread(thread) || script_guest_is_answered();

	while (wait->answer == NULL) {
		struct actor_message *message = answered ? script_next_message(thread, cell) : NULL;

		if (message != NULL) {
			(void)turn_run(thread, cell, message);
			continue;
		}
		visit_end(thread, cell, ACTOR_PLANE_STATE_WAITING);
		(void)mailbox_rest(&cell_line(cell, thread->system)->inbox);
		if (script_is_guest_thread(thread))
			script_guest_sleep(script);
		else
			script_main_wait(script, SCRIPT_MAIN_SLEEPS);
		thread->ticks = 0;
		visit_begin(thread, cell);
	}
	(void)mailbox_rest(&cell_line(cell, thread->system)->inbox);
}

bool script_wait_dead(struct actor_system *system, struct actor_pid pid, uint64_t deadline_ns)
{
	(void)system;
	(void)pid;
	(void)deadline_ns;
	return false; /* what comes of it is recorded */
}

/* For whoever knows that main is about to wait for the world outside. */
static void wait_outside(bool sleeps)
{
	struct script *script = scripted;
	struct script_actor *actor;
	const struct actor_event *step;

	if (script == NULL || !script->main_here || script->ended ||
	    !pthread_equal(pthread_self(), script->owner) || script->main_thread == NULL)
		return;
	actor = script_actor_find(script, script->main_pid);
	script->sleeps = sleeps;
	for (bool over = false; !over;) {
		step = script_due_step(script, actor);
		over = (step != NULL && step->kind == ACTOR_EVENT_INPUT) || script->ended ||
		       script->wakes;
		if (!over)
			script_main_wait(script, SCRIPT_MAIN_OUTSIDE);
	}
	script->sleeps = script->wakes = false;
	if (script->guests != NULL)
		(void)script_guests_settle(script); /* it may wait for one of them */
}

/* For whoever knows that a handler is about to do that. */
static void wait_turn(void)
{
	struct thread *thread = scripted != NULL ? thread_self() : NULL;

	if (thread != NULL && thread->cell != NULL && !thread->foreign &&
	    pthread_equal(pthread_self(), scripted->owner))
		script_wait_turn(scripted, thread);
}

static uint64_t running(void)
{
	struct thread *thread = scripted != NULL ? thread_self() : NULL;

	return thread != NULL && thread->cell != NULL && !thread->foreign
		       ? cell_pid(thread->cell).bits
		       : 0;
}

static bool has_guests(void)
{
	return scripted != NULL && scripted->guests != NULL;
}

static bool is_for_main(void)
{
	return has_guests() && scripted->main_here &&
	       pthread_equal(pthread_self(), scripted->owner);
}

static int settle(void)
{
	return !is_for_main()                    ? 0
	       : script_guests_settle(scripted)  ? 2
	       : script_guests_are_out(scripted) ? 1
						 : 0;
}

static void freeze(void)
{
	if (is_for_main())
		script_guests_freeze(scripted);
}

static void tell_shim(void)
{
	static const struct actor_shim shim = {
		.version = ACTOR_SHIM_VERSION,
		.running = running,
		.wait_outside = wait_outside,
		.wait_turn = wait_turn,
		.has_guests = has_guests,
		.settle = settle,
		.freeze = freeze,
	};
	actor_shim_attach_function attach;
	void *found = dlsym(RTLD_DEFAULT, ACTOR_SHIM_ATTACH);

	memcpy(&attach, &found, sizeof(attach));
	if (attach != NULL)
		attach(&shim);
}

/* ---- Beginning and end -------------------------------------------------------------------------
 */

/* Main is not coming back: all that happened besides. */
static void run_rest(struct script *script)
{
	if (!script->main_here || script->left)
		return;
	script->left = true;
	script->main_thread = NULL;
	script_main_wait(script, SCRIPT_MAIN_REST);
}

static void at_exit(void)
{
	struct script *script = scripted;

	if (script != NULL && script->system != NULL &&
	    pthread_equal(pthread_self(), script->owner))
		run_rest(script);
}

int script_start(struct actor_system *system, uint32_t schedulers)
{
	struct script *script = system->script;
	int status;

	(void)schedulers;
	system->visit_turns = 1024;
	system->watchdog_ns = ACTOR_FOREVER;
	system->watchdog_stack = false;
	system->timers.manual = true;
	system->executor = &script->run;
	system->outside = &script->nothing;
	system->wall_offset_ns = script->header->wall_offset_ns;
	stack_adopt(&script->main_stack);
	status = sched_prepare(&system->sched, 1);
	if (status == 0)
		status = worker_prepare(&system->sched.workers[0]);
	if (status != 0)
		return status;
	script->worker = &system->sched.workers[0];
	thread_set(NULL); /* main enters by itself */
	script->main_here = true;
	scripted = script;
	tell_shim();
	return atexit(at_exit) == 0 ? 0 : ACTOR_ENO_MEMORY;
}

void script_stop(struct actor_system *system)
{
	struct script *script = system->script;

	if (script->worker != NULL) {
		run_rest(script);
		thread_set(&script->worker->thread);
		worker_finish(script->worker);
		thread_set(NULL);
	}
	script->system = NULL;
	sched_stop(&system->sched);
}
