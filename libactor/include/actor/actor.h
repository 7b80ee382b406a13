/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_ACTOR_H
#define ACTOR_ACTOR_H

/*
 * Actors with GenServer semantics.
 *
 * An actor is private state, a behaviour and a mailbox. Its handlers run one message at a time (a
 * turn) on whatever scheduler thread is free. Everything a handler needs to know about "who am I"
 * is kept by the runtime, so the functions below take no "self".
 *
 * Threads: functions marked (handler) may only be called from a handler and return
 * ACTOR_ENOT_ACTOR elsewhere; the rest may be called from handlers and from any thread of the
 * program. A thread that is not a scheduler enters through actor_system_enter.
 *
 * Errors: functions that return int return 0 or a status of actor/status.h. What is listed with
 * each are its own; besides, ACTOR_EINVALID (NULL, or a pid that is none), ACTOR_ENO_MEMORY,
 * ACTOR_ENOT_ACTOR (the thread has not entered), and where a message type is used for the first
 * time ACTOR_ETABLE_FULL.
 *
 * A handler goes on in another thread, perhaps, after a call that waits, and after each 512
 * messages that it sends in one turn: so that their receivers keep pace, the others that are ready
 * go first. errno and other thread-local variables do not survive that, and no lock should be held
 * there.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <stddef.h>
#include <stdint.h>

#include <actor/message.h>
#include <actor/pid.h>
#include <actor/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Time ------------------------------------------------------------------------------------ */

/* Durations and times are nanoseconds in 64 bits. */
#define ACTOR_MICROSECONDS(n) ((uint64_t)(n)*UINT64_C(1000))
#define ACTOR_MILLISECONDS(n) ((uint64_t)(n)*UINT64_C(1000000))
#define ACTOR_SECONDS(n)      ((uint64_t)(n)*UINT64_C(1000000000))
#define ACTOR_FOREVER         UINT64_MAX

/* ---- Behaviours ------------------------------------------------------------------------------ */

/*
 * What a handler returns: go on, or the reason to end for (enum actor_exit_reason, or a negative
 * status for "because of this error").
 */
#define ACTOR_CONTINUE 0
#define ACTOR_STOP     ACTOR_EXIT_NORMAL

/*
 * A behaviour: OTP's gen_server as a table of functions. Every function may be NULL.
 *
 *	init         first turn. `argument` is the copy made at spawn. Not ACTOR_CONTINUE: the
 *	             actor ends at once with that reason and its starter learns it.
 *	handle_call  must see to it that actor_reply is called with `from`, now or later, here
 *	             or in another actor. NULL: calls are rejected.
 *	handle_cast  NULL: casts are dropped and counted as unhandled.
 *	handle_info  plain sends, timers, exits (where trapped), downs, ports. NULL: dropped; plain
 *	             sends are counted as unhandled.
 *	terminate    last, whatever the reason; not when the actor was killed, or init has failed.
 *	describe     writes one line about the state for the tools; returns its length.
 *	types        the messages it knows, so that the tools know them before the first one is
 *	             sent; may be NULL, and must be there where actor_message_nth is used.
 *	handle_continue  what actor_continue has announced. NULL: dropped, as casts.
 *
 * `state` is `state_size` zeroed bytes of the actor's own, 16-byte aligned.
 */
struct actor_behaviour {
	const char *name;
	size_t state_size;
	const char *state_ctype; /* C type of the state, for the tools; may be NULL */
	int (*init)(void *state, const void *argument, size_t size);
	int (*handle_call)(void *state, const struct actor_message *message,
			   struct actor_from from);
	int (*handle_cast)(void *state, const struct actor_message *message);
	int (*handle_info)(void *state, const struct actor_message *message);
	void (*terminate)(void *state, int reason);
	int (*describe)(const void *state, char *text, size_t size);
	struct actor_type *types;
	size_t type_count;
	int (*handle_continue)(void *state, const struct actor_message *message);
};

/* ---- The log --------------------------------------------------------------------------------- */

enum actor_log_level {
	ACTOR_LOG_ERROR = 1,   /* something ended or is lost that should not be */
	ACTOR_LOG_WARNING = 2, /* something went wrong and was dealt with */
	ACTOR_LOG_INFO = 3,
	ACTOR_LOG_DEBUG = 4
};

/*
 * Takes a line of the runtime's: why a supervisor restarts a child, that a handler runs too long.
 * `pid` is the actor that the line is about, or none; `text` is one line of printable bytes
 * without a newline, and gone when the function returns.
 * Thread: any of the runtime's, several at a time. It must not call into the runtime.
 */
typedef void (*actor_log_function)(void *context, enum actor_log_level level, struct actor_pid pid,
				   const char *text);

/* A ready one: "level: <0.1.2> text" on standard error, each line in one piece. `context` is not
 * used. */
ACTOR_PUBLIC void actor_log_stderr(void *context, enum actor_log_level level, struct actor_pid pid,
				   const char *text);

/* "error", "warning", "info", "debug". Never NULL, static. */
ACTOR_PUBLIC const char *actor_log_level_text(enum actor_log_level level);

/* ---- Systems --------------------------------------------------------------------------------- */

struct actor_system;

/*
 * LIBACTOR_CHAOS=SEED in a program's environment makes rare orders of events common, to find races:
 * some actors starve for a while, visits are cut short, threads stop for a moment. What happens is
 * within what any machine may do. For tests and recordings; slow.
 */
struct actor_system_options {
	size_t size;         /* sizeof(struct actor_system_options) */
	unsigned schedulers; /* threads that run handlers; 0: LIBACTOR_SCHEDULERS, else one per CPU
			      */
	unsigned actors_max; /* living at one time; 0: 1048576, at most 16777215 */
	uint64_t seed;       /* of all randomness; 0: LIBACTOR_SEED, else drawn from the kernel */
	size_t ring_bytes;   /* trace ring of each thread; 0: LIBACTOR_RING_BYTES, else 16 MiB */
	/*
	 * Keep emitting into the rings although nobody reads, for actor-trace snapshot and salvage.
	 * LIBACTOR_FLIGHT_RECORDER=1 does it, too.
	 */
	bool flight_recorder;
	int argc; /* of main, for the tools; may be 0 */
	char **argv;
	unsigned mailbox_high; /* alarm of actors that have none of their own, see below; 0: none
				*/
	unsigned mailbox_low;
	unsigned blocking_threads; /* for actor/blocking.h; 0: 4, at most 64 */
	unsigned blocking_queue;   /* calls that may wait for one of them; 0: 1024 */
	actor_log_function log;    /* NULL: the runtime says nothing; it never prints by itself */
	void *log_context;
	/*
	 * Budget of an actor that has much to do: after so many turns, or after the turn in which
	 * so much time was over, it goes behind the others.
	 */
	unsigned visit_turns; /* 0: 1024 */
	uint64_t visit_ns;    /* 0: 200 us; ACTOR_FOREVER: no limit */
	/*
	 * A turn that runs longer than this is reported, and again when it ends: to `log`, with the
	 * actor, the type of the message and the handler's stack, and as events `stuck` and
	 * `unstuck` in a trace. A turn that waits in a call does not run, and detached actors may
	 * take as long as they like. 0: 1 s; ACTOR_FOREVER: never.
	 */
	uint64_t watchdog_ns;
	/*
	 * Do not interrupt a stuck handler to see its stack. Else it is sent a real-time signal
	 * that the program has no handler for, once, and only where no system call would be cut
	 * short by it.
	 */
	bool watchdog_no_stack;
	/*
	 * An abort, a failed assert, SIGSEGV (also from a full stack), SIGBUS, SIGFPE or SIGILL in
	 * a handler ends its actor, with a reason of which actor_exit_signal gives the signal, and
	 * not the process. Its terminate runs, once; links, monitors and supervisors learn of it as
	 * of every other end. What it cannot mend:
	 *	- locks that the handler held stay held; in the middle of malloc or stdio, theirs
	 *	  too, and the next one who wants them waits for ever;
	 *	- what it shared with others is left as it was at that instant, and what it has
	 *	  scribbled over stays so, the runtime's own memory too;
	 *	- what it had allocated other than with actor_alloc, files and so on, is lost; C++
	 *	  destructors and pthread_cleanup_push do not run;
	 *	- a fault inside a function of the runtime, for instance because it was given a bad
	 *	  pointer, in a thread of the program's own, or sent by somebody with kill(), is
	 *	  passed on to whoever handled the signal before, or ends the process as ever.
	 * ACTOR_EUNSUPPORTED where the build cannot do it: under AddressSanitizer and
	 * ThreadSanitizer, which keep books about each frame.
	 */
	bool contain_faults;
};

/*
 * Starts a system: its plane, its schedulers. `options` may be NULL.
 * Owns: the caller owns *ret_system and ends it with actor_system_destroy.
 * Errors: ACTOR_EPLANE, ACTOR_EACCESS (the plane's directory), ACTOR_ENO_MEMORY, ACTOR_EINVALID.
 */
ACTOR_PUBLIC int actor_system_create(const struct actor_system_options *options,
				     struct actor_system **ret_system);

/*
 * Stops everything: top-level actors get exit signals with reason shutdown in reverse order of
 * birth and have `grace_ns` altogether before they are killed; then ports close and threads end.
 * Returns NULL. NULL is fine. Thread: one that is not a scheduler.
 */
ACTOR_PUBLIC struct actor_system *actor_system_destroy(struct actor_system *system,
						       uint64_t grace_ns);

/*
 * Makes the calling thread a part of the system, so that it may spawn, send and call. What it
 * does counts as outside input. A thread may leave and enter again; entering twice is an error.
 * The thread that created the system has entered it.
 * Errors: ACTOR_EINVALID (in a handler, or entered already), ACTOR_ENO_SLOTS, ACTOR_ENO_MEMORY.
 */
ACTOR_PUBLIC int actor_system_enter(struct actor_system *system);
ACTOR_PUBLIC void actor_system_leave(void);

/*
 * Waits in a thread of the program for one of `count` signals, which the thread has blocked, at
 * most `timeout_ns`. Which one came counts as outside input, so that a replay takes the same way;
 * one that waits by itself, with sigwait, is told of no signal that came.
 * *ret_signal (may be NULL) is its number.
 * Errors: ACTOR_ETIMEOUT, ACTOR_EINVALID, ACTOR_ENOT_ACTOR (a handler, or not entered).
 */
ACTOR_PUBLIC int actor_signal_wait(const int *signals, size_t count, uint64_t timeout_ns,
				   int *ret_signal);

/* Sums over all actors, for tests and summaries. */
struct actor_system_counters {
	uint64_t actors; /* alive now, ports and foreign threads not counted */
	uint64_t spawned;
	uint64_t handled; /* messages that a handler has taken: info, cast, call, timer, exit, down
			   */
	uint64_t dead_letters; /* sent to actors that were dead */
	uint64_t late_replies;
	uint64_t unhandled;        /* taken by actors that did not know what to do with them */
	uint64_t mailbox_dropped;  /* messages thrown away by mailboxes with a limit */
	uint64_t mailbox_rejected; /* sends refused by them */
	uint64_t blobs;            /* alive now */
	uint64_t blob_bytes;       /* in them */
};
ACTOR_PUBLIC void actor_system_count(struct actor_system *system,
				     struct actor_system_counters *ret_counters);

/* ---- Birth and death ------------------------------------------------------------------------- */

/*
 * What a full mailbox does with one more message. It is full when `mailbox_limit` sends, casts and
 * calls wait in it; all others (exits, downs, timers, replies, the runtime's own) always go in.
 *
 *	block     the sender waits until its message is within the limit or the receiver is dead:
 *	          an actor as in a call, a thread of the program sleeps. Where that would close a
 *	          circle of waiting actors the send fails with ACTOR_EDEADLOCK. Calls go in, since
 *	          the caller waits anyway. So no more wait than the limit and one for each sender.
 *	reject    the send, cast or call fails with ACTOR_EMAILBOX_FULL
 *	drop new  the message is thrown away and counted; the sender is not told
 *	drop old  the oldest that waits is thrown away and counted
 *
 * A call that is thrown away fails with ACTOR_EMAILBOX_FULL. A mailbox with a limit costs sender
 * and receiver a lock for each message, one without costs nothing.
 */
enum actor_mailbox_policy {
	ACTOR_MAILBOX_BLOCK = 0,
	ACTOR_MAILBOX_REJECT = 1,
	ACTOR_MAILBOX_DROP_NEW = 2,
	ACTOR_MAILBOX_DROP_OLD = 3
};

/*
 * An alarm is raised when `mailbox_high` messages wait, whether there is a limit or not, and over
 * when no more than `mailbox_low` do: each time one event and one line in the log. A mailbox that
 * goes up and down between the marks raises no further alarm.
 */
#define ACTOR_MAILBOX_NO_ALARM UINT32_MAX

struct actor_spawn_options {
	size_t size;       /* sizeof(struct actor_spawn_options) */
	const char *name;  /* registered before init runs; taken: ACTOR_ENAME_TAKEN; may be NULL */
	const char *label; /* for the tools only, need not be unique; may be NULL */
	bool link;         /* linked to the spawner from the first instant; no effect where that is
			      one of the program's own threads, which nothing can end */
	bool monitor;      /* watched by the spawner, a handler, from the first instant */
	bool detached;     /* its handlers may block: it gets a thread of its own */
	bool outside;      /* it stands for the outside world (a database, a device): what it sends
			      is recorded as outside input. Implies detached. */
	enum actor_mailbox_policy mailbox_policy;
	uint32_t mailbox_limit; /* messages that may wait; 0: any number */
	uint32_t mailbox_high;  /* raises an alarm; 0: the system's mark; or
				   ACTOR_MAILBOX_NO_ALARM */
	uint32_t mailbox_low;   /* less than mailbox_high */
};

/*
 * Starts an actor and returns at once; its init runs later. `argument` is copied.
 * Errors: ACTOR_ENO_SLOTS, ACTOR_ENO_MEMORY, ACTOR_ETOO_LARGE, ACTOR_ENAME_TAKEN.
 */
ACTOR_PUBLIC int actor_spawn(const struct actor_behaviour *behaviour, const void *argument,
			     size_t size, const struct actor_spawn_options *options,
			     struct actor_pid *ret_pid);

/*
 * Starts an actor and waits until its init is done. A failing init is reported here: the result
 * is its reason, when that is a negative status, else ACTOR_EBAD_CHILD; *ret_reason (may be NULL)
 * is the reason in full. A link wanted by `options` is made only if init succeeds.
 */
ACTOR_PUBLIC int actor_start(const struct actor_behaviour *behaviour, const void *argument,
			     size_t size, const struct actor_spawn_options *options,
			     struct actor_pid *ret_pid, int *ret_reason);

/* (handler) Who am I; outside of handlers the thread's own pid, or none if it has not entered. */
ACTOR_PUBLIC struct actor_pid actor_self(void);

/* Who spawned me. */
ACTOR_PUBLIC struct actor_pid actor_parent(void);

/*
 * Sends an exit signal, as OTP's exit/2. ACTOR_EXIT_KILL ends the target whatever it does;
 * ACTOR_EXIT_NORMAL is ignored unless trapped; every other reason ends a target that does not trap
 * exits with that reason. A target that is dead is no error.
 * Errors: ACTOR_EINVALID (reason 0).
 */
ACTOR_PUBLIC int actor_exit(struct actor_pid pid, int reason);

/*
 * Asks an actor to end with `reason` and waits, at most `timeout_ns`, until it has, as
 * gen_server:stop: what was sent to it before is handled first, then terminate runs.
 * Errors: ACTOR_ENOT_FOUND (dead already), ACTOR_EDIED (it ended for another reason, which
 * actor_call_reason tells), ACTOR_ETIMEOUT, ACTOR_EDEADLOCK (oneself, or one that waits for us),
 * ACTOR_EINVALID (reason 0; one of the program's own threads).
 */
ACTOR_PUBLIC int actor_stop(struct actor_pid pid, int reason, uint64_t timeout_ns);

/* (handler) With true, exit signals arrive as messages of type actor_exited instead. */
ACTOR_PUBLIC int actor_trap_exits(bool trap);

/*
 * (handler) Links: when one of the two ends, the other gets an exit signal with its reason. There
 * is at most one between two actors; linking again, or to oneself, does nothing. An actor that is
 * dead already is no error: the exit signal comes, with the reason ACTOR_EXIT_NO_ACTOR.
 */
ACTOR_PUBLIC int actor_link(struct actor_pid pid);
ACTOR_PUBLIC int actor_unlink(struct actor_pid pid);

/*
 * (handler) Monitors: when `pid` ends, one message of type actor_down arrives here, with *ret_ref
 * (may be NULL), at once with ACTOR_EXIT_NO_ACTOR where it is dead already. Each monitor is one of
 * its own. After actor_demonitor none arrives any more; ACTOR_ENOT_FOUND: it has arrived, or the
 * monitor was never made.
 */
ACTOR_PUBLIC int actor_monitor(struct actor_pid pid, uint64_t *ret_ref);
ACTOR_PUBLIC int actor_demonitor(uint64_t ref);

/* True while the actor lives. A shared fact: it may have changed when the answer arrives. */
ACTOR_PUBLIC bool actor_alive(struct actor_pid pid);

/* What arrives at handle_info when exits are trapped, and from monitors. */
struct actor_exited_message {
	struct actor_pid pid;
	int32_t reason;
	int32_t reserved;
};
struct actor_down_message {
	struct actor_pid pid;
	uint64_t ref;
	int32_t reason;
	int32_t reserved;
};
ACTOR_PUBLIC extern struct actor_type actor_exited;
ACTOR_PUBLIC extern struct actor_type actor_down;

/* ---- Messages out ---------------------------------------------------------------------------- */

/*
 * Sends a message: `send` is handled by handle_info, `cast` by handle_cast. The payload is
 * copied. Messages between one pair of actors arrive in the order sent. A message to an actor that
 * is dead is counted and traced as a dead letter; the sender is not told.
 * Errors of receivers whose mailbox has a limit: see enum actor_mailbox_policy.
 * `payload` points to type->size bytes, or is NULL where that is 0.
 */
ACTOR_PUBLIC int actor_send(struct actor_pid to, struct actor_type *type, const void *payload);
ACTOR_PUBLIC int actor_cast(struct actor_pid to, struct actor_type *type, const void *payload);

/* The same for flexible types: `size` bytes, at least type->size. */
ACTOR_PUBLIC int actor_send_bytes(struct actor_pid to, struct actor_type *type, const void *payload,
				  size_t size);
ACTOR_PUBLIC int actor_cast_bytes(struct actor_pid to, struct actor_type *type, const void *payload,
				  size_t size);

/*
 * Calls: sends a request and waits for the reply, at most `timeout_ns`. While it waits, the actor
 * handles nothing; its messages queue up. `reply` has room for type->reply_size bytes; on failure
 * it is untouched.
 * Errors: ACTOR_ENOT_FOUND (dead already), ACTOR_ETIMEOUT, ACTOR_EDIED (it ended before it
 * replied), ACTOR_EDEADLOCK (a call to oneself, or round a circle of callers), ACTOR_EREJECTED or
 * whatever status the callee chose in actor_reject.
 */
ACTOR_PUBLIC int actor_call(struct actor_pid to, struct actor_type *type, const void *payload,
			    void *reply, uint64_t timeout_ns);

/* The same for flexible types: `size` bytes, at least type->size. */
ACTOR_PUBLIC int actor_call_bytes(struct actor_pid to, struct actor_type *type, const void *payload,
				  size_t size, void *reply, uint64_t timeout_ns);

/*
 * (handler) When the handler returns, handle_continue gets this message before anything else: the
 * rest of a long init, or what is to be done after the reply. Several come in the order made.
 */
ACTOR_PUBLIC int actor_continue(struct actor_type *type, const void *payload);

/* The same for flexible types: `size` bytes, at least type->size. */
ACTOR_PUBLIC int actor_continue_bytes(struct actor_type *type, const void *payload, size_t size);

/*
 * Why the last call, request or stop of this actor or thread failed, that failed with ACTOR_EDIED
 * or ACTOR_ENOT_FOUND: the callee's exit reason, ACTOR_EXIT_NO_ACTOR when it was dead already.
 */
ACTOR_PUBLIC int actor_call_reason(void);

/*
 * Whom the last call that failed with ACTOR_EDEADLOCK would have waited for: the caller, its
 * callee, whom that one waits for, and so on to the caller again. Returns how many they are, and
 * writes at most `max`. 0: there was none.
 */
ACTOR_PUBLIC size_t actor_call_cycle(struct actor_pid *pids, size_t max);

/*
 * The same for a log: "referee <0.3.1> -> matchmaker <0.7.1> -> referee <0.3.1>". Returns its
 * length, and writes at most `size` bytes with the NUL, as snprintf. The names are those of now.
 */
ACTOR_PUBLIC size_t actor_call_cycle_text(char *text, size_t size);

/* Answers a call with the type's reply_size bytes. A second answer is a late reply: dropped,
 * counted. */
ACTOR_PUBLIC int actor_reply(struct actor_from from, const void *reply);

/* Answers a call with a failure: actor_call returns `status`, which must be negative. */
ACTOR_PUBLIC int actor_reject(struct actor_from from, int status);

/*
 * (handler) For messages that a handler does not know: `return actor_unhandled(message, reason)`.
 * The message is counted and traced. With ACTOR_CONTINUE the actor goes on, and a call is rejected
 * with ACTOR_EREJECTED; with a reason, best ACTOR_EUNHANDLED, the actor ends. Returns `reason`.
 */
ACTOR_PUBLIC int actor_unhandled(const struct actor_message *message, int reason);

/* ---- Names ----------------------------------------------------------------------------------- */

/*
 * Names are unique and vanish with the actor. 1 to 255 bytes, copied.
 * Errors: ACTOR_ENAME_TAKEN, ACTOR_ENOT_FOUND (`pid` is dead; nobody has the name).
 */
ACTOR_PUBLIC int actor_register(const char *name, struct actor_pid pid);
ACTOR_PUBLIC int actor_unregister(const char *name);
/* The pid, or none. */
ACTOR_PUBLIC struct actor_pid actor_whereis(const char *name);

/* (handler) Text for the tools. */
ACTOR_PUBLIC int actor_set_label(const char *label);

/* ---- Time, chance, memory: deterministic, so that a session can be replayed -------------------
 */

/* (handler) The turn's time: CLOCK_MONOTONIC ns, the same value throughout a turn. */
ACTOR_PUBLIC uint64_t actor_now(void);
/* (handler) The same instant as ns since 1970. */
ACTOR_PUBLIC uint64_t actor_wall_clock(void);

/* (handler) The actor's own generator, seeded from the system's seed and the actor's identity. */
ACTOR_PUBLIC uint64_t actor_random(void);
/* (handler) Uniform in [0, limit); 0 when limit is 0. */
ACTOR_PUBLIC uint64_t actor_random_below(uint64_t limit);

/* (handler) Memory that dies with the actor. Zeroed, 16-byte aligned. NULL when there is none. */
ACTOR_PUBLIC void *actor_alloc(size_t size);
ACTOR_PUBLIC void *actor_realloc(void *memory, size_t size);
/* Returns NULL. NULL is fine. */
ACTOR_PUBLIC void *actor_free(void *memory);

/* ---- Timers ---------------------------------------------------------------------------------- */

/*
 * (handler) After `delay_ns` a message of that type arrives at handle_info, once, or with
 * `interval_ns` not 0 then every interval without drift, until cancelled or the actor's end.
 * Resolution 1 ms.
 */
ACTOR_PUBLIC int actor_timer_start(uint64_t delay_ns, uint64_t interval_ns, struct actor_type *type,
				   const void *payload, uint64_t *ret_timer);
/*
 * (handler) After this no message of the timer is delivered that has not been handled yet.
 * *ret_remaining_ns (may be NULL) is the time that was left.
 * Errors: ACTOR_ENOT_FOUND when it has fired, was cancelled or never was.
 */
ACTOR_PUBLIC int actor_timer_cancel(uint64_t timer, uint64_t *ret_remaining_ns);

#ifdef __cplusplus
}
#endif

#endif
