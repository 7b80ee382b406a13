/* SPDX-License-Identifier: MIT */
#include "sink/batch.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "term/text.h"
#include "view/format.h"

#define JSON_VERSION 1

static unsigned list_flag(const struct batch *batch)
{
	return batch->list == BATCH_ACTORS ? COLUMN_IN_ACTORS : COLUMN_IN_BEHAVIOURS;
}

static bool is_shown(const struct batch *batch, const struct column *column)
{
	return (column->lists & list_flag(batch)) != 0;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_number(FILE *file, double value)
{
	if (isnan(value) || isinf(value))
		fputs("null", file);
	else if (value == floor(value) && fabs(value) < 9e15)
		fprintf(file, "%.0f", value);
	else
		fprintf(file, "%.3f", value);
}

static void json_key(FILE *file, const char *key, double value)
{
	fprintf(file, ",\"%s\":", key);
	json_number(file, value);
}

/* A column's number in the unit that its key names. */
static double json_value(const struct column *column, const struct row *row)
{
	double value = column->number(row);

	return column->unit == COLUMN_SHARE ? value * 100 : value;
}

static void json_row(const struct batch *batch, const struct model *model, const struct row *row)
{
	char text[NAMES_TEXT];
	FILE *file = batch->file;

	fprintf(file, "{\"type\":\"%s\",\"frame\":%" PRIu64,
		batch->list == BATCH_ACTORS ? "actor" : "behaviour", batch->frames);
	for (int i = 0; i < COLUMN_ID_COUNT; i++) {
		const struct column *column = &columns[i];

		if (!is_shown(batch, column))
			continue;
		if (column->number != NULL) {
			json_key(file, column->json, json_value(column, row));
			continue;
		}
		column->text(row, &model->names, text, sizeof(text));
		fprintf(file, ",\"%s\":", column->json);
		if (text[0] == '\0')
			fputs("null", file);
		else
			text_print_json(file, text);
	}
	fputs("}\n", file);
}

static const char *life_word(const struct model *model)
{
	static const char *const words[] = {
		[PLANE_LIVING] = "living", [PLANE_ENDED] = "ended", [PLANE_DEAD] = "dead"};

	return words[model->target.life];
}

static double realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* What stands above the rows, as numbers: the one list that frame and schema are made from. */
#define FRAME_MAP(X)                                                                         \
	X("schedulers", model->meters.scheduler_count, "scheduler threads")                  \
	X("busy_percent", 100 * model->meters.busy, "share of all schedulers")               \
	X("messages_per_second", model->meters.messages_rate, "handled")                     \
	X("ready_actors", model->meters.ready, "in the run queues")                          \
	X("actors", (double)sums->actors, "living")                                          \
	X("born_per_second", sums->born_rate, "")                                            \
	X("died_per_second", sums->died_rate, "")                                            \
	X("mailbox_messages", (double)sums->mailbox, "in all mailboxes")                     \
	X("mailbox_max_messages", (double)sums->mailbox_max, "in the longest mailbox")       \
	X("memory_bytes", (double)sums->memory, "of all actors")                             \
	X("lost_events", (double)model->meters.lost, "that recorders did not get, ever")     \
	X("sweep_ns", (double)model->table.pass_cost_ns, "own time of the last whole sweep") \
	X("self_percent", 100 * model->own_cpu, "share of one CPU used by this program")

static void json_frame(const struct batch *batch, const struct model *model)
{
	const struct table_sums *sums = &table_found(&model->table)->sums;
	FILE *file = batch->file;

	fprintf(file, "{\"v\":%d,\"type\":\"frame\",\"frame\":%" PRIu64 ",\"time_ns\":%.0f",
		JSON_VERSION, batch->frames, realtime_ns());
	fprintf(file, ",\"pid\":%u,\"state\":\"%s\",\"program\":",
		plane_view_header(model->target.plane)->pid, life_word(model));
	text_print_json(file, model->target.program);
#define X(key, value, text) json_key(file, key, value);
	FRAME_MAP(X)
#undef X
	fputs("}\n", file);
}

/* The key of an alert's number names its unit, as all keys do. */
static void json_alert(const struct batch *batch, const struct model *model,
		       const struct lint_alert *alert)
{
	static const char *const keys[] = {[LINT_UNIT_COUNT] = "value",
					   [LINT_UNIT_NS] = "value_ns",
					   [LINT_UNIT_BYTES] = "value_bytes",
					   [LINT_UNIT_SHARE] = "value_percent"};
	bool share = alert->lint->unit == LINT_UNIT_SHARE;
	char text[NAMES_TEXT] = "";
	FILE *file = batch->file;

	fprintf(file,
		"{\"type\":\"alert\",\"frame\":%" PRIu64
		",\"lint\":\"%s\",\"level\":\"%s\",\"since_ns\":%" PRIu64 ",\"pid\":",
		batch->frames, alert->lint->name, lint_level_text(alert->lint->level),
		model->alerts.now_ns - alert->since_ns);
	if (alert->subject.pid != 0)
		column_pid_text(alert->subject.pid, text, sizeof(text));
	if (text[0] != '\0')
		text_print_json(file, text);
	else
		fputs("null", file);
	json_key(file, keys[alert->lint->unit], alert->value * (share ? 100 : 1));
	fputs(",\"text\":", file);
	text_print_json(file, alert->text);
	fputs(",\"advice\":", file);
	text_print_json(file, alert->lint->advice);
	fputs("}\n", file);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static void csv_header(const struct batch *batch)
{
	fputs("frame", batch->file);
	for (int i = 0; i < COLUMN_ID_COUNT; i++)
		if (is_shown(batch, &columns[i]))
			fprintf(batch->file, ",%s", columns[i].json);
	putc('\n', batch->file);
}

static void csv_row(const struct batch *batch, const struct model *model, const struct row *row)
{
	char text[NAMES_TEXT];

	fprintf(batch->file, "%" PRIu64, batch->frames);
	for (int i = 0; i < COLUMN_ID_COUNT; i++) {
		const struct column *column = &columns[i];

		if (!is_shown(batch, column))
			continue;
		putc(',', batch->file);
		if (column->number == NULL) {
			column->text(row, &model->names, text, sizeof(text));
			text_print_csv(batch->file, text);
		} else if (!isnan(column->number(row))) {
			json_number(batch->file, json_value(column, row));
		}
	}
	putc('\n', batch->file);
}

/* ---- Plain ----------------------------------------------------------------------------------- */

static void plain_header(const struct batch *batch, const struct model *model)
{
	const struct table_sums *sums = &table_found(&model->table)->sums;
	char rate[FORMAT_SIZE], memory[FORMAT_SIZE], busy[FORMAT_SIZE];
	time_t now = time(NULL);
	char clock[16] = "";
	struct tm local;

	if (localtime_r(&now, &local) != NULL)
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	fprintf(batch->file,
		"%s %s(%u) %s  schedulers %u busy %s%%  messages %s/s  actors %" PRIu64
		"  ready %u  mailboxes %" PRIu64 "  memory %s  lost %" PRIu64 "\n",
		clock, model->target.program, plane_view_header(model->target.plane)->pid,
		life_word(model), model->meters.scheduler_count,
		format_share(model->meters.busy, busy),
		format_rate(model->meters.messages_rate, rate), sums->actors, model->meters.ready,
		sums->mailbox, format_bytes((double)sums->memory, memory), model->meters.lost);
}

/* Names go last, at their full length, so that no line is cut and fields stay fields. */
static void plain_cell(const struct batch *batch, const struct model *model,
		       const struct column *column, const struct row *row)
{
	char text[NAMES_TEXT], number[FORMAT_SIZE];
	const char *shown = text;

	if (row == NULL)
		shown = column->title;
	else if (column->number != NULL)
		shown = format_unit(column->unit, column->number(row), number);
	else
		column->text(row, &model->names, text, sizeof(text));
	if (shown[0] == '\0')
		shown = "-";
	if (row != NULL && column->unit == COLUMN_LETTER)
		fprintf(batch->file, "%c ", format_letter(column, row));
	else if (column->number != NULL)
		fprintf(batch->file, "%*s ", column->width, shown);
	else
		fprintf(batch->file, "%-*s ", column->width, shown);
}

static void plain_row(const struct batch *batch, const struct model *model, const struct row *row)
{
	enum column_id last = batch->list == BATCH_ACTORS ? COLUMN_NAME : COLUMN_BEHAVIOUR;
	char text[NAMES_TEXT];

	for (int i = 0; i < COLUMN_ID_COUNT; i++)
		if (is_shown(batch, &columns[i]) && i != (int)last)
			plain_cell(batch, model, &columns[i], row);
	if (row != NULL)
		columns[last].text(row, &model->names, text, sizeof(text));
	fprintf(batch->file, "%s\n", row != NULL ? text : columns[last].title);
}

/* ---- Frames ---------------------------------------------------------------------------------- */

bool batch_frame(struct batch *batch, const struct model *model)
{
	const struct row *rows = batch->list == BATCH_ACTORS ? model->rows : model->groups;
	size_t count = batch->list == BATCH_ACTORS ? model->row_count : model->group_count;

	if (batch->format == BATCH_JSON)
		json_frame(batch, model);
	if (batch->format == BATCH_CSV && batch->frames == 0)
		csv_header(batch);
	if (batch->format == BATCH_PLAIN) {
		if (batch->frames > 0)
			putc('\n', batch->file);
		plain_header(batch, model);
		plain_row(batch, model, NULL);
	}
	for (size_t i = 0; i < count && i < batch->rows; i++) {
		if (batch->format == BATCH_JSON)
			json_row(batch, model, &rows[i]);
		else if (batch->format == BATCH_CSV)
			csv_row(batch, model, &rows[i]);
		else
			plain_row(batch, model, &rows[i]);
	}
	for (size_t i = 0; i < model->alerts.count; i++) {
		const struct lint_alert *alert = &model->alerts.list[i];

		if (batch->format == BATCH_JSON)
			json_alert(batch, model, alert);
		else if (batch->format == BATCH_PLAIN)
			fprintf(batch->file, "%c %s: %s\n", alert->lint->letter,
				lint_level_text(alert->lint->level), alert->text);
	}
	batch->frames++;
	return fflush(batch->file) == 0;
}

/* ---- Schema ---------------------------------------------------------------------------------- */

static void schema_property(FILE *file, const char *key, const char *type, const char *text)
{
	fprintf(file, ",\"%s\":{\"type\":[\"%s\",\"null\"],\"description\":", key, type);
	text_print_json(file, text);
	putc('}', file);
}

static void schema_rows(FILE *file, const char *type, unsigned list)
{
	fprintf(file,
		"{\"title\":\"%s\",\"type\":\"object\",\"required\":[\"type\",\"frame\"],"
		"\"properties\":{\"type\":{\"const\":\"%s\"},\"frame\":{\"type\":\"integer\"}",
		type, type);
	for (int i = 0; i < COLUMN_ID_COUNT; i++)
		if ((columns[i].lists & list) != 0)
			schema_property(file, columns[i].json,
					columns[i].number != NULL ? "number" : "string",
					columns[i].help);
	fputs("}}", file);
}

void batch_schema(FILE *file)
{
	fputs("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
	      "\"title\":\"actor-top --json\",\"description\":\"One object per line: a frame, "
	      "then its rows.\",\"oneOf\":[",
	      file);
	fprintf(file,
		"{\"title\":\"frame\",\"type\":\"object\",\"required\":[\"v\",\"type\",\"frame\"],"
		"\"properties\":{\"v\":{\"const\":%d},\"type\":{\"const\":\"frame\"},"
		"\"frame\":{\"type\":\"integer\"},\"time_ns\":{\"type\":\"integer\"},"
		"\"pid\":{\"type\":\"integer\"},"
		"\"state\":{\"enum\":[\"living\",\"ended\",\"dead\"]},"
		"\"program\":{\"type\":\"string\"}",
		JSON_VERSION);
#define X(key, value, text) schema_property(file, key, "number", text);
	FRAME_MAP(X)
#undef X
	fputs("}},", file);
	schema_rows(file, "actor", COLUMN_IN_ACTORS);
	putc(',', file);
	schema_rows(file, "behaviour", COLUMN_IN_BEHAVIOURS);
	fputs(",{\"title\":\"alert\",\"type\":\"object\",\"required\":[\"type\",\"frame\",\"lint\","
	      "\"level\",\"text\"],\"properties\":{\"type\":{\"const\":\"alert\"},"
	      "\"frame\":{\"type\":\"integer\"},\"level\":{\"enum\":[\"note\",\"warning\","
	      "\"urgent\"]}",
	      file);
	schema_property(file, "lint", "string", "its name");
	schema_property(file, "since_ns", "number", "stands for so long");
	schema_property(file, "pid", "string", "null: a behaviour or the program");
	schema_property(file, "value", "number", "a number of things; of other units:");
	schema_property(file, "value_ns", "number", "");
	schema_property(file, "value_bytes", "number", "");
	schema_property(file, "value_percent", "number", "");
	schema_property(file, "text", "string", "what is wrong");
	schema_property(file, "advice", "string", "what to do about it");
	fputs("}}", file);
	fputs("]}\n", file);
}
