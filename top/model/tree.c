/* SPDX-License-Identifier: MIT */
#include "model/tree.h"

#include <stdlib.h>
#include <string.h>

#include <actor/pid.h>

#include "model/line.h"

#define OPENED_MAX 1024
#define FOLD_ID    (UINT64_C(1) << 63)
#define NONE       UINT32_MAX

/* With more actors than this, the tree is made anew only every few seconds. */
#define MANY       20000
#define MANY_EVERY UINT64_C(5000000000)

/* Branches above this depth are open at first. */
#define OPEN_DEPTH 2

struct node {
	uint64_t pid;
	uint64_t memory; /* from here on: sums of the branch */
	uint64_t handled;
	uint64_t sent;
	uint64_t mailbox;
	uint64_t busy_ns;
	uint32_t parent; /* nodes, NONE: none */
	uint32_t child;
	uint32_t sibling;
	uint32_t actors;
	uint32_t mailbox_max;
	uint32_t restarts;
	float in_rate;
	float out_rate;
	float busy;
	uint16_t behaviour;
	uint8_t state;
	uint8_t kind;
	uint32_t name;
};

struct tree {
	struct node *nodes; /* in the order of slots */
	uint32_t count;
	struct node *before; /* those of the last time, for rates */
	uint32_t before_count;
	uint64_t made_ns;
	struct tree_line *lines;
	size_t line_count;
	struct {
		uint64_t id;
		bool open;
	} opened[OPENED_MAX]; /* what was opened or closed by hand */
	size_t opened_count;
	bool all_open;
	const struct model *model; /* during a refresh */
};

struct tree *tree_create(void)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (tree != NULL)
		tree->lines = calloc(TREE_LINES_MAX, sizeof(*tree->lines));
	return tree != NULL && tree->lines != NULL ? tree : tree_destroy(tree);
}

struct tree *tree_destroy(struct tree *tree)
{
	if (tree == NULL)
		return NULL;
	free(tree->nodes);
	free(tree->before);
	free(tree->lines);
	free(tree);
	return NULL;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

/* The node of that pid among nodes in the order of slots, NULL: it is not there. */
static struct node *node_find(struct node *nodes, uint32_t count, uint64_t pid)
{
	uint32_t slot = actor_pid_slot((struct actor_pid){pid});
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (actor_pid_slot((struct actor_pid){nodes[middle].pid}) < slot)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && nodes[low].pid == pid ? &nodes[low] : NULL;
}

static bool read_nodes(struct tree *tree, const struct model *model)
{
	const struct plane_view *plane = model->target.plane;
	struct plane_counts counts;

	plane_view_counts(plane, &counts);
	free(tree->before);
	tree->before = tree->nodes;
	tree->before_count = tree->count;
	tree->count = 0;
	tree->nodes = malloc(((size_t)counts.actors + 1) * sizeof(*tree->nodes));
	if (tree->nodes == NULL)
		return false;
	for (uint32_t slot = 0; slot < counts.actors; slot++) {
		const struct actor_plane_actor *line = plane_view_actor_line(plane, slot);
		struct node *node = &tree->nodes[tree->count];
		struct row row;
		uint64_t busy;

		if (line == NULL ||
		    !line_read(line, slot, &model->meters, &model->ticks, &row, &busy))
			continue;
		*node = (struct node){.pid = row.pid,
				      .memory = row.memory,
				      .handled = row.handled,
				      .sent = row.sent,
				      .mailbox = row.mailbox,
				      .busy_ns = row.busy_ns,
				      .parent = NONE,
				      .child = NONE,
				      .sibling = NONE,
				      .actors = 1,
				      .mailbox_max = (uint32_t)row.mailbox,
				      .restarts = row.restarts,
				      .behaviour = row.behaviour,
				      .state = row.state,
				      .kind = row.kind,
				      .name = row.name};
		tree->count++;
	}
	return true;
}

/* Parents that have ended are no parents: their children are roots then. */
static void link_nodes(struct tree *tree, const struct plane_view *plane)
{
	for (uint32_t i = tree->count; i-- > 0;) {
		struct actor_pid pid = {tree->nodes[i].pid};
		struct actor_plane_birth birth;
		struct node *parent;

		if (plane_view_birth(plane, actor_pid_slot(pid), actor_pid_generation(pid),
				     &birth) != 0 ||
		    birth.parent == pid.bits)
			continue;
		parent = node_find(tree->nodes, tree->count, birth.parent);
		if (parent == NULL)
			continue;
		tree->nodes[i].parent = (uint32_t)(parent - tree->nodes);
		/* From the last to the first, so the list of children is in order. */
		tree->nodes[i].sibling = parent->child;
		parent->child = i;
	}
}

static void add_sums(struct node *parent, const struct node *child)
{
	parent->memory += child->memory;
	parent->handled += child->handled;
	parent->sent += child->sent;
	parent->mailbox += child->mailbox;
	parent->busy_ns += child->busy_ns;
	parent->actors += child->actors;
	parent->restarts += child->restarts;
	if (child->mailbox_max > parent->mailbox_max)
		parent->mailbox_max = child->mailbox_max;
}

/* A node is added to its parent when all of its children have been added to it. */
static bool sum_up(struct tree *tree)
{
	uint32_t *missing = calloc((size_t)tree->count + 1, sizeof(*missing));
	uint32_t *ready = malloc(((size_t)tree->count + 1) * sizeof(*ready));
	uint32_t begin = 0, end = 0;

	for (uint32_t i = 0; missing != NULL && i < tree->count; i++)
		if (tree->nodes[i].parent != NONE)
			missing[tree->nodes[i].parent]++;
	for (uint32_t i = 0; missing != NULL && ready != NULL && i < tree->count; i++)
		if (missing[i] == 0)
			ready[end++] = i;
	while (begin < end) {
		const struct node *node = &tree->nodes[ready[begin++]];

		if (node->parent == NONE)
			continue;
		add_sums(&tree->nodes[node->parent], node);
		if (--missing[node->parent] == 0)
			ready[end++] = node->parent;
	}
	free(missing);
	free(ready);
	return begin > 0 || tree->count == 0;
}

static void add_rates(struct tree *tree, double seconds)
{
	for (uint32_t i = 0; i < tree->count; i++) {
		struct node *node = &tree->nodes[i];
		const struct node *before = node_find(tree->before, tree->before_count, node->pid);

		node->in_rate = node->out_rate = node->busy = NAN;
		if (before == NULL || seconds <= 0)
			continue;
		node->in_rate =
			(float)(fmax((double)node->handled - (double)before->handled, 0) / seconds);
		node->out_rate =
			(float)(fmax((double)node->sent - (double)before->sent, 0) / seconds);
		node->busy = (float)(fmax((double)node->busy_ns - (double)before->busy_ns, 0) /
				     1e9 / seconds);
	}
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static bool is_open(const struct tree *tree, uint64_t id, int depth, bool fold)
{
	for (size_t i = 0; i < tree->opened_count; i++)
		if (tree->opened[i].id == id)
			return tree->opened[i].open;
	return !fold && (tree->all_open || depth < OPEN_DEPTH);
}

static struct row row_of(const struct tree *tree, const struct node *node)
{
	return (struct row){
		.pid = node->pid,
		.name = node->name,
		.actors = node->actors,
		.restarts = node->restarts,
		.behaviour = node->behaviour,
		.state = node->state,
		.kind = node->kind,
		.mailbox = node->mailbox,
		.mailbox_max = node->mailbox_max,
		.handled = node->handled,
		.sent = node->sent,
		.memory = node->memory,
		.busy_ns = node->busy_ns,
		.turn_ns = ROW_UNKNOWN,
		.oldest_ns = ROW_UNKNOWN,
		.age_ns = ROW_UNKNOWN,
		.p50_ns = ROW_UNKNOWN,
		.p99_ns = ROW_UNKNOWN,
		.wait_ns = ROW_UNKNOWN,
		.in_rate = (double)node->in_rate,
		.out_rate = (double)node->out_rate,
		.busy = (double)node->busy,
		.alert = alerts_letter(&tree->model->alerts, node->pid),
	};
}

/* What stands in one line below a parent: one child, or several that are alike. */
struct entry {
	struct row row;
	uint32_t node;  /* of a single one */
	uint32_t count; /* 1, or of a fold */
};

static int compare_entries(const void *left, const void *right, void *argument)
{
	const struct entry *a = left, *b = right;
	const struct model *model = argument;
	const struct table_wish *wish = &model->wish.list;
	int order = column_compare(&columns[wish->sort], &model->names, &a->row, &b->row);

	if (order != 0)
		return wish->rising ? order : -order;
	return (a->row.pid > b->row.pid) - (a->row.pid < b->row.pid);
}

static void add_to_fold(struct row *sum, const struct row *row)
{
	sum->actors += row->actors;
	sum->restarts += row->restarts;
	sum->mailbox += row->mailbox;
	sum->handled += row->handled;
	sum->sent += row->sent;
	sum->memory += row->memory;
	sum->busy_ns += row->busy_ns;
	sum->in_rate += row->in_rate;
	sum->out_rate += row->out_rate;
	sum->busy += row->busy;
	if (row->mailbox_max > sum->mailbox_max)
		sum->mailbox_max = row->mailbox_max;
}

/* The nodes that begin with `first`, those of one behaviour in one entry when they are many. */
static size_t group(const struct tree *tree, uint32_t first, uint16_t only, bool folds,
		    struct entry *entries, size_t room)
{
	uint32_t counts[1024] = {0};
	uint32_t folded[1024] = {0}; /* by behaviour: its entry + 1 */
	size_t used = 0;

	for (uint32_t i = first; i != NONE; i = tree->nodes[i].sibling)
		counts[tree->nodes[i].behaviour % 1024]++;
	for (uint32_t i = first; i != NONE; i = tree->nodes[i].sibling) {
		const struct node *node = &tree->nodes[i];
		uint16_t kind = node->behaviour % 1024;
		struct row row = row_of(tree, node);

		if (only != 0 && node->behaviour != only)
			continue;
		if (folds && folded[kind] != 0) {
			add_to_fold(&entries[folded[kind] - 1].row, &row);
			entries[folded[kind] - 1].count++;
			continue;
		}
		if (used == room)
			break;
		entries[used] = (struct entry){row, i, 1};
		used++;
		if (folds && counts[kind] > TREE_LIKE_MAX)
			folded[kind] = (uint32_t)used;
	}
	return used;
}

static void add_lines(struct tree *tree, uint32_t first, uint64_t parent, uint16_t only, int depth,
		      uint32_t lasts);

static void add_line(struct tree *tree, const struct entry *entry, uint64_t parent, int depth,
		     uint32_t lasts)
{
	const struct node *node = &tree->nodes[entry->node];
	bool fold = entry->count > 1;
	struct tree_line *line;

	if (tree->line_count == TREE_LINES_MAX)
		return;
	line = &tree->lines[tree->line_count++];
	*line = (struct tree_line){.row = entry->row,
				   .fold = fold,
				   .branch = fold || node->child != NONE,
				   .depth = (uint8_t)depth,
				   .lasts = lasts};
	line->id = fold ? FOLD_ID | (parent ^ (uint64_t)node->behaviour << 40) : node->pid;
	line->open = line->branch && is_open(tree, line->id, depth, fold);
	if (fold) {
		line->row.pid = 0;
		line->row.name = 0;
		line->row.state = ROW_STATE_FREE;
		line->row.alert = 0;
	}
	if (!line->open || depth + 1 >= TREE_DEPTH_MAX)
		return;
	if (fold)
		add_lines(tree, tree->nodes[node->parent != NONE ? node->parent : 0].child, parent,
			  node->behaviour, depth + 1, lasts);
	else
		add_lines(tree, node->child, node->pid, 0, depth + 1, lasts);
}

/* Entries are taken from the heap, because the depth multiplies them. */
static void add_entries(struct tree *tree, struct entry *entries, size_t count, uint64_t parent,
			int depth, uint32_t lasts, bool only)
{
	size_t shown = only && count > TREE_SHOWN_MAX ? TREE_SHOWN_MAX : count;

	qsort_r(entries, count, sizeof(*entries), compare_entries, (void *)tree->model);
	for (size_t i = 0; i < shown; i++) {
		uint32_t last = i + 1 == shown ? UINT32_C(1) << depth : 0;

		add_line(tree, &entries[i], parent, depth, lasts | last);
	}
	if (shown < count && tree->line_count > 0)
		tree->lines[tree->line_count - 1].left_out = (uint32_t)(count - shown);
}

static void add_lines(struct tree *tree, uint32_t first, uint64_t parent, uint16_t only, int depth,
		      uint32_t lasts)
{
	struct entry *entries;
	size_t count = 0, room = 0;

	for (uint32_t i = first; i != NONE; i = tree->nodes[i].sibling)
		room++;
	entries = malloc((room + 1) * sizeof(*entries));
	if (entries == NULL)
		return;
	count = group(tree, first, only, only == 0, entries, room);
	add_entries(tree, entries, count, parent, depth, lasts, only != 0);
	free(entries);
}

/* The roots have no parent that links them, so they are linked for the while. */
static void make_lines(struct tree *tree)
{
	uint32_t first = NONE;

	tree->line_count = 0;
	for (uint32_t i = tree->count; i-- > 0;) {
		if (tree->nodes[i].parent != NONE)
			continue;
		tree->nodes[i].sibling = first;
		first = i;
	}
	add_lines(tree, first, 0, 0, 0, 0);
}

void tree_refresh(struct tree *tree, const struct model *model)
{
	uint64_t now = model->ticks.monotonic_ns;
	double seconds = (double)(now - tree->made_ns) / 1e9;

	tree->model = model;
	if (tree->count == 0 || now - tree->made_ns >= (tree->count > MANY ? MANY_EVERY : 1)) {
		if (!read_nodes(tree, model))
			return;
		link_nodes(tree, model->target.plane);
		if (!sum_up(tree))
			return;
		add_rates(tree, tree->made_ns != 0 ? seconds : 0);
		tree->made_ns = now;
	}
	make_lines(tree);
}

const struct tree_line *tree_lines(const struct tree *tree, size_t *ret_count)
{
	*ret_count = tree->line_count;
	return tree->lines;
}

void tree_open(struct tree *tree, uint64_t id, bool open)
{
	for (size_t i = 0; i < tree->opened_count; i++) {
		if (tree->opened[i].id == id) {
			tree->opened[i].open = open;
			return;
		}
	}
	if (tree->opened_count == OPENED_MAX)
		return;
	tree->opened[tree->opened_count].id = id;
	tree->opened[tree->opened_count++].open = open;
}

void tree_open_all(struct tree *tree, bool open)
{
	tree->opened_count = 0;
	tree->all_open = open;
}
