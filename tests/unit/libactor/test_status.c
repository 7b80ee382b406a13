/* SPDX-License-Identifier: MIT */

/* Every status and every exit reason has a text of its own; unknown numbers have one too. */

#include <actor/status.h>

#include "suite.h"

static const int statuses[] = {ACTOR_OK,
#define X(NAME, err, text) ACTOR_E##NAME,
			       ACTOR_STATUS_MAP(X)
#undef X
};

#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

static void statuses_have_texts_of_their_own(void)
{
	for (size_t i = 0; i < STATUSES; i++) {
		CU_ASSERT_STRING_NOT_EQUAL(actor_status_text(statuses[i]), "unknown status");
		for (size_t k = 0; k < i; k++) {
			CU_ASSERT_NOT_EQUAL(statuses[i], statuses[k]);
			CU_ASSERT_STRING_NOT_EQUAL(actor_status_text(statuses[i]),
						   actor_status_text(statuses[k]));
		}
	}
	CU_ASSERT_STRING_EQUAL(actor_status_text(ACTOR_ENOT_FOUND), "no such actor");
}

static void unknown_numbers_have_a_text(void)
{
	CU_ASSERT_STRING_EQUAL(actor_status_text(1), "unknown status");
	CU_ASSERT_STRING_EQUAL(actor_status_text(-100000), "unknown status");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(999), "unknown reason");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(-100000), "unknown status");
}

static void exits_have_texts(void)
{
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_EXIT_NORMAL), "normal");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_EXIT_NO_ACTOR), "noproc");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(0), "alive");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_EXIT_USER), "reason of the program's own");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_EXIT_USER + 7), "reason of the program's own");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_ETIMEOUT), actor_status_text(ACTOR_ETIMEOUT));
}

#define CASES(X)                            \
	X(statuses_have_texts_of_their_own) \
	X(unknown_numbers_have_a_text)      \
	X(exits_have_texts)
SUITE("status", CASES)
