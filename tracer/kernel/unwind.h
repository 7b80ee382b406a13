/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_UNWIND_H
#define KERNEL_UNWIND_H

/*
 * From a copy of a thread's stack and registers to the names of its functions, by the tables that
 * every program carries for exceptions; so neither frame pointers nor debug information are
 * needed, and with no more than a dynamic symbol table a function is shown as module+offset.
 */

#include <stddef.h>
#include <stdint.h>

#include "kernel/sched.h"

struct unwind;

/* Of a process that runs. NULL: out of memory. */
struct unwind *unwind_open(uint32_t pid);

/*
 * The same for equal stacks, and for stacks that differ in data alone; known without unwinding.
 * `stack` has been checked: its size is not above KERNEL_STACK_BYTES.
 */
uint64_t unwind_key(struct unwind *unwind, const struct kernel_stack *stack);

/*
 * The functions' names from the outermost, separated by ';', in *ret_text; valid until the next
 * call. "" where nothing is known.
 */
const char *unwind_names(struct unwind *unwind, const struct kernel_stack *stack);

struct unwind *unwind_close(struct unwind *unwind);

#endif
