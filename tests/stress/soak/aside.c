/* SPDX-License-Identifier: MIT */
/* What is rarer: requests, blobs, groups, blocking calls, looking into actors and holding them. */
#include <string.h>

#include <actor/blocking.h>
#include <actor/group.h>
#include <actor/sys.h>

#include "soak.h"

#define GROUPS   4
#define BLOB_MAX 40000

/* ---- Requests ----------------------------------------------------------------------------------
 */

/* Every request wants the same number back, so that it need not be kept with it. */
uint64_t soak_answer(uint64_t chance)
{
	(void)chance;
	return soak.seed | 1;
}

int soak_collect(uint64_t *request, uint64_t chance)
{
	uint64_t reply = 0;
	int status;

	switch (chance % 4) {
	case 0:
		status = actor_request_check(*request, &reply);
		break;
	case 1:
		status = actor_request_receive(*request, &reply,
					       ACTOR_MICROSECONDS(chance / 4 % 5000));
		break;
	case 2:
		status =
			actor_request_wait(*request, &reply, ACTOR_MICROSECONDS(chance / 4 % 5000));
		break;
	default:
		status = actor_request_abandon(*request);
		if (status != 0)
			soak_wrong("a request was not there: %s", actor_status_text(status));
		*request = 0;
		return status;
	}
	if (status == 0) {
		soak_count(SOAK_collected);
		if (reply != soak_answer(0))
			soak_wrong("a request was answered with %llu", (unsigned long long)reply);
	} else if (status == ACTOR_EINVALID) {
		soak_wrong("a request was forgotten");
	}
	/* A check and a wait that were too early leave it outstanding. */
	if (status != ACTOR_ETIMEOUT || chance % 4 == 1)
		*request = 0;
	return status;
}

/* ---- Blobs -------------------------------------------------------------------------------------
 */

void soak_cast_blob(struct actor_pid to, const struct work *work, uint64_t chance)
{
	static const unsigned char zeros[BLOB_MAX];
	struct actor_blob *blob = NULL;
	int status = actor_blob_create(zeros, chance % BLOB_MAX, &blob);

	if (status != 0) {
		soak_wrong("no blob: %s", actor_status_text(status));
		return;
	}
	soak_count(SOAK_sent);
	if (soak_sending(actor_cast_blob(to, &soak_work, work, blob)) == 0)
		soak_count(SOAK_blobs);
	actor_blob_drop(blob);
}

void soak_check_blob(const struct actor_blob *blob)
{
	const unsigned char *bytes = actor_blob_bytes(blob);
	size_t size = actor_blob_size(blob);
	unsigned char sum = 0;

	for (size_t i = 0; i < size; i += 64)
		sum |= bytes[i];
	if (size >= BLOB_MAX || sum != 0)
		soak_wrong("a blob of %zu bytes was changed", size);
}

/* ---- Groups ------------------------------------------------------------------------------------
 */

static const char *const groups[GROUPS] = {"soak-north", "soak-east", "soak-south", "soak-west"};

void soak_mingle(uint64_t chance)
{
	const char *group = groups[chance / 8 % GROUPS];
	struct actor_pid members[8];
	size_t count;

	switch (chance % 8) {
	case 0:
	case 1:
		if (actor_group_join(group, actor_self()) == 0)
			soak_count(SOAK_members);
		break;
	case 7:
		if (actor_group_members(group, members, 8, &count) != 0)
			soak_wrong("the members of a group are not known");
		break;
	default:
		(void)actor_group_leave(group, actor_self());
	}
}

void soak_broadcast(uint64_t chance)
{
	struct work work = {.hops = 0};
	const char *group = groups[chance / 2 % GROUPS];
	size_t sent = 0;
	int status = chance % 2 == 0 ? actor_group_cast(group, &soak_work, &work, &sent)
				     : actor_group_send(group, &soak_note, &work, &sent);

	soak_count(SOAK_broadcasts);
	if (status == ACTOR_EMAILBOX_FULL)
		sent++; /* it is among the system's rejected */
	else if (status != 0)
		soak_wrong("a broadcast failed: %s", actor_status_text(status));
	__atomic_fetch_add(&soak.count[SOAK_sent], sent, __ATOMIC_RELAXED);
}

/* ---- Blocking calls ----------------------------------------------------------------------------
 */

static int compute(const void *argument, size_t size, void *result)
{
	uint64_t number;

	if (size != sizeof(number))
		return ACTOR_EINVALID;
	memcpy(&number, argument, sizeof(number));
	if (number % 8 == 0)
		return ACTOR_EREJECTED;
	number = soak_mix(number);
	memcpy(result, &number, sizeof(number));
	return 0;
}

void soak_block(uint64_t chance)
{
	uint64_t result = 0;
	int status = actor_blocking_wait(compute, &chance, sizeof(chance), &result, sizeof(result),
					 ACTOR_MICROSECONDS(chance / 8 % 20000));

	soak_count(SOAK_blocked);
	if (status == 0 && result != soak_mix(chance))
		soak_wrong("a blocking call came back with another one's result");
	else if (status == ACTOR_EREJECTED && chance % 8 != 0)
		soak_wrong("a blocking call failed with another one's status");
	else if (status != 0 && status != ACTOR_EREJECTED && status != ACTOR_ETIMEOUT &&
		 status != ACTOR_EBUSY)
		soak_wrong("a blocking call failed: %s", actor_status_text(status));
}

/* ---- Looking -----------------------------------------------------------------------------------
 */

static void check_look(int status, const char *what)
{
	soak_count(SOAK_looks);
	if (status != 0 && status != ACTOR_ENOT_FOUND && status != ACTOR_EDIED &&
	    status != ACTOR_ETIMEOUT && status != ACTOR_EDEADLOCK)
		soak_wrong("%s: %s", what, actor_status_text(status));
}

void soak_look(struct actor_pid pid, uint64_t chance)
{
	uint64_t timeout = ACTOR_MICROSECONDS(chance / 8 % 5000);
	struct actor_sys_status found;
	uint64_t state[4];
	size_t size = 0;
	int status;

	if (pid.bits == 0)
		return;
	switch (chance % 4) {
	case 0:
		status = actor_sys_get_state(pid, state, sizeof(state), &size, timeout);
		if (status == 0 && size < sizeof(state))
			soak_wrong("an actor has a state of %zu bytes", size);
		check_look(status, "get_state");
		break;
	case 1:
		status = actor_sys_statistics(pid, chance / 4 % 2 == 0, timeout);
		check_look(status, "statistics");
		break;
	default:
		status = actor_sys_get_status(pid, &found, timeout);
		if (status == 0 && !actor_pid_equal(found.pid, pid))
			soak_wrong("the status is another actor's");
		check_look(status, "get_status");
	}
}

void soak_hold(struct actor_pid pid)
{
	struct actor_sys_status found;
	int status;

	if (pid.bits == 0)
		return;
	status = actor_sys_suspend(pid, ACTOR_MILLISECONDS(20));
	check_look(status, "suspend");
	if (status == 0) {
		soak_count(SOAK_suspended);
		/* Another thread may have resumed it, so this may be so or not. */
		check_look(actor_sys_get_status(pid, &found, ACTOR_SECONDS(60)), "get_status");
	}
	/* Also where it has not answered: it may do so later. */
	status = actor_sys_resume(pid, ACTOR_SECONDS(60));
	check_look(status, "resume");
	if (status == ACTOR_ETIMEOUT)
		soak_wrong("a suspended actor is stuck: slot %u", actor_pid_slot(pid));
}
