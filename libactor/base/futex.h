/* SPDX-License-Identifier: MIT */
#ifndef BASE_FUTEX_H
#define BASE_FUTEX_H

/* The kernel's futex, typed. `shared`: the word lies in memory that processes share. */

#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Sleeps while *word is `expected`, at most `timeout_ns` from now (UINT64_MAX: forever). Returns 0
 * when woken, -EAGAIN when the word was another at once, -ETIMEDOUT, -EINTR. Callers look at the
 * word again whatever it returns; wake-ups may be spurious.
 */
static inline int futex_wait(const uint32_t *word, uint32_t expected, uint64_t timeout_ns,
			     bool shared)
{
	struct timespec timeout;
	int saved = errno;
	int status = 0;

	timeout.tv_sec = (time_t)(timeout_ns / UINT64_C(1000000000));
	timeout.tv_nsec = (long)(timeout_ns % UINT64_C(1000000000));
	if (syscall(SYS_futex, word, shared ? FUTEX_WAIT : FUTEX_WAIT_PRIVATE, expected,
		    timeout_ns == UINT64_MAX ? NULL : &timeout, NULL, 0) != 0)
		status = -errno;
	/* A handler's errno is not disturbed by the runtime's sleeping. */
	errno = saved;
	return status;
}

static inline void futex_wake(uint32_t *word, int count, bool shared)
{
	int saved = errno;

	(void)syscall(SYS_futex, word, shared ? FUTEX_WAKE : FUTEX_WAKE_PRIVATE, count, NULL, NULL,
		      0);
	errno = saved;
}

#endif
