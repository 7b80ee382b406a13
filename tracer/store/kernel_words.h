/* SPDX-License-Identifier: MIT */
#ifndef STORE_KERNEL_WORDS_H
#define STORE_KERNEL_WORDS_H

/* What the numbers in the kernel's rows mean, in memory for one query. */

#include <stdbool.h>

#include "store/kernel.h"
#include "store/pidmap.h"

struct kernel_task_word {
	uint32_t pid;
	char comm[20];
};

struct kernel_words {
	struct pidmap tasks;    /* struct kernel_task_word */
	struct pidmap syscalls; /* char * */
	struct pidmap stacks;   /* char * */
};

/* `stacks`: these, too; they are the most. 0 or -ENOMEM; what cannot be read is not there. */
int kernel_words_load(struct kernel_words *words, sqlite3 *db, bool stacks);
void kernel_words_free(struct kernel_words *words);

/* NULL where it is not known. */
const struct kernel_task_word *kernel_words_task(const struct kernel_words *words, uint32_t task);
const char *kernel_words_stack(const struct kernel_words *words, uint32_t stack);

/* Of struct trace_kernel_row's `syscall`; a number where its name is not known. NULL for none. */
const char *kernel_words_syscall(const struct kernel_words *words, uint32_t syscall,
				 char buffer[32]);

const char *kernel_cause_name(uint8_t cause);

#endif
