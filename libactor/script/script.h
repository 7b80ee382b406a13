/* SPDX-License-Identifier: MIT */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

/*
 * The seam of a replay: what happens is what a recording says. There is one thread. The program's
 * main runs on the stack it came with; everything else on the stacks of one scheduler that has no
 * thread of its own. They take turns: main, when it does something that the recording has a place
 * for, gives way until the script has come to that place (main.c), and the scheduler gives way to
 * main there (run.c).
 *
 *	script.c   the file, and what it still has for each actor
 *	run.c      which step is next; a step's message
 *	main.c     the two sides of the thread
 *	guests.c   the program's other threads, where they are run
 *	outside.c  what came from outside is sent anew
 *	facts.c    time, pids, shared facts as recorded
 *	pause.c    turns that are interrupted
 *	control.c  stops, questions and answers, checkpoints
 *	choose.c   the seam itself
 *
 * Memory: 64 bytes for each actor of the recording that is alive or has steps left, and a few for
 * each step that waits. The script lies in a file.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/replay.h>

#include "actor/system.h"
#include "mem/map.h"

struct control;
struct guests;

/* An event that is due: its place in the script. */
struct script_due {
	uint64_t *places; /* a ring buffer; capacity is a power of two */
	uint32_t first;
	uint32_t count;
	uint32_t capacity;
};

struct script_actor {
	uint64_t pid;
	struct script_due due;
	struct script_actor *next_ready;
	struct mailbox_list early; /* from outside, before it was born here */
	uint64_t *drops;           /* names of messages that go for newer ones when they come */
	uint32_t drops_count;
	bool ready;   /* in the list of those that may go on */
	bool paused;  /* in the middle of a turn */
	bool wanted;  /* others wait for what its turn does next */
	bool outside; /* not run, or not any more */
	bool guest;   /* another thread of the program */
	bool needed;  /* a guest that starts actors: it sends for itself */
	bool poked;   /* it may look for its message */
	bool exited;  /* in the recording, as far as that was read */
	bool born;
	bool ended;
};

/* A turn that needs a pid whose slot is not free yet, or waits for time to pass. */
struct script_pause {
	struct task task;
	struct stack *stack; /* NULL: main's */
	struct cell *cell;
	uint64_t pid;   /* whose slot; 0: none */
	uint64_t until; /* up to which place it waits */
	uint64_t now;
	struct script_pause *next;
};

enum script_main {
	SCRIPT_MAIN_RUNS,    /* or is outside of the runtime */
	SCRIPT_MAIN_INPUT,   /* waits until its next operation is due */
	SCRIPT_MAIN_SLEEPS,  /* waits for a message */
	SCRIPT_MAIN_PAUSES,  /* waits for a slot */
	SCRIPT_MAIN_OUTSIDE, /* waits for something outside: until its next operation is due */
	SCRIPT_MAIN_REST     /* has left; all the rest is to be run */
};

struct script {
	struct actor_system *system;
	struct actor_script_header *header; /* the mapping */
	size_t size;
	const struct actor_event *events;
	uint64_t count;
	uint64_t position; /* events taken */
	uint64_t steps;    /* begun */
	struct map actors; /* pid -> struct script_actor * */
	struct map births; /* pid -> its parent: of all actors of the recording */
	struct script_actor *ready_first;
	struct script_actor *ready_last;
	struct script_pause *pauses;
	uint32_t waits;   /* turns that wait for time to pass */
	uint64_t waiting; /* steps that are due and not begun */
	uint64_t last_now;
	struct executor run;     /* of all that is run */
	struct executor nothing; /* of all that is not */
	struct worker *worker;

	enum script_main main;
	bool main_here; /* main's side runs now */
	bool sleeps;    /* what main waits for outside is that time passes */
	bool wakes;     /* and it has passed, since others wait for main */
	struct thread *main_thread;
	struct stack main_stack;
	uint64_t main_pid;
	pthread_t owner;
	bool ended;
	bool left;

	struct control *control; /* NULL: nobody asks */
	struct guests *guests;   /* NULL: there are none */
};

/* script.c */
int script_open(struct script **ret_script);
struct script_actor *script_actor(struct script *script, uint64_t pid);      /* NULL: no memory */
struct script_actor *script_actor_find(struct script *script, uint64_t pid); /* NULL: unknown */
/* It has ended and nothing is due: forgets it. */
void script_actor_settle(struct script *script, struct script_actor *actor);
bool script_due_add(struct script *script, struct script_actor *actor, uint64_t place);
/* The next event that is due, after those of a turn that is over; NULL: none. */
const struct actor_event *script_due_step(struct script *script, struct script_actor *actor);
const struct actor_event *script_due_first(const struct script *script,
					   const struct script_actor *actor);
void script_due_shift(struct script *script, struct script_actor *actor);
/* Takes the birth of its nth child out of the turn that runs. 0: there was none. */
uint64_t script_due_birth(struct script *script, struct script_actor *actor, uint32_t nth);
/* The actor's next event, due or not: looks ahead. NULL: there is none. */
const struct actor_event *script_ahead(struct script *script, const struct script_actor *actor);
/* Who bore it; 0: nobody, or a thread of the program. */
uint64_t script_parent(struct script *script, uint64_t pid);
void script_trouble(struct script *script, enum actor_script_trouble trouble);
/* What it says at that place cannot be. */
void script_refuse(struct script *script, uint64_t place);
/* Has nothing more to do: says so and ends the process. */
__attribute__((noreturn)) void script_exit(struct script *script);

static inline bool script_is_step(const struct actor_event *event)
{
	return event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT;
}

static inline struct script *script_of(const struct thread *thread)
{
	return thread->system->script;
}

static inline uint64_t script_place(const struct script *script, const struct actor_event *event)
{
	return (uint64_t)(event - script->events) + 1;
}

static inline void script_begin(struct script *script, const struct script_actor *actor,
				const struct actor_event *step)
{
	struct actor_script_header *header = script->header;

	if (actor->guest && !actor->needed)
		return; /* it comes when it comes, and counts for nothing */
	header->place = script_place(script, step);
	if (actor->pid == script->main_pid)
		header->main_place = header->place;
	header->steps = ++script->steps;
	header->beats++;
}

/* run.c */
struct task *script_next_task(struct worker *worker);
struct actor_message *script_next_message(struct thread *thread, struct cell *cell);
void script_visit(struct task *task);
void script_ready(struct executor *executor, struct task *task);
void script_make_ready(struct script *script, struct script_actor *actor);
/* The message of a step, out of the cell's mailbox or made. NULL: it is not there yet. */
struct actor_message *script_take(struct thread *thread, struct cell *cell,
				  const struct actor_event *step);
/* Another older message has come in its place: it goes when it is there. */
void script_drop(struct thread *thread, struct actor_pid to, uint64_t verdict);

/* main.c */
int script_start(struct actor_system *system, uint32_t schedulers);
void script_stop(struct actor_system *system);
void script_enter(struct actor_system *system);
void script_input(struct thread *thread);
void script_sleep(struct thread *thread, struct cell *cell, struct wait *wait);
bool script_wait_dead(struct actor_system *system, struct actor_pid pid, uint64_t deadline_ns);
/* The scheduler's side: lets main go on, until it gives way again. */
void script_main_go(struct script *script);
/* Main's side: lets the scheduler go on. */
void script_main_wait(struct script *script, enum script_main what);

/* guests.c, the owner's side */
/* Which threads of the recording are run. False: no memory. */
bool script_guests_find(struct script *script);
bool script_is_guest(const struct script *script, uint64_t pid, bool *ret_needed);
/* Whether one is in the program's own code; stops all that are not needed for good. */
bool script_guests_are_out(struct script *script);
void script_guests_freeze(struct script *script);
/* It has left in the recording. False: it does not now. */
bool script_guest_exits(struct script *script, const struct script_actor *actor);
/* The pid of the nth thread that enters. 0: there was none. */
uint64_t script_guest_pid(struct script *script, uint32_t nth);
/* Lets those go on that may, of `all` or of those that are needed. False: there were none. */
bool script_guests_go(struct script *script, bool all);
/* Waits until one comes for whose operation it is time. False: it is for none. */
bool script_guests_await(struct script *script);
/* Gives all a moment, for main. False: none went on. */
bool script_guests_settle(struct script *script);
/* A copy has one thread only. 0; -EBUSY: others are needed; or a negated errno. */
int script_guests_fork(struct script *script, pid_t *ret_pid);
/* guests.c, in their threads: each returns when it is their turn. */
void script_guest_enter(struct script *script);
bool script_is_guest_thread(const struct thread *thread);
bool script_guest_is_late(const struct thread *thread);
void script_guest_input(struct script *script, struct thread *thread);
/* False: it may be another than then, whose answers are not for it. */
bool script_guest_is_answered(void);
void script_guest_sleep(struct script *script);
void script_guest_pause(struct script *script, uint64_t pid);
void script_output(struct thread *thread);
void script_leave(struct thread *thread);
void script_left(struct actor_system *system);

/* outside.c */
void script_inject(struct script *script, struct thread *thread, uint64_t place);
struct actor_message *script_outside(struct thread *thread, struct actor_message *message);
/* It is as long as whoever gets it takes for granted. */
bool script_fits(const struct script *script, const struct actor_message *message);
void script_born(struct thread *thread, struct script_actor *actor);

/* pause.c */
/* The running turn goes on when the slot of that pid is free. */
void script_pause_for(struct script *script, struct thread *thread, struct actor_pid pid);
/* Its handler waits: it goes on at its actor's next event, or when others need what it does. */
void script_wait_turn(struct script *script, struct thread *thread);
bool script_pause_is_over(struct script *script, const struct script_pause *pause);
/* Somebody cannot go on before that actor has done something. */
void script_want(struct script *script, uint64_t pid);

/* facts.c */
bool script_is_free(struct script *script, uint64_t pid);
bool script_is_unborn(struct script *script, struct actor_pid pid);
uint64_t script_now(struct actor_system *system);
uint64_t script_seed(struct actor_system *system, uint64_t wanted);
int script_place_actor(struct actor_system *system, struct actor_pid parent, uint32_t nth,
		       struct actor_pid *ret_pid);
uint64_t script_observe(struct cell *cell, enum actor_observed topic, uint64_t value);
bool script_yields(struct thread *thread);
bool script_limited(struct thread *thread, struct actor_pid to, struct actor_message *message,
		    uint32_t *ret_depth);
bool script_refused(struct thread *thread, struct actor_pid to, struct actor_message *message);

/* control.c */
struct control_break {
	struct actor_control_break wish;
	uint64_t number;
	bool was;              /* its field, before the step that runs now */
	unsigned char old[64]; /* the same, its bytes */
};

struct control {
	int fd;
	uint64_t until; /* steps begun */
	uint64_t step;  /* 0: any */
	uint64_t last;  /* actor of the step that was begun last */
	struct control_break *breaks;
	uint32_t breaks_count;
	uint64_t breaks_made;
	bool copy;         /* a checkpoint that has not gone on yet */
	uint32_t marks[5]; /* of the plane's tables, then */
	uint32_t stop;
	uint64_t stop_break;
	bool drop;
	/* The step that is about to begin. NULL: at the end. */
	struct thread *thread;
	struct cell *cell;
	const struct actor_event *event;
	struct actor_message **message;
	unsigned char bytes[sizeof(struct actor_control_request) + ACTOR_CONTROL_BYTES_MAX];
};

int control_open(struct script *script, int fd);
/* Before a step is begun: stops where that was asked for. False: the step is left out. */
bool control_step(struct script *script, struct thread *thread, struct cell *cell,
		  const struct actor_event *step, struct actor_message **message);
/* Nothing is left that can be run. Returns when the process is to go on to its end. */
void control_end(struct script *script, struct thread *thread);

/* breaks.c */
int control_break_add(struct script *script, const struct actor_control_break *wish,
		      uint64_t *ret_number);
void control_break_remove(struct script *script, uint64_t number);
/* Before a step: whether a break says stop; then what fields are like is noted. */
bool control_break_hit(struct script *script, const struct cell *cell,
		       const struct actor_event *step, const struct actor_message *message);

/* bonds.c: lists for the other end, as many as fit into `bytes`. Return how many bytes. */
size_t control_mailbox(const struct cell *cell, uint64_t from, unsigned char *bytes,
		       uint64_t *ret_count);
size_t control_bonds(const struct script *script, const struct cell *cell, unsigned char *bytes,
		     uint64_t *ret_count);
/* Message number `nth` of that list; NULL: there is none. */
struct actor_message *control_message(const struct cell *cell, uint64_t nth);
/* Takes it out. */
struct actor_message *control_message_take(struct cell *cell, uint64_t nth);

#endif
