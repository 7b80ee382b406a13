/* SPDX-License-Identifier: MIT */

/* In place of probe_view.c, where the build has no BPF. */

#include "kernel/probe_view.h"

#include <errno.h>
#include <stdio.h>

int probe_view_open(const struct probe_view_options *options, struct probe_view **ret_view,
		    char *error, size_t error_size)
{
	(void)options;
	(void)ret_view;
	snprintf(error, error_size,
		 "this actor-trace was built without BPF; build it where clang, bpftool, libbpf "
		 "and libdw are installed");
	return -ENOTSUP;
}

struct probe_view *probe_view_close(struct probe_view *view)
{
	(void)view;
	return NULL;
}

int probe_view_poll(struct probe_view *view, int timeout_ms,
		    void (*take)(void *context, const struct probe_event *event), void *context)
{
	(void)view;
	(void)timeout_ms;
	(void)take;
	(void)context;
	return -ENOTSUP;
}

int probe_view_sums(struct probe_view *view,
		    void (*take)(void *context, const struct probe_key *key, const char *name,
				 const char *behaviour, const struct probe_value *value),
		    void *context)
{
	(void)view;
	(void)take;
	(void)context;
	return -ENOTSUP;
}

struct probe_totals probe_view_totals(const struct probe_view *view)
{
	(void)view;
	return (struct probe_totals){0, 0, 0, 0};
}
