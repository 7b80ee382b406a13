/* SPDX-License-Identifier: MIT */
/* How the program was started, for a replay: its words, its folder, a few variables. */
#include "record/record.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* Variables that change what a program does, and say nothing of who started it. */
static bool is_kept(const char *variable)
{
	static const char *const kept[] = {"LANG=", "LANGUAGE=", "LC_",
					   "TZ=",   "PATH=",     "LIBACTOR_"};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (strncmp(variable, kept[i], strlen(kept[i])) == 0)
			return strncmp(variable, "LIBACTOR_SESSION=", 17) != 0;
	}
	return false;
}

/* One word a line; a backslash stands before a backslash, and \n for a newline. */
static int store_lines(struct trace_writer *writer, const char *key, char *const *words,
		       bool (*choose)(const char *word))
{
	size_t size = 1, used = 0;
	char *text;
	int result;

	for (size_t i = 0; words[i] != NULL; i++)
		size += 2 * strlen(words[i]) + 1;
	text = malloc(size);
	if (text == NULL)
		return -ENOMEM;
	for (size_t i = 0; words[i] != NULL; i++) {
		if (choose != NULL && !choose(words[i]))
			continue;
		for (const char *at = words[i]; *at != '\0'; at++) {
			if (*at == '\\' || *at == '\n')
				text[used++] = '\\';
			text[used++] = *at == '\n' ? 'n' : *at;
		}
		text[used++] = '\n';
	}
	text[used] = '\0';
	result = trace_writer_meta(writer, key, text);
	free(text);
	return result;
}

int launched_store(const struct recording *recording)
{
	struct trace_writer *writer = recording->output.writer;
	const struct actor_plane_header *header = plane_view_header(recording->plane);
	char directory[PATH_MAX];
	int result = store_lines(writer, "launch_argv", recording->options->command, NULL);

	if (result == 0)
		result = store_lines(writer, "launch_environment", environ, is_kept);
	if (result == 0 && getcwd(directory, sizeof(directory)) != NULL)
		result = trace_writer_meta(writer, "launch_directory", directory);
	/* Else the command has started the program, and starts it again. */
	if (result == 0)
		result = trace_writer_meta_int(writer, "launch_direct",
					       header->pid == (uint32_t)recording->launch.pid);
	return result;
}
