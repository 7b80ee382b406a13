/* SPDX-License-Identifier: MIT */
/*
 * The same three integers through LTTng-UST, as a library of another kind would have them:
 *
 *	bench-lttng [--events N] [--smoke]
 *
 * bench/recorder.py makes the session. One line of JSON.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_probe.inc"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"events", required_argument, NULL, 'e'},
		{"smoke", no_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	uint64_t events = 2000000;
	uint64_t begin;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'e')
			events = strtoull(optarg, NULL, 10);
		else if (option == 's')
			events = 100000;
		else
			return 2;
	}
	begin = now_ns();
	for (uint64_t i = 0; i < events; i++)
		lttng_ust_tracepoint(bench, three, i, i * UINT64_C(0x9e3779b97f4a7c15), i & 255);
	printf("{\"bench\":\"lttng\",\"runtime\":\"lttng-ust\",\"ns_per_op\":%.3f,"
	       "\"operations\":%" PRIu64 "}\n",
	       (double)(now_ns() - begin) / (double)events, events);
	return EXIT_SUCCESS;
}
