/* SPDX-License-Identifier: MIT */
#include "kernel/rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/syscalls.h"
#include "kernel/unwind.h"
#include "store/codec.h"
#include "store/pidmap.h"

/* Beyond these a row has no stack, or no task; the row itself is stored. */
#define STACKS_MAX 20000
#define KEYS_MAX   200000
#define TASKS_MAX  100000

/* A thing with a number, and the last file that has it. */
struct known {
	uint32_t number;
	uint32_t file;
};

/* A stack that was copied when its thread went to sleep; the row comes when it is awake. */
struct sleeper {
	uint64_t time_ns;
	uint32_t stack;
};

struct kernel_rows {
	struct trace_writer *writer;
	uint32_t file; /* counts the writers */
	struct unwind *unwind;
	struct pidmap tasks;    /* struct known, by name and pid */
	struct pidmap keys;     /* uint32_t: number of the stack, by key */
	struct pidmap texts;    /* struct known, by hash of the text */
	struct pidmap syscalls; /* struct known, by number */
	struct pidmap sleepers; /* struct sleeper, by tid */
	char **stacks;          /* by number - 1, to write them again in another file */
	uint32_t stack_count;
	uint64_t counts[KERNEL_RECORD_STACK + 1];
};

struct kernel_rows *kernel_rows_create(uint32_t pid)
{
	struct kernel_rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL)
		return NULL;
	pidmap_init(&rows->tasks, sizeof(struct known));
	pidmap_init(&rows->keys, sizeof(uint32_t));
	pidmap_init(&rows->texts, sizeof(struct known));
	pidmap_init(&rows->syscalls, sizeof(struct known));
	pidmap_init(&rows->sleepers, sizeof(struct sleeper));
	rows->stacks = calloc(STACKS_MAX, sizeof(*rows->stacks));
	rows->unwind = unwind_open(pid);
	if (rows->stacks == NULL || rows->unwind == NULL)
		return kernel_rows_destroy(rows);
	return rows;
}

struct kernel_rows *kernel_rows_destroy(struct kernel_rows *rows)
{
	if (rows == NULL)
		return NULL;
	for (uint32_t i = 0; i < rows->stack_count; i++)
		free(rows->stacks[i]);
	free(rows->stacks);
	unwind_close(rows->unwind);
	pidmap_finish(&rows->tasks);
	pidmap_finish(&rows->keys);
	pidmap_finish(&rows->texts);
	pidmap_finish(&rows->syscalls);
	pidmap_finish(&rows->sleepers);
	free(rows);
	return NULL;
}

void kernel_rows_use(struct kernel_rows *rows, struct trace_writer *writer)
{
	rows->writer = writer;
	rows->file++;
}

uint64_t kernel_rows_count(const struct kernel_rows *rows, enum kernel_record_kind kind)
{
	return rows->counts[kind];
}

/* ---- What rows refer to ---------------------------------------------------------------------- */

static int task_number(struct kernel_rows *rows, const struct kernel_task *task,
		       uint32_t *ret_number)
{
	char comm[KERNEL_COMM + 1] = "";
	struct known *known;

	*ret_number = 0;
	if (task->tgid == 0)
		return 0;
	memcpy(comm, task->comm, KERNEL_COMM);
	known = pidmap_get(&rows->tasks, codec_checksum(comm, strlen(comm)), task->tgid);
	if (known == NULL) {
		if (rows->tasks.count >= TASKS_MAX)
			return 0;
		known = pidmap_put(&rows->tasks, codec_checksum(comm, strlen(comm)), task->tgid,
				   NULL);
		if (known == NULL)
			return -ENOMEM;
		known->number = (uint32_t)rows->tasks.count;
	}
	*ret_number = known->number;
	if (known->file == rows->file)
		return 0;
	known->file = rows->file;
	return trace_writer_kernel_task(rows->writer, known->number, task->tgid, task->tid, comm);
}

static int syscall_stored(struct kernel_rows *rows, int32_t number)
{
	struct known *known;
	const char *name;

	if (number < 0)
		return 0;
	known = pidmap_put(&rows->syscalls, (uint64_t)number, 0, NULL);
	if (known == NULL)
		return -ENOMEM;
	if (known->file == rows->file)
		return 0;
	known->file = rows->file;
	name = syscall_name((unsigned)number);
	return name != NULL ? trace_writer_kernel_syscall(rows->writer, (uint32_t)number, name) : 0;
}

/* A stack by its text: 0 where there are too many. */
static int text_number(struct kernel_rows *rows, const char *text, uint32_t *ret_number)
{
	struct known *known;

	*ret_number = 0;
	if (text[0] == '\0')
		return 0;
	known = pidmap_get(&rows->texts, codec_checksum(text, strlen(text)), 0);
	if (known == NULL) {
		if (rows->stack_count == STACKS_MAX)
			return 0;
		known = pidmap_put(&rows->texts, codec_checksum(text, strlen(text)), 0, NULL);
		if (known == NULL)
			return -ENOMEM;
		rows->stacks[rows->stack_count] = strdup(text);
		if (rows->stacks[rows->stack_count] == NULL)
			return -ENOMEM;
		known->number = ++rows->stack_count;
	}
	*ret_number = known->number;
	if (known->file == rows->file)
		return 0;
	known->file = rows->file;
	return trace_writer_kernel_stack(rows->writer, known->number,
					 rows->stacks[known->number - 1]);
}

static int stack_number(struct kernel_rows *rows, const struct kernel_stack *stack,
			uint32_t *ret_number)
{
	uint64_t key = unwind_key(rows->unwind, stack);
	uint32_t *number = pidmap_get(&rows->keys, key, 0);
	int status;

	if (number != NULL)
		return text_number(rows, *number > 0 ? rows->stacks[*number - 1] : "", ret_number);
	status = text_number(rows, unwind_names(rows->unwind, stack), ret_number);
	if (rows->keys.count < KEYS_MAX) {
		number = pidmap_put(&rows->keys, key, 0, NULL);
		if (number != NULL)
			*number = *ret_number;
	}
	return status;
}

/* ---- Records --------------------------------------------------------------------------------- */

static struct trace_kernel_row row_of(const struct kernel_head *head, enum trace_kernel_kind kind)
{
	return (struct trace_kernel_row){
		.kind = (uint8_t)kind,
		.cause = (uint8_t)head->cause,
		.time_ns = head->time_ns,
		.actor = head->turn.actor,
		.turn_ticks = head->turn.ticks,
		.tag = (uint16_t)head->turn.tag,
		.tid = head->tid,
		.cpu = head->cpu,
		.syscall = (uint32_t)(head->syscall + 1),
	};
}

static int take_off(struct kernel_rows *rows, const struct kernel_off *off)
{
	struct trace_kernel_row row = row_of(&off->head, TRACE_KERNEL_OFF);
	uint64_t ready = off->wake_ns != 0 ? off->wake_ns : off->in_ns;
	struct sleeper *sleeper = pidmap_get(&rows->sleepers, off->head.tid, 0);
	int status;

	if (off->head.cause == KERNEL_CAUSE_PREEMPTED)
		ready = off->head.time_ns;
	/* Two CPUs' clocks, or a record that makes no sense. */
	if (ready < off->head.time_ns)
		ready = off->head.time_ns;
	row.first_ns = ready - off->head.time_ns;
	row.second_ns = off->in_ns > ready ? off->in_ns - ready : 0;
	if (sleeper != NULL && sleeper->time_ns == off->head.time_ns)
		row.stack = sleeper->stack;
	status = syscall_stored(rows, off->head.syscall);
	if (status == 0)
		status = task_number(rows, &off->by, &row.by);
	if (status == 0)
		status = task_number(rows, &off->waker, &row.waker);
	return status == 0 ? trace_writer_kernel(rows->writer, &row) : status;
}

static int take_faults(struct kernel_rows *rows, const struct kernel_faults *faults)
{
	struct trace_kernel_row row = row_of(&faults->head, TRACE_KERNEL_FAULTS);

	row.first_ns = faults->last_ns > row.time_ns ? faults->last_ns - row.time_ns : 0;
	row.second_ns = faults->near_ns;
	row.count = faults->count;
	rows->counts[KERNEL_RECORD_FAULTS] += faults->count;
	return trace_writer_kernel(rows->writer, &row);
}

static int take_stack(struct kernel_rows *rows, const struct kernel_stack *stack)
{
	struct trace_kernel_row row = row_of(&stack->head, TRACE_KERNEL_SAMPLE);
	struct sleeper *sleeper;
	int status = stack_number(rows, stack, &row.stack);

	if (status != 0)
		return status;
	if (stack->head.kind == KERNEL_RECORD_STACK) {
		sleeper = pidmap_put(&rows->sleepers, stack->head.tid, 0, NULL);
		if (sleeper == NULL)
			return -ENOMEM;
		*sleeper = (struct sleeper){stack->head.time_ns, row.stack};
		return 0;
	}
	row.count = 1;
	status = syscall_stored(rows, stack->head.syscall);
	return status == 0 ? trace_writer_kernel(rows->writer, &row) : status;
}

int kernel_rows_take(struct kernel_rows *rows, const void *record, size_t size)
{
	const struct kernel_head *head = record;
	const struct kernel_stack *stack = record;

	if (size < sizeof(*head))
		return 0;
	switch (head->kind) {
	case KERNEL_RECORD_OFF:
		if (size < sizeof(struct kernel_off))
			return 0;
		rows->counts[KERNEL_RECORD_OFF]++;
		return take_off(rows, record);
	case KERNEL_RECORD_FAULTS:
		return size < sizeof(struct kernel_faults) ? 0 : take_faults(rows, record);
	case KERNEL_RECORD_SAMPLE:
	case KERNEL_RECORD_STACK:
		if (size < sizeof(*stack) || stack->size > KERNEL_STACK_BYTES)
			return 0;
		rows->counts[head->kind]++;
		return take_stack(rows, stack);
	default:
		return 0;
	}
}
