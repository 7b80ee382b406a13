/* SPDX-License-Identifier: MIT */
#ifndef BASE_BARRIER_H
#define BASE_BARRIER_H

/*
 * A memory barrier in every thread of the process, made by one of them: who does something often
 * can do without a barrier of its own, where who meets it seldom makes one for both.
 */

#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

/* Before the first barrier_all(). False: the kernel cannot. */
static inline bool barrier_register(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

/* Each other thread has passed a full barrier between the call and the return. */
static inline void barrier_all(void)
{
	(void)syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

#endif
