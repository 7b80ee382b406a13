/* SPDX-License-Identifier: MIT */

/*
 * perfetto: the native format of ui.perfetto.dev and its trace_processor, a protobuf message Trace.
 * The field numbers are those of protos/perfetto/trace in github.com/google/perfetto.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "export/export.h"
#include "export/proto.h"
#include "export/timeline.h"
#include "store/pidmap.h"
#include "term/text.h"

enum {
	TRACE_PACKET = 1,

	PACKET_CLOCK_SNAPSHOT = 6,
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE = 10, /* trusted_packet_sequence_id */
	PACKET_TRACK_EVENT = 11,
	PACKET_INTERNED_DATA = 12,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_TRACK_DESCRIPTOR = 60,

	SEQUENCE_STATE_CLEARED = 1,
	SEQUENCE_NEEDS_STATE = 2,

	SNAPSHOT_CLOCK = 1,
	CLOCK_ID = 1,
	CLOCK_TIMESTAMP = 2,
	CLOCK_REALTIME_ID = 1,
	CLOCK_MONOTONIC_ID = 3,
	CLOCK_BOOTTIME_ID = 6, /* what the packets' times are in */

	INTERNED_EVENT_CATEGORY = 1,
	INTERNED_EVENT_NAME = 2,
	INTERNED_ANNOTATION_NAME = 3,
	INTERNED_IID = 1,
	INTERNED_TEXT = 2,

	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PROCESS = 3,
	TRACK_THREAD_DESCRIPTOR = 4,
	TRACK_PARENT = 5,
	TRACK_COUNTER = 8,
	PROCESS_PID = 1,
	PROCESS_NAME = 6,
	THREAD_PID = 1,
	THREAD_TID = 2,
	THREAD_NAME = 5,
	COUNTER_UNIT_NAME = 6,

	EVENT_CATEGORY_IID = 3,
	EVENT_ANNOTATION = 4,
	EVENT_TYPE = 9,
	EVENT_NAME_IID = 10,
	EVENT_TRACK = 11,
	EVENT_COUNTER_VALUE = 30,
	EVENT_FLOW = 47,
	EVENT_FLOW_END = 48,

	TYPE_SLICE_BEGIN = 1,
	TYPE_SLICE_END = 2,
	TYPE_INSTANT = 3,
	TYPE_COUNTER = 4,

	ANNOTATION_NAME_IID = 1,
	ANNOTATION_INT = 4,
	ANNOTATION_STRING = 6,
};

#define SEQUENCE   1 /* all packets are one sequence */
#define FLUSH_SIZE 65536

struct perfetto {
	struct source *source;
	FILE *file;
	struct proto out;
	struct proto interned; /* an InternedData that the next packet takes along */
	struct pidmap iids;    /* uint64_t, by (hash of the text, what it names) */
	uint64_t iid;          /* the last one given */
	bool begun;
};

static void flush(struct perfetto *perfetto)
{
	if (perfetto->out.size > 0)
		fwrite(perfetto->out.data, 1, perfetto->out.size, perfetto->file);
	proto_clear(&perfetto->out);
}

/* Texts in a protobuf must be UTF-8. */
static void put_text(struct proto *proto, uint32_t field, const char *text)
{
	char safe[512];

	text_safe(text, safe, sizeof(safe));
	proto_string(proto, field, safe);
}

static size_t begin_packet(struct perfetto *perfetto)
{
	size_t packet = proto_begin(&perfetto->out, TRACE_PACKET);

	proto_uint(&perfetto->out, PACKET_SEQUENCE, SEQUENCE);
	proto_uint(&perfetto->out, PACKET_SEQUENCE_FLAGS,
		   perfetto->begun ? SEQUENCE_NEEDS_STATE : SEQUENCE_STATE_CLEARED);
	perfetto->begun = true;
	return packet;
}

static void end_packet(struct perfetto *perfetto, size_t packet)
{
	if (perfetto->interned.size > 0)
		proto_bytes(&perfetto->out, PACKET_INTERNED_DATA, perfetto->interned.data,
			    perfetto->interned.size);
	proto_clear(&perfetto->interned);
	proto_end(&perfetto->out, packet);
	if (perfetto->out.size >= FLUSH_SIZE)
		flush(perfetto);
}

/* FNV-1a; two names of one hash would be shown as one, once in 10^10 recordings of 10^4 names. */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* The number of a text among those of its field of InternedData. */
static uint64_t intern(struct perfetto *perfetto, uint32_t field, const char *text)
{
	bool fresh;
	uint64_t *iid = pidmap_put(&perfetto->iids, hash_text(text), field, &fresh);
	size_t entry;

	if (iid == NULL) {
		perfetto->out.failed = true;
		return 0;
	}
	if (!fresh)
		return *iid;
	*iid = ++perfetto->iid;
	entry = proto_begin(&perfetto->interned, field);
	proto_uint(&perfetto->interned, INTERNED_IID, *iid);
	put_text(&perfetto->interned, INTERNED_TEXT, text);
	proto_end(&perfetto->interned, entry);
	return *iid;
}

static void put_clock(struct proto *out, uint64_t id, int64_t ns)
{
	size_t clock = proto_begin(out, SNAPSHOT_CLOCK);

	proto_uint(out, CLOCK_ID, id);
	proto_uint(out, CLOCK_TIMESTAMP, ns > 0 ? (uint64_t)ns : 0);
	proto_end(out, clock);
}

/* Times are the machine's monotonic ones, so that a trace of the kernel fits beside ours. */
static void put_clocks(struct perfetto *perfetto)
{
	const struct source *source = perfetto->source;
	size_t packet = begin_packet(perfetto);
	size_t snapshot = proto_begin(&perfetto->out, PACKET_CLOCK_SNAPSHOT);

	put_clock(&perfetto->out, CLOCK_BOOTTIME_ID, source->monotonic_ns);
	put_clock(&perfetto->out, CLOCK_MONOTONIC_ID, source->monotonic_ns);
	put_clock(&perfetto->out, CLOCK_REALTIME_ID, source->realtime_ns);
	proto_end(&perfetto->out, snapshot);
	end_packet(perfetto, packet);
}

static void put_track(void *user, const struct timeline_track *track)
{
	struct perfetto *perfetto = user;
	struct proto *out = &perfetto->out;
	size_t packet = begin_packet(perfetto);
	size_t descriptor = proto_begin(out, PACKET_TRACK_DESCRIPTOR);
	size_t part;

	proto_uint(out, TRACK_UUID, track->id);
	if (track->parent != 0 && track->kind != TRACK_THREAD)
		proto_uint(out, TRACK_PARENT, track->parent);
	switch (track->kind) {
	case TRACK_PROGRAM:
		part = proto_begin(out, TRACK_PROCESS);
		proto_int(out, PROCESS_PID, track->pid);
		put_text(out, PROCESS_NAME, track->name);
		proto_end(out, part);
		break;
	case TRACK_THREAD:
		part = proto_begin(out, TRACK_THREAD_DESCRIPTOR);
		proto_int(out, THREAD_PID, track->pid);
		proto_int(out, THREAD_TID, track->tid);
		put_text(out, THREAD_NAME, track->name);
		proto_end(out, part);
		break;
	case TRACK_MAILBOX:
		put_text(out, TRACK_NAME, track->name);
		part = proto_begin(out, TRACK_COUNTER);
		proto_string(out, COUNTER_UNIT_NAME, "messages");
		proto_end(out, part);
		break;
	default:
		put_text(out, TRACK_NAME, track->name);
	}
	proto_end(out, descriptor);
	end_packet(perfetto, packet);
}

/* Opens a packet with an event in it, at its time and on its track. */
static size_t begin_event(struct perfetto *perfetto, const struct timeline_track *track, int64_t ns,
			  uint64_t type, size_t *ret_packet)
{
	int64_t time = perfetto->source->monotonic_ns + ns;
	size_t event;

	*ret_packet = begin_packet(perfetto);
	proto_uint(&perfetto->out, PACKET_TIMESTAMP, time > 0 ? (uint64_t)time : 0);
	event = proto_begin(&perfetto->out, PACKET_TRACK_EVENT);
	proto_uint(&perfetto->out, EVENT_TYPE, type);
	proto_uint(&perfetto->out, EVENT_TRACK, track->id);
	return event;
}

static void end_event(struct perfetto *perfetto, size_t event, size_t packet)
{
	proto_end(&perfetto->out, event);
	end_packet(perfetto, packet);
}

static void put_arg(struct perfetto *perfetto, const struct timeline_arg *arg)
{
	struct proto *out = &perfetto->out;
	size_t annotation = proto_begin(out, EVENT_ANNOTATION);

	proto_uint(out, ANNOTATION_NAME_IID, intern(perfetto, INTERNED_ANNOTATION_NAME, arg->name));
	if (arg->text != NULL)
		put_text(out, ANNOTATION_STRING, arg->text);
	else
		proto_int(out, ANNOTATION_INT, arg->number);
	proto_end(out, annotation);
}

static void put_slice(void *user, const struct timeline_slice *slice)
{
	struct perfetto *perfetto = user;
	struct proto *out = &perfetto->out;
	size_t packet;
	size_t event = begin_event(perfetto, slice->track, slice->from_ns,
				   slice->is_instant ? TYPE_INSTANT : TYPE_SLICE_BEGIN, &packet);

	proto_uint(out, EVENT_CATEGORY_IID,
		   intern(perfetto, INTERNED_EVENT_CATEGORY, slice->category));
	proto_uint(out, EVENT_NAME_IID, intern(perfetto, INTERNED_EVENT_NAME, slice->name));
	for (size_t i = 0; i < slice->arg_count; i++)
		put_arg(perfetto, &slice->args[i]);
	if (slice->flow_in != 0)
		proto_fixed64(out, EVENT_FLOW_END, slice->flow_in);
	for (size_t i = 0; i < slice->flow_out_count; i++)
		proto_fixed64(out, EVENT_FLOW, slice->flows_out[i]);
	end_event(perfetto, event, packet);
	if (slice->is_instant)
		return;
	event = begin_event(perfetto, slice->track, slice->to_ns, TYPE_SLICE_END, &packet);
	end_event(perfetto, event, packet);
}

static void put_counter(void *user, const struct timeline_track *track, int64_t ns, int64_t value)
{
	struct perfetto *perfetto = user;
	size_t packet;
	size_t event = begin_event(perfetto, track, ns, TYPE_COUNTER, &packet);

	proto_int(&perfetto->out, EVENT_COUNTER_VALUE, value);
	end_event(perfetto, event, packet);
}

static int run(struct export *export)
{
	struct perfetto perfetto = {.source = export->source, .file = export->output->file};
	const struct timeline_writer writer = {
		.user = &perfetto,
		.track = put_track,
		.slice = put_slice,
		.counter = put_counter,
	};
	int status;

	pidmap_init(&perfetto.iids, sizeof(uint64_t));
	put_clocks(&perfetto);
	status = timeline_tell(export->source, &writer);
	flush(&perfetto);
	if (status == 0 && (perfetto.out.failed || perfetto.interned.failed)) {
		snprintf(export->source->error, sizeof(export->source->error), "out of memory");
		status = -ENOMEM;
	}
	proto_finish(&perfetto.out);
	proto_finish(&perfetto.interned);
	pidmap_finish(&perfetto.iids);
	return status;
}

const struct export_format export_perfetto = {
	.name = "perfetto",
	.extension = ".pftrace",
	.kind = OUTPUT_BINARY,
	.summary = "For ui.perfetto.dev: actors, threads, message flows, mailboxes",
	.text = "The native format of ui.perfetto.dev, which opens it without sending it "
		"anywhere, and of trace_processor. Each behaviour is a group with a track for each "
		"of its actors. A slice is a turn, a slice in it a wait in a call; a flow leads "
		"from the turn that sends a message to the one that handles it. Below each actor "
		"is the length of its mailbox, and the program's threads show whom they ran. Lost "
		"events have a track of their own.",
	.run = run,
};
