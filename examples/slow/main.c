/* SPDX-License-Identifier: MIT */

/*
 * Turns that last, each for a reason that only the kernel knows: what actor-trace record --kernel
 * is for. With --tell the program says what it knows itself: how much CPU time each turn took.
 */

#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <actor/define.h>

#define PAGE 4096

static bool tells; /* --tell */

/* CPU time of this thread, in microseconds. */
static uint64_t cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void tell(const char *name, uint64_t began_us)
{
	if (tells)
		printf("%s cpu_us %llu\n", name, (unsigned long long)(cpu_us() - began_us));
}

/* Until this thread has had so much of a CPU: a neighbour makes it last, not shorter. */
static __attribute__((noinline)) void burn_cpu(uint32_t ms)
{
	uint64_t began_us = cpu_us();
	volatile uint64_t sum = 0;

	while (cpu_us() - began_us < (uint64_t)ms * 1000)
		for (int i = 0; i < 2000; i++)
			sum = sum * 31 + (uint64_t)i;
}

/* ---- The actors ------------------------------------------------------------------------------ */

/* In a system call that does not return for a while. */
struct sleeper {
	uint64_t turns;
};

ACTOR_DEFINE(sleeper, defcall(doze, uint64_t, arg(uint32_t, ms), within(ACTOR_FOREVER)));

static int sleeper_handle_doze(struct sleeper *self, uint32_t ms, uint64_t *reply)
{
	const struct timespec while_ = {ms / 1000, ms % 1000 * 1000000L};
	uint64_t began_us = cpu_us();

	clock_nanosleep(CLOCK_MONOTONIC, 0, &while_, NULL);
	tell("sleeper", began_us);
	*reply = ++self->turns;
	return ACTOR_CONTINUE;
}

/* On a CPU all the time. */
struct spinner {
	uint64_t turns;
};

ACTOR_DEFINE(spinner, defcall(spin, uint64_t, arg(uint32_t, ms), within(ACTOR_FOREVER)));

static int spinner_handle_spin(struct spinner *self, uint32_t ms, uint64_t *reply)
{
	uint64_t began_us = cpu_us();

	burn_cpu(ms);
	tell("spinner", began_us);
	*reply = ++self->turns;
	return ACTOR_CONTINUE;
}

/* Every page that it touches is new to it. */
struct toucher {
	uint64_t turns;
};

ACTOR_DEFINE(toucher, defcall(touch, uint64_t, arg(uint32_t, ms), within(ACTOR_FOREVER)));

static int toucher_handle_touch(struct toucher *self, uint32_t ms, uint64_t *reply)
{
	size_t size = (size_t)ms * 256 * PAGE; /* some 4 us for a page at most */
	uint64_t began_us = cpu_us();
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return ACTOR_ENO_MEMORY;
	madvise(pages, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += PAGE)
		pages[at] = 1;
	munmap(pages, size);
	tell("toucher", began_us);
	*reply = ++self->turns;
	return ACTOR_CONTINUE;
}

/* The same as the spinner, beside another program that wants the same CPU. */
struct starved {
	uint64_t turns;
};

ACTOR_DEFINE(starved, defcall(toil, uint64_t, arg(uint32_t, ms), within(ACTOR_FOREVER)));

static int starved_handle_toil(struct starved *self, uint32_t ms, uint64_t *reply)
{
	uint64_t began_us = cpu_us();

	burn_cpu(ms);
	tell("starved", began_us);
	*reply = ++self->turns;
	return ACTOR_CONTINUE;
}

/* ---- The neighbour --------------------------------------------------------------------------- */

/*
 * A process of another name that never rests, on the CPUs that we have. It ends with us, whatever
 * ends us. Returns its pid, or -1.
 */
static pid_t start_neighbour(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_NAME, "neighbour");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent) {
		for (volatile int i = 0; i < 1000000; i++)
			;
	}
	_exit(0);
}

/* One for each CPU that we may use. */
static unsigned start_neighbours(pid_t pids[CPU_SETSIZE])
{
	unsigned count = 0;
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
		return 0;
	for (int cpu = 0; cpu < CPU_COUNT(&cpus); cpu++) {
		pid_t pid = start_neighbour();

		if (pid > 0)
			pids[count++] = pid;
	}
	return count;
}

/* ---- The program ----------------------------------------------------------------------------- */

enum which {
	WHICH_SLEEP,
	WHICH_SPIN,
	WHICH_FAULTS,
	WHICH_NEIGHBOUR,
	WHICH_COUNT
};

static const char *const names[WHICH_COUNT] = {"sleep", "spin", "faults", "neighbour"};

struct options {
	bool chosen[WHICH_COUNT];
	uint32_t rounds;
	uint32_t ms;
};

static int run_round(const struct options *options, const struct actor_pid pids[WHICH_COUNT])
{
	pid_t neighbours[CPU_SETSIZE];
	unsigned count = 0;
	uint64_t turns;
	int status = 0;

	if (options->chosen[WHICH_SLEEP])
		status = sleeper_doze(pids[WHICH_SLEEP], options->ms, &turns);
	if (status == 0 && options->chosen[WHICH_SPIN])
		status = spinner_spin(pids[WHICH_SPIN], options->ms, &turns);
	if (status == 0 && options->chosen[WHICH_FAULTS])
		status = toucher_touch(pids[WHICH_FAULTS], options->ms, &turns);
	if (status == 0 && options->chosen[WHICH_NEIGHBOUR]) {
		count = start_neighbours(neighbours);
		status = starved_toil(pids[WHICH_NEIGHBOUR], options->ms, &turns);
	}
	while (count > 0)
		kill(neighbours[--count], SIGKILL);
	return status;
}

static int run(const struct options *options)
{
	struct actor_pid pids[WHICH_COUNT];
	int status = sleeper_start(&pids[WHICH_SLEEP]);

	if (status == 0)
		status = spinner_start(&pids[WHICH_SPIN]);
	if (status == 0)
		status = toucher_start(&pids[WHICH_FAULTS]);
	if (status == 0)
		status = starved_start(&pids[WHICH_NEIGHBOUR]);
	for (uint32_t round = 0; round < options->rounds && status == 0; round++)
		status = run_round(options, pids);
	return status;
}

static void print_help(FILE *file)
{
	fprintf(file, "usage: slow [--which NAME[,NAME...]] [--rounds N] [--ms N] [--tell]\n\n"
		      "Actors whose turns last, for actor-trace record --kernel to say why:\n"
		      "sleep, spin, faults, neighbour. All of them, 5 rounds, 40 ms a turn.\n");
}

static bool choose(struct options *options, char *text)
{
	for (char *name = strtok(text, ","); name != NULL; name = strtok(NULL, ",")) {
		int which = 0;

		while (which < WHICH_COUNT && strcmp(names[which], name) != 0)
			which++;
		if (which == WHICH_COUNT)
			return false;
		options->chosen[which] = true;
	}
	return true;
}

static bool parse_number(const char *text, uint32_t *ret_number)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number == 0 || number > 100000)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

/* False: it is wrong. */
static bool parse(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{"which", required_argument, NULL, 'w'}, {"rounds", required_argument, NULL, 'r'},
		{"ms", required_argument, NULL, 'm'},    {"tell", no_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
	};
	bool right = true, any = false;
	int option;

	while (right && (option = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (option == 'w')
			right = any = choose(options, optarg);
		else if (option == 'r')
			right = parse_number(optarg, &options->rounds);
		else if (option == 'm')
			right = parse_number(optarg, &options->ms);
		else if (option == 't')
			tells = true;
		else if (option == 'h')
			print_help(stdout), exit(0);
		else
			right = false;
	}
	for (int i = 0; i < WHICH_COUNT && !any; i++)
		options->chosen[i] = true;
	return right && optind == argc;
}

int main(int argc, char **argv)
{
	const struct actor_system_options system_options = {
		.size = sizeof(system_options),
		.argc = argc,
		.argv = argv,
	};
	struct options options = {.rounds = 5, .ms = 40};
	struct actor_system *system = NULL;
	int status;

	if (!parse(argc, argv, &options)) {
		print_help(stderr);
		return 2;
	}
	status = actor_system_create(&system_options, &system);
	if (status == 0)
		status = run(&options);
	actor_system_destroy(system, ACTOR_SECONDS(1));
	if (status != 0)
		fprintf(stderr, "slow: %s\n", actor_status_text(status));
	return status == 0 ? 0 : 1;
}
