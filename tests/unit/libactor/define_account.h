/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DEFINE_ACCOUNT_H
#define TESTS_DEFINE_ACCOUNT_H

/* An actor with a header and a .c file, as programs have them; C and C++ include it. */

#include <actor/define.h>

struct account_statement {
	int64_t balance;
	uint32_t deposits;
	uint32_t refused;
};

#define ACCOUNT                                                                              \
	definit(arg(int64_t, balance), opt(int64_t, least, -100), opt(int64_t, step, 1)),    \
		defcall(statement, struct account_statement),                                \
		defcall(withdraw, int64_t, arg(int64_t, amount),                             \
			when(self->balance - amount < self->least, refused)),                \
		defcast(deposit, arg(int64_t, amount), arg(uint32_t, times)), defcast(tick), \
		defcastp(spoil), defcall(touch, void), defdescribe()

ACTOR_DECLARE(account, ACCOUNT);

/* Sends the private message. */
int account_have_spoilt(struct actor_pid pid);

#endif
