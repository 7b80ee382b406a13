/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "savina/savina.h"

static const struct bench *const benches[] = {
	&bench_pingpong, &bench_counting, &bench_threadring, &bench_fjthrput,
	&bench_big,      &bench_cast,     &bench_spawn,      NULL,
};

int main(int argc, char **argv)
{
	return bench_main(benches, argc, argv);
}
