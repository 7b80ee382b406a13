/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_RANDOM_H
#define REPLAY_RANDOM_H

/*
 * Random programs of actors, for replay: a seed gives a tree of actors and some threads, and what
 * they do uses every feature of the runtime. All that an actor sees (messages, answers, statuses,
 * times, names, members) goes into its digest, and its digest into what it sends; so a replay that
 * differs in anything differs soon in what is compared.
 *
 * Unlike the soak (tests/stress/soak) nothing is shared but through the runtime: another run of one
 * seed differs only as the machine's timing differs, and a replay not at all.
 *
 *	main.c      options, the system, what the main thread does
 *	node.c      the actor that does things
 *	deeds.c     the things
 *	outside.c   what comes from outside: threads, an actor for a device, blocking calls
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/actor.h>
#include <actor/alias.h>
#include <actor/blob.h>
#include <actor/blocking.h>
#include <actor/group.h>
#include <actor/receive.h>
#include <actor/request.h>
#include <actor/supervisor.h>
#include <actor/sys.h>

#define NODES_MAX 12
#define HOPS_MAX  10
#define FEEDERS   2
#define DEVICE    "device"
#define CROWD     "crowd"
#define ROOT      "root"

struct work {
	uint64_t digest; /* the sender's */
	uint32_t hops;
	uint8_t what; /* followed by padding, which must not matter */
	struct actor_alias alias;
};
ACTOR_TYPE_DECLARE(random_work);
ACTOR_TYPE_DECLARE(random_note);    /* the same, as a plain send */
ACTOR_TYPE_DECLARE(random_ask);     /* a call, answered with the digest */
ACTOR_TYPE_DECLARE(random_inquire); /* the same, as a request */
ACTOR_TYPE_DECLARE(random_text);    /* work and any number of bytes */

/* What is decided by the seed before the system starts; nobody writes it afterwards. */
struct plan {
	uint64_t seed;
	uint32_t nodes;
	uint32_t operations; /* of main, and of each feeder */
	uint32_t schedulers;
	bool faults; /* handlers crash now and then, and are contained */
};
extern struct plan plan;

struct nature {
	uint32_t number; /* of a node; the others have none */
	uint32_t fails;  /* 1: init fails */
};
#define NATURE_OTHER UINT32_MAX

#define PIECES       4
#define TIMERS       3
#define REQUESTS     3

struct node {
	struct nature nature;
	uint64_t digest;
	uint32_t life; /* messages until it ends by itself; 0: it does not */
	uint32_t births;
	uint32_t beats;
	bool owes;
	uint64_t timers[TIMERS];
	uint64_t monitors[PIECES];
	uint64_t requests[REQUESTS];
	void *pieces[PIECES];
	size_t sizes[PIECES];
	struct actor_blob *blob;
	struct actor_from owed;
};

extern const struct actor_behaviour random_node;
extern const struct actor_behaviour random_device;
extern const struct actor_supervisor_options random_crowd;

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t value = a * UINT64_C(0x9e3779b97f4a7c15) + b;

	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

/* The actor has seen that. */
static inline void see(struct node *self, uint64_t value)
{
	self->digest = mix(self->digest, value);
}

/* One of the nodes, by its name. */
struct actor_pid somebody(uint64_t chance);
/* One thing at random. Returns as a handler. */
int do_something(struct node *self, const struct work *work);
void forward(struct node *self, const struct work *work);

/* Threads of the program. */
int feeders_start(struct actor_system *system);
void feeders_join(void);
/* What they and main do: one operation from outside. */
void operate(uint64_t chance, struct actor_system *system);
/* Runs where it may block, and brings in what nobody can know before. */
int measure(const void *argument, size_t size, void *result);
struct measured {
	uint64_t value;
	uint8_t low;
};
ACTOR_TYPE_DECLARE(random_measured);

#endif
