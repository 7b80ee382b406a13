/* SPDX-License-Identifier: MIT */
#include <actor/status.h>

#include <actor/actor.h>

ACTOR_PUBLIC const char *actor_status_text(int status)
{
	switch (status) {
	case ACTOR_OK:
		return "success";
#define X(NAME, err, text)  \
	case ACTOR_E##NAME: \
		return text;
		ACTOR_STATUS_MAP(X)
#undef X
	default:
		return "unknown status";
	}
}

ACTOR_PUBLIC const char *actor_exit_text(int reason)
{
	if (reason < 0)
		return actor_status_text(reason);
	if (reason >= ACTOR_EXIT_USER)
		return "reason of the program's own";
	switch (reason) {
	case 0:
		return "alive";
#define X(NAME, number, text)   \
	case ACTOR_EXIT_##NAME: \
		return text;
		ACTOR_EXIT_MAP(X)
#undef X
	default:
		return "unknown reason";
	}
}
