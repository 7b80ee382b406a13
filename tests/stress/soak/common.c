/* SPDX-License-Identifier: MIT */
/* What both actors and threads do: send, call, spawn, end others. */
#include "soak.h"

#define DETACHED 64 /* in a round */

ACTOR_MESSAGE(soak_work, struct work);
ACTOR_MESSAGE(soak_note, struct work);
ACTOR_REQUEST(soak_ask, struct work, uint64_t);
ACTOR_REQUEST(soak_inquire, struct work, uint64_t);

struct actor_pid soak_anybody(uint64_t chance)
{
	struct actor_pid pid = {__atomic_load_n(&soak.roster[chance % ROSTER], __ATOMIC_RELAXED)};

	return pid;
}

void soak_enrol(struct actor_pid pid, uint64_t chance)
{
	__atomic_store_n(&soak.roster[chance % ROSTER], pid.bits, __ATOMIC_RELAXED);
}

/*
 * Counted before: an actor that sends much may be made to wait, and be killed then. What a full
 * mailbox refuses, also because of a deadlock, is in the system's counters.
 */
int soak_sending(int status)
{
	if (status != 0 && status != ACTOR_EMAILBOX_FULL && status != ACTOR_EDEADLOCK)
		__atomic_fetch_sub(&soak.count[SOAK_sent], 1, __ATOMIC_RELAXED);
	return status;
}

int soak_cast(struct actor_pid to, const struct work *work)
{
	soak_count(SOAK_sent);
	return soak_sending(actor_cast(to, &soak_work, work));
}

int soak_send(struct actor_pid to, const struct work *work)
{
	soak_count(SOAK_sent);
	return soak_sending(actor_send(to, &soak_note, work));
}

int soak_call(struct actor_pid to, const struct work *work, uint64_t timeout_ns)
{
	uint64_t reply = 0;
	int status;

	/* Before: whoever is killed while it waits does not come back to count. */
	soak_count(SOAK_sent);
	status = actor_call(to, &soak_ask, work, &reply, timeout_ns);
	switch (status) {
	case 0:
		soak_count(SOAK_calls_ok);
		if (reply != work->number)
			soak_wrong("a call was answered with %llu instead of %llu",
				   (unsigned long long)reply, (unsigned long long)work->number);
		break;
	case ACTOR_ETIMEOUT:
		soak_count(SOAK_calls_late);
		break;
	case ACTOR_EDIED:
	case ACTOR_ENOT_FOUND:
		soak_count(SOAK_calls_died);
		break;
	case ACTOR_EDEADLOCK: /* it was not sent */
		__atomic_fetch_sub(&soak.count[SOAK_sent], 1, __ATOMIC_RELAXED);
		soak_count(SOAK_calls_deadlock);
		break;
	case ACTOR_EMAILBOX_FULL:
		soak_count(SOAK_calls_full);
		break;
	case ACTOR_EREJECTED:
		soak_count(SOAK_calls_rejected);
		break;
	default:
		soak_wrong("a call failed: %s", actor_status_text(status));
	}
	return status;
}

void soak_exit(struct actor_pid to, uint64_t chance)
{
	static const int reasons[] = {ACTOR_EXIT_NORMAL, ACTOR_EXIT_SHUTDOWN, ACTOR_EXIT_USER,
				      ACTOR_EXIT_KILL};
	int reason = reasons[chance % 4];

	if (to.bits == 0)
		return;
	if (actor_exit(to, reason) == 0)
		soak_count(reason == ACTOR_EXIT_KILL ? SOAK_kills : SOAK_exits);
}

void soak_spawn(uint64_t chance)
{
	struct nature nature = {.fails = chance % 16 == 0};
	struct actor_spawn_options options = {.size = sizeof(options), .label = "soaked"};
	struct actor_pid pid = ACTOR_PID_NONE;
	int status;

	if (__atomic_load_n(&soak.crowded, __ATOMIC_RELAXED))
		return;
	chance /= 16;
	options.link = chance % 4 == 0;
	if ((chance / 4) % 32 == 0 && soak_value(SOAK_detached) < DETACHED) {
		options.detached = true;
		soak_count(SOAK_detached);
	}
	chance /= 128;
	if (chance % 4 == 0) {
		options.mailbox_policy = (enum actor_mailbox_policy)(chance / 4 % 4);
		options.mailbox_limit = (uint32_t)(chance / 16 % 64) + 4;
		options.mailbox_high = options.mailbox_limit;
		options.mailbox_low = 1;
		soak_count(SOAK_bounded);
	}
	chance /= 1024;
	if (chance % 2 == 0) {
		status = actor_spawn(&soak_worker, &nature, sizeof(nature), &options, &pid);
		if (status == 0)
			soak_count(SOAK_spawned);
	} else {
		int reason = 0;

		status =
			actor_start(&soak_worker, &nature, sizeof(nature), &options, &pid, &reason);
		soak_count(status == 0 ? SOAK_started : SOAK_init_failed);
		if (status != 0 && status != ACTOR_EBAD_CHILD && status != ACTOR_ENO_MEMORY)
			soak_wrong("a start failed: %s", actor_status_text(status));
	}
	if (status == 0)
		soak_enrol(pid, chance / 2);
}

/* From a thread of the program: nothing ends it before it has counted the answer. */
void soak_child(uint64_t chance)
{
	struct nature nature = {.fails = chance % 32 == 0};
	struct actor_pid pid = ACTOR_PID_NONE;
	struct actor_pid supervisor = soak.dynamic[(chance / 32) % 2];
	int status;

	if (__atomic_load_n(&soak.crowded, __ATOMIC_RELAXED))
		return;
	chance /= 64;
	if (chance % 4 != 0) {
		status = actor_supervisor_start_child(supervisor, &nature, sizeof(nature), &pid);
		if (status == 0) {
			soak_count(SOAK_children);
			soak_enrol(pid, chance / 4);
		}
	} else {
		status = actor_supervisor_stop_child(supervisor, soak_anybody(chance / 4));
		if (status != 0 && status != ACTOR_ENOT_FOUND)
			soak_wrong("a child was not stopped: %s", actor_status_text(status));
	}
}
