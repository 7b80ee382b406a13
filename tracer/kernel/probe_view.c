/* SPDX-License-Identifier: MIT */
#include "kernel/probe_view.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <actor/probes.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel/lack.h"

/* What bpftool writes is not all standard C. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "probe.skel.h"
#pragma GCC diagnostic pop

#define WHAT "counting by probes"

struct probe_view {
	struct probe_bpf *skeleton;
	struct bpf_link *links[ACTOR_EVENT_COUNT];
	struct ring_buffer *events;
	void (*take)(void *context, const struct probe_event *event);
	void *context;
};

static const char *const names[ACTOR_EVENT_COUNT] = {
#define X(number, NAME, name, tag, seq, a, b, c, text) [number] = #name,
	ACTOR_EVENT_MAP(X)
#undef X
};

/* The program itself, or the shared library that it has libactor from. */
static void find_file(uint32_t pid, char *path, size_t size)
{
	char maps[64];
	char line[PATH_MAX + 128];
	FILE *file;

	snprintf(path, size, "/proc/%u/exe", pid);
	snprintf(maps, sizeof(maps), "/proc/%u/maps", pid);
	file = fopen(maps, "re");
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		char *name = strchr(line, '/');

		if (name == NULL || strstr(name, "/libactor.so") == NULL)
			continue;
		name[strcspn(name, "\n")] = '\0';
		snprintf(path, size, "/proc/%u/root%s", pid, name);
		break;
	}
	fclose(file);
}

static int take_event(void *context, void *data, size_t size)
{
	const struct probe_view *view = context;

	if (size >= sizeof(struct probe_event) && view->take != NULL)
		view->take(view->context, data);
	return 0;
}

static int attach(struct probe_view *view, const struct probe_view_options *options, char *error,
		  size_t error_size)
{
	char path[PATH_MAX + 64];
	int failure = 0;
	int count = 0;

	find_file(options->pid, path, sizeof(path));
	for (uint64_t kind = 1; kind < ACTOR_EVENT_COUNT; kind++) {
		const struct bpf_usdt_opts usdt = {.sz = sizeof(usdt), .usdt_cookie = kind};

		if ((options->kinds >> kind & 1) == 0 || names[kind] == NULL)
			continue;
		view->links[kind] = bpf_program__attach_usdt(
			view->skeleton->progs.probe_hit, (pid_t)options->pid, path,
			ACTOR_PROBE_PROVIDER, names[kind], &usdt);
		if (view->links[kind] != NULL)
			count++;
		else
			failure = -errno;
	}
	if (count > 0)
		return 0;
	if (failure == -ENOENT || failure == -ESRCH || failure == -EINVAL || failure == 0)
		snprintf(error, error_size,
			 "process %u has no probes of libactor: is it there, and linked with a "
			 "libactor that has them? readelf -n %s lists them",
			 options->pid, path);
	else if (failure == -EACCES && access(path, R_OK) != 0)
		snprintf(error, error_size,
			 "the program of process %u, %s, cannot be read: %s; be root, with "
			 "CAP_SYS_PTRACE, where it is another user's",
			 options->pid, path, strerror(errno));
	else
		return lack_after(WHAT, failure, lack_said(), error, error_size);
	return -ENOENT;
}

int probe_view_open(const struct probe_view_options *options, struct probe_view **ret_view,
		    char *error, size_t error_size)
{
	struct probe_view *view;
	int status = lack_before(WHAT, error, error_size);

	if (status != 0)
		return status;
	view = calloc(1, sizeof(*view));
	if (view == NULL) {
		snprintf(error, error_size, "out of memory");
		return -ENOMEM;
	}
	lack_listen();
	view->skeleton = probe_bpf__open();
	if (view->skeleton != NULL)
		view->skeleton->bss->stream_rate = options->stream_rate;
	status = view->skeleton == NULL ? -errno : probe_bpf__load(view->skeleton);
	if (status != 0) {
		lack_after(WHAT, status, lack_said(), error, error_size);
		probe_view_close(view);
		return status;
	}
	view->events =
		ring_buffer__new(bpf_map__fd(view->skeleton->maps.events), take_event, view, NULL);
	status = view->events == NULL ? -errno : attach(view, options, error, error_size);
	if (status != 0) {
		if (view->events == NULL)
			snprintf(error, error_size, "no ring buffer: %s", strerror(-status));
		probe_view_close(view);
		return status;
	}
	*ret_view = view;
	return 0;
}

struct probe_view *probe_view_close(struct probe_view *view)
{
	if (view == NULL)
		return NULL;
	for (size_t i = 0; i < ACTOR_EVENT_COUNT; i++)
		bpf_link__destroy(view->links[i]);
	ring_buffer__free(view->events);
	probe_bpf__destroy(view->skeleton);
	free(view);
	return NULL;
}

int probe_view_poll(struct probe_view *view, int timeout_ms,
		    void (*take)(void *context, const struct probe_event *event), void *context)
{
	int status;

	view->take = take;
	view->context = context;
	status = ring_buffer__poll(view->events, timeout_ms);
	return status < 0 && status != -EINTR ? status : 0;
}

static void read_name(const struct probe_view *view, uint64_t address, struct probe_name *name)
{
	memset(name, 0, sizeof(*name));
	if (address != 0)
		(void)bpf_map_lookup_elem(bpf_map__fd(view->skeleton->maps.names), &address, name);
	name->text[sizeof(name->text) - 1] = '\0';
}

int probe_view_sums(struct probe_view *view,
		    void (*take)(void *context, const struct probe_key *key, const char *name,
				 const char *behaviour, const struct probe_value *value),
		    void *context)
{
	int map = bpf_map__fd(view->skeleton->maps.values);
	struct probe_value *value = calloc(1, sizeof(*value));
	struct probe_key key, next;
	const struct probe_key *place = NULL;

	if (value == NULL)
		return -ENOMEM;
	while (bpf_map_get_next_key(map, place, &next) == 0) {
		struct probe_name name, behaviour;

		key = next;
		place = &key;
		if (bpf_map_lookup_elem(map, &key, value) != 0)
			continue;
		read_name(view, key.name, &name);
		read_name(view, key.behaviour, &behaviour);
		take(context, &key, name.text, behaviour.text, value);
	}
	free(value);
	return 0;
}

struct probe_totals probe_view_totals(const struct probe_view *view)
{
	return (struct probe_totals){
		.hits = view->skeleton->bss->hits,
		.uncounted = view->skeleton->bss->uncounted,
		.withheld = view->skeleton->bss->withheld,
		.lost = view->skeleton->bss->lost,
	};
}
