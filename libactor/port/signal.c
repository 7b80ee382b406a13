/* SPDX-License-Identifier: MIT */
/* Signals for the program's own threads, as outside input that a replay knows. */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include <actor/actor.h>

#include "actor/system.h"

static int await_signal(const sigset_t *set, uint64_t timeout_ns)
{
	const struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / ACTOR_SECONDS(1)),
		.tv_nsec = (long)(timeout_ns % ACTOR_SECONDS(1)),
	};
	int number;

	do
		number = sigtimedwait(set, NULL, timeout_ns == ACTOR_FOREVER ? NULL : &timeout);
	while (number < 0 && errno == EINTR);
	return number > 0 ? number : 0;
}

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
	number = (uint64_t)await_signal(&set, timeout_ns);
	thread_input(thread);
	number = thread_observe(thread, ACTOR_OBSERVED_SIGNAL, number);
	thread_output(thread);
	if (number == 0)
		return ACTOR_ETIMEOUT;
	if (ret_signal != NULL)
		*ret_signal = (int)number;
	return 0;
}
