/* SPDX-License-Identifier: MIT */
#ifndef BASE_PREFETCH_H
#define BASE_PREFETCH_H

/*
 * Fetches the cache line at `address` to be written soon, and takes it away from others that have
 * it. Any address will do. (gcc makes a fetch for reading of __builtin_prefetch(address, 1) unless
 * it is told which processors it compiles for.)
 *
 * Stability: internal.
 */
static inline void prefetch_write(const void *address)
{
#if defined(__x86_64__)
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
	__builtin_prefetch(address, 1);
#endif
}

#endif
