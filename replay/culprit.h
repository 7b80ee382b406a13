/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_CULPRIT_H
#define REPLAY_CULPRIT_H

/*
 * Why a replay has diverged, as far as can be told: it is run twice more, up to the divergence,
 * with the payload that differs and with what handlers ask of the machine. What then differs from
 * run to run, what looks like an address or a time, and who has asked for what, say the rest.
 */

#include "compare.h"
#include "report.h"

/* X(NAME, words) */
#define CULPRIT_MAP(X)                                                                      \
	X(UNKNOWN, "")                                                                      \
	X(CODE, "changed code")                                                             \
	X(CLOCK, "the clock")                                                               \
	X(RANDOM, "chance")                                                                 \
	X(ENVIRONMENT, "the environment")                                                   \
	X(FILE, "a file or the network")                                                    \
	X(ADDRESS, "an address, or an order that hangs on addresses")                       \
	X(UNINITIALISED, "bytes that were never set")                                       \
	X(SHARED, "memory that is shared: a global variable, another actor's, or a thread") \
	X(THREAD, "a thread of the program that is not run")

enum culprit_class {
#define X(NAME, words) CULPRIT_##NAME,
	CULPRIT_MAP(X)
#undef X
	CULPRIT_COUNT
};

struct culprit {
	enum culprit_class class;
	char text[1024];
	struct report_payload then; /* of the message, where the recording has it */
	struct report_payload now;
	unsigned char *bytes[2]; /* of the two runs */
	void *recorded;
};

void culprit_find(struct recording *recording, struct script_file *script,
		  const struct divergence *divergence, char *const *command, bool other_build,
		  uint64_t patience_ns, struct culprit *ret_culprit);
void culprit_finish(struct culprit *culprit);

#endif
