/* SPDX-License-Identifier: MIT */
/* gdb at the beginning of a handler, in a replayed session. */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "debug/open.h"

#define NAME       "gdb"
#define WORDS_MAX  64
#define LOOK_NS    20000000
#define PATIENCE_S 60

struct gdb_options {
	struct debug_open_options open;
	const char *at;
	const char *gdb; /* the debugger's name */
	char **more;     /* options for it */
	size_t more_count;
};

static bool is_letter(const char *path, const char *key, char letter)
{
	char line[256];
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			found = line[strlen(key) + strspn(line + strlen(key), " \t")] == letter;
	if (file != NULL)
		fclose(file);
	return found;
}

/* gdb holds the process, and has let it go on: then it may be told to run. */
static bool is_let_go(uint32_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", pid);
	return !is_letter(path, "TracerPid:", '0') && is_letter(path, "State:", 'S');
}

static int go_there(struct debug *debug, const char *at)
{
	char line[256];
	uint64_t count;

	snprintf(line, sizeof(line), "goto %s", at);
	if (debug_line(debug, line) != 0)
		return COMMAND_TROUBLE;
	if (strcmp(at, "end") != 0 || debug->timeline.crashed || !debug->timeline.at_end)
		return COMMAND_OK;
	/* A session that ended well: its last turn. */
	count = timeline_count(&debug->timeline);
	return timeline_go(&debug->timeline, count > 0 ? count - 1 : 0, false, NULL) == 0
		       ? COMMAND_OK
		       : COMMAND_TROUBLE;
}

/* It is in handlers only that gdb has something to show. */
static int find_handler(struct debug *debug)
{
	const struct actor_control_reply *where = &debug->timeline.where;

	if (where->handler != 0)
		return COMMAND_OK;
	return command_fail(COMMAND_TROUBLE, NAME,
			    "turn %" PRIu64 " has no handler of the program's: it is %s; give the "
			    "number of another one, as `list` in actor-replay debug shows them",
			    where->steps + 1,
			    where->resumes ? "where a handler that has waited goes on"
					   : "the runtime's own");
}

static pid_t start_gdb(const struct gdb_options *options, const struct debug *debug)
{
	const struct actor_control_reply *where = &debug->timeline.where;
	char pid[16];
	char stop[512];
	const char *words[WORDS_MAX + 16];
	size_t count = 0;
	pid_t child;

	snprintf(pid, sizeof(pid), "%" PRIu32, debug->timeline.now.pid);
	/* On the handler's line gdb stops behind the prologue, where the arguments are in place. */
	snprintf(stop, sizeof(stop),
		 "python exec(\"try:\\n s = gdb.find_pc_line(0x%" PRIx64 ")\\n"
		 " gdb.Breakpoint(s.symtab.fullname() + ':' + str(s.line), temporary=True)\\n"
		 "except Exception:\\n gdb.execute('tbreak *0x%" PRIx64 "')\")",
		 where->handler, where->handler);
	words[count++] = options->gdb;
	words[count++] = "-q";
	words[count++] = "-p";
	words[count++] = pid;
	words[count++] = "-ex";
	words[count++] = stop;
	words[count++] = "-ex";
	words[count++] = "continue";
	for (size_t i = 0; i < options->more_count && i < WORDS_MAX; i++)
		words[count++] = options->more[i];
	words[count] = NULL;
	child = fork();
	if (child == 0) {
		execvp(options->gdb, (char *const *)(uintptr_t)words);
		fprintf(stderr,
			"actor-replay gdb: cannot start %s: %s; install gdb, or name it with "
			"--gdb PROGRAM\n",
			options->gdb, strerror(errno));
		_exit(127);
	}
	return child;
}

/* The program runs on, once gdb holds it. Nobody waits for the answer: gdb has the word. */
static void let_run(struct debug *debug)
{
	struct actor_control_request request = {.verb = ACTOR_CONTROL_RUN, .a = UINT64_MAX};

	(void)!write(debug->timeline.now.fd, &request, sizeof(request));
}

static int with_gdb(struct debug *debug, const struct gdb_options *options)
{
	const struct timespec pause = {.tv_nsec = LOOK_NS};
	bool told = false;
	int status = 0;
	pid_t child;

	/* ^C is for gdb. */
	(void)signal(SIGINT, SIG_IGN);
	child = start_gdb(options, debug);
	if (child < 0)
		return command_fail(COMMAND_TROUBLE, NAME, "%s", strerror(errno));
	for (unsigned looks = 0;; looks++) {
		pid_t ended = waitpid(child, &status, told ? 0 : WNOHANG);

		if (ended == child || (ended < 0 && errno != EINTR))
			break;
		if (!told && is_let_go(debug->timeline.now.pid)) {
			let_run(debug);
			told = true;
		} else if (!told && looks > PATIENCE_S * 1000000000LL / LOOK_NS) {
			(void)kill(child, SIGTERM);
			(void)waitpid(child, &status, 0);
			return command_fail(COMMAND_TROUBLE, NAME,
					    "gdb did not get hold of process %" PRIu32
					    " within %d s; may it? see /proc/sys/kernel/yama",
					    debug->timeline.now.pid, PATIENCE_S);
		}
		if (!told)
			(void)nanosleep(&pause, NULL);
	}
	debug->timeline.now.stuck = true; /* whatever gdb has left of it */
	return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? COMMAND_OK : COMMAND_TROUBLE;
}

static int gdb_run(int argc, char **argv)
{
	static const struct option table[] = {
		{"at", required_argument, NULL, 'a'},
		{"gdb", required_argument, NULL, 'g'},
		{"ex", required_argument, NULL, 'e'},
		{"batch", no_argument, NULL, 'b'},
		{NULL, 0, NULL, 0},
	};
	static struct debug debug;
	static struct debug_target target;
	static char *more[WORDS_MAX];
	struct gdb_options options = {.open = {.name = NAME}, .gdb = "gdb", .more = more};
	int option;
	int status;

	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (options.more_count + 2 > WORDS_MAX)
			return command_fail(COMMAND_TROUBLE, NAME, "too many options for gdb");
		switch (option) {
		case 'a':
			options.at = optarg;
			break;
		case 'g':
			options.gdb = optarg;
			break;
		case 'e':
			more[options.more_count++] = (char *)(uintptr_t) "-ex";
			more[options.more_count++] = optarg;
			break;
		case 'b':
			more[options.more_count++] = (char *)(uintptr_t) "-batch";
			break;
		default:
			return command_bad_option(NAME, argv);
		}
	}
	if (optind == argc || options.at == NULL)
		return command_fail(COMMAND_TROUBLE, NAME, "give a trace and a turn: gdb %s",
				    command_gdb.usage);
	options.open.path = argv[optind++];
	if (optind < argc)
		options.open.command = argv + optind;
	status = debug_open(&debug, &target, &options.open);
	if (status == COMMAND_OK)
		status = go_there(&debug, options.at);
	if (status == COMMAND_OK)
		status = find_handler(&debug);
	if (status == COMMAND_OK)
		status = with_gdb(&debug, &options);
	debug_close(&debug, &target);
	return status;
}

const struct command command_gdb = {
	.name = NAME,
	.usage =
		"TRACE --at TURN|TIME|@EVENT|end [--gdb PROGRAM] [--ex COMMAND] [--batch] [-- CMD]",
	.summary = "Bring gdb to the beginning of a turn's handler",
	.help = "  --at TURN      as `goto` of actor-replay debug: 1200, 1.5s, @3400; end is the "
		"last\n"
		"                 turn, of a session that crashed the one that did it\n"
		"  --gdb PROGRAM  the debugger (gdb)\n"
		"  --ex COMMAND   for gdb, once it is there; several are run in order\n"
		"  --batch        gdb ends after them\n",
	.run = gdb_run,
};
