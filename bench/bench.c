/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RUNS 5

struct settings {
	uint64_t operations;
	unsigned schedulers;
	bool json;
	bool smoke;
	const char *tracing; /* what the driver says: "off" or "on" */
};

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int compare_times(const void *a, const void *b)
{
	double first = *(const double *)a;
	double second = *(const double *)b;

	return (first > second) - (first < second);
}

int bench_fail(const struct bench *bench, const char *what, int status)
{
	fprintf(stderr, "%s: %s%s%s\n", bench->name, what, status != 0 ? ": " : "",
		status != 0 ? actor_status_text(status) : "");
	return status != 0 ? status : ACTOR_EINVALID;
}

static void print(const struct bench *bench, const struct settings *settings, const double *ns,
		  unsigned runs)
{
	const char *format =
		settings->json ? "{\"bench\":\"%s\",\"runtime\":\"libactor\",\"tracing\":\"%s\","
				 "\"ns_per_op\":%.2f,\"min\":%.2f,\"max\":%.2f,\"runs\":%u,"
				 "\"operations\":%" PRIu64 ",\"schedulers\":%u}\n"
			       : "%-10s tracing %-3s %9.1f ns (%.1f to %.1f, %u runs of %" PRIu64
				 " operations, %u schedulers)\n";

	printf(format, bench->name, settings->tracing, ns[runs / 2], ns[0], ns[runs - 1], runs,
	       settings->operations, settings->schedulers);
}

/* The times of `runs` runs, ascending. */
static int measure(const struct bench *bench, const struct settings *settings,
		   struct actor_system *system, double *ns, unsigned runs)
{
	for (unsigned i = 0; i < runs; i++) {
		uint64_t start = clock_ns();
		int status = bench->run(system, settings->operations);

		if (status != 0)
			return status;
		ns[i] = (double)(clock_ns() - start) / (double)settings->operations;
	}
	qsort(ns, runs, sizeof(ns[0]), compare_times);
	return 0;
}

static int parse_number(const char *text, uint64_t *ret_number)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (end == text || *end != '\0' || number == 0)
		return -1;
	*ret_number = number;
	return 0;
}

static int usage(const struct bench *bench)
{
	fprintf(stderr,
		"usage: %s [--smoke] [--json] [--operations N] [--schedulers N]"
		" [--tracing off|on]\n",
		bench->name);
	return -1;
}

static int parse(const struct bench *bench, int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"smoke", no_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"operations", required_argument, NULL, 'o'},
		{"schedulers", required_argument, NULL, 't'},
		{"tracing", required_argument, NULL, 'r'},
		{NULL, 0, NULL, 0},
	};
	uint64_t schedulers = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			settings->smoke = true;
		else if (option == 'j')
			settings->json = true;
		else if (option == 'r')
			settings->tracing = optarg;
		else if (option == 'o' && parse_number(optarg, &settings->operations) == 0)
			continue;
		else if (option == 't' && parse_number(optarg, &schedulers) == 0)
			settings->schedulers = (unsigned)schedulers;
		else
			return usage(bench);
	}
	return optind == argc ? 0 : usage(bench);
}

int bench_main(const struct bench *bench, int argc, char **argv)
{
	struct settings settings = {.tracing = "off"};
	struct actor_system_options options = {
		.size = sizeof(options), .seed = 1, .argc = argc, .argv = argv};
	struct actor_system *system = NULL;
	double ns[RUNS];
	unsigned runs;
	int status;

	if (parse(bench, argc, argv, &settings) != 0)
		return 2;
	if (settings.operations == 0)
		settings.operations = settings.smoke ? bench->operations_smoke : bench->operations;
	runs = settings.smoke ? 1 : RUNS;
	if (settings.schedulers == 0)
		settings.schedulers = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	options.schedulers = settings.schedulers;
	status = actor_system_create(&options, &system);
	if (status != 0) {
		bench_fail(bench, "no actor system", status);
		return EXIT_FAILURE;
	}
	/* Once to warm up; what it measures is thrown away. */
	status = settings.smoke ? 0 : measure(bench, &settings, system, ns, 1);
	if (status == 0)
		status = measure(bench, &settings, system, ns, runs);
	system = actor_system_destroy(system, ACTOR_SECONDS(1));
	if (status == 0)
		print(bench, &settings, ns, runs);
	return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
