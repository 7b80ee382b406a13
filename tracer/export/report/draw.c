/* SPDX-License-Identifier: MIT */

/* The page's charts, as SVG that needs no script. */

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "export/report/html.h"
#include "export/report/report.h"
#include "term/number.h"

#define ACTIVITY_HEIGHT 100
#define TIME_LABELS     6
#define HEAT_LEVELS     6

static void print_times(const struct report *report, FILE *file)
{
	fputs("<div class=times>", file);
	for (int i = 0; i < TIME_LABELS; i++)
		fprintf(file, "<span>%.3f s</span>",
			((double)report->from_ns +
			 (double)(report->to_ns - report->from_ns) * i / (TIME_LABELS - 1)) /
				1e9);
	fputs("</div>\n", file);
}

/* ---- messages and incidents over time ---- */

static void print_steps(const struct report *report, FILE *file, uint64_t most)
{
	for (int i = 0; i < REPORT_BUCKETS; i++)
		fprintf(file, "V%.1fH%d",
			ACTIVITY_HEIGHT - (double)report->buckets[i].messages / (double)most * 96,
			i + 1);
}

void report_print_activity(const struct report *report, FILE *file)
{
	double seconds = (double)(report->to_ns - report->from_ns) / 1e9 / REPORT_BUCKETS;
	uint64_t most = 1;
	char peak[NUMBER_SIZE];

	for (int i = 0; i < REPORT_BUCKETS; i++)
		if (report->buckets[i].messages > most)
			most = report->buckets[i].messages;
	number_short((double)most / seconds, peak);
	fprintf(file,
		"<div class=chart><div class=scale><span style=top:4%%>%s/s</span>"
		"<span style=top:80%%>0</span></div>"
		"<div class='plot zoom' data-rates=\"",
		peak);
	for (int i = 0; i < REPORT_BUCKETS; i++)
		fprintf(file, "%s%" PRIu64, i > 0 ? " " : "", report->buckets[i].messages);
	fputs("\" data-incidents=\"", file);
	for (int i = 0; i < REPORT_BUCKETS; i++)
		fprintf(file, "%s%" PRIu32, i > 0 ? " " : "", report->buckets[i].incidents);
	fprintf(file,
		"\"><svg data-size=\"%d %d\" viewBox=\"0 0 %d %d\" preserveAspectRatio=none "
		"height=150 role=img aria-label=\"messages per second over time\"><path class=area "
		"d=\"M0 %d",
		REPORT_BUCKETS, ACTIVITY_HEIGHT, REPORT_BUCKETS, ACTIVITY_HEIGHT, ACTIVITY_HEIGHT);
	print_steps(report, file, most);
	fprintf(file, "V%dZ\"/><path class=edge d=\"M0 %d", ACTIVITY_HEIGHT, ACTIVITY_HEIGHT);
	print_steps(report, file, most);
	fprintf(file,
		"\"/></svg><svg class=marks data-size=\"%d 10\" viewBox=\"0 0 %d 10\" "
		"preserveAspectRatio=none height=22 role=img aria-label=\"incidents over time\">",
		REPORT_BUCKETS, REPORT_BUCKETS);
	for (int i = 0; i < REPORT_BUCKETS; i++)
		if (report->buckets[i].incidents > 0)
			fprintf(file, "<path class=mark d=\"M%d.5 1V9\"/>", i);
	fputs("</svg></div>", file);
	print_times(report, file);
	fputs("</div>\n", file);
}

/* ---- latency over time ---- */

static int level_of(uint32_t count, uint32_t most)
{
	return 1 + (int)((HEAT_LEVELS - 1) * log((double)count) / log((double)most + 1e-9) + 0.5);
}

static void print_cells(const struct report_type *type, FILE *file)
{
	const char *separator = "";

	for (int x = 0; x < REPORT_HEAT_COLUMNS; x++)
		for (int y = 0; y < REPORT_HEAT_ROWS; y++)
			if (type->heat[x][y] > 0) {
				fprintf(file, "%s%d,%d,%" PRIu32, separator, x, y,
					type->heat[x][y]);
				separator = ";";
			}
}

static void print_level(const struct report_type *type, FILE *file, int level, uint32_t most)
{
	bool begun = false;

	for (int x = 0; x < REPORT_HEAT_COLUMNS; x++)
		for (int y = 0; y < REPORT_HEAT_ROWS; y++) {
			uint32_t count = type->heat[x][y];

			if (count == 0 || (most > 1 ? level_of(count, most) : HEAT_LEVELS) != level)
				continue;
			if (!begun)
				fprintf(file, "<path class=h%d d=\"", level);
			begun = true;
			fprintf(file, "M%d %dh1v1h-1z", x, REPORT_HEAT_ROWS - 1 - y);
		}
	if (begun)
		fputs("\"/>", file);
}

void report_print_heat(const struct report *report, const struct report_type *type, FILE *file)
{
	static const struct {
		int row;
		const char *text;
	} labels[] = {{3, "1 us"}, {9, "100 us"}, {15, "10 ms"}, {21, "1 s"}};
	uint32_t most = 1;

	for (int x = 0; x < REPORT_HEAT_COLUMNS; x++)
		for (int y = 0; y < REPORT_HEAT_ROWS; y++)
			if (type->heat[x][y] > most)
				most = type->heat[x][y];
	fputs("<div class=chart><div class=scale style=bottom:18px>", file);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		fprintf(file, "<span style=top:%.1f%%>%s</span>",
			100.0 * (REPORT_HEAT_ROWS - labels[i].row) / REPORT_HEAT_ROWS,
			labels[i].text);
	fprintf(file, "</div><div class='plot zoom' data-columns=%d data-rows=%d data-cells=\"",
		REPORT_HEAT_COLUMNS, REPORT_HEAT_ROWS);
	print_cells(type, file);
	fprintf(file,
		"\"><svg data-size=\"%d %d\" viewBox=\"0 0 %d %d\" preserveAspectRatio=none "
		"height=135 shape-rendering=crispEdges role=img aria-label=\"latency over time\">",
		REPORT_HEAT_COLUMNS, REPORT_HEAT_ROWS, REPORT_HEAT_COLUMNS, REPORT_HEAT_ROWS);
	for (int level = 1; level <= HEAT_LEVELS; level++)
		print_level(type, file, level, most);
	fputs("</svg></div>", file);
	print_times(report, file);
	fputs("</div>", file);
}

/* ---- a chain ---- */

#define CHAIN_ACTORS_MAX 8
#define CHAIN_GUTTER     84
#define CHAIN_COLUMN     100
#define CHAIN_HEAD       38
#define CHAIN_ROW        27
#define CHAIN_BARS       240 /* at least */
#define CHAIN_WIDTH      1148
#define CHAIN_SPACE      24

/* Where everything of one chain's picture is. */
struct picture {
	const struct report *report;
	const struct report_chain *chain;
	FILE *file;
	uint64_t actors[CHAIN_ACTORS_MAX];
	size_t actor_count;
	int bars; /* left edge of the bars over time */
	int bars_width;
	int width;
	int height;
};

/* Actors that have no column share the last one. */
static size_t column_of(struct picture *picture, uint64_t pid)
{
	for (size_t i = 0; i < picture->actor_count; i++)
		if (picture->actors[i] == pid)
			return i;
	if (picture->actor_count == CHAIN_ACTORS_MAX)
		return CHAIN_ACTORS_MAX - 1;
	picture->actors[picture->actor_count] = pid;
	return picture->actor_count++;
}

static int column_x(size_t column)
{
	return CHAIN_GUTTER + (int)column * CHAIN_COLUMN + CHAIN_COLUMN / 2;
}

static void print_heads(const struct picture *picture)
{
	struct source *source = picture->report->source;
	FILE *file = picture->file;

	for (size_t i = 0; i < picture->actor_count; i++) {
		const struct trace_name *name = trace_name(source->trace, picture->actors[i]);
		bool is_rest = i == CHAIN_ACTORS_MAX - 1;
		int x = column_x(i);

		fprintf(file, "<g data-tip=\"");
		html_print(file, is_rest ? "this one and others" : name->pid);
		fprintf(file,
			"\"><rect class=box x=%d y=4 width=%d height=24 rx=5 /><text x=%d y=20 "
			"text-anchor=middle>",
			x - CHAIN_COLUMN / 2 + 4, CHAIN_COLUMN - 8, x);
		html_print_cut(file,
			       is_rest                 ? "others"
			       : name->name[0] != '\0' ? name->name
						       : source_group(source, picture->actors[i]),
			       14);
		fprintf(file, "</text></g><path class=life d=\"M%d 28V%d\"/>", x,
			picture->height - 6);
	}
}

static double bar_x(const struct picture *picture, uint64_t time)
{
	const struct report_root *root = picture->chain->root;
	double share = time > root->start ? (double)(time - root->start) / (double)root->took : 0;

	return picture->bars + (share > 1 ? 1 : share) * picture->bars_width;
}

static void print_bar(const struct picture *picture, const char *class, uint64_t from, uint64_t to,
		      int y)
{
	double x = bar_x(picture, from);
	double width = bar_x(picture, to) - x;

	fprintf(picture->file, "<rect class=%s x=%.1f y=%d width=%.1f height=9 rx=1 />", class, x,
		y - 9, width < 1.2 ? 1.2 : width);
}

static void print_tip(const struct picture *picture, const struct turn *turn, const char *type)
{
	struct source *source = picture->report->source;
	const struct clock_line *clock = &source->trace->clock;
	char label[SOURCE_LABEL_SIZE];
	char run[NUMBER_SIZE];
	char wait[NUMBER_SIZE];

	fprintf(picture->file, "<g class=row data-tip=\"");
	html_print(picture->file, story_kind(turn));
	putc(' ', picture->file);
	html_print(picture->file, type);
	fputs("&#10;by ", picture->file);
	html_print(picture->file, source_label(source, turn->actor, label));
	if (turn->has_send && turn->start > turn->sent)
		fprintf(picture->file, "&#10;waited %s in the mailbox",
			number_ns(clock_span_ns(clock, turn->sent, turn->start - turn->sent),
				  wait));
	fprintf(picture->file, "&#10;ran %s",
		number_ns(clock_span_ns(clock, turn->start, turn->run), run));
	if (turn->wait > 0)
		fprintf(picture->file, "&#10;waited %s in calls",
			number_ns(clock_span_ns(clock, turn->start, turn->wait), wait));
	fputs("\">", picture->file);
}

static void print_arrow(struct picture *picture, const struct turn *turn, int y)
{
	FILE *file = picture->file;
	int to = column_x(column_of(picture, turn->actor));
	int from = turn->has_cause ? column_x(column_of(picture, turn->sender)) : to;

	if (from == to) {
		fprintf(file, "<circle class=tip cx=%d cy=%d r=3.5 />", to, y);
		return;
	}
	fprintf(file, "<path class=msg d=\"M%d %dH%d\"/><path class=tip d=\"M%d %dl%d -4v8z\"/>",
		from, y, to + (from < to ? -6 : 6), to, y, from < to ? -7 : 7);
}

static void print_step(struct picture *picture, const struct report_step *step, int y)
{
	const struct turn *turn = &step->turn;
	struct source *source = picture->report->source;
	FILE *file = picture->file;
	const char *type = trace_type(source->trace, turn->tag);
	int64_t since =
		source_ns(source, turn->start) - source_ns(source, picture->chain->root->start);
	int to = column_x(column_of(picture, turn->actor));
	int from = turn->has_cause ? column_x(column_of(picture, turn->sender)) : to;
	uint64_t end = turn->end > turn->start ? turn->end : turn->start;
	char text[NUMBER_SIZE];

	if (type[0] == '\0')
		type = story_kind(turn);
	print_tip(picture, turn, type);
	fprintf(file, "<rect class=band x=0 y=%d width=%d height=%d />", y - 17, picture->width,
		CHAIN_ROW);
	fprintf(file, "<text class=s x=%d y=%d text-anchor=end>+%s</text>", CHAIN_GUTTER - 10,
		y + 4, number_ns(since, text));
	print_arrow(picture, turn, y);
	if (from == to)
		fprintf(file, "<text x=%d y=%d>", to + 8, y + 4);
	else
		fprintf(file, "<text x=%d y=%d text-anchor=middle>", (from + to) / 2, y - 4);
	html_print_cut(file, type, from == to || (from - to < 150 && to - from < 150) ? 16 : 34);
	fputs("</text>", file);
	if (turn->has_send && turn->start > turn->sent)
		print_bar(picture, "wait", turn->sent, turn->start, y + 4);
	print_bar(picture, turn->wait > 0 ? "stall" : "run", turn->start, end, y + 4);
	if (turn->wait > 0)
		print_bar(picture, "run", turn->start, turn->start + turn->run, y + 4);
	fputs("</g>\n", file);
}

void report_print_chain(const struct report *report, const struct report_chain *chain, FILE *file)
{
	struct picture picture = {.report = report, .chain = chain, .file = file};

	for (size_t i = 0; i < chain->step_count; i++) {
		if (chain->steps[i].turn.has_cause)
			column_of(&picture, chain->steps[i].turn.sender);
		column_of(&picture, chain->steps[i].turn.actor);
	}
	picture.bars = CHAIN_GUTTER + (int)picture.actor_count * CHAIN_COLUMN + CHAIN_SPACE;
	picture.bars_width = CHAIN_WIDTH - 10 - picture.bars;
	if (picture.bars_width < CHAIN_BARS)
		picture.bars_width = CHAIN_BARS;
	picture.width = picture.bars + picture.bars_width + 10;
	picture.height = CHAIN_HEAD + (int)chain->step_count * CHAIN_ROW + 14;
	fprintf(file,
		"<div class=wide><svg width=%d height=%d viewBox=\"0 0 %d %d\" role=img "
		"aria-label=\"sequence diagram\">",
		picture.width, picture.height, picture.width, picture.height);
	print_heads(&picture);
	for (size_t i = 0; i < chain->step_count; i++)
		print_step(&picture, &chain->steps[i], CHAIN_HEAD + 18 + (int)i * CHAIN_ROW);
	fputs("</svg></div>\n", file);
}
