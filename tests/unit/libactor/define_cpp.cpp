/* SPDX-License-Identifier: MIT */
/* A C++ program calls an actor written in C, through the header that its C callers use. */
#include "define_account.h"

#include <cstdio>

static int fail(const char *what, int status)
{
	std::fprintf(stderr, "%s: %s\n", what, actor_status_text(status));
	return 1;
}

int main()
{
	struct actor_system *system = nullptr;
	struct actor_pid account;
	struct account_statement statement;
	int64_t left = 0;
	int status = actor_system_create(nullptr, &system);

	if (status != 0)
		return fail("create", status);
	status = account_start(10, &account);
	if (status == 0)
		status = account_deposit(account, 5, 2);
	if (status == 0)
		status = account_withdraw(account, 7, &left);
	if (status == 0)
		status = account_statement(account, &statement);
	actor_system_destroy(system, ACTOR_SECONDS(5));
	if (status != 0)
		return fail("account", status);
	if (left != 13 || statement.balance != 13 || statement.deposits != 1)
		return fail("a wrong balance", ACTOR_EINVALID);
	return 0;
}
