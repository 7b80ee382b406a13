/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_REGISTRY_H
#define ACTOR_REGISTRY_H

/* Names: a hash table from text to pid, chained, behind one lock. */

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/pid.h>

struct cell;

#define REGISTRY_NAME_MAX 255

struct name {
	struct name *next;     /* in its bucket */
	struct name *next_own; /* of the same actor */
	struct actor_pid pid;
	uint64_t hash;
	uint32_t string; /* in the plane */
	uint32_t length;
	char text[];
};

struct registry {
	pthread_mutex_t lock;
	struct name **buckets; /* capacity is a power of two */
	uint32_t capacity;
	uint32_t count;
};

int registry_init(struct registry *registry);
void registry_finish(struct registry *registry);

/* ACTOR_ENAME_TAKEN, ACTOR_ENO_MEMORY, ACTOR_EINVALID (empty or too long). */
int registry_add(struct registry *registry, const char *text, uint32_t string, struct actor_pid pid,
		 struct cell *cell);
struct actor_pid registry_find(struct registry *registry, const char *text);
/* Removes one name. ACTOR_ENOT_FOUND. `cell_of` finds the holder's cell; called with the lock held.
 */
int registry_remove(struct registry *registry, const char *text,
		    struct cell *(*cell_of)(void *context, struct actor_pid pid), void *context,
		    struct actor_pid *ret_pid, uint32_t *ret_string);
/* Removes all names of an actor that ends. */
void registry_remove_all(struct registry *registry, struct cell *cell);

#endif
