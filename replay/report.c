/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/road.h"
#include "store/walk.h"
#include "term/number.h"
#include "term/text.h"

#define ROAD_MAX  8
#define BYTES_MAX 64

/* ---- Events ------------------------------------------------------------------------------------
 */

static const char *type_of(struct recording *recording, uint16_t tag)
{
	return tag != 0 ? trace_type(recording->trace, tag) : "a message";
}

void report_event(struct recording *recording, const struct actor_event *event, char *text,
		  size_t size)
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
	default:
		snprintf(text, size, "%s %s", event_kind_name(event->kind),
			 recording_actor(recording, event->b != 0 ? event->b : event->a, other,
					 sizeof(other)));
	}
}

/* ---- Bytes -------------------------------------------------------------------------------------
 */

static void print_bytes(FILE *file, const char *label, const struct report_payload *payload,
			const struct report_payload *other)
{
	const unsigned char *bytes = payload->bytes, *others = other->bytes;
	size_t from = 0, size = payload->size;

	if (bytes == NULL)
		return;
	/* Where they differ is what matters. */
	while (others != NULL && from < size && from < other->size && bytes[from] == others[from])
		from++;
	from = from == size || from < 16 ? 0 : from - from % 16;
	fprintf(file, "  %s bytes", label);
	if (from != 0)
		fprintf(file, " from %zu on", from);
	fputc(':', file);
	for (size_t i = from; i < size && i < from + BYTES_MAX; i++) {
		bool differs = others != NULL && (i >= other->size || bytes[i] != others[i]);

		fprintf(file, " %s%02x%s", differs ? "[" : "", bytes[i], differs ? "]" : "");
	}
	if (size > from + BYTES_MAX)
		fprintf(file, " ... of %zu", size);
	fputc('\n', file);
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
	report_event(report->recording, step, what, sizeof(what));
	fprintf(file, ", turn %" PRIu64 " at %.6f s: ", divergence->step,
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
		       const struct actor_event *event, const char *otherwise)
{
	char text[640];

	snprintf(text, sizeof(text), "%s", otherwise);
	if (event != NULL)
		report_event(recording, event, text, sizeof(text));
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
	print_side(file, report->recording, "RECORDED", then, "nothing more in this turn");
	print_side(file, report->recording, "NOW", divergence->has_now ? &divergence->now : NULL,
		   divergence->kind == DIVERGENCE_UNSENT ? "the message never comes"
							 : "nothing more in this turn");
	print_bytes(file, "RECORDED", &report->then, &report->now);
	print_bytes(file, "NOW     ", &report->now, &report->then);
	print_road(file, report);
	if (report->culprit != NULL)
		fprintf(file, "  likely: %s\n", report->culprit);
}
