/* SPDX-License-Identifier: MIT */

/*
 * Chains: all that an input, a timer or a message from before the recording has led to. A chain's
 * number says when it began and in which way (behaviour and type), so that nothing has to be kept
 * of those that are not the slowest of their way.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/report/report.h"

#define ROOT_BITS 12
#define ROOTS_MAX ((1u << ROOT_BITS) - 1) /* number 0 stands for all others */

static struct report_root *root_of_chain(const struct report *report, uint64_t chain)
{
	return &report->roots[chain & ROOTS_MAX];
}

static uint64_t start_of_chain(const struct report *report, uint64_t chain)
{
	return report->source->first_ticks + (chain >> ROOT_BITS);
}

static int make_roots(struct report *report)
{
	if (report->roots != NULL)
		return 0;
	report->roots = calloc(ROOTS_MAX + 1, sizeof(*report->roots));
	if (report->roots == NULL)
		return -ENOMEM;
	report->roots[0] = (struct report_root){.behaviour = "others", .type = ""};
	report->root_count = 1;
	return 0;
}

static uint32_t root_of_turn(struct report *report, const struct turn *turn)
{
	const char *behaviour = source_group(report->source, turn->actor);
	const char *type = trace_type(report->source->trace, turn->tag);
	bool fresh;
	uint32_t *number;

	if (type[0] == '\0')
		type = story_kind(turn);
	/* Both are texts of the trace or constants: one name has one address. */
	number = pidmap_put(&report->root_map, (uint64_t)(uintptr_t)behaviour,
			    (uint32_t)(turn->tag << 8 | turn->event << 4 | turn->message), &fresh);
	if (number == NULL) {
		report->failed = true;
		return 0;
	}
	if (fresh && report->root_count <= ROOTS_MAX) {
		*number = (uint32_t)report->root_count;
		report->roots[report->root_count++] =
			(struct report_root){.behaviour = behaviour, .type = type};
	}
	return *number;
}

uint64_t report_begin_chain(void *user, const struct turn *turn)
{
	struct report *report = user;
	uint64_t since;
	uint32_t root;

	if (make_roots(report) != 0) {
		report->failed = true;
		return 0;
	}
	if (turn->has_cause)
		return turn->chain;
	root = root_of_turn(report, turn);
	report->roots[root].chains++;
	since = turn->start > report->source->first_ticks
			? turn->start - report->source->first_ticks
			: 0;
	return since << ROOT_BITS | root;
}

void report_note_chain(struct report *report, const struct turn *turn)
{
	struct report_root *root = root_of_chain(report, turn->chain);
	uint64_t start = start_of_chain(report, turn->chain);

	if (turn->end <= start || (turn->chain != root->chain && turn->end - start <= root->took))
		return;
	/* A turn alone is not a chain yet; the table of types tells how long those take. */
	if (turn->chain != root->chain && !turn->has_cause)
		return;
	root->chain = turn->chain;
	root->start = start;
	if (turn->end - start > root->took)
		root->took = turn->end - start;
}

/* ---- the second pass ---- */

static int compare_roots(const void *a, const void *b)
{
	const struct report_root *x = *(struct report_root *const *)a;
	const struct report_root *y = *(struct report_root *const *)b;

	if (x->took != y->took)
		return x->took > y->took ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int compare_steps(const void *a, const void *b)
{
	const struct turn *x = &((const struct report_step *)a)->turn;
	const struct turn *y = &((const struct report_step *)b)->turn;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void keep_first(struct report_chain *chain)
{
	if (chain->step_count > 1)
		qsort(chain->steps, chain->step_count, sizeof(*chain->steps), compare_steps);
	if (chain->step_count <= REPORT_STEPS_MAX)
		return;
	chain->left_out += chain->step_count - REPORT_STEPS_MAX;
	chain->step_count = REPORT_STEPS_MAX;
}

static int take_turn(void *user, const struct story_turn *told)
{
	struct report *report = user;

	for (size_t i = 0; i < report->chain_count; i++) {
		struct report_chain *chain = &report->chains[i];

		if (chain->root->chain != told->turn.chain)
			continue;
		chain->steps[chain->step_count++] = (struct report_step){.turn = told->turn};
		if (chain->step_count == 2 * REPORT_STEPS_MAX)
			keep_first(chain);
	}
	return 0;
}

/* The numbers must come out as in the first pass; nothing is counted. */
static uint64_t begin_again(void *user, const struct turn *turn)
{
	struct report *report = user;
	uint64_t chain = report_begin_chain(report, turn);

	if (!turn->has_cause)
		root_of_chain(report, chain)->chains--;
	return chain;
}

static int choose_chains(struct report *report)
{
	struct report_root **order = calloc(report->root_count + 1, sizeof(struct report_root *));
	size_t count = 0;

	if (order == NULL)
		return -ENOMEM;
	for (size_t i = 1; i < report->root_count; i++)
		if (report->roots[i].took > 0)
			order[count++] = &report->roots[i];
	if (count > 1)
		qsort(order, count, sizeof(struct report_root *), compare_roots);
	for (size_t i = 0; i < count && i < REPORT_CHAINS_SHOWN; i++) {
		struct report_chain *chain = &report->chains[report->chain_count];

		chain->root = order[i];
		chain->steps = calloc((size_t)2 * REPORT_STEPS_MAX, sizeof(*chain->steps));
		if (chain->steps == NULL) {
			free(order);
			return -ENOMEM;
		}
		report->chain_count++;
	}
	free(order);
	return 0;
}

int report_follow_chains(struct report *report)
{
	const struct story_sink sink = {.user = report, .turn = take_turn, .begin = begin_again};
	int status = choose_chains(report);

	if (status == 0 && report->chain_count > 0)
		status = story_tell(report->source, &sink);
	for (size_t i = 0; status == 0 && i < report->chain_count; i++)
		keep_first(&report->chains[i]);
	return status;
}
