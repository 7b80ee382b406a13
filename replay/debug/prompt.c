/* SPDX-License-Identifier: MIT */
/* Lines: where they come from, and what they say. */
#include "debug/debug.h"
#include "term/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <editline/readline.h>

#include "term/text.h"

int debug_say(struct debug *debug, int status, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)debug;
	fflush(stdout);
	fputs("actor-replay debug: ", stderr);
	text_print(stderr, text);
	putc('\n', stderr);
	return status;
}

/* Whose turn it is that does not end. */
static int say_stuck(struct debug *debug, int status)
{
	uint64_t step = debug->timeline.script->place;
	const struct actor_event *event;
	char name[160], sender[160];

	if (step == 0 || step > debug->event_count)
		return debug_say(debug, status, "%s", debug->timeline.error);
	event = &debug->events[step - 1];
	if (event->kind != ACTOR_EVENT_RECV)
		return debug_say(debug, status, "%s; it had begun @%" PRIu64 ", an operation of %s",
				 debug->timeline.error, debug_event_of(debug, step),
				 debug_name(debug, event->a, name));
	return debug_say(debug, status, "%s; it had begun @%" PRIu64 ": %s handles %s from %s",
			 debug->timeline.error, debug_event_of(debug, step),
			 debug_name(debug, event->a, name),
			 debug_message_name(debug, event->tag, event->flags & 0x0f),
			 debug_name(debug, event->b, sender));
}

int debug_say_timeline(struct debug *debug, int status)
{
	if (status == -EINTR)
		return debug_say(debug, status, "interrupted");
	if (status == -ETIMEDOUT)
		return say_stuck(debug, status);
	return debug_say(debug, status, "%s", debug->timeline.error);
}

/* ---- One line ---------------------------------------------------------------------------------
 */

/* In place. `#` begins a comment; quotes keep blanks. */
static bool split(char *text, struct debug_words *words)
{
	char *at = text;

	words->count = 0;
	for (;;) {
		at += strspn(at, " \t\r\n");
		if (*at == '\0' || *at == '#')
			break;
		if (words->count == DEBUG_WORDS_MAX)
			return false;
		if (*at == '"' || *at == '\'') {
			char quote = *at++;

			words->word[words->count++] = at;
			at = strchr(at, quote);
			if (at == NULL)
				return false;
		} else {
			words->word[words->count++] = at;
			at += strcspn(at, " \t\r\n");
		}
		if (*at != '\0')
			*at++ = '\0';
	}
	words->word[words->count] = NULL;
	return true;
}

/* By name, alias, or a beginning that is nobody else's. */
static const struct debug_command *find(const char *name)
{
	const struct debug_command *found = NULL;

	for (size_t i = 0; i < debug_command_count; i++) {
		const struct debug_command *command = &debug_commands[i];

		if (strcmp(command->name, name) == 0 ||
		    (command->alias != NULL && strcmp(command->alias, name) == 0))
			return command;
	}
	for (size_t i = 0; i < debug_command_count; i++) {
		if (strncmp(debug_commands[i].name, name, strlen(name)) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = &debug_commands[i];
	}
	return found;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int debug_line(struct debug *debug, const char *line)
{
	const struct debug_command *command;
	struct debug_words words = {.line = line};
	char *copy = strdup(line);
	int64_t begin_ns = 0;
	int status = 0;

	if (copy == NULL)
		return -ENOMEM;
	if (!split(copy, &words)) {
		status = debug_say(debug, -EINVAL,
				   "a quote is missing, or there are too many words");
	} else if (words.count != 0) {
		command = find(words.word[0]);
		if (debug->stopped != NULL)
			*debug->stopped = 0;
		begin_ns = now_ns();
		if (debug->timeline.progress_user != NULL)
			progress_begin(debug->timeline.progress_user, "running");
		status = command != NULL ? command->run(debug, &words)
					 : debug_say(debug, -EINVAL,
						     "there is no command '%s'; `help` lists them",
						     words.word[0]);
		if (debug->timeline.progress_user != NULL)
			progress_end(debug->timeline.progress_user);
	}
	free(copy);
	if (debug->timing && begin_ns != 0)
		printf("(%.3f ms)\n", (double)(now_ns() - begin_ns) / 1e6);
	fflush(stdout);
	return status;
}

/* ---- Completion -------------------------------------------------------------------------------
 */

static struct debug *completing;

struct words {
	char **word;
	size_t count;
	size_t room;
	const char *prefix;
};

static void take(void *user, const char *name)
{
	struct words *words = user;

	if (strncmp(name, words->prefix, strlen(words->prefix)) != 0)
		return;
	if (words->count == words->room) {
		size_t room = words->room != 0 ? 2 * words->room : 16;
		char **more = realloc(words->word, room * sizeof(*more));

		if (more == NULL)
			return;
		words->word = more;
		words->room = room;
	}
	words->word[words->count] = strdup(name);
	words->count += words->word[words->count] != NULL;
}

static void take_words_of(const char *list, struct words *words)
{
	char word[64];
	int length;

	for (; list != NULL && sscanf(list, " %63s%n", word, &length) == 1; list += length) {
		if (word[1] == '\0' && strchr("@#$", word[0]) != NULL)
			debug_complete_names(completing, word[0], words->prefix, take, words);
		else if (strcmp(word, "!") == 0)
			for (size_t i = 0; i < debug_command_count; i++)
				take(words, debug_commands[i].name);
		else
			take(words, word);
	}
}

/* Readline's list: first what all have in common. NULL: nothing. */
static char **matches(const char *text, int start, int end)
{
	struct words words = {.prefix = text};
	char first[64];
	char **list;
	size_t common;

	(void)end;
	rl_attempted_completion_over = 1;
	if (start == 0) {
		take_words_of("!", &words);
	} else if (sscanf(rl_line_buffer, "%63s", first) == 1) {
		const struct debug_command *command = find(first);

		take_words_of(command != NULL ? command->complete : NULL, &words);
	}
	if (words.count == 0) {
		free(words.word);
		return NULL;
	}
	list = calloc(words.count + 2, sizeof(*list));
	if (list == NULL)
		return NULL;
	common = strlen(words.word[0]);
	for (size_t i = 0; i < words.count; i++) {
		size_t same = 0;

		while (same < common && words.word[i][same] == words.word[0][same])
			same++;
		common = same;
		list[i + 1] = words.word[i];
	}
	list[0] = strndup(words.word[0], common);
	free(words.word);
	return list;
}

/* ---- Where lines come from --------------------------------------------------------------------
 */

static void history_path(char *path, size_t size)
{
	const char *home = getenv("HOME");

	path[0] = '\0';
	if (home != NULL && home[0] == '/')
		snprintf(path, size, "%s/.actor_replay_history", home);
}

int debug_prompt(struct debug *debug)
{
	static char blanks[] = " \t";
	char last[1024] = "";
	char path[4096];
	char *line;

	completing = debug;
	debug->interactive = true;
	rl_readline_name = "actor-replay";
	rl_attempted_completion_function = matches;
	rl_completer_word_break_characters = blanks;
	history_path(path, sizeof(path));
	using_history();
	stifle_history(1000);
	if (path[0] != '\0')
		read_history(path);
	debug_where(debug);
	puts("help lists the commands");
	while (!debug->quit && (line = readline("(replay) ")) != NULL) {
		const char *run = line;

		if (line[strspn(line, " \t")] == '\0')
			run = last;
		else if (strcmp(line, last) != 0)
			add_history(line);
		(void)debug_line(debug, run);
		if (run == line)
			snprintf(last, sizeof(last), "%s", line);
		free(line);
	}
	if (path[0] != '\0')
		write_history(path);
	if (!debug->quit)
		putchar('\n');
	return 0;
}

int debug_script(struct debug *debug, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	int status = 0;

	while (status == 0 && !debug->quit && getline(&line, &room, file) >= 0)
		status = debug_line(debug, line);
	free(line);
	return status;
}
