/* SPDX-License-Identifier: MIT */
#include "define_account.h"

#include <stdio.h>

struct account {
	int64_t balance;
	int64_t least;
	int64_t step;
	uint32_t deposits;
	uint32_t refused;
};

ACTOR_IMPLEMENT(account, ACCOUNT);

static int account_init(struct account *self, int64_t balance, int64_t least, int64_t step)
{
	self->balance = balance;
	self->least = least;
	self->step = step;
	return balance < least ? ACTOR_EINVALID : ACTOR_CONTINUE;
}

static int account_handle_statement(struct account *self, struct account_statement *reply)
{
	reply->balance = self->balance;
	reply->deposits = self->deposits;
	reply->refused = self->refused;
	return ACTOR_CONTINUE;
}

static int account_handle_withdraw(struct account *self, int64_t amount, int64_t *reply)
{
	self->balance -= amount;
	*reply = self->balance;
	return ACTOR_CONTINUE;
}

static int account_handle_withdraw_refused(struct account *self, int64_t amount, int64_t *reply)
{
	(void)amount;
	(void)reply;
	self->refused++;
	return ACTOR_EACCESS;
}

static int account_handle_deposit(struct account *self, int64_t amount, uint32_t times)
{
	self->balance += amount * times;
	self->deposits++;
	return ACTOR_CONTINUE;
}

static int account_handle_tick(struct account *self)
{
	self->balance += self->step;
	return ACTOR_CONTINUE;
}

static int account_handle_spoil(struct account *self)
{
	self->balance = -1000;
	return ACTOR_CONTINUE;
}

static int account_handle_touch(struct account *self)
{
	(void)self;
	return ACTOR_STOP;
}

static int account_describe(const struct account *self, char *text, size_t size)
{
	return snprintf(text, size, "balance %lld", (long long)self->balance);
}

int account_have_spoilt(struct actor_pid pid)
{
	return account_spoil(pid);
}
