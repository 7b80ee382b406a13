/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/decode.h"
#include "store/open.h"
#include "store/walk.h"
#include "term/text.h"
#include "term/time.h"

struct dump {
	sqlite3 *db;
	struct trace *trace;
	const char *path;
	const char *actor_text; /* pid, name or behaviour, NULL: all */
	uint64_t actor;
	const char *behaviour; /* where actor_text is one */
	const char *tag;       /* type of message, NULL: all */
	int64_t since_ns;
	int64_t until_ns;
	int64_t count; /* lines left, -1: no limit */
	bool json;
	struct decoder *decoder; /* NULL: payloads are not wanted */
	sqlite3_stmt *payload;   /* that of a message */
	bool explained;          /* why there are no types */
};

/* What the line is about: the event's own actor, else the turn's. */
static uint64_t line_actor(const struct walk_event *event)
{
	enum event_slot slot = event_slot_of(event->event->kind, ACTOR_FIELD_ACTOR);

	return slot != EVENT_SLOT_COUNT ? event_slot_value(event->event, slot) : event->actor;
}

static void print_actor(struct trace *trace, uint64_t pid)
{
	const struct trace_name *name = trace_name(trace, pid);

	if (pid == 0) {
		putchar('-');
		return;
	}
	fputs(name->pid, stdout);
	if (name->name[0] != '\0' || name->behaviour[0] != '\0') {
		putchar(' ');
		text_print(stdout, name->name[0] != '\0' ? name->name : name->behaviour);
	}
}

/* The bytes of a message that an event carries, as they lie in memory. */
static void print_bytes(const struct actor_event *record)
{
	for (int slot = EVENT_SLOT_TAG; slot < EVENT_SLOT_COUNT; slot++) {
		if (event_field(record->kind, (enum event_slot)slot) != ACTOR_FIELD_BYTES)
			continue;
		uint64_t value = event_slot_value(record, (enum event_slot)slot);

		for (int i = 0; i < 8; i++)
			printf("%02x", (unsigned)(value >> 8 * i & 0xff));
	}
}

/* The value of a field as words, or NULL where a number is the best that can be said. */
static const char *field_text(struct trace *trace, enum actor_field field, uint64_t value,
			      char buffer[32])
{
	switch (field_type(field)) {
	case FIELD_TYPE_TAG:
		return trace_type(trace, (uint16_t)value);
	case FIELD_TYPE_BEHAVIOUR:
		return trace_behaviour(trace, (uint16_t)value);
	case FIELD_TYPE_PID:
		trace_format_pid(value, buffer);
		return buffer;
	case FIELD_TYPE_STRING:
		return trace_string(trace, (uint32_t)value);
	case FIELD_TYPE_REASON:
		return trace_reason((int64_t)value, buffer);
	case FIELD_TYPE_HEX:
		snprintf(buffer, 32, "%016" PRIx64, value);
		return buffer;
	case FIELD_TYPE_COUNT:
		return field == ACTOR_FIELD_TOPIC ? event_observed_name((uint32_t)value) : NULL;
	default:
		return NULL;
	}
}

static void print_field(struct trace *trace, enum actor_field field, uint64_t value)
{
	char buffer[32];
	const char *text = field_text(trace, field, value, buffer);

	if (field_type(field) == FIELD_TYPE_PAIR) {
		printf(" size=%" PRIu32 " depth=%" PRIu32, (uint32_t)value,
		       (uint32_t)(value >> 32));
		return;
	}
	if (field == ACTOR_FIELD_TAG && value == 0)
		return;
	printf(" %s=", field == ACTOR_FIELD_TAG ? "type" : event_field_name(field));
	if (field == ACTOR_FIELD_PEER || field == ACTOR_FIELD_PARENT)
		print_actor(trace, value);
	else if (text != NULL)
		text_print(stdout, text);
	else
		printf("%" PRId64, (int64_t)value);
}

/* Who sent the message that the event is about; 0: it is about none. */
static uint64_t sender_of(const struct walk_event *event)
{
	switch (event->event->kind) {
	case ACTOR_EVENT_SEND:
	case ACTOR_EVENT_DEAD_LETTER:
	case ACTOR_EVENT_MAILBOX_DROP:
		return event->actor;
	case ACTOR_EVENT_RECV:
		return event->event->b;
	default:
		return 0;
	}
}

/* The message's payload by its type, where the recording has it. */
static void print_payload(struct dump *dump, const struct walk_event *event)
{
	const struct actor_event *record = event->event;
	enum actor_message_kind kind = event_message_kind(record);
	bool reply = kind == ACTOR_MESSAGE_KIND_REPLY || kind == ACTOR_MESSAGE_KIND_RESPONSE;
	char *text = NULL;

	if (dump->decoder == NULL || sender_of(event) == 0)
		return;
	sqlite3_reset(dump->payload);
	sqlite3_bind_int64(dump->payload, 1, (int64_t)sender_of(event));
	sqlite3_bind_int64(dump->payload, 2, record->seq);
	if (sqlite3_step(dump->payload) == SQLITE_ROW &&
	    decoder_text(dump->decoder, reply ? DECODE_REPLY : DECODE_MESSAGE,
			 trace_type(dump->trace, record->tag),
			 sqlite3_column_blob(dump->payload, 0),
			 (size_t)sqlite3_column_bytes(dump->payload, 0),
			 dump->json ? TYPES_FORM_JSON : TYPES_FORM_LINE, &text) == 0)
		printf(dump->json ? ",\"payload\":%s" : " payload=%s", text);
	free(text);
	sqlite3_reset(dump->payload);
}

static void print_line(struct dump *dump, const struct walk_event *event)
{
	const struct actor_event *record = event->event;
	const char *kind = event_kind_name(record->kind);
	const char *message = event_message_name(event_message_kind(record));
	int64_t ns = clock_ns(&dump->trace->clock, event->time);

	if (event->gap)
		printf("%s ... events of thread %" PRIu32 " are missing here; see the gaps\n",
		       "             ", event->thread);
	printf("%s%" PRId64 ".%09" PRId64 " %2" PRIu32 " ", ns < 0 ? "-" : "",
	       (ns < 0 ? -ns : ns) / 1000000000, (ns < 0 ? -ns : ns) % 1000000000, event->thread);
	if (kind != NULL)
		printf("%-13s ", kind);
	else
		printf("kind %-8u ", record->kind);
	print_actor(dump->trace, line_actor(event));
	if (event_has_message(record->kind) && message != NULL)
		printf(" %s", message);
	for (int slot = EVENT_SLOT_TAG; slot < EVENT_SLOT_COUNT; slot++) {
		enum actor_field field = event_field(record->kind, (enum event_slot)slot);

		if (field == ACTOR_FIELD_NONE || field == ACTOR_FIELD_ACTOR ||
		    field == ACTOR_FIELD_TIME)
			continue;
		if (field == ACTOR_FIELD_BYTES) {
			fputs(" bytes=", stdout);
			print_bytes(record);
			break;
		}
		print_field(dump->trace, field, event_slot_value(record, (enum event_slot)slot));
	}
	print_payload(dump, event);
	putchar('\n');
}

static void print_json_field(struct trace *trace, enum actor_field field, uint64_t value)
{
	char buffer[32];
	const char *text = field_text(trace, field, value, buffer);

	if (field_type(field) == FIELD_TYPE_PAIR) {
		printf(",\"size\":%" PRIu32 ",\"depth\":%" PRIu32, (uint32_t)value,
		       (uint32_t)(value >> 32));
		return;
	}
	printf(",\"%s\":", field == ACTOR_FIELD_TAG ? "type" : event_field_name(field));
	if (text != NULL)
		text_print_json(stdout, text);
	else
		printf("%" PRId64, (int64_t)value);
}

static void print_json(struct dump *dump, const struct walk_event *event)
{
	const struct actor_event *record = event->event;
	const char *kind = event_kind_name(record->kind);
	const char *message = event_message_name(event_message_kind(record));
	uint64_t actor = line_actor(event);

	printf("{\"id\":%" PRIu64 ",\"time_ns\":%" PRId64 ",\"thread\":%" PRIu32, event->id,
	       clock_ns(&dump->trace->clock, event->time), event->thread);
	if (kind != NULL)
		printf(",\"kind\":\"%s\"", kind);
	else
		printf(",\"kind\":%u", record->kind);
	if (event->gap)
		printf(",\"gap\":true");
	if (actor != 0) {
		const struct trace_name *name = trace_name(dump->trace, actor);

		printf(",\"actor\":\"%s\"", name->pid);
		if (name->name[0] != '\0') {
			printf(",\"actor_name\":");
			text_print_json(stdout, name->name);
		}
	}
	if (event_has_message(record->kind) && message != NULL)
		printf(",\"message\":\"%s\"", message);
	for (int slot = EVENT_SLOT_TAG; slot < EVENT_SLOT_COUNT; slot++) {
		enum actor_field field = event_field(record->kind, (enum event_slot)slot);

		if (field == ACTOR_FIELD_NONE || field == ACTOR_FIELD_ACTOR ||
		    field == ACTOR_FIELD_TIME)
			continue;
		if (field == ACTOR_FIELD_BYTES) {
			fputs(",\"bytes\":\"", stdout);
			print_bytes(record);
			putchar('"');
			break;
		}
		print_json_field(dump->trace, field,
				 event_slot_value(record, (enum event_slot)slot));
	}
	print_payload(dump, event);
	printf("}\n");
}

static bool has_tag(const struct dump *dump, const struct actor_event *record)
{
	return event_field(record->kind, EVENT_SLOT_TAG) == ACTOR_FIELD_TAG &&
	       strcmp(trace_type(dump->trace, record->tag), dump->tag) == 0;
}

static bool is_one(const struct dump *dump, uint64_t pid)
{
	return pid != 0 && strcmp(trace_name(dump->trace, pid)->behaviour, dump->behaviour) == 0;
}

static bool is_shown(const struct dump *dump, const struct walk_event *event, uint64_t from)
{
	enum event_slot peer = event_slot_of(event->event->kind, ACTOR_FIELD_PEER);
	uint64_t peer_pid = peer != EVENT_SLOT_COUNT ? event_slot_value(event->event, peer) : 0;

	if (event->time < from)
		return false;
	if (dump->tag != NULL && !has_tag(dump, event->event))
		return false;
	if (dump->behaviour != NULL)
		return is_one(dump, line_actor(event)) || is_one(dump, event->actor) ||
		       is_one(dump, peer_pid);
	if (dump->actor == 0 || line_actor(event) == dump->actor || event->actor == dump->actor)
		return true;
	return peer_pid == dump->actor;
}

static int print_events(struct dump *dump, char *error, size_t error_size)
{
	const struct clock_line *clock = &dump->trace->clock;
	struct walk_filter filter = walk_filter_all;
	struct codec_want want = codec_want_all();
	struct walk_event event;
	struct walk *walk;
	int status;

	filter.actor = dump->actor;
	if (dump->since_ns > INT64_MIN)
		filter.from = clock_ticks(clock, dump->since_ns);
	if (dump->until_ns < INT64_MAX)
		filter.to = clock_ticks(clock, dump->until_ns);
	status = walk_begin(dump->db, &filter, &want, &walk, error, error_size);
	if (status != 0)
		return status;
	while (dump->count != 0 && !ferror(stdout) && (status = walk_next(walk, &event)) == 1) {
		if (event.time > filter.to)
			break;
		if (!is_shown(dump, &event, filter.from))
			continue;
		if (dump->json)
			print_json(dump, &event);
		else
			print_line(dump, &event);
		if (dump->count > 0)
			dump->count--;
	}
	walk_end(walk);
	return status < 0 ? status : 0;
}

/* The first column of the first row for a text; false: there is none. */
static bool look_up(struct dump *dump, const char *sql, const char *text, uint64_t *ret_number)
{
	sqlite3_stmt *statement;
	bool found = false;

	if (sqlite3_prepare_v2(dump->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return false;
	sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*ret_number = (uint64_t)sqlite3_column_int64(statement, 0);
		found = true;
	}
	sqlite3_finalize(statement);
	return found;
}

/* A pid, or the name of an actor or a behaviour that there is. */
static bool find_actor(struct dump *dump)
{
	uint64_t number;

	if (dump->actor_text == NULL || trace_parse_pid(dump->actor_text, &dump->actor) ||
	    look_up(dump, "SELECT pid FROM actor WHERE name = ?1 ORDER BY pid DESC",
		    dump->actor_text, &dump->actor))
		return true;
	if (!look_up(dump, "SELECT 1 FROM actors WHERE behaviour = ?1", dump->actor_text, &number))
		return false;
	dump->behaviour = dump->actor_text;
	return true;
}

static bool find_tag(struct dump *dump)
{
	uint64_t number;

	return dump->tag == NULL ||
	       look_up(dump, "SELECT 1 FROM types WHERE name = ?1", dump->tag, &number);
}

/* --payload: what turns payloads into text. */
static int begin_payloads(struct dump *dump)
{
	static const char sql[] = "SELECT data FROM payloads WHERE sender = ?1 AND seq = ?2";
	sqlite3_stmt *any = NULL;
	bool none = true;

	dump->decoder = decoder_create(dump->db);
	if (dump->decoder == NULL ||
	    sqlite3_prepare_v2(dump->db, sql, -1, &dump->payload, NULL) != SQLITE_OK)
		return -ENOMEM;
	if (sqlite3_prepare_v2(dump->db, "SELECT 1 FROM payloads LIMIT 1", -1, &any, NULL) ==
	    SQLITE_OK)
		none = sqlite3_step(any) != SQLITE_ROW;
	sqlite3_finalize(any);
	if (none)
		command_fail(0, "dump", "this recording kept no payloads; record with --payload");
	else if (decoder_trouble(dump->decoder)[0] != '\0')
		command_fail(0, "dump", "payloads are shown in hexadecimal: %s",
			     decoder_trouble(dump->decoder));
	return 0;
}

static int dump_file(struct dump *dump, bool payloads)
{
	char error[512];
	int status;

	if (store_open(dump->path, &dump->db, error, sizeof(error)) != 0)
		return command_fail(COMMAND_UNREADABLE, "dump", "%s", error);
	status = trace_open(dump->db, &dump->trace);
	if (status == 0)
		status = trace_refresh(dump->trace);
	if (status != 0)
		snprintf(error, sizeof(error), "%s",
			 dump->trace != NULL ? dump->trace->error : "out of memory");
	else if (!find_actor(dump))
		return command_fail(COMMAND_TROUBLE, "dump",
				    "no actor and no behaviour in %s is called '%s'; give a pid "
				    "such as <0.17.3> or a name from 'SELECT name, behaviour FROM "
				    "actors'",
				    dump->path, dump->actor_text);
	else if (!find_tag(dump))
		return command_fail(COMMAND_TROUBLE, "dump",
				    "no type of message in %s is called '%s'; 'SELECT name FROM "
				    "types' lists them",
				    dump->path, dump->tag);
	else {
		if (payloads && begin_payloads(dump) != 0)
			return command_fail(COMMAND_TROUBLE, "dump", "out of memory");
		status = print_events(dump, error, sizeof(error));
	}
	if (status == 0)
		return COMMAND_OK;
	return command_fail(COMMAND_UNREADABLE, "dump", "%s cannot be read: %s", dump->path, error);
}

static int dump_run(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},        {"actor", required_argument, NULL, 'a'},
		{"since", required_argument, NULL, 's'}, {"until", required_argument, NULL, 'u'},
		{"tag", required_argument, NULL, 't'},   {"count", required_argument, NULL, 'n'},
		{"payload", no_argument, NULL, 'p'},     {NULL, 0, NULL, 0},
	};
	struct dump dump = {.since_ns = INT64_MIN, .until_ns = INT64_MAX, .count = -1};
	bool payloads = false;
	bool right = true;
	char *end;
	int option;
	int status;

	while (right && (option = getopt_long(argc, argv, "n:", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			dump.json = true;
			break;
		case 'p':
			payloads = true;
			break;
		case 'a':
			dump.actor_text = optarg;
			break;
		case 't':
			dump.tag = optarg;
			break;
		case 's':
			right = time_parse(optarg, &dump.since_ns);
			break;
		case 'u':
			right = time_parse(optarg, &dump.until_ns);
			break;
		case 'n':
			errno = 0;
			dump.count = strtoll(optarg, &end, 10);
			right = errno == 0 && *end == '\0' && end != optarg && dump.count >= 0;
			break;
		default:
			return command_bad_option("dump", argv);
		}
	}
	if (!right)
		return command_fail(COMMAND_TROUBLE, "dump",
				    "'%s' is not understood; give a time as 1.5, 200ms or 30us, "
				    "and a count as 100",
				    optarg);
	if (optind + 1 != argc)
		return command_fail(COMMAND_TROUBLE, "dump", "give one trace file: dump %s",
				    command_dump.usage);
	dump.path = argv[optind];
	status = dump_file(&dump, payloads);
	sqlite3_finalize(dump.payload);
	decoder_destroy(dump.decoder);
	trace_close(dump.trace);
	sqlite3_close(dump.db);
	return status;
}

const struct command command_dump = {
	.name = "dump",
	.usage = "FILE [--since T] [--until T] [--actor A] [--tag TYPE] [-n COUNT] [--payload] "
		 "[--json]",
	.summary = "Print recorded events by time, one line each",
	.help = "  --since T          from this time of the session on: 1.5 (seconds), 200ms, "
		"30us\n"
		"  --until T          up to this time\n"
		"  --actor PID|NAME   only events of this actor, or to or from it; a behaviour's\n"
		"                     name means all its actors\n"
		"  --tag TYPE         only events of messages of this type\n"
		"  -n, --count COUNT  this many lines at most\n"
		"  --payload          with the payloads of messages, by their C types\n"
		"  --json             one object for each event\n"
		"\n"
		"A line: seconds, thread, event, actor, and what the event says. Events without a\n"
		"time of their own show that of their turn; their order on a thread is exact.\n",
	.run = dump_run,
};
