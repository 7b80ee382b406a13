/* SPDX-License-Identifier: MIT */
#include "kernel/view.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <tracer/attach.h>

#include "kernel/lack.h"
#include "kernel/rows.h"

/* bpftool's code is not as strict as ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "sched.skel.h"
#pragma GCC diagnostic pop

#define WHAT "the kernel's view"

/* How often the kernel's counts are read. */
#define COUNTS_NS UINT64_C(20000000)

/* For what a page fault costs. */
#define FAULT_PAGES  256
#define FAULT_ROUNDS 5
#define FAULT_BOUND  4

#define PAGE_SIZE    4096

/* What is missing of the kernel's records; goes on growing until a while without a loss. */
struct loss {
	uint64_t from_ns;
	uint64_t to_ns;
	uint64_t count; /* 0: none */
};

/* As sched.bpf.c has it: what is not told yet of a thread. */
struct follow {
	struct kernel_off off;
	struct kernel_faults faults;
};

struct kernel_view {
	struct kernel_view_options options;
	struct sched_bpf *programs;
	struct ring_buffer *ring;
	struct kernel_rows *rows;
	struct trace_writer *writer;
	struct bpf_link **clocks; /* one for each CPU, where there are samples */
	int cpus;
	struct kernel_counts *counts; /* one for each CPU, as read last */
	struct kernel_counts sum;
	struct loss loss;
	uint64_t counted_ns;
	uint64_t from_ns;  /* followed since */
	uint64_t fault_ns; /* what a page fault costs, about */
	int status;        /* the writer's, from inside the ring */
};

/* ---- Loading --------------------------------------------------------------------------------- */

static int take_record(void *user, void *record, size_t size)
{
	struct kernel_view *view = user;

	if (view->status == 0)
		view->status = kernel_rows_take(view->rows, record, size);
	return 0;
}

/*
 * What a page fault costs here, at the least: pages of fresh memory are touched. Not all of them
 * cost the same; it is for an estimate and is called one.
 */
static uint64_t measure_fault(void)
{
	uint64_t best = 0;

	for (int round = 0; round < FAULT_ROUNDS; round++) {
		size_t size = (size_t)FAULT_PAGES * PAGE_SIZE;
		volatile char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		uint64_t began, cost;

		if (pages == MAP_FAILED)
			return best;
		madvise((void *)(uintptr_t)pages, size, MADV_NOHUGEPAGE);
		began = plane_clock_monotonic();
		for (size_t at = 0; at < size; at += PAGE_SIZE)
			pages[at] = 1;
		cost = (plane_clock_monotonic() - began) / FAULT_PAGES;
		munmap((void *)(uintptr_t)pages, size);
		if (best == 0 || cost < best)
			best = cost;
	}
	return best;
}

static int load(struct kernel_view *view, char *error, size_t error_size)
{
	uint32_t buffer = view->options.buffer != 0 ? view->options.buffer : KERNEL_VIEW_BUFFER;
	int status;

	lack_listen();
	view->programs = sched_bpf__open();
	if (view->programs == NULL)
		return lack_after(WHAT, -errno, lack_said(), error, error_size);
	bpf_map__set_max_entries(view->programs->maps.records, buffer);
	bpf_program__set_autoload(view->programs->progs.on_clock, view->options.profile_hz != 0);
	status = sched_bpf__load(view->programs);
	if (status != 0)
		return lack_after(WHAT, status, lack_said(), error, error_size);
	view->ring = ring_buffer__new(bpf_map__fd(view->programs->maps.records), take_record, view,
				      NULL);
	if (view->ring == NULL)
		return lack_after(WHAT, -errno, "the ring buffer", error, error_size);
	return 0;
}

int kernel_view_open(const struct kernel_view_options *options, struct kernel_view **ret_view,
		     char *error, size_t error_size)
{
	struct kernel_view *view;
	int status = lack_before(WHAT, error, error_size);

	if (status != 0)
		return status;
	view = calloc(1, sizeof(*view));
	if (view != NULL) {
		view->options = *options;
		view->cpus = libbpf_num_possible_cpus();
		view->counts =
			calloc((size_t)(view->cpus > 0 ? view->cpus : 1), sizeof(*view->counts));
	}
	if (view == NULL || view->cpus <= 0 || view->counts == NULL) {
		kernel_view_close(view);
		snprintf(error, error_size, "out of memory");
		return -ENOMEM;
	}
	status = load(view, error, error_size);
	if (status != 0) {
		kernel_view_close(view);
		return status;
	}
	view->fault_ns = measure_fault();
	*ret_view = view;
	return 0;
}

struct kernel_view *kernel_view_close(struct kernel_view *view)
{
	if (view == NULL)
		return NULL;
	for (int cpu = 0; view->clocks != NULL && cpu < view->cpus; cpu++)
		bpf_link__destroy(view->clocks[cpu]);
	free(view->clocks);
	ring_buffer__free(view->ring);
	sched_bpf__destroy(view->programs);
	kernel_rows_destroy(view->rows);
	free(view->counts);
	free(view);
	return NULL;
}

/* ---- Attaching ------------------------------------------------------------------------------- */

/* The process's number as the kernel itself counts, which in a container is another one. */
static uint32_t kernel_number(struct kernel_view *view, uint32_t pid)
{
	union bpf_iter_link_info info = {.task.pid = pid};
	const struct bpf_iter_attach_opts options = {
		.sz = sizeof(options), .link_info = &info, .link_info_len = sizeof(info)};
	struct bpf_link *link = bpf_program__attach_iter(view->programs->progs.number_of, &options);
	uint32_t number = 0;
	int fd = link != NULL ? bpf_iter_create(bpf_link__fd(link)) : -1;

	if (fd < 0 || read(fd, &number, sizeof(number)) != (ssize_t)sizeof(number))
		number = pid;
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return number;
}

/* A clock that strikes on a CPU. -ENODEV: the CPU is not there. */
static int attach_clock(struct kernel_view *view, int cpu)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_freq = view->options.profile_hz,
		.freq = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	view->clocks[cpu] = bpf_program__attach_perf_event(view->programs->progs.on_clock, fd);
	if (view->clocks[cpu] == NULL) {
		int status = -errno;

		close(fd);
		return status;
	}
	return 0;
}

static int attach_clocks(struct kernel_view *view, char *error, size_t error_size)
{
	int attached = 0, status = -ENODEV;

	view->clocks = calloc((size_t)view->cpus, sizeof(struct bpf_link *));
	if (view->clocks == NULL) {
		snprintf(error, error_size, "out of memory");
		return -ENOMEM;
	}
	for (int cpu = 0; cpu < view->cpus; cpu++) {
		int result = attach_clock(view, cpu);

		if (result == 0)
			attached++;
		else if (result != -ENODEV && result != -ENXIO)
			status = result;
	}
	if (attached > 0 && (status == -ENODEV || status == 0))
		return 0;
	snprintf(error, error_size,
		 "no clock to sample with: %s; kernel.perf_event_max_sample_rate (sysctl) bounds "
		 "--profile",
		 strerror(-status));
	return status;
}

int kernel_view_attach(struct kernel_view *view, uint32_t pid, int64_t tls_current, char *error,
		       size_t error_size)
{
	struct sched_bpf *programs = view->programs;
	struct {
		struct bpf_program *program;
		struct bpf_link **link;
	} hooks[] = {
		{programs->progs.on_switch, &programs->links.on_switch},
		{programs->progs.on_waking, &programs->links.on_waking},
		{programs->progs.on_fault, &programs->links.on_fault},
		{programs->progs.on_fault_kernel, &programs->links.on_fault_kernel},
	};
	int status;

	view->rows = kernel_rows_create(pid);
	if (view->rows == NULL) {
		snprintf(error, error_size, "out of memory");
		return -ENOMEM;
	}
	programs->bss->tls_offset = tls_current;
	programs->bss->want_stacks = 1;
	/* They do not all cost the same: this counts a dear one whole, and not what comes after. */
	programs->bss->fault_max_ns = FAULT_BOUND * view->fault_ns;
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		*hooks[i].link = bpf_program__attach(hooks[i].program);
		if (*hooks[i].link == NULL)
			return lack_after(WHAT, -errno, bpf_program__name(hooks[i].program), error,
					  error_size);
	}
	if (view->options.profile_hz != 0) {
		status = attach_clocks(view, error, error_size);
		if (status != 0)
			return status;
	}
	view->from_ns = view->counted_ns = plane_clock_monotonic();
	__atomic_store_n(&programs->bss->target_tgid, kernel_number(view, pid), __ATOMIC_RELEASE);
	return 0;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static int store_loss(struct kernel_view *view)
{
	struct loss loss = view->loss;

	view->loss.count = 0;
	if (loss.count == 0)
		return 0;
	return trace_writer_kernel_gap(view->writer, loss.from_ns, loss.to_ns, loss.count,
				       "kernel's ring buffer full");
}

/* Reads the counts; what is newly lost was lost since they were read last. */
static int count(struct kernel_view *view)
{
	struct kernel_counts sum = {0};
	uint64_t now_ns = plane_clock_monotonic();
	uint64_t lost;
	uint32_t zero = 0;
	int status = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(view->programs->maps.counts), &zero, view->counts) != 0)
		return 0;
	for (int cpu = 0; cpu < view->cpus; cpu++) {
		const struct kernel_counts *one = &view->counts[cpu];

		sum.lost += one->lost + one->unknown;
		sum.skipped += one->skipped;
		sum.runs += one->runs;
		sum.timed += one->timed;
		sum.timed_ns += one->timed_ns;
	}
	lost = sum.lost - view->sum.lost;
	if (lost > 0) {
		if (view->loss.count == 0)
			view->loss.from_ns = view->counted_ns;
		view->loss.to_ns = now_ns;
		view->loss.count += lost;
	} else if (view->loss.count > 0) {
		status = store_loss(view);
	}
	view->sum = sum;
	view->counted_ns = now_ns;
	return status;
}

int64_t kernel_view_step(struct kernel_view *view)
{
	int taken = ring_buffer__consume(view->ring);

	if (view->status == 0 && plane_clock_monotonic() - view->counted_ns >= COUNTS_NS)
		view->status = count(view);
	return view->status != 0 ? view->status : taken > 0 ? taken : 0;
}

int kernel_view_use(struct kernel_view *view, struct trace_writer *writer)
{
	int status = 0;

	if (view->writer != NULL) {
		(void)ring_buffer__consume(view->ring);
		status = view->status;
		if (status == 0)
			status = count(view);
		if (status == 0)
			status = store_loss(view);
	}
	view->writer = writer;
	kernel_rows_use(view->rows, writer);
	if (status == 0)
		status = trace_writer_kernel_from(writer, view->from_ns);
	if (status == 0)
		status = trace_writer_meta_int(writer, "kernel_fault_ns", (int64_t)view->fault_ns);
	if (status == 0)
		status = trace_writer_meta_int(writer, "profile_hz", view->options.profile_hz);
	return status;
}

/* What is not told yet: threads that are off their CPUs still, page faults of the last turns. */
static int store_open(struct kernel_view *view, uint64_t now_ns)
{
	int threads = bpf_map__fd(view->programs->maps.threads);
	uint32_t *before = NULL, tid, last;
	size_t size = bpf_map__value_size(view->programs->maps.threads);
	struct follow *follow = malloc(size);
	int status = follow != NULL && size >= sizeof(*follow) ? 0 : -ENOMEM;

	while (status == 0 && bpf_map_get_next_key(threads, before, &tid) == 0) {
		last = tid;
		before = &last;
		if (bpf_map_lookup_elem(threads, &tid, follow) != 0)
			continue;
		if (follow->faults.count > 0)
			status = kernel_rows_take(view->rows, &follow->faults,
						  sizeof(follow->faults));
		if (status == 0 && follow->off.head.time_ns != 0 &&
		    follow->off.head.turn.actor != 0) {
			follow->off.in_ns = now_ns;
			status = kernel_rows_take(view->rows, &follow->off, sizeof(follow->off));
		}
	}
	free(follow);
	return status;
}

int kernel_view_finish(struct kernel_view *view)
{
	uint64_t now_ns = plane_clock_monotonic();

	if (view->writer == NULL)
		return 0;
	__atomic_store_n(&view->programs->bss->target_tgid, 0, __ATOMIC_RELEASE);
	sched_bpf__detach(view->programs);
	(void)ring_buffer__consume(view->ring);
	if (view->status == 0)
		view->status = store_open(view, now_ns);
	if (view->status == 0)
		view->status = count(view);
	if (view->status == 0)
		view->status = store_loss(view);
	if (view->status == 0)
		view->status = trace_writer_kernel_to(view->writer, now_ns);
	if (view->status == 0)
		view->status = trace_writer_meta_int(view->writer, "kernel_stacks_skipped",
						     (int64_t)view->sum.skipped);
	return view->status;
}

void kernel_view_totals(const struct kernel_view *view, struct kernel_view_totals *ret_totals)
{
	const struct kernel_counts *sum = &view->sum;

	*ret_totals = (struct kernel_view_totals){
		.offs = kernel_rows_count(view->rows, KERNEL_RECORD_OFF),
		.samples = kernel_rows_count(view->rows, KERNEL_RECORD_SAMPLE),
		.faults = kernel_rows_count(view->rows, KERNEL_RECORD_FAULTS),
		.lost = sum->lost,
		.skipped = sum->skipped,
		.runs = sum->runs,
		.run_ns = sum->timed > 0 ? (uint64_t)((double)sum->timed_ns / (double)sum->timed *
						      (double)sum->runs)
					 : 0,
	};
}
