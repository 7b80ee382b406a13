/* SPDX-License-Identifier: MIT */
#ifndef STORE_WIDE_H
#define STORE_WIDE_H

/*
 * Functions of loops over many numbers are worth wider registers where the machine has them: two
 * copies are compiled, and one is chosen as the program is loaded. Sanitizers do not bear that.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
	!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

#endif
