/* SPDX-License-Identifier: MIT */

/* The page: one file without a link to anything. Its tables are there without its script. */

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "export/report/html.h"
#include "export/report/report.h"
#include "term/number.h"

static const char page_css[] =
#include "page_css.inc"
	;
static const char page_js[] =
#include "page_js.inc"
	;

static void print_ns(FILE *file, uint64_t ns)
{
	char text[NUMBER_SIZE];

	fprintf(file, "<td data-v=%" PRIu64 ">%s</td>", ns,
		ns > 0 ? number_ns((int64_t)ns, text) : "<span class=soft>&ndash;</span>");
}

static void print_count(FILE *file, uint64_t count)
{
	char text[NUMBER_SIZE];

	fprintf(file, "<td data-v=%" PRIu64 ">%s</td>", count,
		count > 0 ? number_count(count, text) : "<span class=soft>&ndash;</span>");
}

/* A number and a bar behind it, as long as its share of all. */
static void print_share(FILE *file, uint64_t ns, uint64_t most)
{
	char text[NUMBER_SIZE];

	fprintf(file,
		"<td class=share data-v=%" PRIu64 "><i style=width:%.1f%%></i><span>%s</span></td>",
		ns, most > 0 ? 100.0 * (double)ns / (double)most : 0, number_ns((int64_t)ns, text));
}

static void print_text_cell(FILE *file, const char *text)
{
	fputs("<td class=t title=\"", file);
	html_print(file, text);
	fputs("\">", file);
	html_print_cut(file, text, 60);
	fputs("</td>", file);
}

static void print_head_row(FILE *file, const char *const *names, const char *const *titles)
{
	fputs("<thead><tr>", file);
	for (size_t i = 0; names[i] != NULL; i++)
		fprintf(file, "<th%s title=\"%s\">%s</th>", names[i][0] == '<' ? " class=t" : "",
			titles[i], names[i] + (names[i][0] == '<'));
	fputs("</tr></thead><tbody>\n", file);
}

/* ---- the head ---- */

static void print_program(const struct report *report, FILE *file)
{
	struct source *source = report->source;
	char *argv = source_meta(source, "argv");
	char *program = source_meta(source, "program");
	const char *slash = program != NULL ? strrchr(program, '/') : NULL;

	html_print(file, slash != NULL ? slash + 1 : program != NULL ? program : source->path);
	fputs("</h1><p>", file);
	html_print(file, argv != NULL ? argv : "");
	free(argv);
	free(program);
}

static void print_when(const struct report *report, FILE *file)
{
	time_t seconds = (time_t)(report->source->realtime_ns / 1000000000);
	char text[64] = "";
	struct tm local;

	if (localtime_r(&seconds, &local) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
	fprintf(file, "</p><p>Recorded %s, in ", text);
	html_print(file, report->source->path);
}

static void print_selection(const struct report *report, FILE *file)
{
	const struct selection *selection = &report->source->selection;

	if (selection->since_ns > INT64_MIN)
		fprintf(file, "; from %.6g s on", (double)selection->since_ns / 1e9);
	if (selection->until_ns < INT64_MAX)
		fprintf(file, "; up to %.6g s", (double)selection->until_ns / 1e9);
	if (selection->actor != NULL) {
		fputs("; only actor ", file);
		html_print(file, selection->actor);
	}
	if (selection->tag != NULL) {
		fputs("; only type ", file);
		html_print(file, selection->tag);
	}
}

static void print_tile(FILE *file, const char *class, const char *value, const char *what)
{
	fprintf(file, "<div class=\"tile %s\"><b>%s</b><span>%s</span></div>", class, value, what);
}

static uint64_t incidents(const struct report *report)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ACTOR_EVENT_COUNT; i++)
		sum += report->incidents_of[i];
	return sum;
}

static void print_tiles(const struct report *report, FILE *file)
{
	struct source *source = report->source;
	double seconds = (double)(report->to_ns - report->from_ns) / 1e9;
	uint64_t lost = (uint64_t)source_number(source, "SELECT coalesce(sum(events), 0) FROM gap");
	bool has_gaps = source_number(source, "SELECT count(*) FROM gap") > 0;
	char text[NUMBER_SIZE];

	fputs("<div class=tiles>", file);
	print_tile(file, "", number_ns(report->to_ns - report->from_ns, text), "duration");
	print_tile(file, "", number_count(report->messages, text), "messages handled");
	print_tile(file, "", number_short((double)report->messages / seconds, text), "messages/s");
	print_tile(file, "", number_count(report->actors.count, text), "actors that ran");
	snprintf(text, sizeof(text), "%.3g", (double)report->run_ns / 1e9 / seconds);
	print_tile(file, "", text, "threads busy on average");
	print_tile(file, "",
		   number_count((uint64_t)source_number(source, "SELECT sum(n) FROM chunk"), text),
		   "events recorded");
	print_tile(file, has_gaps ? "bad" : "good", has_gaps ? number_count(lost, text) : "nothing",
		   "lost");
	print_tile(file, report->incidents_of[ACTOR_EVENT_EXIT] > 0 ? "bad" : "",
		   number_count(report->incidents_of[ACTOR_EVENT_EXIT], text), "crashes");
	print_tile(file, "", number_count(report->incidents_of[ACTOR_EVENT_RESTART], text),
		   "restarts");
	fputs("</div>\n", file);
	if (has_gaps)
		fputs("<div class=loss><b>Events are missing.</b> What this page counts is a part, "
		      "and what lasted while events were lost has no known end. "
		      "<code>SELECT * FROM gaps</code> tells where and why.</div>\n",
		      file);
	if (source_meta_int(source, "complete") != 1)
		fputs("<div class=loss><b>Not complete.</b> The recorder has not finished, or was "
		      "killed; all that it stored is here.</div>\n",
		      file);
}

/* ---- the sections ---- */

static void print_activity(const struct report *report, FILE *file)
{
	fputs("<section id=activity><h2>Messages over time</h2><p>Messages handled each second; "
	      "below them, in red, when something went wrong. Drag to zoom in, here or in any "
	      "chart "
	      "below; a double click shows all again. <button id=reset hidden>show all</button>"
	      "</p>",
	      file);
	report_print_activity(report, file);
	fputs("</section>\n", file);
}

static const char *type_name(const struct report *report, uint16_t type)
{
	const char *name = trace_type(report->source->trace, type);

	return name[0] != '\0' ? name : "(no type)";
}

static void print_types(const struct report *report, FILE *file)
{
	static const char *const names[] = {"<message", "handled",     "waited p50", "p99",
					    "max",      "handler p50", "p99",        "max",
					    "in all",   "deepest",     NULL};
	static const char *const titles[] = {"type of message",
					     "how many were handled",
					     "time in the mailbox, median",
					     "time in the mailbox: 99 of 100 waited less",
					     "longest time in the mailbox",
					     "time of the handler without waiting in calls, median",
					     "time of the handler: 99 of 100 took less",
					     "longest time of the handler",
					     "time of all handlers together",
					     "longest mailbox that one of them was put into"};
	uint64_t most = 1;

	for (size_t i = 0; i < report->type_count; i++)
		if (report->types[i]->run.sum > most)
			most = report->types[i]->run.sum;
	fputs("<section id=types><h2>Message types</h2><p>How long messages waited in mailboxes, "
	      "and how long their handlers took. The wait is counted from the beginning of the "
	      "turn that sent them, so it is at most that long, unless the recording has exact "
	      "send times.</p><div class=wide><table class=sortable>",
	      file);
	print_head_row(file, names, titles);
	for (size_t i = 0; i < report->type_count && i < REPORT_TYPES_SHOWN; i++) {
		const struct report_type *type = report->types[i];

		fputs("<tr>", file);
		print_text_cell(file, type_name(report, type->type));
		print_count(file, type->count);
		print_ns(file, histogram_quantile(&type->queue, 0.50));
		print_ns(file, histogram_quantile(&type->queue, 0.99));
		print_ns(file, type->queue.max);
		print_ns(file, histogram_quantile(&type->run, 0.50));
		print_ns(file, histogram_quantile(&type->run, 0.99));
		print_ns(file, type->run.max);
		print_share(file, type->run.sum, most);
		print_count(file, type->depth_max);
		fputs("</tr>\n", file);
	}
	fputs("</tbody></table></div>", file);
	if (report->type_count > REPORT_TYPES_SHOWN)
		fprintf(file, "<p>and %zu more types</p>", report->type_count - REPORT_TYPES_SHOWN);
	fputs("</section>\n", file);
}

static void print_heats(const struct report *report, FILE *file)
{
	char p50[NUMBER_SIZE];
	char p99[NUMBER_SIZE];

	fputs("<section id=latency><h2>Latency over time</h2><p>From the send to the end of the "
	      "handler, for the most frequent types. Time runs to the right, latency grows "
	      "upwards, the darker the more messages (on paper; on a dark screen the brighter)."
	      "</p><div class=heats>",
	      file);
	for (size_t i = 0; i < report->type_count && i < REPORT_HEATS_SHOWN; i++) {
		const struct report_type *type = report->types[i];

		if (type->latency.count == 0)
			continue;
		fputs("<div><h3>", file);
		html_print_cut(file, type_name(report, type->type), 40);
		fprintf(file, " <span>half within %s, 99 %% within %s</span></h3>",
			number_ns((int64_t)histogram_quantile(&type->latency, 0.50), p50),
			number_ns((int64_t)histogram_quantile(&type->latency, 0.99), p99));
		report_print_heat(report, type, file);
		fputs("</div>\n", file);
	}
	fputs("</div></section>\n", file);
}

static void print_actors(const struct report *report, FILE *file)
{
	static const char *const names[] = {"<actor",
					    "<behaviour",
					    "handled",
					    "sent",
					    "busy",
					    "waits in calls",
					    "longest turn",
					    "longest wait of a message",
					    "deepest mailbox",
					    NULL};
	static const char *const titles[] = {"name and pid",
					     "what it does",
					     "messages that it handled",
					     "messages that it sent",
					     "time of all its turns, without waiting in calls",
					     "time that its turns waited in calls",
					     "time of its longest turn, without waiting",
					     "longest time that a message waited in its mailbox",
					     "most messages that waited in its mailbox"};
	uint64_t most = report->ranked_count > 0 ? report->ranked[0]->run_ns : 1;
	char label[SOURCE_LABEL_SIZE];

	fprintf(file,
		"<section id=actors><h2>Busiest and slowest actors</h2><p>The %zu that ran longest "
		"or had the longest turns, of %zu. Click on a heading to sort.</p><input "
		"class=filter data-table=actors-table placeholder=\"show only &hellip;\" "
		"aria-label=filter><div class=wide><table class=sortable id=actors-table>",
		report->ranked_count, report->actors.count);
	print_head_row(file, names, titles);
	for (size_t i = 0; i < report->ranked_count; i++) {
		const struct report_actor *actor = report->ranked[i];

		fputs("<tr>", file);
		print_text_cell(file, source_label(report->source, actor->pid, label));
		print_text_cell(file, source_group(report->source, actor->pid));
		print_count(file, actor->messages);
		print_count(file, actor->sends);
		print_share(file, actor->run_ns, most);
		print_ns(file, actor->wait_ns);
		print_ns(file, actor->run_max_ns);
		print_ns(file, actor->queue_max_ns);
		print_count(file, actor->depth_max);
		fputs("</tr>\n", file);
	}
	fputs("</tbody></table></div></section>\n", file);
}

static bool has_others(const struct report *report)
{
	uint64_t sum = 0;

	for (size_t i = 0; i <= REPORT_GROUPS_SHOWN; i++)
		sum += report->flow[i][REPORT_GROUPS_SHOWN] + report->flow[REPORT_GROUPS_SHOWN][i];
	return sum > 0;
}

static void print_flow_cell(const struct report *report, FILE *file, size_t from, size_t to,
			    uint64_t most)
{
	uint64_t messages = report->flow[from][to];
	char text[NUMBER_SIZE];

	if (messages == 0) {
		fputs("<td></td>", file);
		return;
	}
	fprintf(file, "<td style=\"background:rgba(var(--flow),%.2f)\" data-tip=\"",
		0.06 + 0.5 * log((double)messages + 1) / log((double)most + 1));
	html_print(file, report->groups[from]);
	fputs(" to ", file);
	html_print(file, report->groups[to]);
	fprintf(file, "&#10;%s messages\">%s</td>", number_count(messages, text),
		number_short((double)messages, (char[NUMBER_SIZE]){0}));
}

static void print_flow(const struct report *report, FILE *file)
{
	size_t rows = report->group_count;
	size_t places[REPORT_GROUPS_SHOWN + 1];
	uint64_t most = 1;

	for (size_t i = 0; i < rows; i++)
		places[i] = i;
	if (has_others(report))
		places[rows++] = REPORT_GROUPS_SHOWN;
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < rows; j++)
			if (report->flow[places[i]][places[j]] > most)
				most = report->flow[places[i]][places[j]];
	fputs("<section id=flow><h2>Who sends to whom</h2><p>Messages between behaviours: from the "
	      "row to the column.</p><div class=wide><table class=matrix><thead><tr><th></th>",
	      file);
	for (size_t i = 0; i < rows; i++) {
		fputs("<th><span>", file);
		html_print_cut(file, report->groups[places[i]], 24);
		fputs("</span></th>", file);
	}
	fputs("</tr></thead><tbody>\n", file);
	for (size_t i = 0; i < rows; i++) {
		fputs("<tr><th class=r>", file);
		html_print_cut(file, report->groups[places[i]], 24);
		fputs("</th>", file);
		for (size_t j = 0; j < rows; j++)
			print_flow_cell(report, file, places[i], places[j], most);
		fputs("</tr>\n", file);
	}
	fputs("</tbody></table></div></section>\n", file);
}

static void print_chains(const struct report *report, FILE *file)
{
	char took[NUMBER_SIZE];
	char count[NUMBER_SIZE];

	fputs("<section id=chains><h2>Slowest causal chains</h2><p>A chain is all that an input, a "
	      "timer or a message from before the recording has led to, where that is more than "
	      "one turn. For each way in which a "
	      "chain begins the slowest one is shown, from its first to its last turn; to the "
	      "right is when, in scale. <span class=legend><span><i style=\"background:var(--h2)\">"
	      "</i>waits in a mailbox</span><span><i style=\"background:var(--accent)\"></i>runs"
	      "</span><span><i style=\"background:var(--line)\"></i>waits in calls</span></span>"
	      "</p>",
	      file);
	for (size_t i = 0; i < report->chain_count; i++) {
		const struct report_chain *chain = &report->chains[i];
		const struct report_root *root = chain->root;

		fputs("<div class=chain><h3>", file);
		html_print_cut(file, root->type, 40);
		fputs(" at ", file);
		html_print_cut(file, root->behaviour, 40);
		fprintf(file, " <span>%s, at %.6f s; the slowest of %s that begin so</span></h3>\n",
			number_ns(clock_span_ns(&report->source->trace->clock, root->start,
						root->took),
				  took),
			(double)source_ns(report->source, root->start) / 1e9,
			number_count(root->chains, count));
		report_print_chain(report, chain, file);
		if (chain->left_out > 0)
			fprintf(file, "<p class=soft>and %s more turns</p>",
				number_count(chain->left_out, count));
		fputs("</div>\n", file);
	}
	fputs("</section>\n", file);
}

/* What an incident's number says. */
static void print_value(const struct report_incident *incident, FILE *file)
{
	char text[NUMBER_SIZE];

	switch (incident->kind) {
	case ACTOR_EVENT_EXIT:
	case ACTOR_EVENT_RESTART:
	case ACTOR_EVENT_GIVE_UP:
		html_print(file, trace_reason(incident->value, text));
		break;
	case ACTOR_EVENT_STUCK:
		fputs(number_ns(incident->value, text), file);
		break;
	case ACTOR_EVENT_MAILBOX_HIGH:
		fprintf(file, "%s messages wait", number_count((uint64_t)incident->value, text));
		break;
	default:
		break;
	}
}

static void print_incidents(const struct report *report, FILE *file)
{
	static const char *const names[] = {"at", "<what", "<actor", "<why", NULL};
	static const char *const titles[] = {"time since the session began", "", "", ""};
	char label[SOURCE_LABEL_SIZE];
	char text[NUMBER_SIZE];

	fputs("<section id=incidents><h2>Crashes, restarts and other incidents</h2>", file);
	if (incidents(report) == 0) {
		fputs("<p>None: no actor failed, none was restarted, no message was refused."
		      "</p></section>\n",
		      file);
		return;
	}
	fputs("<p>", file);
	for (unsigned kind = 0; kind < ACTOR_EVENT_COUNT; kind++)
		if (report->incidents_of[kind] > 0)
			fprintf(file, "%s: %s. ",
				kind == ACTOR_EVENT_EXIT ? "crash" : event_kind_name((uint8_t)kind),
				number_count(report->incidents_of[kind], text));
	fputs("Their times are the red marks in the first chart.</p><div class=wide><table "
	      "class=sortable>",
	      file);
	print_head_row(file, names, titles);
	for (size_t i = 0; i < report->incident_count; i++) {
		const struct report_incident *incident = &report->incidents[i];

		fprintf(file, "<tr><td data-v=%" PRId64 ">%.6f s</td><td class=t>%s</td>",
			incident->time_ns, (double)incident->time_ns / 1e9,
			incident->kind == ACTOR_EVENT_EXIT ? "<span class=bad-text>crash</span>"
							   : event_kind_name(incident->kind));
		print_text_cell(file, incident->actor != 0
					      ? source_label(report->source, incident->actor, label)
					      : "");
		fputs("<td class=t>", file);
		print_value(incident, file);
		fputs("</td></tr>\n", file);
	}
	fputs("</tbody></table></div>", file);
	if (incidents(report) > report->incident_count)
		fprintf(file, "<p>and %s more, later</p>",
			number_count(incidents(report) - report->incident_count, text));
	fputs("</section>\n", file);
}

void report_print(struct report *report, FILE *file)
{
	fprintf(file,
		"<!doctype html>\n<html lang=en data-from=%" PRId64 " data-to=%" PRId64 ">\n"
		"<meta charset=utf-8>\n"
		"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
		"'unsafe-inline'; script-src 'unsafe-inline'\">\n"
		"<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
		"<title>actor-trace report</title>\n<style>\n",
		report->from_ns, report->to_ns);
	fputs(page_css, file);
	fputs("</style>\n<main>\n<header><h1>", file);
	print_program(report, file);
	print_when(report, file);
	print_selection(report, file);
	fputs("</p></header>\n<nav><a href=#activity>Over time</a><a href=#types>Message types</a>"
	      "<a href=#latency>Latency</a><a href=#actors>Actors</a><a href=#flow>Flow</a>"
	      "<a href=#chains>Slowest chains</a><a href=#incidents>Incidents</a></nav>\n",
	      file);
	print_tiles(report, file);
	print_activity(report, file);
	print_types(report, file);
	print_heats(report, file);
	print_actors(report, file);
	print_flow(report, file);
	print_chains(report, file);
	print_incidents(report, file);
	fputs("<footer><p>Made by actor-trace. Ask the recording itself for more: "
	      "<code>actor-trace sql ",
	      file);
	html_print(file, report->source->path);
	fputs(" 'SELECT * FROM slowest_turns LIMIT 20'</code></p></footer>\n</main>\n"
	      "<div id=tip></div>\n<script>\n",
	      file);
	fputs(page_js, file);
	fputs("</script>\n</html>\n", file);
}
