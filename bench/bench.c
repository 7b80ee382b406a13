/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Long enough for any work, short enough to notice one that hangs. */
#define DEADLINE   ACTOR_SECONDS(300)

#define WARM_UP_NS UINT64_C(100000000)
#define MEASURE_NS UINT64_C(300000000)

struct settings {
	uint64_t size;
	uint64_t schedulers;
	uint64_t rounds; /* 0: as many as the time allows */
	bool json;
	bool smoke;
};

struct result {
	double per_operation;
	uint64_t operations;
	uint64_t rounds;
};

ACTOR_REQUEST(bench_go, uint64_t, uint64_t);

int bench_wrong(struct actor_from from, const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	return actor_reject(from, ACTOR_EINVALID);
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint64_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	uint64_t kilobytes = 0;

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Rss: %" SCNu64 " kB", &kilobytes) == 1)
			break;
	fclose(file);
	return kilobytes * 1024;
}

/* The work, once. What was done is added to *operations. */
static int round_run(const struct bench *bench, const struct settings *settings,
		     uint64_t *operations)
{
	struct actor_pid worker;
	uint64_t done = 0;
	int status;

	status = actor_start(bench->behaviour, NULL, 0, NULL, &worker, NULL);
	if (status == 0)
		status = actor_call(worker, &bench_go, &settings->size, &done, DEADLINE);
	if (status != 0) {
		fprintf(stderr, "bench: %s: %s\n", bench->name, actor_status_text(status));
		return status;
	}
	*operations += done;
	return bench->measure == BENCH_MEMORY ? 0 : actor_exit(worker, ACTOR_EXIT_SHUTDOWN);
}

/* The work so many times, or, where `rounds` is 0, at least once and until that time is over. */
static int rounds_run(const struct bench *bench, const struct settings *settings, uint64_t rounds,
		      uint64_t time_ns, struct result *result)
{
	uint64_t start = clock_ns();
	uint64_t passed;

	memset(result, 0, sizeof(*result));
	do {
		int status = round_run(bench, settings, &result->operations);

		if (status != 0)
			return status;
		result->rounds++;
		passed = clock_ns() - start;
	} while (rounds != 0 ? result->rounds < rounds : passed < time_ns);
	result->per_operation = (double)passed / (double)result->operations;
	return 0;
}

static int measure(const struct bench *bench, const struct settings *settings,
		   struct result *result)
{
	bool short_run = settings->smoke || settings->rounds == 1;
	int status = 0;

	if (bench->measure == BENCH_MEMORY) {
		status = rounds_run(bench, settings, 1, 0, result);
		result->per_operation = (double)resident_bytes() / (double)result->operations;
		return status;
	}
	/* With a number of rounds the clock decides nothing, so that the run can be replayed. */
	if (!short_run)
		status = rounds_run(bench, settings, settings->rounds != 0, WARM_UP_NS, result);
	return status != 0 ? status
			   : rounds_run(bench, settings, short_run ? 1 : settings->rounds,
					MEASURE_NS, result);
}

static void print(const struct bench *bench, const struct settings *settings,
		  const struct result *result)
{
	static const char *const keys[] = {
		[BENCH_TIME] = "ns_per_op",
		[BENCH_MEMORY] = "bytes_per_op",
	};
	static const char *const units[] = {[BENCH_TIME] = "ns", [BENCH_MEMORY] = "bytes"};

	if (settings->json)
		printf("{\"bench\":\"%s\",\"%s\":%.2f,\"operations\":%" PRIu64
		       ",\"rounds\":%" PRIu64 "}\n",
		       bench->name, keys[bench->measure], result->per_operation, result->operations,
		       result->rounds);
	else
		printf("%-12s %9.1f %s for one of %" PRIu64 " operations, %" PRIu64 " %s\n",
		       bench->name, result->per_operation, units[bench->measure],
		       result->operations, result->rounds,
		       result->rounds == 1 ? "round" : "rounds");
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

static int usage(const struct bench *const *benches, const char *program)
{
	fprintf(stderr, "usage: %s %s[--smoke] [--json] [--size N] [--rounds N] [--schedulers N]\n",
		program, benches[1] != NULL ? "BENCH " : "");
	if (benches[1] == NULL)
		return -1;
	fprintf(stderr, "BENCH:");
	for (; *benches != NULL; benches++)
		fprintf(stderr, " %s", (*benches)->name);
	fprintf(stderr, "\n");
	return -1;
}

static int parse_options(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"smoke", no_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"size", required_argument, NULL, 'n'},
		{"rounds", required_argument, NULL, 'r'},
		{"schedulers", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			settings->smoke = true;
		else if (option == 'j')
			settings->json = true;
		else if (option == 'n' && parse_number(optarg, &settings->size) == 0)
			continue;
		else if (option == 'r' && parse_number(optarg, &settings->rounds) == 0)
			continue;
		else if (option == 't' && parse_number(optarg, &settings->schedulers) == 0)
			continue;
		else
			return -1;
	}
	return 0;
}

/* Which one; NULL: none, and that has been said. */
static const struct bench *parse(const struct bench *const *benches, int argc, char **argv,
				 struct settings *settings)
{
	const struct bench *const *bench = benches;

	if (parse_options(argc, argv, settings) != 0 ||
	    argc - optind != (benches[1] != NULL ? 1 : 0)) {
		usage(benches, argv[0]);
		return NULL;
	}
	if (benches[1] != NULL)
		while (*bench != NULL && strcmp((*bench)->name, argv[optind]) != 0)
			bench++;
	if (*bench == NULL) {
		fprintf(stderr, "bench: no such benchmark: %s\n", argv[optind]);
		usage(benches, argv[0]);
		return NULL;
	}
	if (settings->size == 0)
		settings->size = settings->smoke ? (*bench)->size_smoke : (*bench)->size;
	return *bench;
}

int bench_main(const struct bench *const *benches, int argc, char **argv)
{
	struct settings settings = {.size = 0};
	const struct bench *bench = parse(benches, argc, argv, &settings);
	struct actor_system_options options = {.size = sizeof(options),
					       .schedulers = (unsigned)settings.schedulers,
					       .actors_max = 1 << 21,
					       .seed = 1,
					       .argc = argc,
					       .argv = argv};
	struct actor_system *system = NULL;
	struct result result;
	int status;

	if (bench == NULL)
		return 2;
	status = actor_system_create(&options, &system);
	if (status != 0) {
		fprintf(stderr, "bench: no actor system: %s\n", actor_status_text(status));
		return EXIT_FAILURE;
	}
	status = measure(bench, &settings, &result);
	system = actor_system_destroy(system, ACTOR_SECONDS(1));
	if (status == 0)
		print(bench, &settings, &result);
	return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
