/* SPDX-License-Identifier: MIT */

/* What an alert says: the lint's sentence, filled in. */

#include <stdio.h>
#include <string.h>

#include "lint/engine.h"
#include "term/number.h"

static void value_text(enum lint_unit unit, double value, char text[NUMBER_SIZE])
{
	switch (unit) {
	case LINT_UNIT_NS:
		number_ns((int64_t)value, text);
		break;
	case LINT_UNIT_BYTES:
		number_bytes((uint64_t)value, text);
		break;
	case LINT_UNIT_SHARE:
		snprintf(text, NUMBER_SIZE, "%.0f %%", value * 100);
		break;
	case LINT_UNIT_COUNT:
	default:
		number_count((uint64_t)value, text);
		break;
	}
}

/* What stands in braces at `word`. */
static void word_text(const struct lint_engine *engine, const struct lint_entry *entry,
		      const char *word, size_t length, char *text, size_t size)
{
	const struct lint_names *names = &engine->names;
	char number[NUMBER_SIZE];

	text[0] = '\0';
	if (strncmp(word, "actor", length) == 0) {
		names->actor(names->user, entry->subject.pid, entry->subject.behaviour, text, size);
	} else if (strncmp(word, "peer", length) == 0) {
		names->actor(names->user, entry->detail.peer, 0, text, size);
	} else if (strncmp(word, "tag", length) == 0) {
		names->type(names->user, entry->detail.tag, text, size);
	} else if (strncmp(word, "value", length) == 0) {
		value_text(lints[entry->id].unit, entry->value, number);
		snprintf(text, size, "%s", number);
	} else if (strncmp(word, "rate", length) == 0) {
		snprintf(text, size, "%s",
			 number_count((uint64_t)(entry->rate > 0 ? entry->rate : 0), number));
	} else if (strncmp(word, "more", length) == 0) {
		snprintf(text, size, "%s", entry->detail.more);
	}
}

void lint_sentence(const struct lint_engine *engine, const struct lint_entry *entry, char *text,
		   size_t size)
{
	const char *at = lints[entry->id].sentence;
	size_t used = 0;

	while (*at != '\0' && used + 1 < size) {
		char word[LINT_TEXT / 2];
		const char *end;
		size_t length;

		if (*at != '{') {
			text[used++] = *at++;
			continue;
		}
		end = strchr(at, '}');
		word_text(engine, entry, at + 1, (size_t)(end - at) - 1, word, sizeof(word));
		length = strlen(word);
		if (length > size - used - 1)
			length = size - used - 1;
		memcpy(text + used, word, length);
		used += length;
		at = end + 1;
	}
	text[used] = '\0';
}
