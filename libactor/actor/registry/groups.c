/* SPDX-License-Identifier: MIT */
/* Groups: who is in which, in the order of joining. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <actor/status.h>

#include "actor/registry/registry.h"

#define BUCKETS_MIN 16u
#define PLACES_MIN  8u

struct member {
	struct member *next_own; /* of the same actor */
	struct group *group;
	uint32_t place;
};

/* A member that has left leaves a gap, until there are more gaps than members. */
struct place {
	uint64_t pid; /* 0: a gap */
	struct member *member;
};

struct group {
	struct group *next; /* in its bucket */
	struct place *places;
	uint32_t used; /* with the gaps */
	uint32_t count;
	uint32_t capacity;
	uint32_t string; /* in the plane */
	struct name_key key;
};

int groups_init(struct groups *groups)
{
	groups->buckets = calloc(BUCKETS_MIN, sizeof(struct group *));
	if (groups->buckets == NULL)
		return ACTOR_ENO_MEMORY;
	groups->capacity = BUCKETS_MIN;
	return 0;
}

void groups_finish(struct groups *groups)
{
	assert(groups->count == 0); /* a group ends with its last member */
	free(groups->buckets);
}

struct member *member_next(const struct member *member)
{
	return member->next_own;
}

/* What points to the group, or to where it would go. */
static struct group **find(const struct groups *groups, const struct name_key *key)
{
	struct group **link = &groups->buckets[key->hash & (groups->capacity - 1)];

	while (*link != NULL &&
	       ((*link)->key.hash != key->hash || (*link)->key.length != key->length ||
		memcmp((*link)->key.words, key->words, key->length) != 0))
		link = &(*link)->next;
	return link;
}

/* Without memory the chains get longer, nothing worse. */
static void grow(struct groups *groups)
{
	uint32_t capacity = 2 * groups->capacity;
	struct group **buckets = calloc(capacity, sizeof(struct group *));

	if (buckets == NULL)
		return;
	for (uint32_t i = 0; i < groups->capacity; i++) {
		while (groups->buckets[i] != NULL) {
			struct group *group = groups->buckets[i];
			struct group **bucket = &buckets[group->key.hash & (capacity - 1)];

			groups->buckets[i] = group->next;
			group->next = *bucket;
			*bucket = group;
		}
	}
	free(groups->buckets);
	groups->buckets = buckets;
	groups->capacity = capacity;
}

static struct group *group_want(struct groups *groups, const struct name_key *key, uint32_t string)
{
	struct group **link = find(groups, key);
	struct group *group = *link;

	if (group != NULL)
		return group;
	group = calloc(1, sizeof(*group));
	if (group == NULL)
		return NULL;
	if (groups->count >= groups->capacity) {
		grow(groups);
		link = find(groups, key);
	}
	group->string = string;
	group->key = *key;
	*link = group;
	groups->count++;
	return group;
}

static void group_settle(struct groups *groups, struct group *group)
{
	if (group->count != 0)
		return;
	*find(groups, &group->key) = group->next;
	groups->count--;
	free(group->places);
	free(group);
}

/* ---- Places ------------------------------------------------------------------------------------
 */

static void close_gaps(struct group *group)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < group->used; i++) {
		if (group->places[i].pid == 0)
			continue;
		group->places[used] = group->places[i];
		group->places[used].member->place = used;
		used++;
	}
	group->used = used;
}

/* Room for one more. ACTOR_ENO_MEMORY. */
static int make_room(struct group *group)
{
	uint32_t capacity = group->capacity == 0 ? PLACES_MIN : 2 * group->capacity;
	struct place *places;

	if (group->used < group->capacity)
		return 0;
	places = realloc(group->places, capacity * sizeof(*places));
	if (places == NULL)
		return ACTOR_ENO_MEMORY;
	group->places = places;
	group->capacity = capacity;
	return 0;
}

static int join(struct registry *registry, struct group *group, struct actor_pid pid)
{
	struct member *member = malloc(sizeof(*member));
	struct holder *holder;
	int status = member != NULL ? make_room(group) : ACTOR_ENO_MEMORY;

	if (status == 0)
		status = holder_want(registry, pid, &holder);
	if (status != 0) {
		free(member);
		return status;
	}
	member->group = group;
	member->place = group->used++;
	member->next_own = holder->members;
	holder->members = member;
	group->places[member->place].pid = pid.bits;
	group->places[member->place].member = member;
	group->count++;
	return 0;
}

int registry_join(struct registry *registry, const char *text, uint32_t string,
		  struct actor_pid pid)
{
	struct name_key key;
	struct group *group;
	int status = name_key_make(&key, text);

	if (status != 0)
		return status;
	pthread_mutex_lock(&registry->lock);
	group = group_want(&registry->groups, &key, string);
	status = ACTOR_ENO_MEMORY;
	if (group != NULL) {
		status = join(registry, group, pid);
		group_settle(&registry->groups, group);
	}
	pthread_mutex_unlock(&registry->lock);
	return status;
}

void groups_remove(struct groups *groups, struct member *member)
{
	struct group *group = member->group;

	group->places[member->place].pid = 0;
	group->count--;
	if (group->used > PLACES_MIN && 2 * group->count < group->used)
		close_gaps(group);
	group_settle(groups, group);
	free(member);
}

int registry_leave(struct registry *registry, const char *text, struct actor_pid pid)
{
	struct member **found = NULL;
	struct holder *holder;
	struct name_key key;
	int status = name_key_make(&key, text);

	if (status != 0)
		return status;
	pthread_mutex_lock(&registry->lock);
	holder = holder_find(registry, pid);
	/* Its first membership, which is the last in its list. */
	for (struct member **link = holder != NULL ? &holder->members : NULL;
	     link != NULL && *link != NULL; link = &(*link)->next_own) {
		const struct name_key *other = &(*link)->group->key;

		if (other->hash == key.hash && other->length == key.length &&
		    memcmp(other->words, key.words, key.length) == 0)
			found = link;
	}
	if (found != NULL) {
		struct member *member = *found;

		*found = member->next_own;
		groups_remove(&registry->groups, member);
		holder_settle(registry, pid, holder);
	}
	pthread_mutex_unlock(&registry->lock);
	return found != NULL ? 0 : ACTOR_ENOT_FOUND;
}

void registry_members(struct registry *registry, const char *text, struct actor_pid *pids,
		      size_t capacity, size_t *ret_count)
{
	const struct group *group;
	struct name_key key;
	size_t count = 0;

	*ret_count = 0;
	if (name_key_make(&key, text) != 0)
		return;
	pthread_mutex_lock(&registry->lock);
	group = *find(&registry->groups, &key);
	for (uint32_t i = 0; group != NULL && i < group->used && count < capacity; i++) {
		if (group->places[i].pid != 0)
			pids[count++].bits = group->places[i].pid;
	}
	*ret_count = group != NULL ? group->count : 0;
	pthread_mutex_unlock(&registry->lock);
}
