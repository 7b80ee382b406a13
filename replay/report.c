/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "store/decode.h"
#include "store/road.h"
#include "store/walk.h"
#include "term/number.h"
#include "term/text.h"

#define ROAD_MAX 8

/* ---- Events ------------------------------------------------------------------------------------
 */

static const char *type_of(struct recording *recording, uint16_t tag)
{
	return tag != 0 ? trace_type(recording->trace, tag) : "a message";
}

static const char *name_of(struct recording *recording, const struct actor_event *event,
			   const char *name)
{
	if (name == NULL || name[0] == '\0')
		name = trace_string(recording->trace, (uint32_t)event->b);
	return name != NULL ? name : "?";
}

void report_event(struct recording *recording, const struct actor_event *event, const char *name,
		  char *text, size_t size)
{
	struct trace *trace = recording->trace;
	char other[320], number[32];

	switch (event->kind) {
	case ACTOR_EVENT_RECV:
		snprintf(text, size, "receives %s %s #%" PRIu32 " from %s",
			 event_message_name(event_message_kind(event)),
			 type_of(recording, event->tag), event->seq,
			 recording_actor(recording, event->b, other, sizeof(other)));
		return;
	case ACTOR_EVENT_SEND:
		snprintf(text, size,
			 "sends %s %s #%" PRIu32 " to %s, %" PRIu32 " bytes, hash %016" PRIx64,
			 event_message_name(event_message_kind(event)),
			 type_of(recording, event->tag), event->seq,
			 recording_actor(recording, event->a, other, sizeof(other)),
			 (uint32_t)event->c, event->b);
		return;
	case ACTOR_EVENT_DEAD_LETTER:
		snprintf(text, size, "sends %s %s #%" PRIu32 " to %s, which is dead",
			 event_message_name(event_message_kind(event)),
			 type_of(recording, event->tag), event->seq,
			 recording_actor(recording, event->a, other, sizeof(other)));
		return;
	case ACTOR_EVENT_SPAWN:
		trace_format_pid(event->a, number);
		snprintf(text, size, "starts child number %" PRIu32 ", a %s, as %s", event->seq,
			 trace_behaviour(trace, event->tag), number);
		return;
	case ACTOR_EVENT_EXIT:
		snprintf(text, size, "ends, reason %s", trace_reason((int64_t)event->b, number));
		return;
	case ACTOR_EVENT_WAIT:
		snprintf(text, size, "waits for %s",
			 event->b != 0 ? recording_actor(recording, event->b, other, sizeof(other))
				       : "a message");
		return;
	case ACTOR_EVENT_TIMER_START:
		snprintf(text, size,
			 "arms timer %" PRIu32 " for %s, in %" PRIu64 " ns, every %" PRIu64 " ns",
			 event->seq, type_of(recording, event->tag), event->b, event->c);
		return;
	case ACTOR_EVENT_REGISTER:
	case ACTOR_EVENT_JOIN:
		snprintf(text, size, "%s %s to %s",
			 event->kind == ACTOR_EVENT_JOIN ? "gives the group" : "gives the name",
			 name_of(recording, event, name),
			 recording_actor(recording, event->a, other, sizeof(other)));
		return;
	case ACTOR_EVENT_UNREGISTER:
	case ACTOR_EVENT_LEAVE:
		snprintf(text, size, "%s %s from %s",
			 event->kind == ACTOR_EVENT_LEAVE ? "takes the group" : "takes the name",
			 name_of(recording, event, name),
			 recording_actor(recording, event->a, other, sizeof(other)));
		return;
	case ACTOR_EVENT_CLOCK:
		snprintf(text, size, "asks for the time");
		return;
	case ACTOR_EVENT_OBSERVE:
		snprintf(text, size, "reads a shared fact, %s",
			 event_observed_name(event->seq) != NULL ? event_observed_name(event->seq)
								 : "?");
		return;
	case ACTOR_EVENT_INPUT:
		snprintf(text, size, "does its operation number %" PRIu32, event->seq);
		return;
	case ACTOR_EVENT_OUTSIDE:
		snprintf(text, size, "is sent %s #%" PRIu32 " by %s from outside",
			 trace_type(trace, event->tag), event->seq,
			 recording_actor(recording, event->b, other, sizeof(other)));
		return;
	default:
		snprintf(text, size, "%s %s", event_kind_name(event->kind),
			 recording_actor(recording, event->b != 0 ? event->b : event->a, other,
					 sizeof(other)));
	}
}

/* ---- Bytes -------------------------------------------------------------------------------------
 */

/* What the runtime puts before the value of a reply. */
#define REPLY_HEAD 8

static struct fields_side side_of(const char *label, const struct report_payload *payload,
				  size_t head)
{
	bool known = payload->bytes != NULL && payload->size >= head;

	return (struct fields_side){
		.label = label,
		.bytes = known ? (const char *)payload->bytes + head : NULL,
		.size = known ? payload->size - head : 0,
	};
}

/* Whether it is an answer, and a good one: then its value comes behind the head. */
static bool is_answer(const struct actor_event *event, const struct report_payload *payload)
{
	static const char good[4];

	return event_message_kind(event) == ACTOR_MESSAGE_KIND_REPLY && payload->bytes != NULL &&
	       payload->size >= REPLY_HEAD && memcmp(payload->bytes, good, sizeof(good)) == 0;
}

/* Both sides of the message that differs. */
struct sides {
	struct decoder *decoder;
	const struct types *types; /* NULL: none */
	uint32_t id;               /* 0: no type */
	struct fields_side a, b;
};

static bool open_sides(const struct report *report, const struct actor_event *then,
		       const struct actor_event *now, struct sides *sides)
{
	struct recording *recording = report->recording;
	bool reply, both = report->then.bytes != NULL && report->now.bytes != NULL;

	*sides = (struct sides){.id = 0};
	if (now == NULL || now->kind != ACTOR_EVENT_SEND || report->now.bytes == NULL)
		return false;
	reply = event_message_kind(now) == ACTOR_MESSAGE_KIND_REPLY;
	sides->decoder = decoder_create(recording->db);
	/* A call that failed has no value; nor has one of another type than the other side's. */
	if (sides->decoder != NULL && now->tag != 0 &&
	    (!reply ||
	     (is_answer(now, &report->now) && (!both || is_answer(now, &report->then)))) &&
	    (!both || (then != NULL && then->tag == now->tag)) &&
	    decoder_find(sides->decoder, reply ? DECODE_REPLY : DECODE_MESSAGE,
			 trace_type(recording->trace, now->tag), &sides->id) != 0)
		sides->id = 0;
	sides->types = sides->decoder != NULL ? decoder_types(sides->decoder) : NULL;
	sides->a = side_of("RECORDED", &report->then, sides->id != 0 && reply ? REPLY_HEAD : 0);
	sides->b = side_of("NOW", &report->now, sides->id != 0 && reply ? REPLY_HEAD : 0);
	return true;
}

/* By its C type; in hexadecimal without one. */
static void print_payloads(FILE *file, const struct report *report, const struct actor_event *then,
			   const struct actor_event *now)
{
	struct sides sides;

	if (!open_sides(report, then, now, &sides))
		return;
	fields_print(file, sides.types, sides.id, "  ", &sides.a, &sides.b);
	if (report->then.bytes == NULL && then != NULL && then->kind == ACTOR_EVENT_SEND)
		fprintf(file, "  RECORDED bytes are not in the trace, only their hash; actor-trace "
			      "record "
			      "--payload keeps them\n");
	else if (report->then.bytes != NULL && then != NULL &&
		 report->then.size < (uint32_t)then->c)
		fprintf(file, "  (the recording has %zu of %" PRIu32 " bytes)\n", report->then.size,
			(uint32_t)then->c);
	decoder_destroy(sides.decoder);
}

/* ---- The road ----------------------------------------------------------------------------------
 */

/* The id of a recorded event, by its time and actor. 0: it is not found. */
static uint64_t id_of(struct recording *recording, const struct actor_event *step)
{
	struct walk_filter filter = walk_filter_all;
	struct codec_want want = codec_want_all();
	struct walk *walk = NULL;
	struct walk_event event;
	char error[256];
	uint64_t id = 0;

	filter.from = step->c;
	filter.to = step->c;
	filter.actor = step->a;
	if (walk_begin(recording->db, &filter, &want, &walk, error, sizeof(error)) < 0)
		return 0;
	while (id == 0 && walk_next(walk, &event) == 1) {
		if (event.event->kind == step->kind && event.event->a == step->a &&
		    event.event->seq == step->seq && event.event->c == step->c)
			id = event.id;
	}
	walk_end(walk);
	return id;
}

static double seconds_of(struct recording *recording, uint64_t ticks)
{
	return (double)clock_ns(&recording->trace->clock, ticks) / 1e9;
}

static void print_stop(FILE *file, struct recording *recording, const struct road_stop *stop)
{
	char sender[320], receiver[320];

	fprintf(file, "    %10.6f s  ", seconds_of(recording, stop->received));
	if (stop->event == ACTOR_EVENT_INPUT)
		fprintf(file, "outside input of ");
	else
		fprintf(file, "%s %s #%" PRIu32 "  ", event_message_name(stop->message),
			type_of(recording, stop->tag), stop->seq);
	if (stop->event != ACTOR_EVENT_INPUT) {
		text_print(file, recording_actor(recording, stop->sender, sender, sizeof(sender)));
		fputs(" -> ", file);
	}
	text_print(file, recording_actor(recording, stop->receiver, receiver, sizeof(receiver)));
	fputc('\n', file);
}

static void print_road(FILE *file, const struct report *report)
{
	const struct actor_event *step = compare_recorded(report->script, report->divergence->step);
	struct road road;
	char error[256];
	uint64_t id = step != NULL ? id_of(report->recording, step) : 0;

	if (id == 0 ||
	    road_find(report->recording->db, id, ROAD_MAX, &road, error, sizeof(error)) != 1)
		return;
	fprintf(file, "  what led there:\n");
	if (road.cut_before)
		fprintf(file, "    ...\n");
	for (size_t i = 0; i < road.count; i++) {
		if (road.stops[i].step <= 0)
			print_stop(file, report->recording, &road.stops[i]);
	}
	road_free(&road);
}

/* ---- The whole ---------------------------------------------------------------------------------
 */

static void print_where(FILE *file, const struct report *report)
{
	const struct divergence *divergence = report->divergence;
	const struct actor_event *step = compare_recorded(report->script, divergence->step);
	char name[320], what[512];

	text_print(file, recording_actor(report->recording, divergence->actor, name, sizeof(name)));
	if (step == NULL)
		return;
	report_event(report->recording, step, NULL, what, sizeof(what));
	fprintf(file, ", turn @%" PRIu64 " at %.6f s: ",
		script_file_number(report->recording, report->script, divergence->step),
		seconds_of(report->recording, step->c));
	text_print(file, what);
}

void report_line(FILE *file, const struct report *report)
{
	const struct divergence *divergence = report->divergence;
	static const char *const kinds[] = {[DIVERGENCE_DIFFERS] = "differs",
					    [DIVERGENCE_MISSING] = "does less",
					    [DIVERGENCE_EXTRA] = "does more",
					    [DIVERGENCE_UNSENT] = "never gets its message"};

	print_where(file, report);
	fprintf(file, ": %s%s%s\n", kinds[divergence->kind], divergence->field != NULL ? ": " : "",
		divergence->field != NULL ? divergence->field : "");
}

static void print_side(FILE *file, struct recording *recording, const char *label,
		       const struct actor_event *event, const char *name, const char *otherwise)
{
	char text[640];

	snprintf(text, sizeof(text), "%s", otherwise);
	if (event != NULL)
		report_event(recording, event, name, text, sizeof(text));
	fprintf(file, "  %-8s  ", label);
	text_print(file, text);
	fputc('\n', file);
}

void report_print(FILE *file, const struct report *report)
{
	const struct divergence *divergence = report->divergence;
	const struct actor_event *then = compare_recorded(report->script, divergence->place);

	fprintf(file, "diverged: ");
	print_where(file, report);
	fputc('\n', file);
	if (divergence->field != NULL)
		fprintf(file, "  differs in: %s\n", divergence->field);
	print_side(file, report->recording, "RECORDED", then, NULL, "nothing more in this turn");
	print_side(file, report->recording, "NOW", divergence->has_now ? &divergence->now : NULL,
		   divergence->now_name,
		   divergence->kind == DIVERGENCE_UNSENT ? "the message never comes"
							 : "nothing more in this turn");
	print_payloads(file, report, then, divergence->has_now ? &divergence->now : NULL);
	print_road(file, report);
	if (report->culprit != NULL)
		fprintf(file, "  likely: %s\n", report->culprit);
	if (divergence->step != 0) {
		fprintf(file, "  next: actor-replay debug ");
		text_print(file, report->file);
		fprintf(file, " -e 'goto @%" PRIu64 "' -e 'print msg'\n",
			script_file_number(report->recording, report->script, divergence->step));
	}
}

/* ---- For programs ------------------------------------------------------------------------------
 */

void report_json(FILE *file, const struct report *report)
{
	const struct divergence *divergence = report->divergence;
	struct recording *recording = report->recording;
	const struct actor_event *then = compare_recorded(report->script, divergence->place);
	const struct actor_event *now = divergence->has_now ? &divergence->now : NULL;
	char text[640], name[320];
	struct sides sides;

	fprintf(file, "{\"divergence\":");
	text_print_json(file, divergence->field != NULL ? divergence->field : "");
	fprintf(file, ",\"actor\":");
	text_print_json(file, recording_actor(recording, divergence->actor, name, sizeof(name)));
	fprintf(file, ",\"event\":%" PRIu64,
		script_file_number(recording, report->script, divergence->step));
	if (then != NULL) {
		report_event(recording, then, NULL, text, sizeof(text));
		fprintf(file, ",\"recorded\":");
		text_print_json(file, text);
	}
	if (now != NULL) {
		report_event(recording, now, divergence->now_name, text, sizeof(text));
		fprintf(file, ",\"now\":");
		text_print_json(file, text);
	}
	if (open_sides(report, then, now, &sides)) {
		fields_json(file, sides.types, sides.id, &sides.a, &sides.b);
		decoder_destroy(sides.decoder);
	}
	if (report->culprit != NULL) {
		fprintf(file, ",\"likely\":");
		text_print_json(file, report->culprit);
	}
	fprintf(file, "}\n");
}
