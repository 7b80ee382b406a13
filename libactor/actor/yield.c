/* SPDX-License-Identifier: MIT */
/*
 * A turn that sends thousands of messages lets their receivers keep pace: now and then it goes
 * behind all others that are ready. So what it sends is handled while it is warm, and no turn
 * fills the memory on its own. To the actor it is a call to itself that is answered at once, and
 * so it is to a recording and a replay.
 */
#include "actor/system.h"

void turn_yield(struct thread *thread)
{
	const struct reply_payload again = {0, 0};
	struct cell *cell = thread->cell;
	struct wait wait;
	uint64_t ref;

	if (cell->ending || cell->wait != NULL || !worker_reserve(thread->worker))
		return;
	wait_init(&wait);
	wait.last = true;
	ref = call_ref(cell, 0);
	if (message_post(thread, cell_pid(cell), ACTOR_MESSAGE_KIND_REPLY, 0, ref, &again,
			 sizeof(again)) != 0)
		return;
	if (wait_for(thread, &wait, ref, cell_pid(cell), 0, ACTOR_FOREVER) == 0)
		message_free(thread_self(), wait.answer);
}
