/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diff/rerun.h"
#include "diff/show.h"

#define NAME       "diff"
#define MOST_SHOWN 10

static int status_of(int error)
{
	return error == -ENOMEM ? COMMAND_TROUBLE : COMMAND_UNREADABLE;
}

static int diff_files(const struct show_options *options)
{
	struct histories a;
	struct histories b = {.db = NULL};
	struct comparison comparison = {.count = 0};
	int result = COMMAND_OK;
	int status = histories_load(&a, options->name_a, NULL);

	if (status != 0) {
		result = command_fail(status_of(status), NAME, "%s", a.error);
		goto done;
	}
	status = histories_load(&b, options->name_b, options->label_b != NULL ? &a : NULL);
	if (status != 0) {
		result = command_fail(status_of(status), NAME, "%s", b.error);
		goto done;
	}
	status = comparison_make(&comparison, &a, &b);
	if (status == 0)
		status = comparison_show(&comparison, options);
	if (status != 0)
		result = command_fail(status_of(status), NAME, "%s", comparison.error);
	else if (comparison.count != 0)
		result = COMMAND_FINDING;
done:
	comparison_finish(&comparison);
	histories_finish(&a);
	histories_finish(&b);
	return result;
}

/* A trace and its replay with another program: that is recorded into a file of its own. */
static int diff_replay(struct show_options *options, char *const *command)
{
	const char *folder = getenv("TMPDIR");
	char place[PATH_MAX];
	char path[PATH_MAX + 16];
	char label[PATH_MAX + 64];
	char error[1024];
	int status;

	snprintf(place, sizeof(place), "%s/actor-replay.XXXXXX",
		 folder != NULL && folder[0] != '\0' ? folder : "/tmp");
	if (mkdtemp(place) == NULL)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "cannot make a folder %s: %s; set TMPDIR to one with room",
				    place, strerror(errno));
	snprintf(path, sizeof(path), "%s/replay.db", place);
	snprintf(label, sizeof(label), "%s", path);
	status = rerun(options->name_a, command, path, error, sizeof(error));
	if (status == COMMAND_OK) {
		snprintf(label, sizeof(label), "its replay by %.4000s",
			 command != NULL ? command[0] : "the recorded program");
		options->name_b = path;
		options->label_b = label;
		status = diff_files(options);
	} else {
		(void)command_fail(status, NAME, "%s", error);
	}
	(void)unlink(path);
	(void)rmdir(place);
	return status;
}

static int diff_run(int argc, char **argv)
{
	static const struct option table[] = {
		{"json", no_argument, NULL, 'j'},
		{"replay", no_argument, NULL, 'r'},
		{NULL, 0, NULL, 0},
	};
	struct show_options options = {.most = MOST_SHOWN};
	char **command = NULL;
	bool again = false;
	char *end;
	int option;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		again = true;
		command = i + 1 < argc ? argv + i + 1 : NULL;
		argc = i;
	}
	while ((option = getopt_long(argc, argv, "n:", table, NULL)) != -1) {
		switch (option) {
		case 'j':
			options.json = true;
			break;
		case 'r':
			again = true;
			break;
		case 'n':
			errno = 0;
			options.most = (uint32_t)strtoul(optarg, &end, 10);
			if (errno != 0 || *end != '\0' || end == optarg || optarg[0] == '-')
				return command_fail(COMMAND_TROUBLE, NAME,
						    "-n wants a number of actors, not '%s'",
						    optarg);
			break;
		default:
			return command_bad_option(NAME, argv);
		}
	}
	if (optind + (again ? 1 : 2) != argc)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "give two traces, or one and a program: diff %s",
				    command_diff.usage);
	options.name_a = argv[optind];
	if (again)
		return diff_replay(&options, command);
	options.name_b = argv[optind + 1];
	return diff_files(&options);
}

const struct command command_diff = {
	.name = NAME,
	.usage = "A (B | --replay | -- CMD) [-n ACTORS] [--json]",
	.summary = "Say where two traces begin to differ, actor by actor, and why",
	.help = "  B           another trace\n"
		"  --replay    a replay of A, by the recorded program\n"
		"  -- CMD      a replay of A by another program: one that was changed\n"
		"  -n ACTORS   show so many of the actors that differ; 0: all (10)\n"
		"  --json      one object for each of them, and one for the whole\n"
		"\n"
		"A turn that got the same message and did something else is where a difference\n"
		"begins; turns that differ because their message does follow from it, and are its\n"
		"cone. Lines with * are the change, with ! what does not follow from it.\n"
		"Exit status: 0 identical, 1 they differ, 4 a trace cannot be read.\n"
		"Memory: 24 bytes for each turn, and each answer that one has waited for.\n",
	.run = diff_run,
};
