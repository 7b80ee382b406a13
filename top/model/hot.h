/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_HOT_H
#define TOP_MODEL_HOT_H

/*
 * The actors that are looked at every tick: those of the list, and those that are pinned (selected,
 * tagged). They have a minute of history, which tells the age of their oldest message: it came when
 * as many messages had been put into the mailbox as have been handled since, and one more.
 *
 * An actor that ends stays for a while, as dead.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/table.h"

#define HOT_MAX       (TABLE_ROWS_MAX + 64)
#define HOT_SAMPLES   60
#define HOT_RETAIN_NS UINT64_C(5000000000)

struct hot_sample {
	uint64_t monotonic_ns;
	uint64_t arrived; /* messages put into the mailbox so far */
	float in_rate;
	float mailbox;
	float busy;
};

struct hot {
	uint64_t pid;
	struct row row; /* as of this tick */
	uint64_t ticks; /* at which the counters below were read, 0: never */
	uint64_t timed_ns;
	uint64_t handled;
	uint64_t sent;
	uint64_t busy;
	uint64_t call_since; /* ticks: the call it waits in was first seen */
	uint64_t call_on;
	uint64_t call_handled;
	uint64_t dead_ns; /* monotonic: when it was found dead, 0: it lives */
	uint64_t kept_ns;
	bool wanted;
	bool listed; /* wanted by the list, not only pinned */
	struct hot_sample samples[HOT_SAMPLES];
	uint32_t sample_next; /* counts on */
};

struct hot_set {
	struct hot *entries[HOT_MAX]; /* in no order */
	size_t count;
	uint32_t index[4096]; /* by pid: place + 1, 0: free */
};

void hot_init(struct hot_set *set);
void hot_finish(struct hot_set *set);

/* Before a tick: nobody is wanted. */
void hot_begin(struct hot_set *set);

/* Wants an actor in this tick: for the list, as it was found, or pinned, with `entry` NULL. */
void hot_want(struct hot_set *set, uint64_t pid, const struct heap_entry *entry);

/* Reads all that are wanted, lets go of the others, except of the freshly dead. */
void hot_refresh(struct hot_set *set, const struct plane_view *plane, const struct meters *meters,
		 const struct ticks *ticks);

/* NULL: it is not among them. */
const struct hot *hot_find(const struct hot_set *set, uint64_t pid);

/* The sample of `back` seconds ago, NULL when there is none. */
const struct hot_sample *hot_sample(const struct hot *hot, uint32_t back);

#endif
