/* SPDX-License-Identifier: MIT */
#include "export/flame/flame.h"

#include <errno.h>
#include <string.h>

#include "store/kernel_words.h"

#define NAME_SIZE 256

/*
 * The runtime's functions under a handler. What is further out than the last of them is the same
 * in every stack and says nothing. A compiler may have put numbers behind their names.
 */
static const char *const runtime[] = {
	"visit",       "visit_run",     "turn_run",        "turn_run_other", "run",
	"handle_init", "handle_call",   "handle_info",     "handle_exit",    "handle_continue",
	"loop",        "context_start", "handle_response", "handle_aliased", "port_input",
};

struct gather {
	struct flame *flame;
	struct source *source;
	struct kernel_words words;
};

static bool is_runtime(const char *frame, size_t length)
{
	const char *dot = memchr(frame, '.', length);

	if (dot != NULL)
		length = (size_t)(dot - frame);
	for (size_t i = 0; i < sizeof(runtime) / sizeof(runtime[0]); i++)
		if (strlen(runtime[i]) == length && strncmp(frame, runtime[i], length) == 0)
			return true;
	return false;
}

/* The frames from the handler on. */
static const char *handler_frames(const char *stack)
{
	const char *from = stack;

	for (const char *at = stack; *at != '\0';) {
		size_t length = strcspn(at, ";");
		const char *next = at + length + (at[length] == ';');

		if (is_runtime(at, length) && *next != '\0')
			from = next;
		at = next;
	}
	return from;
}

static uint32_t add_frames(struct flame_tree *tree, uint32_t node, const char *frames, uint64_t ns)
{
	while (*frames != '\0') {
		size_t length = strcspn(frames, ";");
		char name[NAME_SIZE];

		snprintf(name, sizeof(name), "%.*s", (int)length, frames);
		/* The wrapper that actor/define.h makes has the handler's name. */
		if (length > 0)
			node = flame_tree_add(tree, node, name, ns);
		frames += length + (frames[length] == ';');
	}
	return node;
}

static const char *group_of(struct gather *gather, const struct trace_kernel_row *row)
{
	return row->actor != 0 ? source_group(gather->source, row->actor) : "(no actor)";
}

static const char *type_of(struct gather *gather, const struct trace_kernel_row *row)
{
	const char *type = trace_type(gather->source->trace, row->tag);

	if (row->actor == 0)
		return NULL;
	if (row->turn_ticks == 0)
		return "(between turns)";
	return type[0] != '\0' ? type : "(no message type)";
}

/* The kernel, innermost: what it did for or to the program. */
static void kernel_frame(const struct gather *gather, const struct trace_kernel_row *row,
			 char frame[NAME_SIZE])
{
	char buffer[32];
	const char *what = kernel_words_syscall(&gather->words, row->syscall, buffer);

	if (what == NULL || row->cause == TRACE_KERNEL_CAUSE_FAULT)
		what = kernel_cause_name(row->cause);
	snprintf(frame, NAME_SIZE, "[%s]", what != NULL ? what : "kernel");
}

static uint32_t add_whose(struct gather *gather, struct flame_tree *tree,
			  const struct trace_kernel_row *row, uint64_t ns)
{
	const char *type = type_of(gather, row);
	uint32_t node;

	tree->nodes[0].ns += ns;
	node = flame_tree_add(tree, 0, group_of(gather, row), ns);
	return type != NULL ? flame_tree_add(tree, node, type, ns) : node;
}

static void add_sample(struct gather *gather, const struct trace_kernel_row *row)
{
	struct flame *flame = gather->flame;
	const char *stack = kernel_words_stack(&gather->words, row->stack);
	uint64_t ns = (uint64_t)(1000000000 / flame->profile_hz) * row->count;
	uint32_t node = add_whose(gather, &flame->on, row, ns);
	char frame[NAME_SIZE];

	flame->samples += row->count;
	flame->unnamed += stack == NULL;
	if (stack != NULL)
		node = add_frames(&flame->on, node, row->actor != 0 ? handler_frames(stack) : stack,
				  ns);
	if (row->cause != TRACE_KERNEL_CAUSE_USER) {
		kernel_frame(gather, row, frame);
		flame_tree_add(&flame->on, node, frame, ns);
	}
}

static void add_ready(struct gather *gather, const struct trace_kernel_row *row, uint32_t node,
		      const char *how)
{
	const struct kernel_task_word *by = kernel_words_task(&gather->words, row->by);
	char frame[NAME_SIZE];

	snprintf(frame, sizeof(frame), "[%s%s%s]", how, by != NULL ? " " : "",
		 by != NULL ? by->comm : "");
	flame_tree_add(&gather->flame->off, node, frame, row->second_ns);
}

/*
 * Turns alone: a thread that has nothing to do is off its CPU, too. And no turns of the program's
 * own threads: main, which waits for the end, would be all that there is to see.
 */
static void add_off(struct gather *gather, const struct trace_kernel_row *row)
{
	struct flame_tree *tree = &gather->flame->off;
	const char *stack = kernel_words_stack(&gather->words, row->stack);
	uint64_t ns = row->first_ns + row->second_ns;
	char frame[NAME_SIZE];
	uint32_t node;

	if (row->actor == 0 || row->turn_ticks == 0 || strcmp(group_of(gather, row), "thread") == 0)
		return;
	node = add_whose(gather, tree, row, ns);
	if (stack != NULL)
		node = add_frames(tree, node, handler_frames(stack), ns);
	if (row->cause == TRACE_KERNEL_CAUSE_PREEMPTED) {
		add_ready(gather, row, node, "preempted by");
		return;
	}
	gather->flame->unnamed += stack == NULL;
	kernel_frame(gather, row, frame);
	node = flame_tree_add(tree, node, frame, ns);
	if (row->second_ns > 0)
		add_ready(gather, row, node, "waits for a CPU, which has");
}

static bool is_wanted(struct gather *gather, const struct trace_kernel_row *row)
{
	const struct source *source = gather->source;

	if (source->tag >= 0 && (row->turn_ticks == 0 || row->tag != source->tag))
		return false;
	return source_has_actor(gather->source, row->actor);
}

static int gather_rows(struct gather *gather)
{
	struct source *source = gather->source;
	const struct selection *selection = &source->selection;
	const struct trace_kernel_row *row;
	struct kernel_walk walk;
	int64_t id;
	int status = kernel_walk_begin(
		&walk, source->db, 1u << TRACE_KERNEL_OFF | 1u << TRACE_KERNEL_SAMPLE,
		selection->since_ns, selection->until_ns, source->error, sizeof(source->error));

	while (status == 0 && (status = kernel_walk_next(&walk, &row, &id)) == 1) {
		int64_t time_ns = (int64_t)row->time_ns;

		status = 0;
		if (time_ns < selection->since_ns || time_ns > selection->until_ns ||
		    !is_wanted(gather, row))
			continue;
		if (row->kind == TRACE_KERNEL_OFF)
			add_off(gather, row);
		else if (row->kind == TRACE_KERNEL_SAMPLE && gather->flame->profile_hz > 0)
			add_sample(gather, row);
	}
	kernel_walk_end(&walk);
	return status;
}

/* Without samples, the time on CPUs is that of turns: behaviour and message type, no functions. */
static int gather_turns(struct gather *gather)
{
	static const char sql[] =
		"SELECT coalesce(behaviour, '(no behaviour)'), coalesce(type, '(no message type)'),"
		" actor, on_cpu_ns, type FROM turn_time"
		" WHERE on_cpu_ns > 0 AND start_ns BETWEEN ?1 AND ?2";
	struct source *source = gather->source;
	struct flame_tree *tree = &gather->flame->on;
	const char *tag =
		source->tag >= 0 ? trace_type(source->trace, (uint16_t)source->tag) : NULL;
	sqlite3_stmt *rows;
	int code = sqlite3_prepare_v2(source->db, sql, -1, &rows, NULL);

	if (code == SQLITE_OK) {
		sqlite3_bind_int64(rows, 1, source->selection.since_ns);
		sqlite3_bind_int64(rows, 2, source->selection.until_ns);
	}
	while (code == SQLITE_OK && (code = sqlite3_step(rows)) == SQLITE_ROW) {
		const char *type = (const char *)sqlite3_column_text(rows, 1);
		const char *actor = (const char *)sqlite3_column_text(rows, 2);
		uint64_t ns = (uint64_t)sqlite3_column_int64(rows, 3), pid = 0;
		uint32_t node;

		code = SQLITE_OK;
		if ((tag != NULL && strcmp(type, tag) != 0) ||
		    (actor != NULL && trace_parse_pid(actor, &pid) &&
		     !source_has_actor(source, pid)))
			continue;
		tree->nodes[0].ns += ns;
		node = flame_tree_add(tree, 0, (const char *)sqlite3_column_text(rows, 0), ns);
		flame_tree_add(tree, node, type, ns);
	}
	if (code != SQLITE_DONE)
		snprintf(source->error, sizeof(source->error), "%s", sqlite3_errmsg(source->db));
	sqlite3_finalize(rows);
	return code == SQLITE_DONE ? 0 : sqlite_status(code);
}

int flame_gather(struct flame *flame, struct source *source)
{
	struct gather gather = {.flame = flame, .source = source};
	int status;

	*flame = (struct flame){0};
	flame->profile_hz = source_meta_int(source, "profile_hz");
	if (flame->profile_hz < 0 || flame->profile_hz > 1000000000)
		flame->profile_hz = 0;
	status = flame_tree_init(&flame->on);
	if (status == 0)
		status = flame_tree_init(&flame->off);
	if (status == 0)
		status = kernel_words_load(&gather.words, source->db, true);
	if (status == 0)
		status = gather_rows(&gather);
	if (status == 0 && flame->profile_hz == 0)
		status = gather_turns(&gather);
	kernel_words_free(&gather.words);
	if (status == 0 && (flame->on.failed || flame->off.failed))
		status = -ENOMEM;
	if (status == -ENOMEM)
		snprintf(source->error, sizeof(source->error), "out of memory");
	if (status != 0)
		return status;
	if (flame->on.nodes[0].ns == 0 && flame->off.nodes[0].ns == 0) {
		snprintf(source->error, sizeof(source->error),
			 "%s has nothing that the kernel saw%s; record with --profile 99, which "
			 "implies --kernel",
			 source->path,
			 source->tag >= 0 || source->actor != 0 || source->behaviour != NULL
				 ? " of what was asked for"
				 : "");
		return -ENOENT;
	}
	flame_tree_sort(&flame->on);
	flame_tree_sort(&flame->off);
	return 0;
}

void flame_finish(struct flame *flame)
{
	flame_tree_finish(&flame->on);
	flame_tree_finish(&flame->off);
}
