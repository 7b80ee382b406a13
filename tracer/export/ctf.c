/* SPDX-License-Identifier: MIT */

/*
 * ctf: the Common Trace Format 1.8 (diamon.org/ctf/v1.8.3), a folder with a description,
 * `metadata`, and one stream of packets. All integers are little endian and lie at bytes.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "export/story.h"
#include "term/text.h"

#define MAGIC       UINT32_C(0xc1fc1fc1)
#define HEADER_SIZE (4 + 4 + 5 * 8) /* of a packet: magic, stream, and its context */
#define PACKET_SIZE 65536           /* a packet is written once it is this long */
#define TEXT_SIZE   512

struct gap {
	int64_t to_ns;
	uint64_t events;
};

struct ctf {
	struct source *source;
	FILE *stream;
	uint8_t packet[PACKET_SIZE + 16384];
	size_t size; /* 0: no packet has been begun */
	uint64_t begin;
	uint64_t last; /* time of the last event */
	int64_t base_ns;
	struct gap *gaps; /* by time */
	size_t gap_count;
	size_t gap_next;
	uint64_t discarded;
};

/* ---- the description ---- */

static const char head[] =
	"/* CTF 1.8 */\n"
	"typealias integer { size = 8; align = 8; signed = false; } := uint8_t;\n"
	"typealias integer { size = 32; align = 8; signed = false; } := uint32_t;\n"
	"typealias integer { size = 64; align = 8; signed = false; } := uint64_t;\n"
	"typealias integer { size = 64; align = 8; signed = true; } := int64_t;\n"
	"typealias integer { size = 64; align = 8; signed = false; base = 16; } := hex64_t;\n"
	"trace {\n"
	"\tmajor = 1;\n\tminor = 8;\n\tbyte_order = le;\n"
	"\tpacket.header := struct { uint32_t magic; uint32_t stream_id; };\n"
	"};\n";

static const char stream[] =
	"typealias integer { size = 64; align = 8; signed = false; map = clock.session.value; }"
	" := time_t;\n"
	"stream {\n"
	"\tid = 0;\n"
	"\tpacket.context := struct {\n"
	"\t\ttime_t timestamp_begin;\n\t\ttime_t timestamp_end;\n"
	"\t\tuint64_t content_size;\n\t\tuint64_t packet_size;\n\t\tuint64_t events_discarded;\n"
	"\t};\n"
	"\tevent.header := struct { uint8_t id; time_t timestamp; };\n"
	"\tevent.context := struct { uint32_t thread; string actor; };\n"
	"};\n";

/* How a field is described; NULL: it is not written. */
static const char *field_kind(enum actor_field field)
{
	if (field == ACTOR_FIELD_NONE || field == ACTOR_FIELD_ACTOR || field == ACTOR_FIELD_TIME)
		return NULL;
	switch (field_type(field)) {
	case FIELD_TYPE_TAG:
	case FIELD_TYPE_BEHAVIOUR:
	case FIELD_TYPE_PID:
	case FIELD_TYPE_STRING:
	case FIELD_TYPE_REASON:
		return "string";
	case FIELD_TYPE_HEX:
		return "hex64_t";
	default:
		return field == ACTOR_FIELD_TOPIC ? "string" : "int64_t";
	}
}

/* How many slots before this one hold the same field: their names need numbers. */
static int earlier(uint8_t kind, int slot)
{
	enum actor_field field = event_field(kind, (enum event_slot)slot);
	int count = 0;

	for (int i = EVENT_SLOT_TAG; i < slot; i++)
		count += event_field(kind, (enum event_slot)i) == field;
	return count;
}

/* Some names are words of the language; an underscore before them is not shown. */
static void describe_event(FILE *file, uint8_t kind)
{
	fprintf(file,
		"event {\n\tname = \"%s\";\n\tid = %u;\n\tstream_id = 0;\n\tfields := struct {",
		event_kind_name(kind), kind);
	if (event_has_message(kind))
		fputs(" string _message;", file);
	for (int slot = EVENT_SLOT_TAG; slot < EVENT_SLOT_COUNT; slot++) {
		enum actor_field field = event_field(kind, (enum event_slot)slot);
		const char *type = field_kind(field);

		if (type == NULL)
			continue;
		if (field_type(field) == FIELD_TYPE_PAIR) {
			fputs(" int64_t _size; int64_t _depth;", file);
			continue;
		}
		fprintf(file, " %s _%s", type,
			field == ACTOR_FIELD_TAG ? "type" : event_field_name(field));
		if (earlier(kind, slot) > 0)
			fprintf(file, "_%d", earlier(kind, slot) + 1);
		putc(';', file);
	}
	fputs(" };\n};\n", file);
}

/* A string of the language: what is not plain is left out. */
static void describe_text(FILE *file, const char *key, const char *value)
{
	char safe[TEXT_SIZE];

	text_safe(value != NULL ? value : "", safe, sizeof(safe));
	fprintf(file, "\t%s = \"", key);
	for (const char *at = safe; *at != '\0'; at++)
		putc(*at == '"' || *at == '\\' || (unsigned char)*at >= 0x80 ? '_' : *at, file);
	fputs("\";\n", file);
}

static void describe(struct ctf *ctf, FILE *file)
{
	const int64_t second = 1000000000;
	int64_t begin = ctf->source->realtime_ns + ctf->base_ns;
	char *program = source_meta(ctf->source, "program");
	char *pid = source_meta(ctf->source, "pid");

	fputs(head, file);
	fputs("env {\n\ttracer_name = \"actor-trace\";\n", file);
	describe_text(file, "program", program);
	describe_text(file, "pid", pid);
	fputs("};\n", file);
	fprintf(file,
		"clock {\n\tname = session;\n\tfreq = 1000000000;\n\toffset_s = %" PRId64
		";\n\toffset = %" PRId64 ";\n};\n",
		begin / second, begin % second);
	fputs(stream, file);
	for (unsigned kind = 1; kind < ACTOR_EVENT_COUNT; kind++)
		if (event_kind_name((uint8_t)kind) != NULL)
			describe_event(file, (uint8_t)kind);
	free(program);
	free(pid);
}

/* ---- the stream ---- */

static void put(struct ctf *ctf, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		ctf->packet[ctf->size++] = (uint8_t)(value >> (8 * i));
}

static void put_text(struct ctf *ctf, const char *text)
{
	char safe[TEXT_SIZE];
	size_t size;

	text_safe(text != NULL ? text : "", safe, sizeof(safe));
	size = strlen(safe) + 1;
	memcpy(ctf->packet + ctf->size, safe, size);
	ctf->size += size;
}

static void flush_packet(struct ctf *ctf)
{
	size_t size = ctf->size;

	if (size == 0)
		return;
	ctf->size = 0;
	put(ctf, MAGIC, 4);
	put(ctf, 0, 4);
	put(ctf, ctf->begin, 8);
	put(ctf, ctf->last, 8);
	put(ctf, (uint64_t)size * 8, 8);
	put(ctf, (uint64_t)size * 8, 8);
	put(ctf, ctf->discarded, 8);
	fwrite(ctf->packet, 1, size, ctf->stream);
	ctf->size = 0;
}

/* Readers see between which packets events were lost, and how many. */
static void pass_gaps(struct ctf *ctf, int64_t ns)
{
	while (ctf->gap_next < ctf->gap_count && ctf->gaps[ctf->gap_next].to_ns <= ns) {
		flush_packet(ctf);
		ctf->discarded += ctf->gaps[ctf->gap_next++].events;
	}
}

static void put_pid(struct ctf *ctf, uint64_t pid)
{
	char label[SOURCE_LABEL_SIZE];

	put_text(ctf, pid == 0 ? "" : source_label(ctf->source, pid, label));
}

static void put_field(struct ctf *ctf, enum actor_field field, uint64_t value)
{
	struct trace *trace = ctf->source->trace;
	char text[32];

	switch (field_type(field)) {
	case FIELD_TYPE_TAG:
		put_text(ctf, trace_type(trace, (uint16_t)value));
		break;
	case FIELD_TYPE_BEHAVIOUR:
		put_text(ctf, trace_behaviour(trace, (uint16_t)value));
		break;
	case FIELD_TYPE_PID:
		put_pid(ctf, value);
		break;
	case FIELD_TYPE_STRING:
		put_text(ctf, trace_string(trace, (uint32_t)value));
		break;
	case FIELD_TYPE_REASON:
		put_text(ctf, trace_reason((int64_t)value, text));
		break;
	case FIELD_TYPE_PAIR:
		put(ctf, (uint32_t)value, 8);
		put(ctf, value >> 32, 8);
		break;
	default:
		if (field == ACTOR_FIELD_TOPIC)
			put_text(ctf, event_observed_name((uint32_t)value));
		else
			put(ctf, value, 8);
	}
}

static int take_event(void *user, const struct walk_event *event)
{
	struct ctf *ctf = user;
	const struct actor_event *record = event->event;
	enum event_slot actor = event_slot_of(record->kind, ACTOR_FIELD_ACTOR);
	int64_t ns = source_ns(ctf->source, event->time);
	uint64_t time = ns > ctf->base_ns ? (uint64_t)(ns - ctf->base_ns) : 0;

	if (event_kind_name(record->kind) == NULL)
		return 0;
	pass_gaps(ctf, ns);
	if (time > ctf->last)
		ctf->last = time; /* time in a stream never goes back */
	if (ctf->size == 0) {
		ctf->begin = ctf->last;
		ctf->size = HEADER_SIZE;
	}
	put(ctf, record->kind, 1);
	put(ctf, ctf->last, 8);
	put(ctf, event->thread, 4);
	put_pid(ctf, actor != EVENT_SLOT_COUNT ? event_slot_value(record, actor) : event->actor);
	if (event_has_message(record->kind))
		put_text(ctf, event_message_name(event_message_kind(record)));
	for (int slot = EVENT_SLOT_TAG; slot < EVENT_SLOT_COUNT; slot++) {
		enum actor_field field = event_field(record->kind, (enum event_slot)slot);

		if (field_kind(field) != NULL)
			put_field(ctf, field, event_slot_value(record, (enum event_slot)slot));
	}
	if (ctf->size >= PACKET_SIZE)
		flush_packet(ctf);
	return ferror(ctf->stream) ? -EIO : 0;
}

/* ---- the whole ---- */

static int load_gaps(struct ctf *ctf)
{
	struct source *source = ctf->source;
	size_t count = (size_t)source_number(source, "SELECT count(*) FROM gap");
	sqlite3_stmt *row;

	if (count == 0)
		return 0;
	ctf->gaps = calloc(count, sizeof(*ctf->gaps));
	if (ctf->gaps == NULL)
		return -ENOMEM;
	if (sqlite3_prepare_v2(source->db,
			       "SELECT coalesce(to_ns, from_ns, 0), coalesce(events, 1) FROM gaps"
			       " ORDER BY 1",
			       -1, &row, NULL) != SQLITE_OK)
		return -EBADMSG;
	while (sqlite3_step(row) == SQLITE_ROW && ctf->gap_count < count)
		ctf->gaps[ctf->gap_count++] = (struct gap){
			.to_ns = sqlite3_column_int64(row, 0),
			.events = (uint64_t)sqlite3_column_int64(row, 1),
		};
	sqlite3_finalize(row);
	return 0;
}

static FILE *open_part(struct export *export, const char *name)
{
	char *path;
	FILE *file;

	if (asprintf(&path, "%s/%s", export->output->work, name) < 0)
		return NULL;
	file = fopen(path, "we");
	free(path);
	return file;
}

/* False: what was written is not whole. */
static bool close_part(FILE *file)
{
	bool is_whole = !ferror(file);

	return fclose(file) == 0 && is_whole;
}

static int write_parts(struct export *export, struct ctf *ctf)
{
	const struct story_sink sink = {.user = ctf, .event = take_event, .kinds = ~UINT64_C(0)};
	FILE *metadata = open_part(export, "metadata");
	int status = metadata == NULL ? -errno : 0;

	if (metadata != NULL) {
		describe(ctf, metadata);
		if (!close_part(metadata))
			status = -EIO;
	}
	ctf->stream = status == 0 ? open_part(export, "stream") : NULL;
	if (ctf->stream == NULL)
		return status == 0 ? -errno : status;
	status = story_tell(export->source, &sink);
	flush_packet(ctf);
	pass_gaps(ctf, INT64_MAX);
	return close_part(ctf->stream) || status != 0 ? status : -EIO;
}

static int run(struct export *export)
{
	struct ctf *ctf = calloc(1, sizeof(*ctf));
	int64_t first;
	int status = -ENOMEM;

	if (ctf == NULL)
		return status;
	ctf->source = export->source;
	first = source_ns(export->source, export->source->first_ticks);
	ctf->base_ns = first < 0 ? first : 0;
	status = load_gaps(ctf);
	if (status == 0)
		status = write_parts(export, ctf);
	free(ctf->gaps);
	free(ctf);
	return status;
}

const struct export_format export_ctf = {
	.name = "ctf",
	.extension = ".ctf",
	.kind = OUTPUT_FOLDER,
	.summary = "A Common Trace Format folder, for babeltrace2 and Trace Compass",
	.text = "A folder in the Common Trace Format 1.8, for babeltrace2 and Trace Compass: every "
		"event with its thread, its actor, and its fields in words. Lost events are "
		"counted where they are missing, as the format has it.",
	.run = run,
};
