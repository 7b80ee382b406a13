/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <actor/replay.h>

#include "command.h"

extern char **environ;

/* What a recording says nothing of, and a replay must not inherit. */
static const char *const dropped[] = {
	"LIBACTOR_SESSION=",         "LIBACTOR_SCRIPT=", "LIBACTOR_SEED=",     "LIBACTOR_CHAOS=",
	"LIBACTOR_FLIGHT_RECORDER=", "LD_PRELOAD=",      "LIBACTOR_STRICT_FD="};

static bool is_dropped(const char *variable)
{
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
		if (strncmp(variable, dropped[i], strlen(dropped[i])) == 0)
			return true;
	}
	return false;
}

/* Where the two of them meet is this run's business. */
static bool is_own(const char *variable)
{
	return strncmp(variable, "LIBACTOR_DIR=", strlen("LIBACTOR_DIR=")) == 0;
}

/* AddressSanitizer wants to be loaded first, and is content with being second. */
static bool is_asan(const char *variable)
{
	return strncmp(variable, "ASAN_OPTIONS=", strlen("ASAN_OPTIONS=")) == 0;
}

static bool same_name(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return strncmp(a, b, length + 1) == 0;
}

/* The own environment, with the recorded variables and ours. Owns: the array and the last three. */
static char **make_environment(const struct recording *recording,
			       const struct program_options *options, const char *token)
{
	size_t count = 0, recorded = 0, used = 0;
	const char *asan = "";
	char **environment;

	while (environ[count] != NULL)
		count++;
	while (recording->environment != NULL && recording->environment[recorded] != NULL)
		recorded++;
	environment = calloc(count + recorded + 7, sizeof(*environment));
	if (environment == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		bool over = is_dropped(environ[i]);

		for (size_t k = 0; k < recorded && !over; k++)
			over = same_name(environ[i], recording->environment[k]) &&
			       !is_own(environ[i]);
		if (options->preload != NULL && is_asan(environ[i])) {
			asan = environ[i] + strlen("ASAN_OPTIONS=");
			over = true;
		}
		if (!over)
			environment[used++] = environ[i];
	}
	for (size_t k = 0; k < recorded; k++) {
		if (!is_dropped(recording->environment[k]) && !is_own(recording->environment[k]))
			environment[used++] = recording->environment[k];
	}
	if (asprintf(&environment[used++], "%s=%d,%d", ACTOR_SCRIPT_VARIABLE, options->script,
		     options->control) < 0 ||
	    (options->session &&
	     asprintf(&environment[used++], "LIBACTOR_SESSION=%s", token) < 0) ||
	    (options->preload != NULL &&
	     asprintf(&environment[used++], "LD_PRELOAD=%s", options->preload) < 0) ||
	    (options->preload != NULL &&
	     asprintf(&environment[used++], "ASAN_OPTIONS=%s%sverify_asan_link_order=0", asan,
		      asan[0] != '\0' ? ":" : "") < 0) ||
	    (options->strict_fd > 0 &&
	     asprintf(&environment[used++], "LIBACTOR_STRICT_FD=%d", options->strict_fd) < 0))
		return NULL;
	return environment;
}

/* Ours are the strings from that of the script on. */
static void free_environment(char **environment)
{
	bool ours = false;

	for (size_t i = 0; environment != NULL && environment[i] != NULL; i++) {
		ours = ours || strncmp(environment[i], ACTOR_SCRIPT_VARIABLE "=",
				       sizeof(ACTOR_SCRIPT_VARIABLE)) == 0;
		if (ours)
			free(environment[i]);
	}
	free(environment);
}

static int keep_open(int fd)
{
	return fcntl(fd, F_SETFD, 0);
}

/* In the child. Says on `pipe` why it does not become the program. */
static void become(const struct recording *recording, const struct program_options *options,
		   char **environment, int pipe)
{
	char *const *command = options->command != NULL ? options->command : recording->command;
	int silent = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	int error;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGBUS, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* So that what is an address is the same in all replays. */
	(void)personality((unsigned long)personality(0xffffffff) | ADDR_NO_RANDOMIZE);
	if (silent >= 0) {
		dup2(silent, 0);
		if (!options->output) {
			dup2(silent, 1);
			dup2(silent, 2);
		}
	}
	if (recording->directory != NULL && chdir(recording->directory) < 0)
		goto fail;
	if (keep_open(options->script) < 0 || keep_open(options->control) < 0 ||
	    (options->strict_fd > 0 && keep_open(options->strict_fd) < 0))
		goto fail;
	environ = environment;
	if (options->command == NULL && recording->program != NULL &&
	    access(recording->program, X_OK) == 0)
		execv(recording->program, command);
	else
		execvp(command[0], command);
fail:
	error = errno;
	(void)!write(pipe, &error, sizeof(error));
	_exit(127);
}

static int start(const struct recording *recording, const struct program_options *options,
		 char **environment, pid_t *ret_pid)
{
	int pipe_ends[2], error = 0;
	pid_t pid;
	ssize_t got;

	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		return errno;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(recording, options, environment, pipe_ends[1]);
	error = pid < 0 ? errno : 0;
	close(pipe_ends[1]);
	if (pid > 0) {
		do
			got = read(pipe_ends[0], &error, sizeof(error));
		while (got < 0 && errno == EINTR);
		if (got <= 0)
			error = 0;
		if (error != 0)
			waitpid(pid, NULL, 0);
	}
	close(pipe_ends[0]);
	*ret_pid = pid;
	return error;
}

int program_start(const struct recording *recording, const struct program_options *options,
		  struct launch *ret_launch, char *error, size_t error_size)
{
	const char *name = options->command != NULL     ? options->command[0]
			   : recording->program != NULL ? recording->program
							: recording->command[0];
	struct launch launch = {.pidfd = -1};
	char **environment;
	int failed;

	if (launch_token(launch.token) < 0) {
		snprintf(error, error_size, "no random numbers: %s", strerror(errno));
		return COMMAND_TROUBLE;
	}
	environment = make_environment(recording, options, launch.token);
	failed = environment != NULL ? start(recording, options, environment, &launch.pid) : ENOMEM;
	free_environment(environment);
	if (failed != 0) {
		snprintf(error, error_size,
			 "cannot start %s%s%s: %s; another program can be given after --", name,
			 recording->directory != NULL ? " in " : "",
			 recording->directory != NULL ? recording->directory : "",
			 strerror(failed));
		return COMMAND_NO_TARGET;
	}
	process_start_time((uint32_t)launch.pid, &launch.start_time);
	launch.pidfd = (int)syscall(SYS_pidfd_open, launch.pid, 0);
	*ret_launch = launch;
	return COMMAND_OK;
}

/* ---- Where it hangs ----------------------------------------------------------------------------
 */

const char *program_syscall(pid_t pid, char *text, size_t size)
{
	static const struct {
		long number;
		const char *name;
	} names[] = {
		{SYS_read, "read"},
		{SYS_nanosleep, "nanosleep"},
		{SYS_clock_nanosleep, "clock_nanosleep"},
		{SYS_ppoll, "poll"},
		{SYS_pselect6, "select"},
		{SYS_rt_sigtimedwait, "sigtimedwait"},
		{SYS_rt_sigsuspend, "sigsuspend"},
		{SYS_futex, "futex"},
		{SYS_epoll_pwait, "epoll_wait"},
		{SYS_wait4, "wait"},
		{SYS_waitid, "waitid"},
		{SYS_accept, "accept"},
		{SYS_accept4, "accept"},
		{SYS_recvfrom, "recv"},
		{SYS_recvmsg, "recvmsg"},
#ifdef SYS_poll
		{SYS_poll, "poll"},
		{SYS_select, "select"},
		{SYS_pause, "pause"},
		{SYS_epoll_wait, "epoll_wait"},
#endif
	};
	char path[64], line[256];
	FILE *file;
	long number = -1;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	text[0] = '\0';
	file = fopen(path, "re");
	if (file == NULL)
		return text;
	if (fgets(line, sizeof(line), file) != NULL && strncmp(line, "running", 7) != 0)
		number = strtol(line, NULL, 10);
	fclose(file);
	if (number < 0)
		return text;
	snprintf(text, size, "system call %ld", number);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].number == number)
			snprintf(text, size, "%s", names[i].name);
	}
	return text;
}
