/* SPDX-License-Identifier: MIT */
/* Signals for the program's own threads, as outside input that a replay knows. */
#include <signal.h>

#include <actor/actor.h>

#include "actor/system.h"

int actor_signal_wait(const int *signals, size_t count, uint64_t timeout_ns, int *ret_signal)
{
	struct thread *thread = thread_self();
	uint64_t number;
	sigset_t set;

	if (thread == NULL || !thread->foreign)
		return ACTOR_ENOT_ACTOR;
	if (signals == NULL || count == 0)
		return ACTOR_EINVALID;
	sigemptyset(&set);
	for (size_t i = 0; i < count; i++)
		if (sigaddset(&set, signals[i]) != 0)
			return ACTOR_EINVALID;
	number = (uint64_t)thread->system->seam->signal(signals, count, timeout_ns);
	thread_input(thread);
	number = thread_observe(thread, ACTOR_OBSERVED_SIGNAL, number);
	thread_output(thread);
	if (number == 0)
		return ACTOR_ETIMEOUT;
	if (ret_signal != NULL)
		*ret_signal = (int)number;
	return 0;
}
