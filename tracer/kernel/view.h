/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_VIEW_H
#define KERNEL_VIEW_H

/*
 * The kernel's view of a program: what its threads did and suffered between the runtime's events.
 * BPF programs follow the process (sched.bpf.c), their records become rows of a trace.
 *
 *	view.c     the programs: loaded, attached, read
 *	rows.c     from records to the trace's rows, tasks and stacks
 *	unwind.c   from copies of stacks to names
 *	syscalls.c names of system calls
 *	lack.c     what is missing where it does not work
 *	none.c     all of it, in a build without BPF
 *
 * Belongs to one thread. Memory: the ring buffer, some 300 bytes for each thread of the program, at
 * most some 30 MiB for names and stacks that were seen, whatever the length of the recording.
 */

#include <stddef.h>
#include <stdint.h>

#include <tracer/store.h>

#define KERNEL_VIEW_HZ_MAX     10000
#define KERNEL_VIEW_BUFFER     (UINT32_C(16) << 20)
#define KERNEL_VIEW_BUFFER_MIN (UINT32_C(64) << 10)
#define KERNEL_VIEW_BUFFER_MAX (UINT32_C(1) << 30)

struct kernel_view_options {
	unsigned profile_hz; /* samples per second and CPU; 0: none */
	uint32_t buffer;     /* bytes of the ring buffer, a power of two; 0: KERNEL_VIEW_BUFFER */
};

struct kernel_view_totals {
	uint64_t offs;    /* times off a CPU that were stored */
	uint64_t samples; /* taken */
	uint64_t faults;  /* page faults in turns */
	uint64_t lost;    /* records */
	uint64_t skipped; /* stacks beyond the budget */
	uint64_t runs;    /* of the BPF programs */
	uint64_t run_ns;  /* what these have cost, from those that were timed */
};

struct kernel_view;

/*
 * Loads the programs. 0; -EPERM, -ENOTSUP or another negative errno with `error` saying what is
 * lacking and how to get it. Owns: the caller closes *ret_view.
 */
int kernel_view_open(const struct kernel_view_options *options, struct kernel_view **ret_view,
		     char *error, size_t error_size);

/*
 * Follows a process from now on. `tls_current` is from its plane. Call kernel_view_use next. 0 or a
 * negative errno with a text.
 */
int kernel_view_attach(struct kernel_view *view, uint32_t pid, int64_t tls_current, char *error,
		       size_t error_size);

/* Stores into `writer` from now on; what was seen before goes to the one before. */
int kernel_view_use(struct kernel_view *view, struct trace_writer *writer);

/* Stores what there is to be read. How many records, or a negative errno of the writer's. */
int64_t kernel_view_step(struct kernel_view *view);

/* Lets go of the process and stores the rest. 0 or a negative errno of the writer's. */
int kernel_view_finish(struct kernel_view *view);

void kernel_view_totals(const struct kernel_view *view, struct kernel_view_totals *ret_totals);

/* Accepts NULL, returns NULL. */
struct kernel_view *kernel_view_close(struct kernel_view *view);

#endif
