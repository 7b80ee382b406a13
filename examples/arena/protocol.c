/* SPDX-License-Identifier: MIT */
#include "protocol.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define WORDS_MAX 3

enum argument {
	ARGUMENT_NOTHING,
	ARGUMENT_OPTIONAL,
	ARGUMENT_NAME,
	ARGUMENT_SWITCH,
	ARGUMENT_COUNT
};

struct verb {
	const char *word;
	const char *shorts; /* further forms, separated by one space */
	enum argument argument;
	const char *usage;
	const char *help;
};

static const struct verb verbs[VERB_COUNT] = {
#define X(VERB, word, shorts, argument, usage, help) \
	[VERB_##VERB] = {word, shorts, ARGUMENT_##argument, usage, help},
	PROTOCOL_VERB_MAP(X)
#undef X
};

static const char *const error_texts[PROTOCOL_ERROR_COUNT] = {[PROTOCOL_OK] = "none",
#define X(ERROR, code, text) [PROTOCOL_##ERROR] = code " " text,
							      PROTOCOL_ERROR_MAP(X)
#undef X
};

static const char *const switches[] = {
	[SWITCH_ON] = "on",
	[SWITCH_TICKS] = "ticks",
	[SWITCH_OFF] = "off",
};

/* A piece of the line. */
struct word {
	const char *start;
	size_t size;
};

static bool word_is(struct word word, const char *text, size_t size)
{
	return word.size == size && strncasecmp(word.start, text, size) == 0;
}

/* Cuts the line at blanks; returns the number of words, at most WORDS_MAX. */
static size_t split(const char *line, size_t size, struct word words[WORDS_MAX])
{
	size_t count = 0;
	size_t i = 0;

	while (i < size && count < WORDS_MAX) {
		size_t start;

		while (i < size && (line[i] == ' ' || line[i] == '\t'))
			i++;
		start = i;
		while (i < size && line[i] != ' ' && line[i] != '\t')
			i++;
		if (i > start)
			words[count++] = (struct word){line + start, i - start};
	}
	return count;
}

static bool has_form(const struct verb *verb, struct word word)
{
	const char *form = verb->shorts;

	if (word_is(word, verb->word, strlen(verb->word)))
		return true;
	while (*form != '\0') {
		size_t size = strcspn(form, " ");

		if (word_is(word, form, size))
			return true;
		form += size;
		form += strspn(form, " ");
	}
	return false;
}

static bool find_verb(struct word word, enum protocol_verb *ret_verb)
{
	for (unsigned i = 0; i < VERB_COUNT; i++) {
		if (has_form(&verbs[i], word)) {
			*ret_verb = i;
			return true;
		}
	}
	return false;
}

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static enum protocol_error check_nothing(struct word word, struct command *command)
{
	(void)command;
	return word.size == 0 ? PROTOCOL_OK : PROTOCOL_SURPLUS;
}

static enum protocol_error check_optional(struct word word, struct command *command)
{
	(void)command;
	return word.size < PROTOCOL_WORD_SIZE ? PROTOCOL_OK : PROTOCOL_TOO_LONG;
}

static enum protocol_error check_name(struct word word, struct command *command)
{
	(void)command;
	if (word.size == 0)
		return PROTOCOL_MISSING;
	if (word.size >= PROTOCOL_NAME_SIZE)
		return PROTOCOL_BAD_NAME;
	for (size_t i = 0; i < word.size; i++) {
		if (!is_name_character(word.start[i]))
			return PROTOCOL_BAD_NAME;
	}
	return PROTOCOL_OK;
}

static enum protocol_error check_switch(struct word word, struct command *command)
{
	if (word.size == 0)
		return PROTOCOL_MISSING;
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (word_is(word, switches[i], strlen(switches[i]))) {
			command->on = (enum protocol_switch)i;
			return PROTOCOL_OK;
		}
	}
	return PROTOCOL_BAD_SWITCH;
}

static enum protocol_error (*const checks[ARGUMENT_COUNT])(struct word, struct command *) = {
	[ARGUMENT_NOTHING] = check_nothing,
	[ARGUMENT_OPTIONAL] = check_optional,
	[ARGUMENT_NAME] = check_name,
	[ARGUMENT_SWITCH] = check_switch,
};

static bool is_text(const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < ' ' && c != '\t') || c > '~')
			return false;
	}
	return true;
}

enum protocol_error protocol_parse(const char *line, size_t size, struct command *ret_command)
{
	struct word words[WORDS_MAX] = {{NULL, 0}};
	struct command command = {0};
	enum protocol_error error;
	size_t count;

	if (!is_text(line, size))
		return PROTOCOL_NOT_TEXT;
	count = split(line, size, words);
	if (count == 0)
		return PROTOCOL_EMPTY;
	if (!find_verb(words[0], &command.verb))
		return PROTOCOL_UNKNOWN;
	if (count > 2)
		return PROTOCOL_SURPLUS;
	error = checks[verbs[command.verb].argument](words[1], &command);
	if (error != PROTOCOL_OK)
		return error;
	assert(words[1].size < sizeof(command.word));
	if (words[1].size > 0)
		memcpy(command.word, words[1].start, words[1].size);
	*ret_command = command;
	return PROTOCOL_OK;
}

const char *protocol_error_text(enum protocol_error error)
{
	assert(error < PROTOCOL_ERROR_COUNT);
	return error_texts[error];
}

const char *protocol_verb_usage(unsigned verb)
{
	return verb < VERB_COUNT ? verbs[verb].usage : NULL;
}

const char *protocol_verb_help(unsigned verb)
{
	return verb < VERB_COUNT ? verbs[verb].help : NULL;
}
