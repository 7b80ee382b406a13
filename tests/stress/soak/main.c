/* SPDX-License-Identifier: MIT */
/* Options, rounds, the account of messages, the account of memory. */
#include <dirent.h>
#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "soak.h"

#define ROUND_NS    ACTOR_SECONDS(3)
#define PATIENCE_NS ACTOR_SECONDS(60)
/* What a round may leave behind: caches of libc, stacks of threads that have ended. */
#define SLACK_HEAP  ((size_t)256 << 10)
#define SLACK_PAGES ((64u << 20) / 4096)

struct soak soak;

static const char *const names[] = {
#define X(name) #name,
	SOAK_COUNT_MAP(X)
#undef X
};

struct options {
	uint64_t seconds;
	uint64_t seed;
	uint64_t schedulers;
	bool verbose;
};

void soak_wrong(const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fprintf(stderr, "soak: seed %" PRIu64 ": %s\n", soak.seed, text);
	__atomic_fetch_add(&soak.wrong, 1, __ATOMIC_RELAXED);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void soak_pause_ms(long ms)
{
	struct timespec pause = {.tv_nsec = ms * 1000000};

	nanosleep(&pause, NULL);
}

/* ---- The account ------------------------------------------------------------------------------
 */

static void show(FILE *file, const struct actor_system_counters *counters)
{
	for (int i = 0; i < SOAK_COUNTS; i++)
		fprintf(file, "%s %" PRIu64 "%s", names[i], soak.count[i],
			i + 1 < SOAK_COUNTS ? ", " : "\n");
	fprintf(file,
		"system: %" PRIu64 " actors, %" PRIu64 " spawned, %" PRIu64 " handled, %" PRIu64
		" dead letters, %" PRIu64 " late replies, %" PRIu64 " dropped, %" PRIu64
		" rejected, %" PRIu64 " blobs\n",
		counters->actors, counters->spawned, counters->handled, counters->dead_letters,
		counters->late_replies, counters->mailbox_dropped, counters->mailbox_rejected,
		counters->blobs);
}

/* Every message is handled or dead. */
static bool settled(struct actor_system *system, struct actor_system_counters *counters)
{
	uint64_t sent = soak_value(SOAK_sent);
	uint64_t handled = soak_value(SOAK_handled);

	actor_system_count(system, counters);
	return sent == handled + soak_lost(counters) && sent == soak_value(SOAK_sent);
}

static void wait_settled(struct actor_system *system, const char *when)
{
	struct actor_system_counters counters;
	uint64_t end = now_ns() + PATIENCE_NS;

	while (!settled(system, &counters)) {
		if (now_ns() > end) {
			soak_wrong("%s: of %" PRIu64 " messages %" PRIu64 " are handled, %" PRIu64
				   " dead letters and %" PRIu64 " thrown away by full mailboxes",
				   when, soak_value(SOAK_sent), soak_value(SOAK_handled),
				   counters.dead_letters,
				   counters.mailbox_dropped + counters.mailbox_rejected);
			show(stderr, &counters);
			return;
		}
		soak_pause_ms(5);
	}
}

/* Everybody who lives answers. */
static void ask_all(void)
{
	struct work work = {.number = 1, .hops = 0};

	for (uint64_t i = 0; i < ROSTER; i++) {
		struct actor_pid pid = soak_anybody(i);

		if (pid.bits != 0 && soak_call(pid, &work, ACTOR_SECONDS(30)) == ACTOR_ETIMEOUT)
			soak_wrong("an actor is stuck: slot %u", actor_pid_slot(pid));
	}
}

static void wait_empty(struct actor_system *system)
{
	struct actor_system_counters counters;
	uint64_t end = now_ns() + PATIENCE_NS;

	for (;;) {
		actor_system_count(system, &counters);
		if (counters.actors == 0)
			return;
		if (now_ns() > end) {
			soak_wrong("%" PRIu64 " actors did not end", counters.actors);
			show(stderr, &counters);
			return;
		}
		soak_pause_ms(5);
	}
}

static void check_rest(struct actor_system *system, bool verbose)
{
	struct actor_system_counters counters;
	uint64_t end = now_ns() + PATIENCE_NS;

	/* An actor counts as ended before it has put down all that it held. */
	do {
		actor_system_count(system, &counters);
		soak_pause_ms(1);
	} while (counters.blobs != 0 && now_ns() < end);
	if (soak_value(SOAK_calls_ok) + counters.late_replies < soak_value(SOAK_replies))
		soak_wrong("%" PRIu64 " replies were given, %" PRIu64 " came and %" PRIu64
			   " were late",
			   soak_value(SOAK_replies), soak_value(SOAK_calls_ok),
			   counters.late_replies);
	if (soak_value(SOAK_collected) > soak_value(SOAK_responses))
		soak_wrong("more responses came than were given");
	if (counters.blobs != 0 || counters.blob_bytes != 0)
		soak_wrong("%" PRIu64 " blobs of %" PRIu64 " bytes are left", counters.blobs,
			   counters.blob_bytes);
	if (verbose)
		show(stdout, &counters);
}

/* ---- Memory -----------------------------------------------------------------------------------
 */

struct footprint {
	size_t heap;  /* bytes in use */
	size_t pages; /* mapped */
	size_t files; /* open */
};

static struct footprint footprint(void)
{
	struct footprint mine = {.heap = mallinfo2().uordblks + mallinfo2().hblkhd};
	FILE *file = fopen("/proc/self/statm", "r");
	DIR *folder = opendir("/proc/self/fd");

	if (file != NULL) {
		if (fscanf(file, "%zu", &mine.pages) != 1)
			mine.pages = 0;
		fclose(file);
	}
	while (folder != NULL && readdir(folder) != NULL)
		mine.files++;
	if (folder != NULL)
		closedir(folder);
	return mine;
}

static void compare(struct footprint before, struct footprint after)
{
	if (after.heap > before.heap + SLACK_HEAP)
		soak_wrong("%zu bytes of heap have become %zu", before.heap, after.heap);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they map as they like */
	if (after.pages > before.pages + SLACK_PAGES)
		soak_wrong("%zu mapped pages have become %zu", before.pages, after.pages);
#endif
	if (after.files > before.files)
		soak_wrong("%zu open files have become %zu", before.files, after.files);
}

/* ---- Rounds -----------------------------------------------------------------------------------
 */

static int round_run(const struct options *options, uint64_t seed, uint64_t rage_ns)
{
	struct actor_system_options system_options = {.size = sizeof(system_options),
						      .schedulers = (unsigned)options->schedulers,
						      .actors_max = 1 << 16,
						      .seed = seed,
						      .ring_bytes = 64 << 10};
	struct actor_system *system = NULL;
	uint32_t wrong = soak.wrong;
	uint64_t end;
	int status;

	memset(&soak, 0, sizeof(soak));
	soak.seed = seed;
	soak.wrong = wrong;
	system_options.contain_faults = true;
	status = actor_system_create(&system_options, &system);
	soak.contains = status == 0;
	if (status == ACTOR_EUNSUPPORTED) { /* under a sanitizer */
		system_options.contain_faults = false;
		status = actor_system_create(&system_options, &system);
	}
	if (status == 0)
		status = soak_tree();
	if (status == 0)
		status = tallies_start();
	if (status == 0)
		status = feeders_start(system);
	if (status != 0) {
		soak_wrong("the round could not start: %s", actor_status_text(status));
		feeders_stop();
		actor_system_destroy(system, 0);
		return status;
	}
	for (end = now_ns() + rage_ns; now_ns() < end;)
		soak_pause_ms(10);
	feeders_stop();
	wait_settled(system, "in the end");
	ask_all();
	wait_settled(system, "after all were asked");
	tallies_check();
	tallies_stop();
	__atomic_store_n(&soak.ending, 1, __ATOMIC_RELAXED);
	(void)actor_exit(soak.root, ACTOR_EXIT_SHUTDOWN);
	wait_empty(system);
	wait_settled(system, "when all were dead");
	check_rest(system, options->verbose);
	end = now_ns() + PATIENCE_NS;
	actor_system_destroy(system, ACTOR_SECONDS(10));
	if (now_ns() > end)
		soak_wrong("the system took longer than a minute to end");
	return 0;
}

static int usage(void)
{
	fputs("usage: soak [--seconds N] [--seed N] [--schedulers N] [--verbose]\n", stderr);
	return 2;
}

static int parse(int argc, char **argv, struct options *options)
{
	static const struct option table[] = {
		{"seconds", required_argument, NULL, 's'},
		{"seed", required_argument, NULL, 'r'},
		{"schedulers", required_argument, NULL, 't'},
		{"verbose", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		uint64_t number = optarg != NULL ? strtoull(optarg, NULL, 0) : 0;

		if (option == 's' && number != 0)
			options->seconds = number;
		else if (option == 'r' && number != 0)
			options->seed = number;
		else if (option == 't' && number != 0)
			options->schedulers = number;
		else if (option == 'v')
			options->verbose = true;
		else
			return usage();
	}
	return optind == argc ? 0 : usage();
}

int main(int argc, char **argv)
{
	struct options options = {.seconds = 5, .seed = now_ns(), .schedulers = 3};
	struct footprint before = {0};
	uint64_t end;
	unsigned rounds = 0;

	if (parse(argc, argv, &options) != 0)
		return 2;
	mallopt(M_ARENA_MAX, 1); /* all of the heap is in sight of mallinfo2 */
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("soak: seed %" PRIu64 ", %" PRIu64 " s\n", options.seed, options.seconds);
	end = now_ns() + options.seconds * UINT64_C(1000000000);
	while (rounds == 0 || (now_ns() < end && soak.wrong == 0)) {
		uint64_t left = end > now_ns() ? end - now_ns() : 0;
		/* The first round of a seed is that of a run with this seed alone. */
		uint64_t seed = rounds == 0 ? options.seed : soak_mix(options.seed + rounds);

		if (round_run(&options, seed, left < ROUND_NS ? left : ROUND_NS) != 0)
			break;
		rounds++;
		if (rounds == 1)
			before = footprint();
		else
			compare(before, footprint());
	}
	printf("soak: %u rounds, %u findings\n", rounds, soak.wrong);
	return soak.wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
