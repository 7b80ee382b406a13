/* SPDX-License-Identifier: MIT */
#ifndef SOAK_SOAK_H
#define SOAK_SOAK_H

/*
 * The soak: many actors and several threads do at random what actors can do, and an account is kept
 * of every message. A round starts a system, lets it rage, waits until nothing is under way,
 * settles the account, ends everything and compares memory with what it was before. Rounds follow
 * each other until the time is over. It is seeded, and prints its seed; what the machine does in
 * between is its own, so the same seed gives the same mix and not the same run.
 *
 *	main.c      options, rounds, the account, memory
 *	worker.c    the actor that does things
 *	common.c    what it and the threads do: send, call, spawn, end others
 *	aside.c     the same for what is rarer: blobs, groups, blocking calls, looking into actors
 *	tally.c     an actor of few lines that is never ended, and whose sum is checked
 *	tree.c      the supervisors
 *	feeder.c    the threads of the program that keep it going
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/actor.h>
#include <actor/alias.h>
#include <actor/blob.h>
#include <actor/receive.h>
#include <actor/request.h>
#include <actor/supervisor.h>

#define ROSTER   256
#define FEEDERS  3
#define NAMES    16
#define HOPS_MAX 24

/* What is counted, all by the handlers and senders of the soak itself. X(name) */
#define SOAK_COUNT_MAP(X)                                                \
	X(sent)       /* casts, sends and calls, to whomever */          \
	X(handled)    /* those that a handler has got */                 \
	X(calls_ok)   /* calls that returned 0 */                        \
	X(calls_late) /* that ran out of time */                         \
	X(calls_died) /* whose callee ended, or was dead */              \
	X(calls_deadlock)                                                \
	X(calls_rejected)                                                \
	X(replies) /* given */                                           \
	X(spawned)                                                       \
	X(started) /* and waited for */                                  \
	X(init_failed)                                                   \
	X(stopped) /* of their own will */                               \
	X(exits)   /* exit signals sent, by reason */                    \
	X(kills)                                                         \
	X(links)                                                         \
	X(monitors)                                                      \
	X(downs)                                                         \
	X(trapped)                                                       \
	X(timers)                                                        \
	X(timers_fired)                                                  \
	X(timers_cancelled)                                              \
	X(names)                                                         \
	X(children) /* started by supervisors on request */              \
	X(detached)                                                      \
	X(faults)     /* of handlers, where they are contained */        \
	X(calls_full) /* refused by a full mailbox */                    \
	X(bounded)                                                       \
	X(requests)                                                      \
	X(responses)                                                     \
	X(collected)                                                     \
	X(continues)                                                     \
	X(received)                                                      \
	X(postponed)                                                     \
	X(aliased)                                                       \
	X(floods) /* turns with more than 512 messages */                \
	X(blobs)                                                         \
	X(broadcasts)                                                    \
	X(members)                                                       \
	X(blocked) /* calls of the pool */                               \
	X(jobs)                                                          \
	X(looks)                                                         \
	X(suspended)                                                     \
	X(restarts) /* of supervised workers: inits of permanent ones */ \
	X(terminated)

enum soak_count {
#define X(name) SOAK_##name,
	SOAK_COUNT_MAP(X)
#undef X
	SOAK_COUNTS
};

struct soak {
	uint64_t count[SOAK_COUNTS]; /* all relaxed atomics */
	uint64_t roster[ROSTER];     /* pids of actors that may be alive */
	uint64_t seed;               /* of this round */
	uint32_t running;            /* 1: feeders feed */
	uint32_t contains;           /* 1: faults are contained */
	uint32_t crowded;            /* 1: no more births */
	uint32_t ending;             /* 1: actors stop at their next heartbeat */
	uint32_t wrong;              /* findings so far */
	struct actor_pid root;       /* supervisor */
	struct actor_pid dynamic[2];
};
extern struct soak soak;

static inline void soak_count(enum soak_count which)
{
	__atomic_fetch_add(&soak.count[which], 1, __ATOMIC_RELAXED);
}

static inline uint64_t soak_value(enum soak_count which)
{
	return __atomic_load_n(&soak.count[which], __ATOMIC_RELAXED);
}

/* Else nothing new is begun, so that what is under way comes to its end. */
static inline bool soak_rages(void)
{
	return __atomic_load_n(&soak.running, __ATOMIC_RELAXED) != 0;
}

/* Messages that no handler will get. */
static inline uint64_t soak_lost(const struct actor_system_counters *counters)
{
	return counters->dead_letters + counters->mailbox_dropped + counters->mailbox_rejected;
}

/* Says what is wrong, with the round's seed. */
void soak_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What makes an actor do something. `hops`: how often it is passed on. */
struct work {
	uint64_t number; /* of its feeder's messages to this pid, ascending; 0: from an actor */
	uint32_t feeder;
	uint32_t hops;
	struct actor_alias alias; /* whom to tell; none: nobody */
};
ACTOR_TYPE_DECLARE(soak_work);
ACTOR_TYPE_DECLARE(soak_note);    /* the same, as a plain send */
ACTOR_TYPE_DECLARE(soak_ask);     /* a call: work, answered with its number */
ACTOR_TYPE_DECLARE(soak_inquire); /* the same, as a request */

struct nature {
	uint32_t fails; /* 1: init fails */
	uint32_t permanent;
};

extern const struct actor_behaviour soak_worker;

/* From anywhere; each counts what it does. */
int soak_cast(struct actor_pid to, const struct work *work);
int soak_send(struct actor_pid to, const struct work *work);
int soak_call(struct actor_pid to, const struct work *work, uint64_t timeout_ns);
int soak_sending(int status); /* what such a function does with its status */
void soak_enrol(struct actor_pid pid, uint64_t chance);
void soak_exit(struct actor_pid to, uint64_t chance);
void soak_child(uint64_t chance);
struct actor_pid soak_anybody(uint64_t chance);
void soak_spawn(uint64_t chance);

uint64_t soak_answer(uint64_t chance); /* a number that a request is to be answered with */
int soak_collect(uint64_t *request, uint64_t chance);
void soak_cast_blob(struct actor_pid to, const struct work *work, uint64_t chance);
void soak_check_blob(const struct actor_blob *blob);
void soak_block(uint64_t chance);                      /* from actors */
void soak_mingle(uint64_t chance);                     /* groups, from actors */
void soak_broadcast(uint64_t chance);                  /* from threads: they come back to count */
void soak_look(struct actor_pid pid, uint64_t chance); /* into an actor */
void soak_hold(struct actor_pid pid);                  /* and hold it still, from threads */

/* The actors that are never ended. */
int tallies_start(void);
void tallies_feed(uint64_t chance);
void tallies_check(void);
void tallies_stop(void);

/* The supervisors of a round. */
int soak_tree(void);

void soak_pause_ms(long ms);

/* The threads of a round. */
int feeders_start(struct actor_system *system);
void feeders_stop(void);

static inline uint64_t soak_mix(uint64_t value)
{
	value += UINT64_C(0x9e3779b97f4a7c15);
	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

#endif
