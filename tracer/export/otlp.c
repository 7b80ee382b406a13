/* SPDX-License-Identifier: MIT */

/*
 * otlp: spans in OpenTelemetry's JSON, in batches that are lines of a file or bodies of requests to
 * a collector (opentelemetry.io/docs/specs/otlp). Names follow the semantic conventions for
 * messaging.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "export/post.h"
#include "export/story.h"
#include "store/pidmap.h"
#include "term/text.h"

#define BATCH_SPANS 512
#define NAME_SIZE   256

enum {
	SPAN_KIND_INTERNAL = 1,
	SPAN_KIND_PRODUCER = 4,
	SPAN_KIND_CONSUMER = 5,
	STATUS_CODE_ERROR = 2
};

/* An actor that has failed. */
struct failure {
	uint64_t time; /* ticks */
	int64_t reason;
};

struct otlp {
	struct export *export;
	struct post *post; /* NULL: to the output's file */
	FILE *batch;
	char *batch_data;
	size_t batch_size;
	size_t spans;         /* in the batch */
	struct pidmap failed; /* struct failure, by pid */
};

/* ---- identities ---- */

static uint64_t mix(uint64_t value)
{
	value += UINT64_C(0x9e3779b97f4a7c15);
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	value ^= value >> 31;
	return value != 0 ? value : 1;
}

/* An event's number is its span's, in a way that no other recording has. */
static uint64_t span_id(const struct otlp *otlp, uint64_t event)
{
	return mix(otlp->export->source->salt ^ mix(event));
}

static void print_trace_id(const struct otlp *otlp, uint64_t chain)
{
	uint64_t salt = otlp->export->source->salt;

	fprintf(otlp->batch, "\"traceId\":\"%016" PRIx64 "%016" PRIx64 "\"", mix(salt + 1),
		mix(~salt ^ mix(chain)));
}

/* A chain is a trace; what nobody is known to have sent begins one. */
static uint64_t begin(void *user, const struct turn *turn)
{
	(void)user;
	return turn->has_cause ? turn->chain : turn->id + 1;
}

/* ---- batches ---- */

static void print_text(struct otlp *otlp, const char *text)
{
	text_print_json(otlp->batch, text);
}

static void attribute_text(struct otlp *otlp, const char *key, const char *value, bool *first)
{
	if (value == NULL || value[0] == '\0')
		return;
	fprintf(otlp->batch, "%s{\"key\":\"%s\",\"value\":{\"stringValue\":", *first ? "" : ",",
		key);
	print_text(otlp, value);
	fputs("}}", otlp->batch);
	*first = false;
}

/* 64-bit numbers are strings, because JSON's are not that exact. */
static void attribute_number(struct otlp *otlp, const char *key, int64_t value, bool *first)
{
	fprintf(otlp->batch, "%s{\"key\":\"%s\",\"value\":{\"intValue\":\"%" PRId64 "\"}}",
		*first ? "" : ",", key, value);
	*first = false;
}

static void print_resource(struct otlp *otlp)
{
	struct source *source = otlp->export->source;
	char *program = source_meta(source, "program");
	char *session = source_meta(source, "session");
	const char *slash = program != NULL ? strrchr(program, '/') : NULL;
	bool first = true;

	fputs("{\"resourceSpans\":[{\"resource\":{\"attributes\":[", otlp->batch);
	attribute_text(otlp, "service.name", slash != NULL ? slash + 1 : program, &first);
	attribute_text(otlp, "service.instance.id", session, &first);
	attribute_text(otlp, "process.executable.path", program, &first);
	attribute_number(otlp, "process.pid", source_meta_int(source, "pid"), &first);
	fputs("]},\"scopeSpans\":[{\"scope\":{\"name\":\"libactor\",\"version\":\"0.1.0\"},"
	      "\"spans\":[",
	      otlp->batch);
	free(program);
	free(session);
}

static int end_batch(struct otlp *otlp)
{
	struct source *source = otlp->export->source;
	int status = 0;

	if (otlp->batch == NULL)
		return 0;
	fputs("]}]}]}", otlp->batch);
	if (fclose(otlp->batch) != 0)
		status = -ENOMEM;
	else if (otlp->post != NULL)
		status = post_send(otlp->post, otlp->batch_data, otlp->batch_size, source->error,
				   sizeof(source->error));
	else if (fwrite(otlp->batch_data, 1, otlp->batch_size, otlp->export->output->file) ==
		 otlp->batch_size)
		putc('\n', otlp->export->output->file);
	free(otlp->batch_data);
	otlp->batch = NULL;
	otlp->batch_data = NULL;
	otlp->spans = 0;
	return status;
}

/* Opens a span, and a batch where there is none. */
static int begin_span(struct otlp *otlp, uint64_t chain, uint64_t event, uint64_t parent)
{
	if (otlp->batch == NULL) {
		otlp->batch = open_memstream(&otlp->batch_data, &otlp->batch_size);
		if (otlp->batch == NULL)
			return -ENOMEM;
		print_resource(otlp);
	}
	fputs(otlp->spans++ > 0 ? ",{" : "{", otlp->batch);
	print_trace_id(otlp, chain);
	fprintf(otlp->batch, ",\"spanId\":\"%016" PRIx64 "\"", span_id(otlp, event));
	if (parent != 0)
		fprintf(otlp->batch, ",\"parentSpanId\":\"%016" PRIx64 "\"", parent);
	return 0;
}

static void print_times(struct otlp *otlp, uint64_t from, uint64_t to)
{
	const struct source *source = otlp->export->source;
	int64_t from_ns = source->realtime_ns + source_ns(source, from);
	int64_t to_ns = source->realtime_ns + source_ns(source, to);

	fprintf(otlp->batch,
		",\"startTimeUnixNano\":\"%" PRId64 "\",\"endTimeUnixNano\":\"%" PRId64 "\"",
		from_ns, to_ns > from_ns ? to_ns : from_ns);
}

/* ---- spans ---- */

/* The actor's name, or its behaviour's: what an operator calls the destination. */
static const char *destination(struct otlp *otlp, uint64_t pid)
{
	const struct trace_name *name = trace_name(otlp->export->source->trace, pid);

	return name->name[0] != '\0' ? name->name : source_group(otlp->export->source, pid);
}

/* "process room_tick room": the operation, then the destination, of which there are few. */
static void print_name(struct otlp *otlp, const char *operation, const char *type, uint64_t pid)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s %.100s %.100s", operation, type,
		 source_group(otlp->export->source, pid));
	fputs(",\"name\":", otlp->batch);
	print_text(otlp, name);
}

/* What a send and its handling have in common. */
static void print_message(struct otlp *otlp, const char *operation, const char *type,
			  const char *kind, uint64_t sender, uint64_t receiver, uint32_t seq,
			  bool *first)
{
	struct source *source = otlp->export->source;
	char text[NAME_SIZE];

	attribute_text(otlp, "messaging.system", "libactor", first);
	attribute_text(otlp, "messaging.operation.type", operation, first);
	snprintf(text, sizeof(text), "%s %.200s", operation, type);
	attribute_text(otlp, "messaging.operation.name", text, first);
	attribute_text(otlp, "messaging.destination.name", destination(otlp, receiver), first);
	attribute_text(otlp, "messaging.destination.template", source_group(source, receiver),
		       first);
	if (sender != 0) {
		snprintf(text, sizeof(text), "%s#%" PRIu32, trace_name(source->trace, sender)->pid,
			 seq);
		attribute_text(otlp, "messaging.message.id", text, first);
	}
	attribute_text(otlp, "actor.message.type", type, first);
	attribute_text(otlp, "actor.message.kind", kind, first);
}

static const char *type_text(struct otlp *otlp, uint16_t tag, const char *kind)
{
	const char *type = trace_type(otlp->export->source->trace, tag);

	return type[0] != '\0' ? type : kind;
}

static int tell_send(struct otlp *otlp, const struct turn *turn, const struct story_send *told)
{
	const struct send *send = &told->send;
	const char *kind = event_message_name(send->message);
	const char *type = type_text(otlp, send->tag, kind != NULL ? kind : "?");
	bool first = true;
	int status = begin_span(otlp, turn->chain, send->id, span_id(otlp, turn->id));

	if (status != 0)
		return status;
	print_name(otlp, "send", type, send->receiver);
	fprintf(otlp->batch, ",\"kind\":%d", SPAN_KIND_PRODUCER);
	print_times(otlp, send->sent, send->sent);
	fputs(",\"attributes\":[", otlp->batch);
	print_message(otlp, "send", type, kind, turn->actor, send->receiver, told->seq, &first);
	attribute_number(otlp, "messaging.message.body.size", send->size, &first);
	attribute_number(otlp, "actor.mailbox.length", send->depth, &first);
	fputs("]}", otlp->batch);
	return otlp->spans >= BATCH_SPANS ? end_batch(otlp) : 0;
}

static void print_failure(struct otlp *otlp, const struct turn *turn)
{
	const struct failure *failure = pidmap_get(&otlp->failed, turn->actor, 0);
	char reason[32];

	if (failure == NULL || turn->end == 0 || failure->time != turn->end)
		return;
	fprintf(otlp->batch, ",\"status\":{\"code\":%d,\"message\":", STATUS_CODE_ERROR);
	print_text(otlp, trace_reason(failure->reason, reason));
	putc('}', otlp->batch);
}

static void print_turn_attributes(struct otlp *otlp, const struct turn *turn, const char *type)
{
	struct source *source = otlp->export->source;
	const struct trace_name *actor = trace_name(source->trace, turn->actor);
	bool first = true;

	fputs(",\"attributes\":[", otlp->batch);
	if (turn_is_message(turn))
		print_message(otlp, "process", type, story_kind(turn), turn->sender, turn->actor,
			      turn->seq, &first);
	attribute_text(otlp, "actor.pid", actor->pid, &first);
	attribute_text(otlp, "actor.name", actor->name, &first);
	attribute_text(otlp, "actor.behaviour", actor->behaviour, &first);
	attribute_number(otlp, "thread.id", turn->thread, &first);
	if (turn->wait > 0)
		attribute_number(otlp, "actor.wait_ns",
				 clock_span_ns(&source->trace->clock, turn->start, turn->wait),
				 &first);
	if (turn->has_send && turn->start > turn->sent) {
		attribute_number(otlp, "actor.queue_ns",
				 source_ns(source, turn->start) - source_ns(source, turn->sent),
				 &first);
		attribute_number(otlp, "messaging.message.body.size", turn->size, &first);
	}
	putc(']', otlp->batch);
}

static int take_turn(void *user, const struct story_turn *told)
{
	struct otlp *otlp = user;
	const struct turn *turn = &told->turn;
	const char *type = type_text(otlp, turn->tag, story_kind(turn));
	uint64_t producer = turn->has_cause ? span_id(otlp, turn->send_id) : 0;
	bool is_message = turn_is_message(turn);
	int status = begin_span(otlp, turn->chain, turn->id, producer);

	if (status != 0)
		return status;
	print_name(otlp, is_message ? "process" : story_kind(turn), is_message ? type : "turn of",
		   turn->actor);
	fprintf(otlp->batch, ",\"kind\":%d", is_message ? SPAN_KIND_CONSUMER : SPAN_KIND_INTERNAL);
	print_times(otlp, turn->start, turn->end != 0 ? turn->end : turn->start);
	print_turn_attributes(otlp, turn, type);
	if (producer != 0) {
		fputs(",\"links\":[{", otlp->batch);
		print_trace_id(otlp, turn->chain);
		fprintf(otlp->batch, ",\"spanId\":\"%016" PRIx64 "\"}]", producer);
	}
	print_failure(otlp, turn);
	putc('}', otlp->batch);
	if (otlp->spans >= BATCH_SPANS)
		status = end_batch(otlp);
	for (size_t i = 0; i < told->send_count && status == 0; i++)
		status = tell_send(otlp, turn, &told->sends[i]);
	return status;
}

static int take_exit(void *user, const struct walk_event *event)
{
	struct otlp *otlp = user;
	int64_t reason = (int64_t)event->event->b;
	char buffer[32];
	const char *text = trace_reason(reason, buffer);
	struct failure *failure;

	if (strcmp(text, "normal") == 0 || strcmp(text, "shutdown") == 0)
		return 0;
	failure = pidmap_put(&otlp->failed, event->event->a, 0, NULL);
	if (failure == NULL)
		return -ENOMEM;
	*failure = (struct failure){.time = event->time, .reason = reason};
	return 0;
}

static int run(struct export *export)
{
	struct source *source = export->source;
	struct otlp otlp = {.export = export};
	const struct story_sink sink = {
		.user = &otlp,
		.begin = begin,
		.turn = take_turn,
		.event = take_exit,
		.kinds = UINT64_C(1) << ACTOR_EVENT_EXIT,
	};
	int status = 0;

	if (export->options->endpoint != NULL)
		status = post_open(export->options->endpoint, &otlp.post, source->error,
				   sizeof(source->error));
	if (status != 0)
		return status;
	pidmap_init(&otlp.failed, sizeof(struct failure));
	status = story_tell(source, &sink);
	if (status == 0)
		status = end_batch(&otlp);
	if (otlp.batch != NULL) {
		fclose(otlp.batch);
		free(otlp.batch_data);
	}
	pidmap_finish(&otlp.failed);
	post_close(otlp.post);
	return status;
}

const struct export_format export_otlp = {
	.name = "otlp",
	.extension = ".otlp.jsonl",
	.kind = OUTPUT_TEXT,
	.summary = "OpenTelemetry spans (OTLP/JSON), to a file or straight to a collector",
	.text = "Spans of OpenTelemetry in OTLP's JSON, 512 to a line, as the collector's file "
		"receiver reads them; with --endpoint they are posted to a collector over HTTP "
		"instead, with the headers that OTEL_EXPORTER_OTLP_HEADERS names. A send is a "
		"PRODUCER span in that of its turn; the turn that handles the message is a "
		"CONSUMER span, its child and linked to it. So a trace is a causal chain: all that "
		"an input or a timer has led to. Attributes follow the semantic conventions for "
		"messaging, and actor.* has what they do not know. A turn in which its actor "
		"failed has the status error.",
	.run = run,
};
