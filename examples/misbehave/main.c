/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "misbehave.h"

const struct misdeed misdeeds[] = {
	{"call-deadlock", "offices and philosophers call each other in circles",
	 start_call_deadlock, false, 0},
	{"stuck-handler", "a clerk handles one report and never ends", start_stuck_handler, false,
	 0},
	{"orphan-call", "a buyer waits for a broker that has forgotten its call", start_orphan_call,
	 false, 0},
	{"restart-storm", "a circus restarts a juggler that drops each ball", start_restart_storm,
	 false, 0},
	{"mailbox-growing", "a logger gets more lines than it can write", start_mailbox_growing,
	 false, 0},
	{"mailbox-long", "an archive has 20,000 lines to write", start_mailbox_long, false, 0},
	{"starved", "hogs with long turns leave no scheduler for a mouse", start_starved, true, 0},
	{"call-convoy", "64 customers wait at one desk", start_call_convoy, false, 0},
	{"call-timeout", "a visitor gives a sloth too little time", start_call_timeout, false, 0},
	{"hot-actor", "a miner keeps a CPU busy", start_hot_actor, false, 0},
	{"memory-share", "a hoarder keeps 48 MiB", start_memory_share, false, 0},
	{"actor-leak", "a website starts sessions and ends none", start_actor_leak, false, 0},
	{"dead-letters", "a nephew writes to his dead uncle", start_dead_letters, false, 0},
	{"unhandled", "a tourist says what no waiter understands", start_unhandled, false, 0},
	{"big-message", "a painter sends pictures of 192 KiB", start_big_message, false, 0},
	{"pointer-message", "a postman sends where a letter lies, not the letter",
	 start_pointer_message, false, 0},
	{"trace-lossy", "a crowd cheers too loud for a ring of 64 KiB", start_trace_lossy, true,
	 65536},
};

const size_t misdeed_count = sizeof(misdeeds) / sizeof(misdeeds[0]);

static atomic_bool ends;

bool misbehave_ends(void)
{
	return atomic_load(&ends);
}

/* ---- Options --------------------------------------------------------------------------------- */

struct options {
	bool chosen[sizeof(misdeeds) / sizeof(misdeeds[0])];
	double seconds; /* 0: until it is told to end */
};

static void print_help(FILE *file)
{
	fprintf(file, "usage: misbehave --which NAME[,NAME...]|all [--seconds N]\n"
		      "       misbehave --list\n\n"
		      "Runs actors that do what actors should not, for actor-top to find.\n\n"
		      "  --which NAMES   what to do wrong; all: everything that bears company (*)\n"
		      "  --seconds N     ends after so long; else with Ctrl-C\n"
		      "  --list          only the names\n\n");
	for (size_t i = 0; i < misdeed_count; i++)
		fprintf(file, "  %c %-16s %s\n", misdeeds[i].alone ? ' ' : '*', misdeeds[i].name,
			misdeeds[i].text);
}

static bool choose(struct options *options, const char *name, size_t length)
{
	bool all = length == 3 && strncmp(name, "all", 3) == 0;
	bool found = false;

	for (size_t i = 0; i < misdeed_count; i++) {
		if (all ? misdeeds[i].alone
			: strlen(misdeeds[i].name) != length ||
				    strncmp(misdeeds[i].name, name, length) != 0)
			continue;
		options->chosen[i] = true;
		found = true;
	}
	if (!found)
		fprintf(stderr, "misbehave: there is no misdeed '%.*s'; --list has them\n",
			(int)length, name);
	return found;
}

static bool choose_list(struct options *options, const char *list)
{
	while (*list != '\0') {
		size_t length = strcspn(list, ",");

		if (!choose(options, list, length))
			return false;
		list += length + (list[length] == ',');
	}
	return true;
}

/* -1: go on; else the status to end with. */
static int parse(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{"which", required_argument, NULL, 'w'},
		{"seconds", required_argument, NULL, 's'},
		{"list", no_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool any = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		char *end;

		switch (option) {
		case 'w':
			if (!choose_list(options, optarg))
				return 2;
			any = true;
			break;
		case 's':
			options->seconds = strtod(optarg, &end);
			if (*end == '\0' && end != optarg && options->seconds > 0 &&
			    options->seconds < 1e9)
				break;
			fprintf(stderr, "misbehave: --seconds takes a number above 0, not '%s'\n",
				optarg);
			return 2;
		case 'l':
			for (size_t i = 0; i < misdeed_count; i++)
				puts(misdeeds[i].name);
			return 0;
		case 'h':
			print_help(stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (any && optind == argc)
		return -1;
	print_help(stderr);
	return 2;
}

/* ---- Running --------------------------------------------------------------------------------- */

static void wait_for_the_end(const sigset_t *signals, double seconds)
{
	const struct timespec time = {(time_t)seconds,
				      (long)((seconds - (double)(time_t)seconds) * 1e9)};

	while ((seconds > 0 ? sigtimedwait(signals, NULL, &time) : sigwaitinfo(signals, NULL)) <
		       0 &&
	       errno == EINTR)
		continue;
}

static int start(const struct options *options)
{
	int status = 0;

	for (size_t i = 0; i < misdeed_count && status == 0; i++)
		if (options->chosen[i])
			status = misdeeds[i].start();
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct actor_system_options wanted = {
		.size = sizeof(wanted),
		.schedulers = MISBEHAVE_SCHEDULERS,
		.argc = argc,
		.argv = argv,
	};
	struct actor_system *system = NULL;
	sigset_t signals;
	int status = parse(argc, argv, &options);

	if (status >= 0)
		return status;
	for (size_t i = 0; i < misdeed_count; i++)
		if (options.chosen[i] && misdeeds[i].ring_bytes != 0)
			wanted.ring_bytes = misdeeds[i].ring_bytes;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	status = actor_system_create(&wanted, &system);
	if (status == 0)
		status = start(&options);
	if (status == 0) {
		printf("misbehave: pid %ld; watch it with actor-top, end it with Ctrl-C\n",
		       (long)getpid());
		fflush(stdout);
	}
	if (status == 0)
		wait_for_the_end(&signals, options.seconds);
	atomic_store(&ends, true);
	actor_system_destroy(system, ACTOR_SECONDS(1));
	if (status != 0)
		fprintf(stderr, "misbehave: %s\n", actor_status_text(status));
	return status == 0 ? 0 : 1;
}
