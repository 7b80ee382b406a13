/* SPDX-License-Identifier: MIT */

/*
 * chrome: the JSON of chrome://tracing, also read by speedscope, Perfetto and others ("Trace Event
 * Format"). It knows processes and threads only: a behaviour is shown as a process and an actor as
 * its thread.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/export.h"
#include "export/timeline.h"
#include "store/pidmap.h"
#include "term/text.h"

#define PROGRAM_PID 1
#define LOST_TID    0

/* Where a track is in the viewer. */
struct place {
	uint32_t pid;
	uint32_t tid;
};

struct chrome {
	FILE *file;
	struct pidmap places; /* struct place, by track */
	uint32_t groups;
	uint32_t actors;
	bool begun;
	bool failed;
};

static void begin_object(struct chrome *chrome, char phase, const struct place *place)
{
	fprintf(chrome->file, "%s{\"ph\":\"%c\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32,
		chrome->begun ? ",\n" : "\n", phase, place->pid, place->tid);
	chrome->begun = true;
}

/* Microseconds are the format's unit. */
static void print_us(FILE *file, const char *key, int64_t ns)
{
	uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	fprintf(file, ",\"%s\":%s%" PRIu64 ".%03" PRIu64, key, ns < 0 ? "-" : "", size / 1000,
		size % 1000);
}

static void print_text(FILE *file, const char *key, const char *text)
{
	fprintf(file, ",\"%s\":", key);
	text_print_json(file, text);
}

static void print_name(struct chrome *chrome, const char *what, const struct place *place,
		       const char *name)
{
	begin_object(chrome, 'M', place);
	fprintf(chrome->file, ",\"name\":\"%s\",\"args\":{\"name\":", what);
	text_print_json(chrome->file, name);
	fputs("}}", chrome->file);
}

static struct place place_of(const struct chrome *chrome, uint64_t track)
{
	const struct place *place = pidmap_get(&chrome->places, track, 0);

	return place != NULL ? *place : (struct place){.pid = PROGRAM_PID};
}

static void put_track(void *user, const struct timeline_track *track)
{
	struct chrome *chrome = user;
	struct place place = place_of(chrome, track->parent);
	struct place *slot;

	switch (track->kind) {
	case TRACK_PROGRAM:
		print_name(chrome, "process_name", &place, track->name);
		break;
	case TRACK_THREAD:
		place.tid = (uint32_t)track->tid;
		print_name(chrome, "thread_name", &place, track->name);
		break;
	case TRACK_GROUP:
		place = (struct place){.pid = PROGRAM_PID + ++chrome->groups};
		print_name(chrome, "process_name", &place, track->name);
		break;
	case TRACK_ACTOR:
		place.tid = ++chrome->actors;
		print_name(chrome, "thread_name", &place, track->name);
		break;
	case TRACK_LOST:
		place.tid = LOST_TID;
		print_name(chrome, "thread_name", &place, track->name);
		break;
	case TRACK_MAILBOX: /* a counter belongs to its actor's thread */
		break;
	}
	slot = pidmap_put(&chrome->places, track->id, 0, NULL);
	if (slot == NULL)
		chrome->failed = true;
	else
		*slot = place;
}

static void print_args(FILE *file, const struct timeline_slice *slice)
{
	fputs(",\"args\":{", file);
	for (size_t i = 0; i < slice->arg_count; i++) {
		const struct timeline_arg *arg = &slice->args[i];

		if (i > 0)
			putc(',', file);
		text_print_json(file, arg->name);
		putc(':', file);
		if (arg->text != NULL)
			text_print_json(file, arg->text);
		else
			fprintf(file, "%" PRId64, arg->number);
	}
	putc('}', file);
}

static void put_flow(struct chrome *chrome, const struct place *place, char phase, uint64_t flow,
		     int64_t ns)
{
	begin_object(chrome, phase, place);
	print_us(chrome->file, "ts", ns);
	fprintf(chrome->file,
		",\"cat\":\"message\",\"name\":\"message\",\"id\":\"%016" PRIx64 "\"%s}", flow,
		phase == 'f' ? ",\"bp\":\"e\"" : "");
}

static void put_slice(void *user, const struct timeline_slice *slice)
{
	struct chrome *chrome = user;
	struct place place = place_of(chrome, slice->track->id);

	begin_object(chrome, slice->is_instant ? 'i' : 'X', &place);
	print_us(chrome->file, "ts", slice->from_ns);
	if (slice->is_instant)
		fputs(",\"s\":\"t\"", chrome->file);
	else
		print_us(chrome->file, "dur", slice->to_ns - slice->from_ns);
	print_text(chrome->file, "name", slice->name);
	print_text(chrome->file, "cat", slice->category);
	print_args(chrome->file, slice);
	putc('}', chrome->file);
	if (slice->flow_in != 0)
		put_flow(chrome, &place, 'f', slice->flow_in, slice->from_ns);
	for (size_t i = 0; i < slice->flow_out_count; i++)
		put_flow(chrome, &place, 's', slice->flows_out[i], slice->from_ns);
}

static void put_counter(void *user, const struct timeline_track *track, int64_t ns, int64_t value)
{
	struct chrome *chrome = user;
	struct place place = place_of(chrome, track->id);

	begin_object(chrome, 'C', &place);
	print_us(chrome->file, "ts", ns);
	fprintf(chrome->file,
		",\"name\":\"mailbox\",\"id\":\"%" PRIu32 "\",\"args\":{\"messages\":%" PRId64 "}}",
		place.tid, value);
}

static int run(struct export *export)
{
	struct chrome chrome = {.file = export->output->file};
	const struct timeline_writer writer = {
		.user = &chrome,
		.track = put_track,
		.slice = put_slice,
		.counter = put_counter,
	};
	char *program = source_meta(export->source, "argv");
	int status;

	pidmap_init(&chrome.places, sizeof(struct place));
	fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"program\":", chrome.file);
	text_print_json(chrome.file, program != NULL ? program : "");
	free(program);
	fputs("},\"traceEvents\":[", chrome.file);
	status = timeline_tell(export->source, &writer);
	fputs("\n]}\n", chrome.file);
	pidmap_finish(&chrome.places);
	if (status == 0 && chrome.failed) {
		snprintf(export->source->error, sizeof(export->source->error), "out of memory");
		status = -ENOMEM;
	}
	return status;
}

const struct export_format export_chrome = {
	.name = "chrome",
	.extension = ".json",
	.kind = OUTPUT_TEXT,
	.summary = "Trace Event JSON, for speedscope, chrome://tracing and others",
	.text = "The Trace Event Format, which many viewers read: chrome://tracing, speedscope, "
		"Perfetto. The same as perfetto, but ten times larger: a behaviour is a process, "
		"an actor its thread. Viewers of this format seldom bear more than a million "
		"events; choose a part with --since and --until.",
	.run = run,
};
