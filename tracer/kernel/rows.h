/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_ROWS_H
#define KERNEL_ROWS_H

/* From the records of sched.bpf.c to rows of a trace. Records are checked before they are believed.
 */

#include <stddef.h>
#include <stdint.h>

#include <tracer/store.h>

#include "kernel/sched.h"

struct kernel_rows;

/* Of a process that runs, for its stacks. NULL: out of memory. */
struct kernel_rows *kernel_rows_create(uint32_t pid);
struct kernel_rows *kernel_rows_destroy(struct kernel_rows *rows);

/* Rows go there from now on. */
void kernel_rows_use(struct kernel_rows *rows, struct trace_writer *writer);

/* 0 or a negative errno of the writer's. */
int kernel_rows_take(struct kernel_rows *rows, const void *record, size_t size);

/* How many there were of a kind. */
uint64_t kernel_rows_count(const struct kernel_rows *rows, enum kernel_record_kind kind);

#endif
