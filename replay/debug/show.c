/* SPDX-License-Identifier: MIT */
/* What is there: where it stands, values, mailboxes, links, the road of a message, the list. */
#include "debug/debug.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/layout.h"
#include "store/road.h"
#include "term/text.h"

#define LIST_AROUND 5
#define ROAD_MOST   24

static void print_safe(const char *text)
{
	text_print(stdout, text);
}

void debug_where(struct debug *debug)
{
	const struct actor_control_reply *where = &debug->timeline.where;
	int64_t time_ns = debug_time(debug, where->step);
	char name[160];
	char sender[160];

	if (debug->timeline.branch)
		printf("what-if, ");
	if (debug->timeline.at_end || where->actor == 0) {
		printf("the end, after turn %" PRIu64 "\n", where->steps);
		return;
	}
	printf("turn %" PRIu64 " (@%" PRIu64 ", %.6f s): ", where->steps + 1,
	       debug_event_of(debug, where->step), (double)time_ns / 1e9);
	print_safe(debug_name(debug, where->actor, name));
	printf(" %s ", where->resumes ? "goes on with" : "handles");
	print_safe(debug_message_name(debug, where->tag, where->kind));
	if (where->kind != 0xff && where->kind != ACTOR_MESSAGE_KIND_INIT) {
		printf(" from ");
		print_safe(debug_name(debug, where->sender, sender));
	}
	putchar('\n');
}

int debug_info(struct debug *debug, const struct debug_words *words)
{
	const struct timeline *timeline = &debug->timeline;

	(void)words;
	debug_where(debug);
	printf("process %" PRIu32 ", %" PRIu32 " copies of %" PRIu64 " made; steps in the script: "
	       "up to @%" PRIu64 "\n",
	       timeline->now.pid, timeline->copy_count, timeline->copies_made,
	       debug_event_of(debug, debug->event_count));
	if (timeline->branch)
		printf("what-if since turn %" PRIu64 "\n", debug->branch_count + 1);
	return 0;
}

/* ---- Values -----------------------------------------------------------------------------------
 */

static void print_bytes(const uint8_t *bytes, size_t size)
{
	char *text = NULL;

	if (types_format_hex(bytes, size, 64, &text) == 0 && text != NULL)
		puts(text);
	free(text);
}

static void print_value(struct debug *debug, const struct debug_value *value)
{
	char *text = NULL;

	if (value->type == 0) {
		print_bytes(value->bytes, value->size);
		return;
	}
	if (value->field.type != 0)
		(void)types_get_text(debug->types, &value->field, value->bytes, value->size,
				     TYPES_FORM_LINES, &text);
	else
		(void)types_format(debug->types, value->type, value->bytes, value->size,
				   TYPES_FORM_LINES, &text);
	if (text != NULL)
		printf("%s%s", text, text[0] != '\0' && text[strlen(text) - 1] == '\n' ? "" : "\n");
	else
		print_bytes(value->bytes, value->size);
	free(text);
}

/* Of another actor: `print actor NAME [FIELD]`. */
static int print_other(struct debug *debug, const struct debug_words *words)
{
	struct actor_control_reply where = debug->timeline.where;
	struct debug_value value;
	char path[256];
	uint64_t pid;
	bool right;

	if (words->count < 3 || words->count > 4)
		return debug_say(debug, -EINVAL, "print actor NAME [FIELD]");
	if (!debug_actor(debug, words->word[2], &pid))
		return -ENOENT;
	snprintf(path, sizeof(path), "self%s%s", words->count > 3 ? "." : "",
		 words->count > 3 ? words->word[3] : "");
	debug->timeline.where.actor = pid;
	right = debug_value(debug, path, &value);
	debug->timeline.where = where;
	if (!right)
		return -ENOENT;
	print_value(debug, &value);
	debug_value_finish(&value);
	return 0;
}

int debug_print(struct debug *debug, const struct debug_words *words)
{
	struct debug_value value;

	if (words->count > 1 && strcmp(words->word[1], "actor") == 0)
		return print_other(debug, words);
	if (words->count > 2)
		return debug_say(debug, -EINVAL,
				 "print self, msg, self->FIELD, msg.FIELD or actor "
				 "NAME [FIELD]");
	if (!debug_value(debug, words->count > 1 ? words->word[1] : "self", &value))
		return -ENOENT;
	print_value(debug, &value);
	debug_value_finish(&value);
	return 0;
}

/* ---- An actor's mailbox and bonds -------------------------------------------------------------
 */

static bool whom(struct debug *debug, const struct debug_words *words, uint64_t *ret_pid)
{
	if (words->count > 1)
		return debug_actor(debug, words->word[1], ret_pid);
	*ret_pid = debug->timeline.where.actor;
	if (*ret_pid == 0)
		debug_say(debug, -ENOENT, "nobody is about to run here; name an actor");
	return *ret_pid != 0;
}

int debug_mailbox(struct debug *debug, const struct debug_words *words)
{
	static const char *const places[] = {"", " (first)", " (put aside)"};
	struct actor_control_waiting *rows = malloc(ACTOR_CONTROL_BYTES_MAX);
	struct link_request request = {.verb = ACTOR_CONTROL_MAILBOX,
				       .reply_bytes = rows,
				       .reply_size = ACTOR_CONTROL_BYTES_MAX};
	struct actor_control_reply reply;
	uint64_t shown = 0;
	char name[160];
	int status = rows != NULL ? 0 : -ENOMEM;

	if (status == 0 && !whom(debug, words, &request.a))
		status = -ENOENT;
	if (status != 0) {
		free(rows);
		return status;
	}
	do {
		request.b = shown;
		status = timeline_ask(&debug->timeline, &request, &reply);
		for (size_t i = 0; status == 0 && i < reply.size / sizeof(*rows); i++, shown++) {
			const struct actor_control_waiting *row = &rows[i];

			printf("%" PRIu64 ": ", shown + 1);
			print_safe(debug_message_name(debug, row->tag, row->kind));
			printf(" from ");
			print_safe(debug_name(debug, row->sender, name));
			printf(", number %" PRIu32 ", %" PRIu32 " bytes%s\n", row->seq, row->size,
			       places[row->place < 3 ? row->place : 0]);
		}
	} while (status == 0 && shown < reply.a && reply.size >= sizeof(*rows));
	free(rows);
	if (status != 0)
		return debug_say(debug, status, "%s",
				 status == -ENOENT ? "there is no such actor here"
						   : debug->timeline.error);
	if (shown == 0)
		puts("empty");
	return 0;
}

int debug_links(struct debug *debug, const struct debug_words *words)
{
	static const char *const kinds[] = {"?",     "linked to",  "watches",  "watched by",
					    "timer", "request to", "waits for"};
	struct actor_control_bond *rows = malloc(ACTOR_CONTROL_BYTES_MAX);
	struct link_request request = {.verb = ACTOR_CONTROL_BONDS,
				       .reply_bytes = rows,
				       .reply_size = ACTOR_CONTROL_BYTES_MAX};
	struct actor_control_reply reply;
	char name[160];
	int status = rows != NULL ? 0 : -ENOMEM;

	if (status == 0 && !whom(debug, words, &request.a))
		status = -ENOENT;
	if (status == 0) {
		status = timeline_ask(&debug->timeline, &request, &reply);
		if (status != 0)
			debug_say(debug, status, "%s",
				  status == -ENOENT ? "there is no such actor here"
						    : debug->timeline.error);
	}
	for (size_t i = 0; status == 0 && i < reply.size / sizeof(*rows); i++) {
		const struct actor_control_bond *row = &rows[i];

		printf("%s ", kinds[row->kind < 7 ? row->kind : 0]);
		if (row->kind == ACTOR_CONTROL_BOND_TIMER)
			printf("%" PRIu64, row->ref);
		else
			print_safe(debug_name(debug, row->pid, name));
		putchar('\n');
	}
	if (status == 0 && reply.size < sizeof(*rows))
		puts("none");
	free(rows);
	return status;
}

int debug_actors(struct debug *debug, const struct debug_words *words)
{
	static const char sql[] =
		"SELECT pid, name, behaviour FROM actors WHERE ?1 = '' OR instr(name, ?1) > 0"
		" OR instr(behaviour, ?1) > 0 ORDER BY id LIMIT 500";
	const char *part = words->count > 1 ? words->word[1] : "";
	sqlite3_stmt *rows = NULL;
	int count = 0;

	if (sqlite3_prepare_v2(debug->db, sql, -1, &rows, NULL) != SQLITE_OK)
		return debug_say(debug, -EBADMSG, "%s", sqlite3_errmsg(debug->db));
	sqlite3_bind_text(rows, 1, part, -1, SQLITE_STATIC);
	for (; sqlite3_step(rows) == SQLITE_ROW; count++) {
		printf("%-12s ", (const char *)sqlite3_column_text(rows, 0));
		print_safe((const char *)sqlite3_column_text(rows, 2));
		putchar(' ');
		print_safe((const char *)sqlite3_column_text(rows, 1));
		putchar('\n');
	}
	sqlite3_finalize(rows);
	if (count == 500)
		puts("... and more; give a part of the name");
	return 0;
}

/* ---- The recording around here ----------------------------------------------------------------
 */

static bool is_step(const struct actor_event *event)
{
	return event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT;
}

static void print_step(struct debug *debug, uint64_t step, bool here)
{
	const struct actor_event *event = &debug->events[step - 1];
	uint8_t kind = event->kind == ACTOR_EVENT_RECV ? event_message_kind(event) : 0xff;
	char name[160];

	printf("%s @%-8" PRIu64 " %10.6f  ", here ? "->" : "  ", debug_event_of(debug, step),
	       (double)debug_time(debug, step) / 1e9);
	print_safe(debug_name(debug, event->a, name));
	printf(": ");
	print_safe(
		debug_message_name(debug, event->kind == ACTOR_EVENT_RECV ? event->tag : 0, kind));
	if (kind != 0xff && kind != ACTOR_MESSAGE_KIND_INIT) {
		printf(" from ");
		print_safe(debug_name(debug, event->b, name));
	}
	putchar('\n');
}

int debug_list(struct debug *debug, const struct debug_words *words)
{
	uint64_t here = debug->timeline.where.step;
	uint64_t around = LIST_AROUND;
	uint64_t from;
	uint64_t left;

	if (words->count > 1 && (!debug_number(words->word[1], &around) || around > 1000))
		return debug_say(debug, -EINVAL, "list [N]: N turns before and after, up to 1000");
	if (here == 0)
		here = debug->event_count;
	from = here;
	for (left = around; left > 0 && from > 1;)
		left -= is_step(&debug->events[--from - 1]);
	left = around + 1;
	for (uint64_t step = from; step <= debug->event_count && left > 0; step++) {
		if (!is_step(&debug->events[step - 1]))
			continue;
		print_step(debug, step, step == debug->timeline.where.step);
		left -= step >= here;
	}
	return 0;
}

/* ---- The road ---------------------------------------------------------------------------------
 */

static void print_stop(struct debug *debug, const struct road_stop *stop)
{
	char name[160];

	printf("%s %10.6f  ", stop->step == 0 ? "->" : "  ",
	       (double)clock_ns(&debug->trace->clock, stop->received) / 1e9);
	if (stop->event == ACTOR_EVENT_INPUT) {
		printf("outside input to ");
		print_safe(debug_name(debug, stop->receiver, name));
		putchar('\n');
		return;
	}
	print_safe(debug_name(debug, stop->sender, name));
	printf(" -> ");
	print_safe(debug_name(debug, stop->receiver, name));
	printf(": ");
	print_safe(debug_message_name(debug, stop->tag, stop->message));
	puts(stop->received == 0 ? " (not received)" : "");
}

int debug_road(struct debug *debug, const struct debug_words *words)
{
	struct road road;
	char error[256];
	uint64_t most = ROAD_MOST;
	uint64_t id;
	int status = debug_event_id(debug, debug->timeline.where.step, &id);

	if (words->count > 1 && !debug_number(words->word[1], &most))
		return debug_say(debug, -EINVAL, "road [N]: at most N stops each way");
	if (status != 0)
		return debug_say(debug, status, "there is no message here");
	status = road_find(debug->db, id, most, &road, error, sizeof(error));
	if (status < 0)
		return debug_say(debug, status, "%s", error);
	if (status == 0)
		return debug_say(debug, -ENOENT, "the trace does not know this message's road");
	if (road.cut_before)
		puts("   ... (earlier)");
	for (size_t i = 0; i < road.count; i++)
		if (road.stops[i].step <= 0)
			print_stop(debug, &road.stops[i]);
	road_free(&road);
	return 0;
}
