/* SPDX-License-Identifier: MIT */
#include "store/kernel_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int keep_task(struct kernel_words *words, sqlite3_stmt *row)
{
	struct kernel_task_word *task =
		pidmap_put(&words->tasks, (uint64_t)sqlite3_column_int64(row, 0), 0, NULL);
	const char *comm = (const char *)sqlite3_column_text(row, 2);

	if (task == NULL)
		return -ENOMEM;
	task->pid = (uint32_t)sqlite3_column_int64(row, 1);
	snprintf(task->comm, sizeof(task->comm), "%s", comm != NULL ? comm : "");
	return 0;
}

static int keep_text(struct pidmap *map, sqlite3_stmt *row)
{
	char **place = pidmap_put(map, (uint64_t)sqlite3_column_int64(row, 0), 0, NULL);
	const char *text = (const char *)sqlite3_column_text(row, 1);
	char *copy = strdup(text != NULL ? text : "");

	if (place == NULL || copy == NULL) {
		free(copy);
		return -ENOMEM;
	}
	free(*place);
	*place = copy;
	return 0;
}

static int keep_syscall(struct kernel_words *words, sqlite3_stmt *row)
{
	return keep_text(&words->syscalls, row);
}

static int keep_stack(struct kernel_words *words, sqlite3_stmt *row)
{
	return keep_text(&words->stacks, row);
}

int kernel_words_load(struct kernel_words *words, sqlite3 *db, bool stacks)
{
	static const struct {
		const char *sql;
		int (*keep)(struct kernel_words *words, sqlite3_stmt *row);
	} tables[] = {
		{"SELECT task, pid, comm FROM main.kernel_task", keep_task},
		{"SELECT syscall, name FROM main.kernel_syscall", keep_syscall},
		{"SELECT stack, frames FROM main.kernel_stack", keep_stack},
	};
	int status = 0;

	pidmap_init(&words->tasks, sizeof(struct kernel_task_word));
	pidmap_init(&words->syscalls, sizeof(char *));
	pidmap_init(&words->stacks, sizeof(char *));
	for (size_t i = 0; i < (stacks ? 3 : 2) && status == 0; i++) {
		sqlite3_stmt *rows;

		/* A trace without the kernel's view may have no such table. */
		if (sqlite3_prepare_v2(db, tables[i].sql, -1, &rows, NULL) != SQLITE_OK)
			continue;
		while (status == 0 && sqlite3_step(rows) == SQLITE_ROW)
			status = tables[i].keep(words, rows);
		sqlite3_finalize(rows);
	}
	return status;
}

void kernel_words_free(struct kernel_words *words)
{
	pidmap_finish(&words->tasks);
	pidmap_finish_texts(&words->syscalls);
	pidmap_finish_texts(&words->stacks);
}

const struct kernel_task_word *kernel_words_task(const struct kernel_words *words, uint32_t task)
{
	return task == 0 ? NULL : pidmap_get(&words->tasks, task, 0);
}

const char *kernel_words_stack(const struct kernel_words *words, uint32_t stack)
{
	char **text = stack == 0 ? NULL : pidmap_get(&words->stacks, stack, 0);

	return text != NULL ? *text : NULL;
}

const char *kernel_words_syscall(const struct kernel_words *words, uint32_t syscall,
				 char buffer[32])
{
	char **text = syscall == 0 ? NULL : pidmap_get(&words->syscalls, syscall - 1, 0);

	if (syscall == 0)
		return NULL;
	if (text != NULL)
		return *text;
	snprintf(buffer, 32, "system call %u", syscall - 1);
	return buffer;
}

const char *kernel_cause_name(uint8_t cause)
{
	switch (cause) {
#define X(number, NAME, name) \
	case number:          \
		return name;
		TRACE_KERNEL_CAUSE_MAP(X)
#undef X
	default:
		return NULL;
	}
}
