/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_JOURNAL_H
#define CONFORMANCE_JOURNAL_H

/* What the files of the harness share; cases need probe.h only. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "probe.h"

#define SIGHTS_MAX 1024

/* A list of notes that actors add to, and a case reads. */
struct journal {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct sight sights[SIGHTS_MAX];
	size_t count;
	size_t read; /* how many the case has looked at */
};

/* The end of the case's patience, CLOCK_REALTIME. */
struct timespec journal_deadline(void);
void journal_add(struct journal *journal, const struct sight *sight);

/* ---- Messages ---------------------------------------------------------------------------------
 */

struct question {
	int64_t value;
	int32_t how; /* enum answer */
	int32_t reason;
};

struct asking {
	struct question question;
	struct actor_pid to;
	uint64_t timeout_ns;
};

/* Those that are waited for lie on the stack of the case. */
struct order {
	int (*work)(struct probe *self, void *context);
	void *context;
	int64_t result;
};

ACTOR_TYPE_DECLARE(probe_number);
ACTOR_TYPE_DECLARE(probe_tick);
ACTOR_TYPE_DECLARE(probe_stop_with);
ACTOR_TYPE_DECLARE(probe_later);
ACTOR_TYPE_DECLARE(probe_asking);
ACTOR_TYPE_DECLARE(probe_question);
ACTOR_TYPE_DECLARE(probe_order);

#endif
