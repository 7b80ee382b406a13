/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "store/decode.h"
#include "term/number.h"
#include "term/text.h"

static const char *const whys[] = {
	[DIFFER_DEED] = "the same message, another turn",
	[DIFFER_ORDER] = "the same messages in another order",
	[DIFFER_OUTSIDE] = "outside input differs",
	[DIFFER_MESSAGE] = "its message differs",
	[DIFFER_BIRTH] = "born in one of them only",
	[DIFFER_END] = "one of them ends here",
};

static const char *const why_words[] = {
	[DIFFER_DEED] = "deed",       [DIFFER_ORDER] = "order", [DIFFER_OUTSIDE] = "outside",
	[DIFFER_MESSAGE] = "message", [DIFFER_BIRTH] = "birth", [DIFFER_END] = "end",
};

/* ---- Names ------------------------------------------------------------------------------------
 */

#define NAME_SIZE 160

/* "referee <0.3.1>", or "room <0.17.1>" for one that has no name. */
static const char *name_of(struct histories *histories, uint64_t pid, char text[NAME_SIZE])
{
	char safe[NAME_SIZE - 40];
	const struct trace_name *name;

	if (pid == 0)
		return "the runtime";
	name = trace_name(histories->trace, pid);
	text_safe(name->name[0] != '\0' ? name->name : name->behaviour, safe, sizeof(safe));
	snprintf(text, NAME_SIZE, "%s%s%s", safe, safe[0] != '\0' ? " " : "", name->pid);
	return text;
}

static const char *name_of_identity(struct comparison *comparison, uint64_t identity,
				    char text[NAME_SIZE])
{
	const struct history *history = histories_find(comparison->a, identity);
	struct histories *histories = comparison->a;

	if (history == NULL) {
		history = histories_find(comparison->b, identity);
		histories = comparison->b;
	}
	return history != NULL ? name_of(histories, history->pid, text) : "an unknown actor";
}

/* ---- One event --------------------------------------------------------------------------------
 */

static void print_type(FILE *file, struct histories *histories, const struct actor_event *event)
{
	const char *kind = event_message_name(event_message_kind(event));

	if (event->tag != 0)
		text_print(file, trace_type(histories->trace, event->tag));
	else
		fputs(kind != NULL ? kind : "message", file);
}

/* In words that are the same for both sides where the deed is the same: compared as text. */
static void print_deed(FILE *file, struct histories *histories, const struct actor_event *event)
{
	char name[NAME_SIZE];
	char reason[32];
	const char *kind = event_kind_name(event->kind);

	fputs(kind != NULL ? kind : "?", file);
	switch (event->kind) {
	case ACTOR_EVENT_SEND:
	case ACTOR_EVENT_DEAD_LETTER:
	case ACTOR_EVENT_MAILBOX_DROP:
		putc(' ', file);
		print_type(file, histories, event);
		fprintf(file, " to %s", name_of(histories, event->a, name));
		if (event->kind == ACTOR_EVENT_SEND)
			fprintf(file, ", %" PRIu32 " bytes, hash %08" PRIx64, (uint32_t)event->c,
				event->b & UINT32_MAX);
		break;
	case ACTOR_EVENT_RECV:
	case ACTOR_EVENT_WAIT:
		putc(' ', file);
		print_type(file, histories, event);
		fprintf(file, " %s %s", event->kind == ACTOR_EVENT_RECV ? "from" : "for",
			name_of(histories, event->b, name));
		break;
	case ACTOR_EVENT_SPAWN:
		putc(' ', file);
		text_print(file, trace_behaviour(histories->trace, event->tag));
		fprintf(file, ", child %" PRIu32, event->seq);
		break;
	case ACTOR_EVENT_EXIT:
		fprintf(file, " %s", trace_reason((int64_t)event->b, reason));
		break;
	case ACTOR_EVENT_TIMER_START:
		fprintf(file, " %" PRIu32 " ", event->seq);
		print_type(file, histories, event);
		fprintf(file, " in %" PRIu64 " ns", event->b);
		break;
	case ACTOR_EVENT_CLOCK:
		fprintf(file, " %" PRIu64, event->c);
		break;
	case ACTOR_EVENT_OBSERVE: {
		const char *topic = event_observed_name(event->seq);

		fprintf(file, " %s %" PRIx64, topic != NULL ? topic : "?", event->c);
		break;
	}
	case ACTOR_EVENT_LINK:
	case ACTOR_EVENT_UNLINK:
	case ACTOR_EVENT_MONITOR:
	case ACTOR_EVENT_DEMONITOR:
		fprintf(file, " %s", name_of(histories, event->b, name));
		break;
	case ACTOR_EVENT_REGISTER:
	case ACTOR_EVENT_UNREGISTER:
	case ACTOR_EVENT_JOIN:
	case ACTOR_EVENT_LEAVE: {
		const char *text = trace_string(histories->trace, (uint32_t)event->b);

		putc(' ', file);
		text_print(file, text != NULL ? text : "?");
		break;
	}
	default:
		if (event->seq != 0)
			fprintf(file, " %" PRIu32, event->seq);
	}
}

static char *deed_text(struct histories *histories, const struct actor_event *event)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	if (file == NULL)
		return NULL;
	print_deed(file, histories, event);
	fclose(file);
	return text;
}

/* ---- One turn on both sides -------------------------------------------------------------------
 */

static void print_side(const char *label, char *const *texts, uint32_t from, uint32_t count,
		       bool cut)
{
	printf("    %s: ", label);
	if (from == count) {
		puts(cut ? "goes on" : "nothing more");
		return;
	}
	for (uint32_t i = from; i < count && i < from + 3; i++)
		printf("%s%s", i > from ? "\n       " : "", texts[i] != NULL ? texts[i] : "?");
	puts(count > from + 3 || cut ? "\n       ..." : "");
}

/* ---- What is in a message ---------------------------------------------------------------------
 */

struct payload {
	sqlite3_stmt *rows; /* the bytes are its own */
	struct fields_side side;
	uint16_t tag;
	bool answer;
};

static struct payload payload_of(struct histories *histories, const char *label, uint64_t sender,
				 const struct actor_event *event)
{
	struct payload payload = {.side = {.label = label}, .tag = event->tag};

	payload.answer = event_message_kind(event) == ACTOR_MESSAGE_KIND_REPLY;
	if (sqlite3_prepare_v2(histories->db,
			       "SELECT data FROM main.payloads WHERE sender = ?1 AND seq = ?2", -1,
			       &payload.rows, NULL) != SQLITE_OK)
		return payload;
	sqlite3_bind_int64(payload.rows, 1, (int64_t)sender);
	sqlite3_bind_int64(payload.rows, 2, event->seq);
	if (sqlite3_step(payload.rows) == SQLITE_ROW) {
		payload.side.bytes = sqlite3_column_blob(payload.rows, 0);
		payload.side.size = (size_t)sqlite3_column_bytes(payload.rows, 0);
	}
	return payload;
}

/* The message in which both differ, where both traces have what was in it. */
static void print_fields(struct comparison *comparison, uint64_t sender_a,
			 const struct actor_event *a, uint64_t sender_b,
			 const struct actor_event *b)
{
	struct payload of_a = payload_of(comparison->a, "A", sender_a, a);
	struct payload of_b = payload_of(comparison->b, "B", sender_b, b);
	struct decoder *decoder = decoder_create(comparison->a->db);
	uint32_t id = 0;

	if (of_a.side.bytes != NULL && of_b.side.bytes != NULL &&
	    (of_a.side.size != of_b.side.size ||
	     memcmp(of_a.side.bytes, of_b.side.bytes, of_a.side.size) != 0)) {
		/* The value of an answer stands behind its status: as bytes. */
		if (decoder != NULL && !of_a.answer && !of_b.answer && of_a.tag != 0 &&
		    strcmp(trace_type(comparison->a->trace, of_a.tag),
			   trace_type(comparison->b->trace, of_b.tag)) == 0 &&
		    decoder_find(decoder, DECODE_MESSAGE,
				 trace_type(comparison->a->trace, of_a.tag), &id) != 0)
			id = 0;
		fields_print(stdout, decoder != NULL ? decoder_types(decoder) : NULL, id, "      ",
			     &of_a.side, &of_b.side);
	}
	decoder_destroy(decoder);
	sqlite3_finalize(of_a.rows);
	sqlite3_finalize(of_b.rows);
}

/* What both did is counted; from the first deed that differs on it is shown. */
static void print_turns(struct comparison *comparison, uint64_t pid_a, const struct turn_events *a,
			uint64_t pid_b, const struct turn_events *b)
{
	char *texts[2][TURN_EVENTS_MAX] = {{NULL}};
	uint32_t alike = 0;

	for (uint32_t i = 0; i < a->count; i++)
		texts[0][i] = deed_text(comparison->a, &a->deeds[i]);
	for (uint32_t i = 0; i < b->count; i++)
		texts[1][i] = deed_text(comparison->b, &b->deeds[i]);
	while (alike < a->count && alike < b->count && texts[0][alike] != NULL &&
	       texts[1][alike] != NULL && strcmp(texts[0][alike], texts[1][alike]) == 0)
		alike++;
	if (alike != 0)
		printf("    %" PRIu32 " alike, then\n", alike);
	print_side("A", texts[0], alike, a->count, a->cut);
	print_side("B", texts[1], alike, b->count, b->cut);
	if (alike < a->count && alike < b->count && a->deeds[alike].kind == ACTOR_EVENT_SEND &&
	    b->deeds[alike].kind == ACTOR_EVENT_SEND)
		print_fields(comparison, pid_a, &a->deeds[alike], pid_b, &b->deeds[alike]);
	for (uint32_t i = 0; i < TURN_EVENTS_MAX; i++) {
		free(texts[0][i]);
		free(texts[1][i]);
	}
}

static int load(struct comparison *comparison, struct histories *histories,
		const struct history *history, uint32_t turn, struct turn_events *ret_turn)
{
	if (history == NULL || turn >= history->count)
		return 0;
	return turn_events_load(histories, history->pid, history->turns[turn].id & ~HISTORY_GOES_ON,
				ret_turn, comparison->error, sizeof(comparison->error));
}

static void print_opener(struct histories *histories, const struct turn_events *turn)
{
	char name[NAME_SIZE];

	if (turn->opener.kind == ACTOR_EVENT_INPUT) {
		fputs("outside input", stdout);
		return;
	}
	print_type(stdout, histories, &turn->opener);
	printf(" from %s", name_of(histories, turn->opener.b, name));
}

/* From 1; of the turn that goes on where it is a part of one. One of them may not have it. */
static uint32_t turn_number(const struct history *history, uint32_t turn)
{
	bool goes_on = turn < history->count && (history->turns[turn].id & HISTORY_GOES_ON) != 0;

	return history_turns(history, turn) + (goes_on ? 0 : 1);
}

static int print_difference(struct comparison *comparison, const struct difference *difference)
{
	const struct history *one = difference->a != NULL ? difference->a : difference->b;
	struct histories *side = difference->a != NULL ? comparison->a : comparison->b;
	struct turn_events a = {.time = 0};
	struct turn_events b = {.time = 0};
	char name[NAME_SIZE];
	int has_a = load(comparison, comparison->a, difference->a, difference->turn, &a);
	int has_b = load(comparison, comparison->b, difference->b, difference->turn, &b);

	if (has_a < 0 || has_b < 0)
		return has_a < 0 ? has_a : has_b;
	printf("%c %s, turn %" PRIu32 " at %.6f s: ",
	       difference->change      ? '*'
	       : difference->explained ? ' '
				       : '!',
	       name_of(side, one->pid, name), turn_number(one, difference->turn),
	       (double)clock_ns(&side->trace->clock, difference->time) / 1e9);
	if (difference->why == DIFFER_BIRTH)
		printf("born in %s only\n", difference->a != NULL ? "A" : "B");
	else
		puts(whys[difference->why]);
	if (difference->cause != 0)
		printf("    follows from %s\n",
		       name_of_identity(comparison, difference->cause, name));
	if (difference->why == DIFFER_DEED || difference->why == DIFFER_OUTSIDE) {
		printf("    on ");
		print_opener(comparison->a, &a);
		putchar('\n');
		print_turns(comparison, difference->a != NULL ? difference->a->pid : 0, &a,
			    difference->b != NULL ? difference->b->pid : 0, &b);
	} else if (difference->why != DIFFER_BIRTH) {
		printf("    A: ");
		if (has_a)
			print_opener(comparison->a, &a);
		printf("%s\n    B: ", has_a ? "" : "nothing more");
		if (has_b)
			print_opener(comparison->b, &b);
		puts(has_b ? "" : "nothing more");
		if (has_a && has_b && a.opener.kind == ACTOR_EVENT_RECV &&
		    b.opener.kind == ACTOR_EVENT_RECV)
			print_fields(comparison, a.opener.b, &a.opener, b.opener.b, &b.opener);
	}
	free(a.deeds);
	free(b.deeds);
	return 0;
}

/* ---- The whole --------------------------------------------------------------------------------
 */

static void print_warnings(const struct comparison *comparison)
{
	const struct histories *sides[] = {comparison->a, comparison->b};

	for (int i = 0; i < 2; i++) {
		if (sides[i]->no_sends)
			fprintf(stderr,
				"actor-replay diff: %c does not say what turns did: only who "
				"received "
				"what is compared; record without --events order to compare all\n",
				'A' + i);
		if (sides[i]->has_gaps)
			fprintf(stderr,
				"actor-replay diff: events are missing in %c: what differs behind "
				"a "
				"gap may be due to that\n",
				'A' + i);
	}
}

/* "1 actor", "2 actors". */
static void print_count(uint64_t count, const char *what)
{
	char text[NUMBER_SIZE];

	printf("%s %s%s", number_count(count, text), what, count == 1 ? "" : "s");
}

static void print_unexplained(const struct comparison *comparison)
{
	bool one = comparison->unexplained == 1;
	uint32_t inputs = 0;
	uint32_t orders = 0;

	if (comparison->unexplained == 0)
		return;
	for (uint32_t i = 0; i < comparison->count; i++) {
		const struct difference *difference = &comparison->differences[i];

		inputs += !difference->explained && difference->why == DIFFER_OUTSIDE;
		orders += !difference->explained && difference->why == DIFFER_ORDER;
	}
	fputs("!: ", stdout);
	print_count(comparison->unexplained, "actor");
	printf(" %s and %s not follow from the change: ", one ? "differs" : "differ",
	       one ? "does" : "do");
	if (inputs + orders == 0)
		puts("something differs that is not recorded");
	else
		printf("%" PRIu32 " in outside input and %" PRIu32
		       " in the order of messages, as two sessions do\n",
		       inputs, orders);
}

static void print_summary(const struct comparison *comparison)
{
	if (comparison->count == 0) {
		fputs("identical: ", stdout);
		print_count(comparison->same_turns, "turn");
		fputs(" of ", stdout);
		print_count(comparison->same_actors, "actor");
		putchar('\n');
		return;
	}
	fputs("cone of the change: ", stdout);
	print_count(comparison->count - comparison->unexplained, "actor");
	fputs(", ", stdout);
	print_count(comparison->cone_turns, "turn");
	fputs("\nthe rest: ", stdout);
	print_count(comparison->same_turns, "turn");
	fputs(" identical, ", stdout);
	print_count(comparison->same_actors, "actor");
	puts(" wholly");
	print_unexplained(comparison);
	if (comparison->outside == 1)
		puts("not compared: 1 actor or thread that stands for the outside");
	else if (comparison->outside != 0)
		printf("not compared: %" PRIu32 " actors and threads that stand for the outside\n",
		       comparison->outside);
}

static void print_json(struct comparison *comparison, const struct difference *difference)
{
	const struct history *one = difference->a != NULL ? difference->a : difference->b;
	struct histories *side = difference->a != NULL ? comparison->a : comparison->b;
	char name[NAME_SIZE];

	printf("{\"type\":\"difference\",\"actor\":");
	text_print_json(stdout, name_of(side, one->pid, name));
	printf(",\"identity\":\"%016" PRIx64 "\",\"turn\":%" PRIu32 ",\"time_ns\":%" PRId64
	       ",\"why\":\"%s\",\"change\":%s,\"explained\":%s",
	       one->identity, turn_number(one, difference->turn),
	       clock_ns(&side->trace->clock, difference->time), why_words[difference->why],
	       difference->change ? "true" : "false", difference->explained ? "true" : "false");
	if (difference->cause != 0) {
		printf(",\"follows_from\":");
		text_print_json(stdout, name_of_identity(comparison, difference->cause, name));
	}
	puts("}");
}

static void print_json_summary(const struct comparison *comparison,
			       const struct show_options *options)
{
	printf("{\"type\":\"diff\",\"v\":1,\"a\":");
	text_print_json(stdout, options->name_a);
	printf(",\"b\":");
	text_print_json(stdout, options->label_b != NULL ? options->label_b : options->name_b);
	printf(",\"identical\":%s,\"differing_actors\":%" PRIu32 ",\"changes\":%" PRIu32
	       ",\"unexplained\":%" PRIu32 ",\"cone_turns\":%" PRIu64 ",\"same_turns\":%" PRIu64
	       ",\"same_actors\":%" PRIu32 ",\"outside\":%" PRIu32 "}\n",
	       comparison->count == 0 ? "true" : "false", comparison->count, comparison->changes,
	       comparison->unexplained, comparison->cone_turns, comparison->same_turns,
	       comparison->same_actors, comparison->outside);
}

int comparison_show(struct comparison *comparison, const struct show_options *options)
{
	uint32_t shown = 0;
	int status = 0;

	print_warnings(comparison);
	if (options->json) {
		for (uint32_t i = 0; i < comparison->count; i++)
			print_json(comparison, &comparison->differences[i]);
		print_json_summary(comparison, options);
		return 0;
	}
	if (comparison->count != 0)
		printf("A: %s\nB: %s\n", options->name_a,
		       options->label_b != NULL ? options->label_b : options->name_b);
	for (uint32_t i = 0; i < comparison->count && status == 0; i++) {
		const struct difference *difference = &comparison->differences[i];

		/* What begins by itself is always shown, up to the bound. */
		if (options->most != 0 && shown >= options->most)
			break;
		status = print_difference(comparison, difference);
		shown++;
	}
	if (shown < comparison->count)
		printf("  and %" PRIu32 " more actor%s; -n 0 shows them all\n",
		       comparison->count - shown, comparison->count - shown == 1 ? "" : "s");
	print_summary(comparison);
	return status;
}
