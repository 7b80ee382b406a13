/* SPDX-License-Identifier: MIT */
#include "kernel/view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int kernel_view_open(const struct kernel_view_options *options, struct kernel_view **ret_view,
		     char *error, size_t error_size)
{
	(void)options;
	(void)ret_view;
	snprintf(
		error, error_size,
		"this actor-trace was built without BPF; build it where clang, bpftool, libbpf and "
		"libdw are installed (meson setup -Dbpf=enabled says what is missing)");
	return -ENOTSUP;
}

int kernel_view_attach(struct kernel_view *view, uint32_t pid, int64_t tls_current, char *error,
		       size_t error_size)
{
	(void)view;
	(void)pid;
	(void)tls_current;
	snprintf(error, error_size, "built without BPF");
	return -ENOTSUP;
}

int kernel_view_use(struct kernel_view *view, struct trace_writer *writer)
{
	(void)view;
	(void)writer;
	return -ENOTSUP;
}

int64_t kernel_view_step(struct kernel_view *view)
{
	(void)view;
	return 0;
}

int kernel_view_finish(struct kernel_view *view)
{
	(void)view;
	return 0;
}

void kernel_view_totals(const struct kernel_view *view, struct kernel_view_totals *ret_totals)
{
	(void)view;
	memset(ret_totals, 0, sizeof(*ret_totals));
}

struct kernel_view *kernel_view_close(struct kernel_view *view)
{
	(void)view;
	return NULL;
}
