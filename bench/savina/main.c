/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "savina/savina.h"

static const struct bench *const benches[] = {
	&bench_pingpong, &bench_counting,    &bench_fjthrput,
	&bench_fjcreate, &bench_threadring,  &bench_chameneos,
	&bench_big,      &bench_philosopher, &bench_banking,
	&bench_logmap,   &bench_bndbuffer,   &bench_fib,
	&bench_sieve,    &bench_radixsort,   &bench_uct,
	&bench_skynet,   &bench_call,        &bench_cast,
	&bench_spawn,    &bench_idle,        NULL,
};

int main(int argc, char **argv)
{
	return bench_main(benches, argc, argv);
}
