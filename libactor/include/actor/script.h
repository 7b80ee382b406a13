/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_SCRIPT_H
#define ACTOR_SCRIPT_H

/*
 * Contract 3: the seam. Everything that can differ between two runs of one program reaches the
 * runtime through this struct of functions and nowhere else. It has one implementation for a live
 * run (actor/live.c) and one that reads a script. Nothing else asks which of them is in use.
 *
 * A script needs from a recording: per actor the order of receives (RECV), what ports brought
 * (INPUT), the clock of each turn that asked (CLOCK), results of shared reads (OBSERVE), pids of
 * births (SPAWN), the seed.
 *
 * Stability: internal to libactor and actor-replay; changes with both.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/event.h>
#include <actor/pid.h>

struct actor_message;
struct actor_system;
struct cell;
struct plane_options;
struct task;
struct thread;
struct wait;
struct worker;

struct actor_seam {
	const char *name;
	/* Which actor a scheduler runs next. NULL: the system stops. */
	struct task *(*next_task)(struct worker *worker);
	/* Which of its waiting messages an actor handles next; taken out. NULL: none. */
	struct actor_message *(*next_message)(struct thread *thread, struct cell *cell);
	/* A visit to an actor, task->run of every cell: actor/visit.h with that next_message. */
	void (*visit)(struct task *task);
	/* The time of a turn that asks for it, CLOCK_MONOTONIC ns. */
	uint64_t (*now)(struct actor_system *system);
	/* The root seed; `wanted` is the program's choice, 0 for none. */
	uint64_t (*seed)(struct actor_system *system, uint64_t wanted);
	/* The pid of a new actor. 0 or ACTOR_ENO_SLOTS. */
	int (*place)(struct actor_system *system, struct actor_pid parent, uint32_t nth,
		     struct actor_pid *ret_pid);
	/* A shared fact that a turn has read: the live value, or the recorded one. */
	uint64_t (*observe)(struct cell *cell, enum actor_observed topic, uint64_t value);

	/* What the plane is to be like. */
	void (*plane)(struct actor_system *system, struct plane_options *options);
	/* Starts and ends what runs actors. 0 or a status. */
	int (*start)(struct actor_system *system, uint32_t schedulers);
	void (*stop)(struct actor_system *system);
	/* A thread of the program is about to enter; about to do the next thing in a system. */
	void (*enter)(struct actor_system *system);
	void (*input)(struct thread *thread);
	/* It has done that; it leaves; it has left. NULL: nothing to do. */
	void (*output)(struct thread *thread);
	void (*leave)(struct thread *thread);
	void (*left)(struct actor_system *system);
	/* A thread that is not a scheduler waits until wait->answer is there. */
	void (*sleep)(struct thread *thread, struct cell *cell, struct wait *wait);
	/* It waits for the end of an actor, or of all. False: that took too long. */
	bool (*wait_dead)(struct actor_system *system, struct actor_pid pid, uint64_t deadline_ns);
	/* Whether a turn that has sent much gives way to others now. */
	bool (*yields)(struct thread *thread);
	/* A signal that main waits for, 0: none has come. */
	int (*signal)(const int *signals, size_t count, uint64_t timeout_ns);
	/*
	 * What a thread of the program sends: what comes from outside, or came. Owns the message.
	 * NULL: it was sent already.
	 */
	struct actor_message *(*outside)(struct thread *thread, struct actor_message *message);
	/* As cell_deliver: the receiver's mailbox has a limit; the receiver is dead. */
	bool (*limited)(struct thread *thread, struct actor_pid to, struct actor_message *message,
			uint32_t *ret_depth);
	bool (*refused)(struct thread *thread, struct actor_pid to, struct actor_message *message);
};

#endif
