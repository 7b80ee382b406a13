/* SPDX-License-Identifier: MIT */

/* dot: who sends how much to whom, for graphviz. */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "export/story.h"
#include "store/pidmap.h"
#include "term/number.h"
#include "term/text.h"

#define ACTORS_MAX 60 /* more are drawn as their behaviours */

struct edge {
	uint64_t messages;
	uint64_t bytes;
	uint64_t queue_ns;
	uint64_t known; /* messages whose wait is known */
};

struct graph {
	struct source *source;
	struct pidmap nodes; /* uint32_t: number, by pid */
	struct pidmap edges; /* struct edge, by (numbers of sender and receiver) */
	uint64_t *pids;
	size_t node_count;
	bool failed;
};

static uint32_t node_of(struct graph *graph, uint64_t pid)
{
	bool fresh;
	uint32_t *number = pidmap_put(&graph->nodes, pid, 0, &fresh);
	uint64_t *pids = graph->pids;

	if (number != NULL && !fresh)
		return *number;
	if (number != NULL && (graph->node_count & (graph->node_count - 1)) == 0)
		pids = realloc(pids, (graph->node_count == 0 ? 1 : 2 * graph->node_count) *
					     sizeof(*pids));
	if (number == NULL || pids == NULL) {
		graph->failed = true;
		return 0;
	}
	graph->pids = pids;
	*number = (uint32_t)graph->node_count;
	pids[graph->node_count++] = pid;
	return *number;
}

static int take_turn(void *user, const struct story_turn *told)
{
	struct graph *graph = user;
	const struct turn *turn = &told->turn;
	struct edge *edge;
	uint32_t from;
	uint32_t to;

	if (!turn_is_message(turn) || turn->sender == 0 ||
	    turn->message == ACTOR_MESSAGE_KIND_TIMER)
		return 0;
	from = node_of(graph, turn->sender);
	to = node_of(graph, turn->actor);
	edge = pidmap_put(&graph->edges, from, to, NULL);
	if (edge == NULL || graph->failed)
		return -ENOMEM;
	edge->messages++;
	if (!turn->has_send)
		return 0;
	edge->bytes += turn->size;
	edge->known++;
	if (turn->start > turn->sent)
		edge->queue_ns += (uint64_t)clock_span_ns(&graph->source->trace->clock, turn->sent,
							  turn->start - turn->sent);
	return 0;
}

/* In quotes, as the language wants it. */
static void print_quoted(FILE *file, const char *text)
{
	char safe[512];

	text_safe(text, safe, sizeof(safe));
	putc('"', file);
	for (const char *at = safe; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			putc('\\', file);
		putc(*at, file);
	}
	putc('"', file);
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* Makes one node of all actors of a behaviour. */
static int group(struct graph *graph, struct graph *ret_groups)
{
	size_t position = 0;
	uint64_t from;
	uint32_t to;
	const struct edge *edge;

	while ((edge = pidmap_next(&graph->edges, &position, &from, &to)) != NULL) {
		struct edge *sum;
		uint32_t ends[2];

		for (int i = 0; i < 2; i++) {
			uint64_t pid = graph->pids[i == 0 ? from : to];
			uint32_t before = (uint32_t)ret_groups->node_count;
			uint32_t number =
				node_of(ret_groups, hash_text(source_group(graph->source, pid)));

			if (!ret_groups->failed && number == before)
				ret_groups->pids[number] = pid; /* stands for all of them */
			ends[i] = number;
		}
		sum = pidmap_put(&ret_groups->edges, ends[0], ends[1], NULL);
		if (sum == NULL || ret_groups->failed)
			return -ENOMEM;
		sum->messages += edge->messages;
		sum->bytes += edge->bytes;
		sum->queue_ns += edge->queue_ns;
		sum->known += edge->known;
	}
	return 0;
}

static void print_nodes(struct graph *graph, FILE *file, bool grouped)
{
	char label[SOURCE_LABEL_SIZE];

	for (size_t i = 0; i < graph->node_count; i++) {
		const char *behaviour = source_group(graph->source, graph->pids[i]);

		fprintf(file, "\tn%zu [label=", i);
		print_quoted(file, grouped ? behaviour
					   : source_label(graph->source, graph->pids[i], label));
		fprintf(file, ", fillcolor=\"%.3f 0.18 0.97\"];\n",
			(double)(hash_text(behaviour) % 1000) / 1000);
	}
}

static void print_edges(const struct graph *graph, FILE *file)
{
	size_t position = 0;
	uint64_t from;
	uint32_t to;
	const struct edge *edge;
	uint64_t most = 1;

	while ((edge = pidmap_next(&graph->edges, &position, &from, &to)) != NULL)
		if (edge->messages > most)
			most = edge->messages;
	position = 0;
	while ((edge = pidmap_next(&graph->edges, &position, &from, &to)) != NULL) {
		char count[NUMBER_SIZE];
		char wait[NUMBER_SIZE] = "";

		if (edge->known > 0)
			number_ns((int64_t)(edge->queue_ns / edge->known), wait);
		fprintf(file,
			"\tn%" PRIu64 " -> n%" PRIu32
			" [label=\"%s\", tooltip=\"%s messages, %" PRIu64
			" bytes, waited %s on average\", weight=%d, penwidth=%.2f];\n",
			from, to, number_short((double)edge->messages, count),
			number_count(edge->messages, (char[NUMBER_SIZE]){0}), edge->bytes,
			wait[0] != '\0' ? wait : "?", 1 + (int)log2((double)edge->messages),
			0.6 + 4 * log2(1 + (double)edge->messages) / log2(1 + (double)most));
	}
}

static void print_graph(struct graph *graph, FILE *file, bool grouped)
{
	fputs("digraph messages {\n"
	      "\trankdir=LR;\n"
	      "\tnode [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11, "
	      "color=\"#777777\"];\n"
	      "\tedge [fontname=\"sans-serif\", fontsize=9, color=\"#555555\"];\n",
	      file);
	print_nodes(graph, file, grouped);
	print_edges(graph, file);
	fputs("}\n", file);
}

static void init_graph(struct graph *graph, struct source *source)
{
	*graph = (struct graph){.source = source};
	pidmap_init(&graph->nodes, sizeof(uint32_t));
	pidmap_init(&graph->edges, sizeof(struct edge));
}

static void finish_graph(struct graph *graph)
{
	pidmap_finish(&graph->nodes);
	pidmap_finish(&graph->edges);
	free(graph->pids);
}

static int run(struct export *export)
{
	int64_t limit = export->options->count >= 0 ? export->options->count : ACTORS_MAX;
	FILE *file = export->output->file;
	struct graph graph;
	struct graph groups;
	const struct story_sink sink = {.user = &graph, .turn = take_turn};
	int status;

	init_graph(&graph, export->source);
	init_graph(&groups, export->source);
	status = story_tell(export->source, &sink);
	if (status == 0 && graph.node_count > (size_t)limit) {
		status = group(&graph, &groups);
		if (status == 0)
			print_graph(&groups, file, true);
	} else if (status == 0) {
		print_graph(&graph, file, false);
	}
	finish_graph(&graph);
	finish_graph(&groups);
	return status;
}

const struct export_format export_dot = {
	.name = "dot",
	.extension = ".dot",
	.kind = OUTPUT_TEXT,
	.summary = "Who sends how much to whom, as a graph for graphviz",
	.text = "The flow of messages for graphviz: a node for each actor, or for each behaviour "
		"where there are more than 60 actors (-n says how many), an arrow for each pair "
		"that exchanged messages, as thick as there were many. Timers are left out.",
	.run = run,
};
