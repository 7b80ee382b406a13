/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_SYSTEM_H
#define ACTOR_SYSTEM_H

/* A system: what its threads share. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <actor/actor.h>
#include <actor/script.h>

#include "actor/bound.h"
#include "actor/cell.h"
#include "actor/registry/registry.h"
#include "actor/wait.h"
#include "base/clock.h"
#include "base/random.h"
#include "mem/pool.h"
#include "plane/plane.h"
#include "sched/sched.h"
#include "timer/timer.h"

/* With room for so many actors, threads keep some free slots for themselves. */
#define SYSTEM_SLOTS_MANY (UINT32_C(1) << 16)

struct actor_blob;
struct blocking;
struct io;
struct script;
struct watch;

struct actor_system {
	struct plane plane;
	struct cell *cells; /* actors_max, reserved, touched as slots are used */
	uint32_t actors_max;
	bool flight_recorder;
	uint64_t seed;
	uint32_t visit_turns; /* budget of a visit */
	uint64_t visit_ticks; /* the same in time; UINT64_MAX: none */
	uint64_t watchdog_ns; /* UINT64_MAX: none */
	bool watchdog_stack;
	bool contains;          /* faults in handlers */
	struct watch *watch;    /* looks at the schedulers, see actor/watch.h */
	int64_t wall_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC, at the start */
	const struct actor_seam *seam;
	struct script *script; /* of the seam that reads one, else NULL */
	/* Run all actors, and what stands for the outside; NULL: the schedulers, the real thing. */
	struct executor *executor;
	struct executor *outside;
	actor_log_function log; /* NULL: none; see actor/log.h */
	void *log_context;
	struct bound *
		*bounds; /* (shared) by slot; NULL until an actor needs one, see actor/bound.h */
	uint32_t mailbox_high; /* of actors that have no marks of their own; 0: no alarm */
	uint32_t mailbox_low;
	struct blocking *blocking; /* NULL until the first blocking call */
	uint32_t blocking_threads;
	uint32_t blocking_queue;
	struct pool pool;
	struct sched sched;
	struct timer_service timers;
	struct thread timer_thread;
	struct registry registry;
	pthread_mutex_t supervisors_lock;
	struct map supervisors; /* pid -> struct supervisor *, for actor/supervisor/look.c */
	struct actor_plane_thread nowhere; /* words of threads that got no place in the plane */
	pthread_mutex_t io_lock;
	struct io *io; /* NULL until the first TCP port */

	pthread_mutex_t lock;               /* of what follows */
	struct thread *threads;             /* all that take part now */
	struct outsider *outsiders;         /* those that have left, for use again */
	struct actor_system_counters ended; /* sums of threads that have left */
	uint32_t *free_slots;
	uint32_t free_count;
	uint32_t free_capacity;
	uint32_t slots_used;  /* never used from here on */
	uint32_t foreigners;  /* threads of the program that have entered, ever */
	uint32_t detached;    /* (shared) futex: threads of detached actors that still run */
	uint32_t deaths;      /* (shared) futex: actors that have ended */
	uint32_t death_watch; /* (shared) 1: somebody waits on it */
};

/* A thread takes part: gets its place in the plane, its ring and its cache. */
void system_thread_enter(struct actor_system *system, struct thread *thread,
			 enum actor_plane_thread_kind kind, const char *name);
void system_thread_leave(struct thread *thread);
/* What schedulers and the timer thread do when they come and go. */
void system_threads_prepare(struct actor_system *system);

/* The cell of a slot. The slot is below actors_max. */
static inline struct cell *system_cell(struct actor_system *system, uint32_t slot)
{
	return &system->cells[slot];
}

static inline struct actor_plane_actor *system_line(struct actor_system *system, uint32_t slot)
{
	return &system->plane.actors[slot];
}

static inline struct actor_plane_actor *cell_line(const struct cell *cell,
						  const struct actor_system *system)
{
	return &system->plane.actors[cell->slot];
}

/* Where it came from. Constant while it lives. */
static inline struct actor_plane_birth *cell_birth(const struct cell *cell,
						   const struct actor_system *system)
{
	return &system->plane.births[cell->slot];
}

/* The line of a living actor, or NULL. It may die at once. */
static inline struct actor_plane_actor *system_find(struct actor_system *system,
						    struct actor_pid pid)
{
	struct actor_plane_actor *line;

	if (pid.bits == 0 || actor_pid_slot(pid) >= system->actors_max)
		return NULL;
	line = system_line(system, actor_pid_slot(pid));
	if (__atomic_load_n(&line->generation, __ATOMIC_ACQUIRE) != actor_pid_generation(pid) ||
	    __atomic_load_n(&line->state, __ATOMIC_RELAXED) == ACTOR_PLANE_STATE_FREE)
		return NULL;
	return line;
}

/* Slots. The live seam's `place`. */
int system_slot_take(struct actor_system *system, struct actor_pid *ret_pid);
void system_slot_give(struct actor_system *system, uint32_t slot);
/* The thread keeps so many of its free ones at most. */
void system_slots_give(struct thread *thread, uint32_t keep);

/* Waits until the actor, or with pid none every actor, is dead. False: the deadline came first. */
bool system_wait_dead(struct actor_system *system, struct actor_pid pid, uint64_t deadline_ns);

/* The live seam; see actor/live.c. */
extern const struct actor_seam seam_live;
/* Sets system->seam, once (script/choose.c). 0 or a status. */
int seam_choose(struct actor_system *system);
extern const struct actor_behaviour supervisor_behaviour;

/* Events: nothing is evaluated unless somebody wants the kind. */
#define EMIT(thread, KIND, flags, tag, seq, a, b, c)                                              \
	do {                                                                                      \
		if (__builtin_expect(ring_wants(&(thread)->ring, ACTOR_EVENT_##KIND), 0))         \
			ring_emit(&(thread)->ring, ACTOR_EVENT_##KIND, (uint8_t)(flags),          \
				  (uint16_t)(tag), (uint32_t)(seq), (uint64_t)(a), (uint64_t)(b), \
				  (uint64_t)(c));                                                 \
	} while (0)

/* A shared fact that the turn has read: what is true now, or was in the recorded run. */
static inline uint64_t thread_observe(struct thread *thread, enum actor_observed topic,
				      uint64_t value)
{
	value = thread->system->seam->observe(thread->cell, topic, value);
	EMIT(thread, OBSERVE, 0, 0, topic, cell_pid(thread->cell).bits, 0, value);
	return value;
}

/* The thread's latest stamp, taken now if anybody reads. */
static inline uint64_t thread_stamp(struct thread *thread)
{
	thread->ticks = ring_timed(&thread->ring) ? clock_ticks() : 0;
	return thread->ticks;
}

/* Takes the stamp for thread_mark. */
void thread_mark_anew(struct thread *thread, struct cell *cell);

/*
 * A stamp for what the cell does now: where that is enough, the thread's last one. An actor that
 * comes from another thread gets a fresh one, so that its events, which are in two rings, keep
 * their order by time.
 */
static inline uint64_t thread_mark(struct thread *thread, struct cell *cell)
{
	if (!ring_coarse(&thread->ring))
		return thread_stamp(thread);
	if (thread->stamps_left == 0 || thread->ticks == 0 ||
	    cell->stamper != (uint8_t)(thread->index + 1))
		thread_mark_anew(thread, cell);
	else
		thread->stamps_left--;
	return thread->ticks;
}

/* ---- Visits and turns (actor/cell.c, actor/turn.c) ---------------------------------------------
 */

/* A visit that was cut short: the actor is to be visited again, behind the others. */
void visit_again(struct thread *thread, struct cell *cell);

/* Not after one turn, as most visits have just that. */
#define VISIT_FIRST 2u

/*
 * So many turns of a visit are over: whether it may go on, and then thread->turns_left says until
 * when. A clock costs as much as half a turn, so it is read after 2, 8, 32, ... turns only; the
 * watch sees to it that it is read after a turn that lasts, too.
 */
bool visit_goes_on(struct thread *thread, uint32_t turns);

/* A message that is no INFO, CAST or CALL, or for which a turn waits; as turn_run in actor/visit.h.
 */
struct thread *turn_run_other(struct thread *thread, struct cell *cell,
			      struct actor_message *message);

/* A call's turn is over, with `reason`, and its answer will come later. Returns as a handler. */
int turn_unanswered(struct cell *cell, struct actor_from from, int reason);

/*
 * A turn is over that has ended its actor (`reason`), or left something to be done. Owns the
 * message. Returns as turn_run does.
 */
struct thread *turn_end(struct thread *thread, struct cell *cell, struct actor_message *message,
			int reason);

/* ---- What a turn leaves behind (actor/later.c) -------------------------------------------------
 */

/* The message of the turn is put aside. Owns the message. */
void turn_postpone(struct thread *thread, struct cell *cell, struct actor_message *message);
/* The turn is over and the actor goes on: what AFTER_* says. */
void turn_settle(struct thread *thread, struct cell *cell);

/* ---- Births (actor/spawn.c) --------------------------------------------------------------------
 */

/* As actor_start and actor_spawn, on an executor. `link`: to the thread's actor. */
int port_start(const struct actor_behaviour *behaviour, const void *argument, size_t size,
	       struct executor *executor, bool link, struct actor_pid *ret_pid);
int port_spawn(const struct actor_behaviour *behaviour, const void *argument, size_t size,
	       struct executor *executor, struct actor_pid *ret_pid);
/* The message that begins an actor's life, in front of all others (actor/spawn.c). */
int init_put(struct thread *thread, struct cell *cell, const void *argument, size_t size);

/* ---- Messages (actor/send.c) ----------------------------------------------------------------- */

struct actor_message *message_create_other(struct thread *thread, size_t size);

/* A message with room for `size` bytes of payload. NULL: no memory. */
static inline struct actor_message *message_create(struct thread *thread, size_t size)
{
	struct actor_message *message;

	if (!pool_has_small(&thread->pool, sizeof(*message) + size))
		return message_create_other(thread, size);
	message = (struct actor_message *)pool_take_small(&thread->pool);
	message->pool_ = 0;
	message->size = (uint32_t)size;
	return message;
}

/* Small payloads, which most are, are worth more than a call. */
static inline void payload_copy(void *to, const void *from, size_t size)
{
	if (size == 8)
		memcpy(to, from, 8);
	else if (size == 16)
		memcpy(to, from, 16);
	else if (size != 0)
		memcpy(to, from, size);
}

/* In a message's pool class: it carries a blob. */
#define MESSAGE_LADEN 0x40
/* One that is larger than the smallest, or carries a blob (actor/blob.c). */
void message_free_other(struct thread *thread, struct actor_message *message);
static inline void message_free(struct thread *thread, struct actor_message *message)
{
	if (__builtin_expect(message->pool_ == 0, 1))
		pool_free(&thread->pool, message, 0);
	else
		message_free_other(thread, message);
}

/* A message of the runtime's own, from the thread's actor. `tag` 0: no type. */
int message_post(struct thread *thread, struct actor_pid to, enum actor_message_kind kind,
		 uint16_t tag, uint64_t ref, const void *payload, size_t size);

/*
 * A message of the runtime's own for an actor that cannot send it, mostly because it has ended. It
 * has no number: which thread comes to make it is chance, and the numbers of what an actor sends
 * must not depend on that.
 */
void message_notify(struct thread *thread, struct actor_pid about, struct actor_pid to,
		    enum actor_message_kind kind, uint16_t tag, uint64_t ref, const void *payload,
		    size_t size);

/*
 * The message cannot be handled, now or ever: whoever counts on it is told, with the reason for
 * which `to` ended. Owns the message.
 */
void message_bury(struct thread *thread, struct actor_pid to, struct actor_message *message,
		  int reason);

/*
 * Sends from the thread's own actor. Owns the message. 0, also where the receiver is dead, or what
 * a mailbox with a limit has to say: ACTOR_EMAILBOX_FULL, ACTOR_EDEADLOCK, ACTOR_ENO_MEMORY. It
 * may have waited; then another thread runs the actor.
 */
int message_send(struct thread *thread, struct actor_pid to, struct actor_message *message);

/* A request from the thread's actor. */
int message_request(struct thread *thread, struct actor_pid to, struct actor_type *type,
		    const void *payload, size_t size, uint64_t ref);

/* A message from a user's type and payload, and with a blob where that is not NULL. */
int message_build(struct thread *thread, struct actor_type *type, const void *payload, size_t size,
		  enum actor_message_kind kind, uint64_t ref, struct actor_blob *blob,
		  struct actor_message **ret_message);

/* Payload of EXIT, DOWN, SIGNAL and of the head of REPLY. */
struct signal_payload {
	struct actor_pid pid; /* whom it is about, where that is not the sender */
	int32_t reason;
	int32_t verb; /* enum signal_verb */
};
enum signal_verb {
	SIGNAL_LINK = 1,
	SIGNAL_UNLINK = 2,
	SIGNAL_MONITOR = 3,
	SIGNAL_DEMONITOR = 4,
	SIGNAL_PARENT = 5, /* an exit: the system ends, which is like one's parent's end */
	SIGNAL_TAKEN = 6   /* an exit that was a message already and is postponed */
};

/* A reply: this, then the reply's bytes. */
struct reply_payload {
	int32_t status;
	int32_t reason;
};

/* A foreign thread's turn begins with every call into the runtime, and ends with it. */
static inline void thread_input(struct thread *thread);
static inline void thread_output(struct thread *thread);

/* The thread goes to sleep, or back to what is none of ours: its turn ends here. */
void thread_idle(struct thread *thread);

/* ---- Calls (actor/call.c) -------------------------------------------------------------------- */

/*
 * A reference: a running number of the actor's, and above it what whoever answers must know. The
 * request's type is in it, so that the answer's size is known.
 */
#define REF_TAG_SHIFT 48
#define REF_AWAITED   (UINT64_C(1) << 47) /* a monitor whose end is awaited, see death_await */
#define REF_REQUEST   (UINT64_C(1) << 46) /* the answer is a RESPONSE, see request.c */
#define REF_MESSAGE   (UINT64_C(1) << 45) /* a RESPONSE that handle_info is to get */
#define REF_ORDERED   (UINT64_C(1) << 44) /* a SYSTEM message that does not overtake */
#define REF_TAKEN     (UINT64_C(1) << 43) /* a message that was wanted once and is postponed */

/* Waits until the actor is dead. ACTOR_ETIMEOUT. */
int death_await(struct thread *thread, struct actor_pid pid, uint64_t timeout_ns);
/* What the answer to a call says; a death's reason is noted. */
int call_status(struct thread *thread, const struct actor_message *answer);
/* For actor_call_reason. */
void call_reason_note(struct thread *thread, int reason);
/* A fresh reference for a request of that type. */
uint64_t call_ref(struct cell *cell, uint32_t tag);
/* A call was taken and not answered in its turn. ACTOR_ENO_MEMORY. */
int owed_add(struct thread *thread, struct cell *cell, struct actor_from from);
/* The actor ends: whoever waits for it learns why. */
void owed_fail(struct thread *thread, struct cell *cell, int reason);
/* The callee, `about`, ended or cannot be reached: tells the caller. */
void call_fail(struct thread *thread, struct actor_pid about, struct actor_from from, int reason);

/* ---- Who waits for whom (actor/cycle.c) --------------------------------------------------------
 */

/* The thread's actor is about to wait for `to`. ACTOR_EDEADLOCK: that would close a circle. */
int waiting_begin(struct thread *thread, struct actor_pid to);
/* The same where what waits cannot be refused. */
void waiting_set(struct thread *thread, struct actor_pid on);
static inline void waiting_end(struct thread *thread)
{
	__atomic_store_n(&cell_line(thread->cell, thread->system)->waiting_on, 0, __ATOMIC_RELAXED);
}
/* Before its answer is sent: the caller does not wait any more. */
void waiting_answered(struct thread *thread, struct actor_from from);
/* Whether `self`, whose edge is in place, would wait for itself by waiting for `to`. */
bool wait_closes_cycle(struct actor_system *system, struct actor_pid self, struct actor_pid to);

/* ---- Requests (actor/request.c) ----------------------------------------------------------------
 */

struct map;

/* Whether an answer is still wanted. */
bool request_is_open(const struct cell *cell, uint64_t ref);
/* It is open, and the answer is there. Owns the message. */
void request_answered(struct cell *cell, struct actor_message *message);
/* Its answer has become a message. */
void request_over(struct thread *thread, struct cell *cell, uint64_t ref);
void requests_end(struct thread *thread, struct map *requests);

/* ---- Aliases (actor/alias.c) -------------------------------------------------------------------
 */

bool alias_is_active(const struct cell *cell, uint64_t ref);
/* A message has come through it. */
void alias_used(struct cell *cell, uint64_t ref);
/* The monitor that it came with is gone. */
void alias_monitor_over(struct cell *cell, uint64_t ref);

/* ---- System messages (actor/sys.c) -------------------------------------------------------------
 */

/* Does what the message asks for, and answers. Returns as a handler. */
int sys_handle(struct thread *thread, struct cell *cell, const struct actor_message *message);
/* Logs a turn that is over. */
void sys_trace_turn(struct thread *thread, struct cell *cell, const struct actor_message *message,
		    int reason);

/* A turn that has sent much lets the others go first (actor/yield.c). */
void turn_yield(struct thread *thread);

/* ---- Births (actor/spawn.c) --------------------------------------------------------------------
 */

/* Who wants to know of an actor before its first turn. Called in the spawner's thread. */
struct birth {
	void (*born)(void *context, struct actor_pid pid);
	void *context;
};
/* actor_start for who wants to know. */
int start_born(const struct actor_behaviour *behaviour, const void *argument, size_t size,
	       const struct actor_spawn_options *options, const struct birth *birth,
	       struct actor_pid *ret_pid);

/* ---- Exits and links (actor/exit.c, actor/link.c) ----------------------------------------------
 */

/* What the dead actor, its generation over, had not handled: answered, counted, freed. */
void bury_all(struct thread *thread, struct cell *cell, struct mailbox_list *list, int reason);
void exit_signal(struct thread *thread, struct actor_pid to, int reason);
/* Whether an exit ends the actor, or could, so that it goes before all messages. */
bool exit_overtakes(const struct cell *cell, const struct actor_message *message);
/* Whether it is what ends an actor that traps exits. */
bool exit_is_of_parent(const struct actor_system *system, const struct cell *cell,
		       const struct actor_message *message);
/* The system ends: an exit with reason shutdown as from the parent. */
void exit_at_shutdown(struct thread *thread, struct actor_pid to);
void link_take(struct thread *thread, struct cell *cell, const struct actor_message *message);
int link_add(struct thread *thread, struct cell *cell, struct actor_pid peer);
/* False: there was none. Both forget what monitor_add and link_add tell readers of the plane. */
bool link_remove(struct cell *cell, struct actor_pid peer);
bool monitor_remove(struct cell *cell, uint64_t ref, struct actor_pid *ret_watched);
int monitor_add(struct thread *thread, struct cell *cell, uint64_t ref, struct actor_pid watched);
/* Whom an actor must tell when it ends (actor/watchers.c), in the order in which they came. */
struct watcher {
	struct actor_pid pid;
	uint64_t ref;
};
void watchers_free(struct watchers *watchers);
/* The next after place *at, which begins with 0. NULL: no more. */
const struct watcher *watchers_next(const struct watchers *watchers, uint32_t *at);
uint32_t watchers_count(const struct watchers *watchers);
void watcher_remove(struct cell *cell, struct actor_pid watcher, uint64_t ref);
int watcher_add(struct thread *thread, struct cell *cell, struct actor_pid watcher, uint64_t ref);

/* ---- Timers (actor/timers.c) -------------------------------------------------------------------
 */

/* A TIMER message: false when the timer was cancelled meanwhile. */
bool timers_take(struct cell *cell, const struct actor_message *message);
/* Now, where the script says so. False: there is no such timer. */
bool timers_fire(struct cell *cell, uint64_t nth);
void timers_end(struct actor_system *system, struct cell *cell);

/* ---- Memory (actor/alloc.c) --------------------------------------------------------------------
 */

void blocks_free(struct cell *cell);
/* What the thread's actor has and has no more, in bytes; the plane shows it. */
void memory_account(struct thread *thread, size_t more, size_t less);

/* ---- Blobs (actor/blob.c) ----------------------------------------------------------------------
 */

/* The message, made with room for it, holds the blob from now on. */
void message_load(struct actor_message *message, struct actor_blob *blob);
/* The same with a blob of these bytes that nobody else holds. ACTOR_ENO_MEMORY. */
int message_load_bytes(struct thread *thread, struct actor_message *message, const void *bytes,
		       size_t size);
/* Hash and size of all that the message carries, for a trace. */
uint64_t message_hash(struct actor_message *message, uint64_t *ret_size);
/* Drops all that an actor holds. */
void blobs_end(struct thread *thread, struct cell_extra *extra);

/*
 * A thread that runs one actor: one of the program's own, or a detached actor's. A sender may still
 * be about to wake it when it is gone, so its memory stays one's until the system ends.
 */
struct outsider {
	struct executor executor;
	struct thread thread;
	struct outsider *next;
	struct cell *cell;
	struct actor_pid pid;
	char name[16];
};

/* ---- Other threads (port/) ---------------------------------------------------------------------
 */

/* A thread of its own for a detached actor. */
int detached_start(struct actor_system *system, struct cell *cell, const char *name);
/* In that thread: its actor is dead, and its frames go with it. */
__attribute__((noreturn)) void detached_exit(struct thread *thread);
/* The calling thread's cell. */
int foreign_enter(struct actor_system *system);
void foreign_leave(void);
/*
 * A foreign thread's mailbox is idle while the thread does something else. To look into it the
 * thread first makes it its own, and afterwards gives it back.
 */
void foreign_claim(struct thread *thread);
void foreign_unclaim(struct thread *thread);
struct outsider *outsider_take(struct actor_system *system);
void outsider_give(struct actor_system *system, struct outsider *outsider);
/* Sleeps until woken once; each wake is for one sleep. */
void thread_sleep(struct thread *thread);
void thread_wake(struct thread *thread);
/* Runs what waits for living actors, and ends the threads for blocking calls. NULL is fine. */
void blocking_stop(struct blocking *blocking);
/* Ends the I/O thread. NULL is fine. */
void io_stop(struct io *io);

static inline void thread_input(struct thread *thread)
{
	if (thread->foreign) {
		thread->system->seam->input(thread);
		ring_refresh(&thread->ring);
		EMIT(thread, INPUT, 0, 0, ++thread->cell->extra->inputs,
		     cell_pid(thread->cell).bits, 0, thread_stamp(thread));
	}
}

static inline void thread_output(struct thread *thread)
{
	if (!thread->foreign)
		return;
	if (ring_timed(&thread->ring)) {
		(void)thread_stamp(thread);
		thread_idle(thread);
	}
	if (thread->system->seam->output != NULL)
		thread->system->seam->output(thread);
}

#endif
