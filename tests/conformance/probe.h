/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_PROBE_H
#define CONFORMANCE_PROBE_H

/*
 * An actor that does what a test orders, and notes what happens to it.
 *
 * The case runs in the program's own thread, with a fresh system (conformance.h). `probe_link(a,
 * b)` has the actor behind `a` call actor_link, and returns when it has; `saw(a, SAW_EXIT, reason)`
 * waits, with a deadline, for the next note of `a` and says whether it is that one. So a case reads
 * as the sentence it proves, and never sleeps.
 *
 * Probes belong to the harness and live until the case ends.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/actor.h>

/* Longer than anything takes; only a broken runtime gets there. */
#define PATIENCE ACTOR_SECONDS(20)
/* Reasons of the program's own. */
#define REASON_A (ACTOR_EXIT_USER + 1)
#define REASON_B (ACTOR_EXIT_USER + 2)

enum sight_kind {
	SAW_INIT,      /* value: the argument's number; only where `notes_init` */
	SAW_CALL,      /* the question's value */
	SAW_CAST,      /* the number that was cast */
	SAW_INFO,      /* the number that was sent */
	SAW_TICK,      /* the number of a timer's message */
	SAW_EXIT,      /* a trapped exit signal: the reason */
	SAW_DOWN,      /* a monitor: the reason */
	SAW_CONTINUE,  /* the number of probe_continue */
	SAW_RESULT,    /* of probe_ask: the reply's value, or the status */
	SAW_TERMINATE, /* terminate ran: the reason */
	SAW_OTHER,     /* of a test's own behaviour */
	SAW_COUNT
};

struct sight {
	enum sight_kind kind;
	int who; /* the probe's number */
	int64_t value;
	struct actor_pid pid; /* whom it is about: the sender, the dead */
	uint64_t ref;         /* of a DOWN */
};

struct journal;

struct probe {
	struct probe *self; /* this probe: what actors get as their argument */
	struct journal *journal;
	int number;           /* of the probe in its case, from 1; children choose theirs */
	struct actor_pid pid; /* of the latest actor that ran with this probe */

	/* To be set before the start. */
	bool traps;
	bool notes_init;
	int init_result;     /* what init returns */
	int init_failures;   /* how many times init fails with init_result; 0: every time */
	bool stubborn;       /* a trapped exit signal does not end it, whoever sent it */
	bool hangs;          /* terminate waits until probe_release */
	bool hangs_in_init;  /* init does */
	bool continues_init; /* init ends with probe_continue(0) */
	struct actor_pid calls_at_end; /* terminate calls it, and gets no answer */

	struct actor_from kept; /* the latest question to be answered later */
	bool held;              /* (under the journal's lock) a handler waits for probe_release */
	const struct actor_behaviour *behaviour; /* another than the probe's own */
};

/* ---- Births -----------------------------------------------------------------------------------
 */

/* A probe without an actor. */
struct probe *probe_new(void);
/* One that notes in another's journal, so that the order between the two shows. */
struct probe *probe_new_beside(struct probe *other);
/* Starts the actor, from the case's own thread. Returns the probe. */
struct probe *probe_start(struct probe *probe);
/* Both at once. */
struct probe *probe_running(void);
struct probe *probe_trapping(void);
/* The status of starting it by `parent`, a probe's actor, with these options. */
int probe_start_by(struct probe *parent, struct probe *probe,
		   const struct actor_spawn_options *options, int *ret_reason);
int probe_spawn_by(struct probe *parent, struct probe *probe,
		   const struct actor_spawn_options *options);

/* ---- What it saw ------------------------------------------------------------------------------
 */

/* Waits for the next note. True when it is this one; if not, says on stderr what it is instead. */
bool saw(struct probe *probe, enum sight_kind kind, int64_t value);
/* The same, and it is about `pid`. */
bool saw_about(struct probe *probe, enum sight_kind kind, int64_t value, struct actor_pid pid);
/* The same, and it was noted by that one of the probes that share the journal. */
bool saw_by(struct probe *probe, enum sight_kind kind, int64_t value);
/* True when there is a note that was not looked at yet. */
bool has_news(struct probe *probe);
/* The note that was matched last. */
struct sight sight_last(struct probe *probe);
/* True when there is no further note once the living actor has handled all that was sent before. */
bool saw_nothing(struct probe *probe);
/* From now on reason_of_end knows the actor; those that the case's thread started are known. */
void probe_watch(struct probe *probe);
/* Waits until the actor is dead and its links are told. Returns the reason; 0 at the deadline. */
int reason_of_end(struct probe *probe);
/* True when the actor answers. */
bool answers(struct probe *probe);
/* A handler or terminate hangs in it by now. */
bool is_held(struct probe *probe);

/* What a probe without a behaviour of its own has. */
const struct actor_behaviour *probe_behaviour(void);
/* A note of a test's own behaviour. */
void probe_note(struct probe *probe, enum sight_kind kind, int64_t value, struct actor_pid pid);

/* ---- Orders ------------------------------------------------------------------------------------
 * Each is carried out in the actor's handler, and returns when it is done.
 */

int probe_do(struct probe *probe, int (*work)(struct probe *self, void *context), void *context);
int probe_link(struct probe *probe, struct actor_pid pid);
int probe_unlink(struct probe *probe, struct actor_pid pid);
uint64_t probe_monitor(struct probe *probe, struct actor_pid pid);
int probe_demonitor(struct probe *probe, uint64_t ref);
int probe_trap(struct probe *probe, bool trap);
int probe_exit(struct probe *probe, struct actor_pid pid, int reason);
int probe_send(struct probe *probe, struct actor_pid to, int64_t value);
int probe_cast(struct probe *probe, struct actor_pid to, int64_t value);
bool probe_alive(struct probe *probe, struct actor_pid pid);
uint64_t probe_timer(struct probe *probe, uint64_t delay_ns, uint64_t interval_ns, int64_t value);
int probe_cancel(struct probe *probe, uint64_t timer, uint64_t *ret_remaining_ns);
int probe_answer(struct probe *probe, struct actor_from from, int64_t value);

/* ---- Orders that are not waited for ------------------------------------------------------------
 */

/* What the asked one does with a question. */
enum answer {
	ANSWER,        /* replies with the value */
	ANSWER_LATER,  /* keeps `from` in probe->kept */
	ANSWER_REFUSE, /* rejects with the value as status */
	ANSWER_STOP,   /* replies, and stops with the reason */
	STOP           /* stops with the reason, without a reply */
};

/* Carries out the work, and ends if that returns a reason. */
void probe_do_later(struct probe *probe, int (*work)(struct probe *self, void *context),
		    void *context);
/* The probe's actor calls `to`; its SAW_RESULT is the value of the reply, or the status. */
void probe_ask(struct probe *probe, struct actor_pid to, enum answer how, int64_t value,
	       uint64_t timeout_ns);
/* The case's own thread calls. */
int ask(struct actor_pid to, enum answer how, int64_t value, int64_t *ret_reply,
	uint64_t timeout_ns);
/* Whoever calls this sends the question as an asynchronous request. */
int ask_later(struct actor_pid to, enum answer how, int64_t value, uint64_t *ret_request);
/* Its handler returns that. */
void probe_stop(struct probe *probe, int reason);
/* Its handler does not return until probe_release; probe_hold waits until it is in there. */
void probe_hold(struct probe *probe);
void probe_release(struct probe *probe);
/* For work: has handle_continue note the value. */
void probe_continue(struct probe *self, int64_t value);
/* For work: waits in the handler until probe_release. */
void probe_wait(struct probe *self);

/* From the case's own thread, or in work. */
int cast_number(struct actor_pid to, int64_t value);
int send_number(struct actor_pid to, int64_t value);
/* Sends the value, or starts a timer with it, and then changes the memory that it came from. */
int send_changing(struct actor_pid to, int64_t value, int64_t changed);
int timer_changing(uint64_t delay_ns, int64_t value, int64_t changed);

/* ---- For conformance.h ------------------------------------------------------------------------
 */

void probe_setup(void);
void probe_teardown(void);
struct actor_system *probe_system(void);

#endif
