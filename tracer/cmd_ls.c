/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <actor/plane_path.h>
#include <tracer/attach.h>

#include "term/text.h"

#define NAME "ls"

/* ---- Showing ------------------------------------------------------------------------------- */

static const char *life_name(const struct plane_summary *line)
{
	if (line->life == PLANE_LIVING)
		return "living";
	return line->life == PLANE_ENDED ? "ended" : "dead";
}

static void show_json(const struct plane_summary *line)
{
	printf("{\"pid\":%u,\"state\":\"%s\",\"path\":", line->id.pid, life_name(line));
	text_print_json(stdout, line->path);
	if (line->refusal[0] != '\0') {
		printf(",\"error\":");
		text_print_json(stdout, line->refusal);
	} else {
		printf(",\"program\":");
		text_print_json(stdout, line->program);
		printf(",\"schedulers\":%u,\"actors\":%u,\"messages\":%llu,\"since_ns\":%llu"
		       ",\"recorder_pid\":%u",
		       line->schedulers, line->actors, (unsigned long long)line->messages,
		       (unsigned long long)line->since_ns, line->recorder);
	}
	printf("}\n");
}

static void show_living(const struct plane_summary *line)
{
	time_t since = (time_t)(line->since_ns / UINT64_C(1000000000));
	const char *base = strrchr(line->program, '/');
	char stamp[32] = "?", recorded[32] = "no";
	struct tm local;

	if (localtime_r(&since, &local) != NULL)
		strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &local);
	if (line->recorder != 0)
		snprintf(recorded, sizeof(recorded), "by %u", line->recorder);
	printf("%8u %10u %10u %14llu  %-19s  %-11s  ", line->id.pid, line->schedulers, line->actors,
	       (unsigned long long)line->messages, stamp, recorded);
	text_print(stdout, base != NULL ? base + 1 : line->program);
	putchar('\n');
}

static void show_dead(const struct plane_summary *line)
{
	printf("%8u  ", line->id.pid);
	text_print(stdout, line->program);
	printf("  %s; actor-trace salvage ",
	       line->life == PLANE_ENDED ? "ended in good order" : "died");
	text_print(stdout, line->path);
	printf(" -o FILE\n");
}

static void show_refused(const struct plane_summary *line)
{
	printf("%8u  ", line->id.pid);
	text_print(stdout, line->refusal);
	putchar('\n');
}

enum section {
	SECTION_LIVING,
	SECTION_DEAD,
	SECTION_REFUSED,
	SECTION_COUNT
};

static enum section section_of(const struct plane_summary *line)
{
	if (line->refusal[0] != '\0')
		return SECTION_REFUSED;
	return line->life == PLANE_LIVING ? SECTION_LIVING : SECTION_DEAD;
}

/* Planes are looked at again for every section: no more than one line is kept. */
static size_t show_section(const char *directory, const struct plane_file *files, size_t count,
			   enum section section, struct plane_summary *line)
{
	static const struct {
		const char *title;
		void (*show)(const struct plane_summary *line);
	} sections[SECTION_COUNT] = {
		{"     PID SCHEDULERS     ACTORS       MESSAGES  SINCE                RECORDED     "
		 "PROGRAM\n",
		 show_living},
		{"\nDead. Their last events are in their planes; salvage them, or remove the "
		 "files:\n",
		 show_dead},
		{"\nNot readable:\n", show_refused},
	};
	size_t shown = 0;

	for (size_t i = 0; i < count; i++) {
		plane_look(directory, &files[i], line);
		if (section_of(line) != section)
			continue;
		if (shown++ == 0)
			fputs(sections[section].title, stdout);
		sections[section].show(line);
	}
	return shown;
}

static int ls_run(int argc, char **argv)
{
	static const struct option longs[] = {
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	char directory[PATH_MAX];
	struct plane_file *files;
	struct plane_summary *line;
	bool json = false;
	size_t count, shown = 0;
	int option, result;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (option != 'j')
			return command_bad_option(NAME, argv);
		json = true;
	}
	if (optind < argc)
		return command_fail(COMMAND_TROUBLE, NAME, "takes no arguments, not '%s'",
				    argv[optind]);
	if (actor_plane_directory(directory, sizeof(directory)) < 0)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "the runtime directory's path is too long; set LIBACTOR_DIR");
	result = plane_files_list(directory, &files, &count);
	if (result < 0)
		return command_fail(COMMAND_TROUBLE, NAME, "cannot read %s: %s", directory,
				    strerror(-result));
	line = malloc(sizeof(*line));
	if (line == NULL) {
		free(files);
		return command_fail(COMMAND_TROUBLE, NAME, "out of memory");
	}
	for (size_t i = 0; json && i < count; i++) {
		plane_look(directory, &files[i], line);
		show_json(line);
	}
	for (int i = 0; !json && i < SECTION_COUNT; i++)
		shown += show_section(directory, files, count, (enum section)i, line);
	if (!json && shown == 0)
		command_fail(0, NAME, "no program in %s; start one, or set LIBACTOR_DIR",
			     directory);
	free(line);
	free(files);
	if (fflush(stdout) != 0)
		return command_fail(COMMAND_TROUBLE, NAME, "cannot write: standard output");
	return COMMAND_OK;
}

const struct command command_ls = {
	.name = "ls",
	.usage = "[--json]",
	.summary = "List the programs that can be recorded, and the planes of dead ones",
	.help = "      --json           one JSON object per plane\n"
		"\n"
		"MESSAGES are those handled since the program started. RECORDED names the process\n"
		"that takes the program's events, if there is one.\n",
	.run = ls_run,
};
