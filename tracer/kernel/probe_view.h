/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_PROBE_VIEW_H
#define KERNEL_PROBE_VIEW_H

/*
 * libactor's USDT probes in a process, seen through the kernel: nothing of the process but its
 * number is needed. See probe.bpf.c for what is summed up there.
 *
 * Statuses are negated errnos, and `error` says what, why and what to do.
 */

#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include "kernel/probe.h"

struct probe_view;

struct probe_view_options {
	uint32_t pid;
	uint64_t kinds;       /* bit k: events of kind k */
	uint64_t stream_rate; /* single events a second, 0: none */
};

struct probe_totals {
	uint64_t hits;
	uint64_t uncounted;
	uint64_t withheld;
	uint64_t lost;
};

/*
 * Attaches to all probes asked for. -ENOENT: the process or its probes are not there; -EPERM.
 * Owns: the caller closes *ret_view.
 */
int probe_view_open(const struct probe_view_options *options, struct probe_view **ret_view,
		    char *error, size_t error_size);
struct probe_view *probe_view_close(struct probe_view *view);

/* Waits so long for single events and hands each to `take`. */
int probe_view_poll(struct probe_view *view, int timeout_ms,
		    void (*take)(void *context, const struct probe_event *event), void *context);

/* Each sum, in no order; `name` and `behaviour` are "" where there is none. */
int probe_view_sums(struct probe_view *view,
		    void (*take)(void *context, const struct probe_key *key, const char *name,
				 const char *behaviour, const struct probe_value *value),
		    void *context);

struct probe_totals probe_view_totals(const struct probe_view *view);

#endif
