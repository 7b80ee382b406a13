/* SPDX-License-Identifier: MIT */
/* The players' lines: every verb and form, every error, and lines of noise. */
#include "protocol.h"

#include <ctype.h>

#include "dice.h"
#include "limiter.h"
#include "suite.h"
#include "text.h"

static enum protocol_error parse(const char *line, struct command *command)
{
	return protocol_parse(line, strlen(line), command);
}

static void understands_every_form(void)
{
	static const struct {
		const char *line;
		enum protocol_verb verb;
		const char *word;
	} rows[] = {
		{"help", VERB_HELP, ""},
		{"?", VERB_HELP, ""},
		{"name ANNA", VERB_NAME, "ANNA"},
		{"  NaMe\t x-_9  ", VERB_NAME, "x-_9"},
		{"play", VERB_PLAY, ""},
		{"P", VERB_PLAY, ""},
		{"leave", VERB_LEAVE, ""},
		{"up", VERB_UP, ""},
		{"u", VERB_UP, ""},
		{"w", VERB_UP, ""},
		{"right", VERB_RIGHT, ""},
		{"r", VERB_RIGHT, ""},
		{"d", VERB_RIGHT, ""},
		{"down", VERB_DOWN, ""},
		{"s", VERB_DOWN, ""},
		{"dn", VERB_DOWN, ""},
		{"left", VERB_LEFT, ""},
		{"l", VERB_LEFT, ""},
		{"a", VERB_LEFT, ""},
		{"show on", VERB_SHOW, "on"},
		{"top", VERB_TOP, ""},
		{"who", VERB_WHO, ""},
		{"ping", VERB_PING, ""},
		{"ping 42", VERB_PING, "42"},
		{"quit", VERB_QUIT, ""},
		{"bye", VERB_QUIT, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command command;

		CU_ASSERT_EQUAL_FATAL(parse(rows[i].line, &command), PROTOCOL_OK);
		CU_ASSERT_EQUAL(command.verb, rows[i].verb);
		CU_ASSERT_STRING_EQUAL(command.word, rows[i].word);
	}
}

static void refuses_by_name(void)
{
	static const struct {
		const char *line;
		enum protocol_error error;
	} rows[] = {
		{"", PROTOCOL_EMPTY},
		{" \t ", PROTOCOL_EMPTY},
		{"jump", PROTOCOL_UNKNOWN},
		{"playy", PROTOCOL_UNKNOWN},
		{"pla", PROTOCOL_UNKNOWN},
		{"play now", PROTOCOL_SURPLUS},
		{"name a b", PROTOCOL_SURPLUS},
		{"name", PROTOCOL_MISSING},
		{"name sixteen-letters-", PROTOCOL_BAD_NAME},
		{"name a/b", PROTOCOL_BAD_NAME},
		{"show", PROTOCOL_MISSING},
		{"show me", PROTOCOL_BAD_SWITCH},
		{"ping 0123456789012345678901234567890123456789", PROTOCOL_TOO_LONG},
		{"na\033me", PROTOCOL_NOT_TEXT},
		{"name \303\244", PROTOCOL_NOT_TEXT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command command = {.verb = VERB_COUNT};

		CU_ASSERT_EQUAL(parse(rows[i].line, &command), rows[i].error);
		CU_ASSERT_EQUAL(command.verb, VERB_COUNT);
	}
}

static void name_limit_is_exact(void)
{
	struct command command;

	CU_ASSERT_EQUAL(parse("name 123456789012345", &command), PROTOCOL_OK);
	CU_ASSERT_EQUAL(parse("name 1234567890123456", &command), PROTOCOL_BAD_NAME);
}

/* The line has no NUL, and what follows it in memory is not part of it. */
static void reads_only_its_bytes(void)
{
	struct command command;

	CU_ASSERT_EQUAL(protocol_parse("playing", 4, &command), PROTOCOL_OK);
	CU_ASSERT_EQUAL(command.verb, VERB_PLAY);
	CU_ASSERT_EQUAL(protocol_parse("ping\0x", 6, &command), PROTOCOL_NOT_TEXT);
}

static void survives_noise(void)
{
	static const char *const seeds[] = {"name ", "show ", "ping ", "", "play"};
	struct dice dice = dice_take();

	for (int round = 0; round < 100000; round++) {
		/* Exactly as large as the line, so that the sanitizers see an overrun. */
		size_t size = (size_t)(round % 70);
		char *line = malloc(size + 1);
		const char *seed = seeds[round % 5];
		struct command command = {0};
		enum protocol_error error;

		for (size_t i = 0; i < size; i++) {
			uint64_t random = dice_roll(&dice);
			line[i] = round % 2 ? (char)(random >> 56)
					    : (char)(' ' + (random >> 40) % 95);
			if (i < strlen(seed))
				line[i] = seed[i];
		}
		error = protocol_parse(line, size, &command);
		CU_ASSERT_FATAL(error < PROTOCOL_ERROR_COUNT);
		if (error == PROTOCOL_OK)
			CU_ASSERT_FATAL(strlen(command.word) < PROTOCOL_WORD_SIZE);
		free(line);
	}
}

static void tables_are_complete(void)
{
	for (unsigned verb = 0; verb < VERB_COUNT; verb++) {
		CU_ASSERT_PTR_NOT_NULL(protocol_verb_usage(verb));
		CU_ASSERT_PTR_NOT_NULL(protocol_verb_help(verb));
	}
	CU_ASSERT_PTR_NULL(protocol_verb_usage(VERB_COUNT));
	for (unsigned error = 0; error < PROTOCOL_ERROR_COUNT; error++)
		CU_ASSERT_PTR_NOT_NULL(protocol_error_text(error));
}

static void text_never_overflows(void)
{
	struct text text;

	text_init(&text);
	for (int i = 0; i < 2000; i++)
		text_line(&text, "%d %s", i, "0123456789");
	CU_ASSERT_TRUE(text.cut);
	CU_ASSERT(text.size < sizeof(text.bytes));
	CU_ASSERT_EQUAL(text.bytes[text.size], '\0');
	CU_ASSERT_EQUAL(text.bytes[text.size - 1], '\n');
	text_init(&text);
	text_raw(&text, "a");
	text_line(&text, "b");
	CU_ASSERT_STRING_EQUAL(text.bytes, "ab\n");
}

#define MS(n) ((uint64_t)(n)*1000000)

static void limiter_allows_the_rate(void)
{
	struct limiter limiter;

	limiter_init(&limiter, 50, 500, MS(1000));
	for (int i = 0; i < 10000; i++)
		CU_ASSERT_EQUAL_FATAL(limiter_take(&limiter, MS(1000 + i * 20)), LIMITER_ALLOW);
}

static void limiter_stops_a_flood(void)
{
	unsigned seen[LIMITER_CLOSE + 1] = {0};
	struct limiter limiter;

	limiter_init(&limiter, 50, 500, 0);
	for (int i = 0; i < 50 + 500; i++)
		seen[limiter_take(&limiter, 1)]++;
	CU_ASSERT_EQUAL(seen[LIMITER_ALLOW], 50);
	CU_ASSERT_EQUAL(seen[LIMITER_WARN], 10);
	CU_ASSERT_EQUAL(seen[LIMITER_DROP], 489);
	CU_ASSERT_EQUAL(seen[LIMITER_CLOSE], 1);
}

static void limiter_forgives(void)
{
	struct limiter limiter;

	limiter_init(&limiter, 50, 500, 0);
	for (int i = 0; i < 400; i++)
		limiter_take(&limiter, 1);
	CU_ASSERT_EQUAL(limiter_take(&limiter, MS(2000)), LIMITER_ALLOW);
	CU_ASSERT_EQUAL(limiter.refused, 0);
	/* A clock that stands still or goes back earns nothing and breaks nothing. */
	CU_ASSERT_EQUAL(limiter_take(&limiter, MS(1000)), LIMITER_ALLOW);
}

#define CASES(X)                   \
	X(understands_every_form)  \
	X(refuses_by_name)         \
	X(name_limit_is_exact)     \
	X(reads_only_its_bytes)    \
	X(survives_noise)          \
	X(tables_are_complete)     \
	X(text_never_overflows)    \
	X(limiter_allows_the_rate) \
	X(limiter_stops_a_flood)   \
	X(limiter_forgives)
SUITE("arena protocol", CASES)
