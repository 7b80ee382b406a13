/* SPDX-License-Identifier: MIT */
/* Replays a folder of recorded sessions, each in a process of its own. */
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "term/text.h"

#define NAME           "check"
#define OUTPUT_MAX     ((size_t)64 << 10) /* of a replay, kept for the report */
#define DEADLINE_S     600
#define DEADLINE_S_MAX 86400

enum verdict {
	VERDICT_IDENTICAL,
	VERDICT_DIVERGED,
	VERDICT_ERROR
};

struct session {
	char *name; /* of its file */
	enum verdict verdict;
	int status; /* exit status; -1: it was ended because it took too long */
	double seconds;
	char *output;
	size_t size;
};

struct check {
	const char *folder;
	const char *junit;
	int64_t deadline_s;
	bool verbose;
	char **command; /* after --; NULL: the recorded program */
	struct session *sessions;
	size_t count;
	size_t room;
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- Which ------------------------------------------------------------------------------------
 */

static bool is_trace(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 3 && strcmp(name + length - 3, ".db") == 0;
}

static int by_name(const void *left, const void *right)
{
	const struct session *a = left;
	const struct session *b = right;

	return strcmp(a->name, b->name);
}

static int find_sessions(struct check *check)
{
	DIR *folder = opendir(check->folder);
	struct dirent *entry;

	if (folder == NULL)
		return -errno;
	while ((entry = readdir(folder)) != NULL) {
		if (!is_trace(entry->d_name))
			continue;
		if (check->count == check->room) {
			size_t room = check->room != 0 ? 2 * check->room : 16;
			struct session *more = realloc(check->sessions, room * sizeof(*more));

			if (more == NULL) {
				closedir(folder);
				return -ENOMEM;
			}
			check->sessions = more;
			check->room = room;
		}
		check->sessions[check->count] = (struct session){.name = strdup(entry->d_name)};
		if (check->sessions[check->count].name == NULL) {
			closedir(folder);
			return -ENOMEM;
		}
		check->count++;
	}
	closedir(folder);
	if (check->count > 1)
		qsort(check->sessions, check->count, sizeof(*check->sessions), by_name);
	return 0;
}

/* ---- One session ------------------------------------------------------------------------------
 */

static pid_t start(const struct check *check, const char *path, int *ret_fd)
{
	size_t given = 0;
	char **words;
	size_t count = 0;
	int ends[2];
	pid_t pid;

	while (check->command != NULL && check->command[given] != NULL)
		given++;
	words = calloc(given + 5, sizeof(*words));
	if (words == NULL)
		return -1;
	words[count++] = (char *)(uintptr_t) "actor-replay";
	words[count++] = (char *)(uintptr_t)path;
	if (given != 0)
		words[count++] = (char *)(uintptr_t) "--";
	for (size_t i = 0; i < given; i++)
		words[count++] = check->command[i];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		free(words);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)setpgid(0, 0); /* whatever it starts ends with it */
		if (null >= 0)
			dup2(null, 0);
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		execv("/proc/self/exe", words);
		_exit(127);
	}
	if (pid > 0)
		(void)setpgid(pid, pid);
	free(words);
	close(ends[1]);
	if (pid < 0)
		close(ends[0]);
	else
		*ret_fd = ends[0];
	return pid;
}

/* Keeps the beginning of what it says. False: the deadline has come first. */
static bool listen_to(struct session *session, int fd, double end_s)
{
	char *output = malloc(OUTPUT_MAX + 1);
	bool in_time = true;

	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		double left_s = end_s - now_s();
		char beyond[4096];
		ssize_t size;

		if (left_s <= 0) {
			in_time = false;
			break;
		}
		if (poll(&poll_fd, 1, left_s < 1 ? (int)(left_s * 1000) + 1 : 1000) <= 0)
			continue;
		if (output != NULL && session->size < OUTPUT_MAX)
			size = read(fd, output + session->size, OUTPUT_MAX - session->size);
		else
			size = read(fd, beyond, sizeof(beyond));
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			break;
		if (output != NULL && session->size < OUTPUT_MAX)
			session->size += (size_t)size;
	}
	if (output != NULL)
		output[session->size] = '\0';
	session->output = output;
	return in_time;
}

static int await_end(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void run_session(const struct check *check, struct session *session)
{
	char path[PATH_MAX];
	double begin_s = now_s();
	int fd = -1;
	pid_t pid;

	session->verdict = VERDICT_ERROR;
	session->status = COMMAND_TROUBLE;
	snprintf(path, sizeof(path), "%s/%s", check->folder, session->name);
	pid = start(check, path, &fd);
	if (pid < 0)
		return;
	if (listen_to(session, fd, begin_s + (double)check->deadline_s)) {
		session->status = await_end(pid);
	} else {
		(void)kill(-pid, SIGKILL);
		(void)await_end(pid);
		session->status = -1;
	}
	close(fd);
	session->seconds = now_s() - begin_s;
	if (session->status == COMMAND_OK)
		session->verdict = VERDICT_IDENTICAL;
	else if (session->status == COMMAND_FINDING)
		session->verdict = VERDICT_DIVERGED;
}

/* ---- The report -------------------------------------------------------------------------------
 */

/* XML 1.0 has no other control characters, escaped or not. */
static void print_xml(FILE *file, const char *text)
{
	char safe[8];

	for (; text != NULL && *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		switch (byte) {
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '&':
			fputs("&amp;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		case '\n':
		case '\t':
			putc(byte, file);
			break;
		default:
			if (byte >= ' ' && byte < 0x7f) {
				putc(byte, file);
			} else {
				snprintf(safe, sizeof(safe), "\\x%02x", byte);
				fputs(safe, file);
			}
		}
	}
}

static const char *why(const struct session *session, char text[64])
{
	if (session->status == -1)
		return "it took too long and was ended";
	if (session->verdict == VERDICT_DIVERGED)
		return "it diverged";
	snprintf(text, 64, "it could not be replayed (status %d)", session->status);
	return text;
}

static size_t count_of(const struct check *check, enum verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < check->count; i++)
		count += check->sessions[i].verdict == verdict;
	return count;
}

static void print_cases(FILE *file, const struct check *check)
{
	double seconds = 0;
	char text[64];

	for (size_t i = 0; i < check->count; i++)
		seconds += check->sessions[i].seconds;
	fprintf(file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"actor-replay\" "
		"tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n",
		check->count, count_of(check, VERDICT_DIVERGED), count_of(check, VERDICT_ERROR),
		seconds);
	for (size_t i = 0; i < check->count; i++) {
		const struct session *session = &check->sessions[i];
		const char *element = session->verdict == VERDICT_DIVERGED ? "failure" : "error";

		fputs("  <testcase classname=\"actor-replay\" name=\"", file);
		print_xml(file, session->name);
		fprintf(file, "\" time=\"%.3f\"", session->seconds);
		if (session->verdict == VERDICT_IDENTICAL) {
			fputs("/>\n", file);
			continue;
		}
		fprintf(file, ">\n    <%s message=\"", element);
		print_xml(file, why(session, text));
		fputs("\">", file);
		print_xml(file, session->output);
		fprintf(file, "</%s>\n  </testcase>\n", element);
	}
	fputs("</testsuite>\n", file);
}

/* The file appears whole or not at all. */
static int write_junit(const struct check *check)
{
	char path[PATH_MAX];
	FILE *file;
	bool written;

	snprintf(path, sizeof(path), "%s.%d", check->junit, (int)getpid());
	file = fopen(path, "wxe");
	if (file == NULL)
		return command_fail(COMMAND_TROUBLE, NAME, "cannot write %s: %s", path,
				    strerror(errno));
	print_cases(file, check);
	written = fflush(file) == 0 && !ferror(file);
	written = fclose(file) == 0 && written;
	if (!written || rename(path, check->junit) != 0) {
		int error = errno;

		(void)unlink(path);
		return command_fail(COMMAND_TROUBLE, NAME, "cannot write %s: %s", check->junit,
				    strerror(error));
	}
	return COMMAND_OK;
}

static void print_session(const struct check *check, const struct session *session)
{
	char text[64];

	text_print(stdout, session->name);
	printf(": %s, %.1f s\n",
	       session->verdict == VERDICT_IDENTICAL ? "identical" : why(session, text),
	       session->seconds);
	if ((session->verdict != VERDICT_IDENTICAL || check->verbose) && session->output != NULL) {
		char *rest = session->output;
		char *line;

		while ((line = strsep(&rest, "\n")) != NULL) {
			if (line[0] == '\0')
				continue;
			fputs("    ", stdout);
			text_print(stdout, line);
			putchar('\n');
			if (rest != NULL)
				rest[-1] = '\n'; /* the report wants it, too */
		}
	}
	fflush(stdout);
}

/* ---- The command ------------------------------------------------------------------------------
 */

static int check_sessions(struct check *check)
{
	int status = find_sessions(check);
	size_t good;

	if (status != 0)
		return command_fail(COMMAND_NO_TARGET, NAME, "cannot read the folder %s: %s",
				    check->folder, strerror(-status));
	if (check->count == 0)
		return command_fail(COMMAND_NO_TARGET, NAME,
				    "there is no trace in %s; put files NAME.db there, as "
				    "actor-trace record -o writes them",
				    check->folder);
	for (size_t i = 0; i < check->count; i++) {
		run_session(check, &check->sessions[i]);
		print_session(check, &check->sessions[i]);
	}
	good = count_of(check, VERDICT_IDENTICAL);
	printf("%zu of %zu sessions identical\n", good, check->count);
	if (check->junit != NULL && write_junit(check) != COMMAND_OK)
		return COMMAND_TROUBLE;
	if (count_of(check, VERDICT_ERROR) != 0)
		return COMMAND_TROUBLE;
	return good == check->count ? COMMAND_OK : COMMAND_FINDING;
}

static int check_run(int argc, char **argv)
{
	static const struct option table[] = {
		{"junit", required_argument, NULL, 'j'},
		{"timeout", required_argument, NULL, 't'},
		{"verbose", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	struct check check = {.deadline_s = DEADLINE_S};
	char *end;
	int option;
	int status;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		if (i + 1 < argc)
			check.command = argv + i + 1;
		argc = i;
	}
	while ((option = getopt_long(argc, argv, "v", table, NULL)) != -1) {
		switch (option) {
		case 'j':
			check.junit = optarg;
			break;
		case 't':
			check.deadline_s = strtoll(optarg, &end, 10);
			if (*end != '\0' || end == optarg || check.deadline_s < 1 ||
			    check.deadline_s > DEADLINE_S_MAX)
				return command_fail(
					COMMAND_TROUBLE, NAME,
					"--timeout wants seconds from 1 to %d, not '%s'",
					DEADLINE_S_MAX, optarg);
			break;
		case 'v':
			check.verbose = true;
			break;
		default:
			return command_bad_option(NAME, argv);
		}
	}
	if (optind + 1 != argc)
		return command_fail(COMMAND_TROUBLE, NAME, "give one folder: check %s",
				    command_check.usage);
	check.folder = argv[optind];
	status = check_sessions(&check);
	for (size_t i = 0; i < check.count; i++) {
		free(check.sessions[i].name);
		free(check.sessions[i].output);
	}
	free(check.sessions);
	return status;
}

const struct command command_check = {
	.name = NAME,
	.usage = "DIR [--junit FILE] [--timeout SECONDS] [-v] [-- CMD]",
	.summary = "Replay a folder of recorded sessions, as a test",
	.help = "  --junit FILE       write a report in JUnit's XML\n"
		"  --timeout SECONDS  for each session (600)\n"
		"  -v                 show what each replay says\n"
		"\n"
		"Every file NAME.db of the folder is replayed, with the recorded program or with "
		"CMD,\n"
		"in a process of its own. Exit status: 0 all are identical, 1 some diverged, 2 "
		"some\n"
		"could not be replayed, 3 there are none.\n",
	.run = check_run,
};
