/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_REGISTRY_REGISTRY_H
#define ACTOR_REGISTRY_REGISTRY_H

/*
 * Names, which are unique, and groups, in which an actor may be several times.
 *
 *	names.c    the names: found without a lock
 *	holders.c  what each actor holds, so that it vanishes with it
 *	groups.c   the groups
 *	public.c   actor_register, actor_whereis, ...
 *	group.c    actor_group_join, ...
 *
 * One lock is for whatever changes. Who looks for a name takes none: it reads the table as it
 * finds it and looks at the version, before and afterwards (a seqlock; Boehm, "Can seqlocks get
 * along with programming language memory models?", 2012). So the memory of names and tables never
 * becomes anything else while the system lives, and all that a reader looks at is atomic.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/pid.h>
#include <actor/plane.h>

#include "mem/map.h"

#define REGISTRY_NAME_MAX 255

struct group;
struct member;

/* A text in whole words, the rest of the last one 0; it has at least one. */
#define NAME_WORDS_MAX ((REGISTRY_NAME_MAX + 8) / 8)
struct name_key {
	uint64_t hash;
	uint32_t length;
	uint64_t words[NAME_WORDS_MAX];
};

/* 0, or ACTOR_EINVALID: empty or too long. */
int name_key_make(struct name_key *key, const char *text);

static inline uint32_t name_words(uint32_t length)
{
	return length / 8 + 1;
}

/* Fields marked (shared) are read without the lock. */
struct name {
	struct name *next; /* (shared) in its bucket */
	uint64_t hash;     /* (shared) */
	uint64_t pid;      /* (shared) */
	uint32_t length;   /* (shared) */
	uint32_t string;   /* in the plane */
	struct name *next_own;
	uint32_t class;
	uint32_t reserved;
	uint64_t words[]; /* (shared) as many as its class has */
};

struct name_table {
	struct name_table *older; /* too small, but perhaps somebody still reads it */
	uint32_t capacity;        /* a power of two */
	struct name *buckets[];   /* (shared) */
};

#define NAME_CLASSES 4

struct names {
	struct name_table *table; /* (shared) */
	uint32_t version;         /* (shared) odd: being changed */
	uint32_t count;
	struct name *free[NAME_CLASSES];
};

/* What an actor holds. */
struct holder {
	struct name *names; /* the newest first */
	struct member *members;
	uint32_t label; /* what the tools show without a name; a string of the plane */
};

struct groups {
	struct group **buckets; /* capacity is a power of two */
	uint32_t capacity;
	uint32_t count;
};

struct registry {
	pthread_mutex_t lock; /* of all that changes */
	struct names names;
	struct groups groups;
	struct map holders; /* pid -> struct holder * */
	/* (shared) one for each slot, 1: its actor may hold something. See registry_drop. */
	uint8_t *held;
	struct actor_plane_actor *lines;
};

int registry_init(struct registry *registry, struct actor_plane_actor *lines, uint32_t slots);
void registry_finish(struct registry *registry);

/* ---- Names -------------------------------------------------------------------------------------
 */

/*
 * ACTOR_ENAME_TAKEN, ACTOR_ENO_MEMORY, ACTOR_EINVALID (empty or too long), ACTOR_ENOT_FOUND (it
 * is dead). From then on the tools show the name.
 */
int registry_add(struct registry *registry, const char *text, uint32_t string,
		 struct actor_pid pid);
/* Without a lock: 13 ns, against 21 ns with it (bench-names whereis). None: nobody has that name.
 */
struct actor_pid registry_find(struct registry *registry, const char *text);
/* ACTOR_ENOT_FOUND. */
int registry_remove(struct registry *registry, const char *text, struct actor_pid *ret_pid,
		    uint32_t *ret_string);
/* What the tools show of an actor that has no name. */
void registry_label(struct registry *registry, struct actor_pid pid, uint32_t string);

/* names.c, with the lock held. */
int names_init(struct names *names);
void names_finish(struct names *names);
struct name *names_lookup(struct names *names, const struct name_key *key);
struct name *names_add(struct names *names, const struct name_key *key, struct actor_pid pid);
void names_remove(struct names *names, struct name *name);
/* names.c, without. */
struct actor_pid names_find(struct names *names, pthread_mutex_t *lock, const struct name_key *key);

/* ---- Holders -----------------------------------------------------------------------------------
 */

/*
 * With the lock held: what that actor holds, made if need be. From then on its death finds it.
 * ACTOR_ENOT_FOUND (it is dead), ACTOR_ENO_MEMORY.
 */
int holder_want(struct registry *registry, struct actor_pid pid, struct holder **ret_holder);
/* With the lock held. NULL: it holds nothing. */
struct holder *holder_find(struct registry *registry, struct actor_pid pid);
/* With the lock held: forgets it if it holds nothing any more. */
void holder_settle(struct registry *registry, struct actor_pid pid, struct holder *holder);

void registry_drop_slow(struct registry *registry, struct actor_pid pid);

/*
 * An actor has ended: its names and memberships vanish. Its generation must be over already, by a
 * sequentially consistent store. That one and this load pair with the store to `held` and the load
 * of the generation in holder_want: one of the two sees the other.
 */
static inline void registry_drop(struct registry *registry, struct actor_pid pid)
{
	if (__builtin_expect(
		    __atomic_load_n(&registry->held[actor_pid_slot(pid)], __ATOMIC_SEQ_CST), 0))
		registry_drop_slow(registry, pid);
}

/* ---- Groups ------------------------------------------------------------------------------------
 */

int groups_init(struct groups *groups);
void groups_finish(struct groups *groups);

/* `string` is only asked for when the group is new. */
int registry_join(struct registry *registry, const char *text, uint32_t string,
		  struct actor_pid pid);
/* Leaves once. ACTOR_ENOT_FOUND: it is not a member. */
int registry_leave(struct registry *registry, const char *text, struct actor_pid pid);
/* With the lock held: out of its group. */
void groups_remove(struct groups *groups, struct member *member);
/* The next membership of the same actor. */
struct member *member_next(const struct member *member);

/*
 * The members in the order in which they joined, *ret_count of them; more than `capacity` are not
 * copied. An unknown group has none.
 */
void registry_members(struct registry *registry, const char *text, struct actor_pid *pids,
		      size_t capacity, size_t *ret_count);

#endif
