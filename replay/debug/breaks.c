/* SPDX-License-Identifier: MIT */
/* Where to stop. */
#include "debug/debug.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lint/recorded.h"
#include "store/layout.h"

/* ---- Conditions -------------------------------------------------------------------------------
 */

static const struct {
	const char *text;
	enum actor_control_compare compare;
} operators[] = {
	{"==", ACTOR_CONTROL_EQUAL},         {"=", ACTOR_CONTROL_EQUAL},
	{"!=", ACTOR_CONTROL_UNEQUAL},       {"<", ACTOR_CONTROL_LESS},
	{"<=", ACTOR_CONTROL_LESS_EQUAL},    {">", ACTOR_CONTROL_GREATER},
	{">=", ACTOR_CONTROL_GREATER_EQUAL},
};

static enum actor_control_compare operator_of(const char *word)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strcmp(word, operators[i].text) == 0)
			return operators[i].compare;
	return ACTOR_CONTROL_ANY;
}

static bool take_value(struct debug *debug, const struct types_field *field, const char *text,
		       struct actor_control_break *what)
{
	uint8_t bytes[8] = {0};
	struct types_field own = *field;
	char error[256];
	double real;
	int status;

	own.offset = 0;
	status = types_set(debug->types, &own, text, bytes, sizeof(bytes), error, sizeof(error));
	if (status != 0) {
		debug_say(debug, status, "'%s': %s", text, error);
		return false;
	}
	memcpy(&what->value, bytes, sizeof(bytes));
	if (field->kind == TYPES_KIND_FLOAT) {
		if (field->size == 4) {
			float small;

			memcpy(&small, bytes, sizeof(small));
			real = (double)small;
			memcpy(&what->value, &real, sizeof(real));
		}
		what->number = ACTOR_CONTROL_FLOAT;
		return true;
	}
	what->number = field->is_signed ? ACTOR_CONTROL_SIGNED : ACTOR_CONTROL_UNSIGNED;
	if (field->is_signed && field->size < 8) {
		unsigned shift = 64 - 8 * (unsigned)field->size;

		what->value = (uint64_t)((int64_t)(what->value << shift) >> shift);
	}
	return true;
}

/* The field in the type that the break is about: what was named, else that of here. */
static bool take_field(struct debug *debug, const char *path, struct actor_control_break *what,
		       struct types_field *ret_field)
{
	const struct actor_control_reply *where = &debug->timeline.where;
	struct debug_ctype ctype;
	uint32_t type;
	char error[256];
	const char *rest = path;
	bool known;

	what->of_message = strncmp(path, "msg", 3) == 0;
	if (what->of_message)
		known = debug_type(debug, (uint16_t)(what->tag != 0 ? what->tag : where->tag),
				   &ctype);
	else if (what->behaviour[0] != '\0')
		known = debug_behaviour_type(debug, what->behaviour, &ctype);
	else
		known = debug_state_type(debug, what->actor != 0 ? what->actor : where->actor,
					 &ctype);
	if (!known) {
		debug_say(debug, -ENOENT,
			  "whose field is %s? name a behaviour, an actor or a message first", path);
		return false;
	}
	if (what->of_message && what->tag == 0)
		what->tag = where->tag;
	if (!what->of_message && what->actor == 0 && what->behaviour[0] == '\0')
		snprintf(what->behaviour, sizeof(what->behaviour), "%s", ctype.name);
	if (!debug_find_type(debug, &ctype, &type))
		return false;
	rest += strncmp(rest, "self", 4) == 0 ? 4 : strncmp(rest, "msg", 3) == 0 ? 3 : 0;
	rest += rest[0] == '.' ? 1 : strncmp(rest, "->", 2) == 0 ? 2 : 0;
	if (types_field(debug->types, type, rest, ret_field, error, sizeof(error)) != 0) {
		debug_say(debug, -ENOENT, "%s: %s", path, error);
		return false;
	}
	what->offset = (uint32_t)ret_field->offset;
	what->size = (uint32_t)ret_field->size;
	return true;
}

static bool take_condition(struct debug *debug, const struct debug_words *words, size_t at,
			   struct actor_control_break *what)
{
	struct types_field field;

	if (words->count != at + 3 || operator_of(words->word[at + 1]) == ACTOR_CONTROL_ANY) {
		debug_say(debug, -EINVAL,
			  "a condition is a field, an operator and a value: if "
			  "self->hp < 0; operators: == != < <= > >=");
		return false;
	}
	if (!take_field(debug, words->word[at], what, &field))
		return false;
	if ((field.size != 1 && field.size != 2 && field.size != 4 && field.size != 8) ||
	    field.bit_size != 0) {
		debug_say(debug, -EINVAL, "%s is no number of 1, 2, 4 or 8 bytes", words->word[at]);
		return false;
	}
	what->compare = operator_of(words->word[at + 1]);
	return take_value(debug, &field, words->word[at + 2], what);
}

/* ---- Alerts -----------------------------------------------------------------------------------
 */

static void on_alert(void *user, const struct lint_alert *alert)
{
	struct debug *debug = user;
	uint64_t *more;

	if (debug->alert_name[0] != '\0' && strcmp(debug->alert_name, alert->lint->name) != 0)
		return;
	more = realloc(debug->alerts, (debug->alert_count + 1) * sizeof(*more));
	if (more == NULL)
		return;
	debug->alerts = more;
	debug->alerts[debug->alert_count++] = debug_step_at(debug, (int64_t)alert->since_ns);
}

static int break_alert(struct debug *debug, const char *name)
{
	const struct recorded_sink sink = {.alert = on_alert, .user = debug};
	char error[256];
	int status;

	free(debug->alerts);
	debug->alerts = NULL;
	debug->alert_count = 0;
	snprintf(debug->alert_name, sizeof(debug->alert_name), "%s", name);
	status = recorded_lint(debug->trace, &sink, error, sizeof(error));
	if (status != 0)
		return debug_say(debug, status, "the recording's alerts are not known: %s", error);
	debug->alert_break = debug->next_break++;
	printf("breakpoint %" PRIu32 ": %zu alert%s\n", debug->alert_break, debug->alert_count,
	       debug->alert_count == 1 ? "" : "s");
	return 0;
}

uint64_t debug_next_alert(const struct debug *debug, uint64_t step, bool back)
{
	uint64_t best = 0;

	for (size_t i = 0; i < debug->alert_count; i++) {
		uint64_t alert = debug->alerts[i];

		if (alert == 0 || (back ? alert >= step : alert <= step))
			continue;
		if (best == 0 || (back ? alert > best : alert < best))
			best = alert;
	}
	return best;
}

/* ---- The commands -----------------------------------------------------------------------------
 */

static int add(struct debug *debug, const struct actor_control_break *what)
{
	int status = timeline_break(&debug->timeline, debug->next_break, what);

	if (status != 0)
		return debug_say_timeline(debug, status);
	printf("breakpoint %" PRIu32 "\n", debug->next_break++);
	return 0;
}

static bool take_word(struct debug *debug, const char *what, const char *value,
		      struct actor_control_break *wish)
{
	struct debug_ctype ctype;
	uint16_t tag;

	if (strcmp(what, "behaviour") == 0) {
		if (!debug_behaviour_type(debug, value, &ctype)) {
			debug_say(debug, -ENOENT, "the recording has no behaviour '%s'", value);
			return false;
		}
		snprintf(wish->behaviour, sizeof(wish->behaviour), "%s", value);
		return true;
	}
	if (strcmp(what, "message") == 0) {
		int kind = event_message_number(value);

		if (debug_type_named(debug, value, &tag)) {
			wish->tag = tag;
			return true;
		}
		if (kind >= 0) {
			wish->kinds |= 1u << kind;
			return true;
		}
		debug_say(debug, -ENOENT, "the recording has no message type '%s'", value);
		return false;
	}
	if (strcmp(what, "actor") == 0)
		return debug_actor(debug, value, &wish->actor);
	if (strcmp(what, "sender") == 0)
		return debug_actor(debug, value, &wish->sender);
	debug_say(debug, -EINVAL,
		  "'%s' is not understood; break takes behaviour NAME, actor NAME, message TYPE, "
		  "sender NAME, exit, alert [LINT], and last if FIELD OPERATOR VALUE",
		  what);
	return false;
}

static bool is_keyword(const char *word)
{
	static const char *const keywords[] = {"behaviour", "message", "actor", "sender"};

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcmp(word, keywords[i]) == 0)
			return true;
	return false;
}

/* A word alone is a behaviour, a type of message or an actor. */
static const char *kind_of(struct debug *debug, const char *word)
{
	struct debug_ctype ctype;
	uint16_t tag;

	if (debug_behaviour_type(debug, word, &ctype))
		return "behaviour";
	return debug_type_named(debug, word, &tag) ? "message" : "actor";
}

int debug_break(struct debug *debug, const struct debug_words *words)
{
	struct actor_control_break what = {.actor = 0};

	if (words->count == 1)
		return debug_breaks(debug, words);
	if (strcmp(words->word[1], "alert") == 0)
		return break_alert(debug, words->count > 2 ? words->word[2] : "");
	for (size_t i = 1; i < words->count;) {
		if (strcmp(words->word[i], "exit") == 0) {
			what.exits = 1;
			i++;
			continue;
		}
		if (strcmp(words->word[i], "if") == 0) {
			if (!take_condition(debug, words, i + 1, &what))
				return -EINVAL;
			break;
		}
		if (!is_keyword(words->word[i])) {
			if (!take_word(debug, kind_of(debug, words->word[i]), words->word[i],
				       &what))
				return -EINVAL;
			i++;
			continue;
		}
		if (i + 1 == words->count)
			return debug_say(debug, -EINVAL, "%s what?", words->word[i]);
		if (!take_word(debug, words->word[i], words->word[i + 1], &what))
			return -EINVAL;
		i += 2;
	}
	return add(debug, &what);
}

int debug_watch(struct debug *debug, const struct debug_words *words)
{
	struct actor_control_break what = {.compare = ACTOR_CONTROL_CHANGED};
	struct debug_value value;

	if (words->count != 2)
		return debug_say(debug, -EINVAL, "watch self->FIELD");
	if (!debug_value(debug, words->word[1], &value))
		return -ENOENT;
	what.actor = value.pid;
	what.offset = (uint32_t)value.field.offset;
	what.size = (uint32_t)value.field.size;
	debug_value_finish(&value);
	if (value.is_message || what.size == 0 || what.size > 64)
		return debug_say(debug, -EINVAL,
				 "watch wants a field of a state, of at most 64 bytes");
	return add(debug, &what);
}

static void print_break(struct debug *debug, const struct timeline_break *at)
{
	const struct actor_control_break *what = &at->what;
	char name[160];

	printf("%" PRIu32 ":", at->number);
	if (what->behaviour[0] != '\0')
		printf(" behaviour %s", what->behaviour);
	if (what->actor != 0)
		printf(" actor %s", debug_name(debug, what->actor, name));
	if (what->tag != 0)
		printf(" message %s", trace_type(debug->trace, (uint16_t)what->tag));
	for (int kind = 0; kind < ACTOR_MESSAGE_KIND_COUNT; kind++)
		if (what->kinds >> kind & 1)
			printf(" message %s", event_message_name((uint8_t)kind));
	if (what->sender != 0)
		printf(" sender %s", debug_name(debug, what->sender, name));
	if (what->exits)
		printf(" exit");
	if (what->compare != ACTOR_CONTROL_ANY)
		printf(" %s bytes %" PRIu32 "-%" PRIu32 " of the %s",
		       what->compare == ACTOR_CONTROL_CHANGED ? "change of" : "condition on",
		       what->offset, what->offset + what->size - 1,
		       what->of_message ? "message" : "state");
	putchar('\n');
}

int debug_breaks(struct debug *debug, const struct debug_words *words)
{
	(void)words;
	if (debug->timeline.break_count == 0 && debug->alert_count == 0)
		puts("no breakpoints");
	for (uint32_t i = 0; i < debug->timeline.break_count; i++)
		print_break(debug, &debug->timeline.breaks[i]);
	if (debug->alert_count != 0)
		printf("%" PRIu32 ": alert %s (%zu)\n", debug->alert_break, debug->alert_name,
		       debug->alert_count);
	return 0;
}

int debug_delete(struct debug *debug, const struct debug_words *words)
{
	uint64_t number = 0;

	if (words->count == 1) {
		debug->timeline.break_count = 0;
		debug->alert_count = 0;
		return 0;
	}
	if (!debug_number(words->word[1], &number))
		return debug_say(debug, -EINVAL, "delete wants a breakpoint's number");
	if (debug->alert_count != 0 && number == debug->alert_break) {
		debug->alert_count = 0;
		return 0;
	}
	if (timeline_unbreak(&debug->timeline, (uint32_t)number) != 0)
		return debug_say(debug, -ENOENT, "there is no breakpoint %" PRIu64, number);
	return 0;
}
