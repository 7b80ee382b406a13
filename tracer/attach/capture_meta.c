/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "attach/capture_inner.h"

static const char *clock_name(uint32_t clock)
{
	switch (clock) {
	case ACTOR_PLANE_CLOCK_MONOTONIC:
		return "monotonic";
	case ACTOR_PLANE_CLOCK_TSC:
		return "tsc";
	default:
		return "cntvct";
	}
}

static const char *mode_name(enum actor_plane_mode mode)
{
	switch (mode) {
	case ACTOR_PLANE_MODE_LOSSLESS:
		return "lossless";
	case ACTOR_PLANE_MODE_DISCARD:
		return "discard";
	case ACTOR_PLANE_MODE_FLIGHT:
		return "flight";
	default:
		return "none";
	}
}

void capture_hex(const uint8_t *bytes, size_t count, char *text)
{
	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* How the recording was made, as far as it changes what can be read from it. */
static int copy_options(struct capture *capture)
{
	const struct choice_options *choice = &capture->options.choice;
	struct trace_writer *writer = capture->writer;
	bool exact = (choice->events & STREAM_EVENTS_EXACT) != 0;
	bool coarse = (choice->events & ACTOR_PLANE_COARSE) != 0;
	const char *events = (choice->events >> ACTOR_EVENT_SEND & 1) != 0 ? "full" : "order";
	int result = trace_writer_meta(writer, "mode", mode_name(capture->options.mode));

	if (result == 0)
		result = trace_writer_meta(writer, "event_set", events);
	if (result == 0)
		result = trace_writer_meta(writer, "turn_times", coarse ? "shared" : "own");
	if (result == 0)
		result = trace_writer_meta(writer, "send_times", exact ? "exact" : "turn");
	if (result == 0 && choice->filter != NULL)
		result = trace_writer_meta(writer, "filter", filter_source(choice->filter));
	if (result == 0 && choice->sample > 1)
		result = trace_writer_meta_int(writer, "sample", choice->sample);
	if (result == 0 && choice->payload_max > 0)
		result = trace_writer_meta_int(writer, "payload_max", choice->payload_max);
	return result;
}

int capture_meta(struct capture *capture)
{
	const struct actor_plane_header *header = plane_view_header(capture->plane);
	struct trace_writer *writer = capture->writer;
	char build_id[2 * sizeof(header->build_id) + 1], boot_id[2 * sizeof(header->boot_id) + 1];
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{"pid", header->pid},
		{"uid", header->uid},
		{"seed", header->seed},
		{"start_time", header->start_time},
		{"ticks_start", header->ticks_start},
		{"monotonic_start_ns", header->monotonic_start_ns},
		{"realtime_start_ns", header->realtime_start_ns},
		{"ticks_per_second", header->ticks_per_second},
		{"schedulers", header->scheduler_count},
		{"event_version", header->event_version},
		{"plane_version", header->version},
	};
	int result = 0;

	capture_hex(header->build_id, header->build_id_size, build_id);
	capture_hex(header->boot_id, sizeof(header->boot_id), boot_id);
	for (size_t i = 0; result == 0 && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		result = trace_writer_meta_int(writer, numbers[i].key, (int64_t)numbers[i].value);
	if (result == 0)
		result = trace_writer_meta(writer, "clock", clock_name(header->clock));
	if (result == 0)
		result = copy_options(capture);
	if (result == 0)
		result = trace_writer_meta(writer, "build_id", build_id);
	if (result == 0)
		result = trace_writer_meta(writer, "boot_id", boot_id);
	if (result == 0)
		result = trace_writer_meta(writer, "session", header->session);
	plane_view_string(capture->plane, header->program, capture->text, CAPTURE_TEXT);
	if (result == 0)
		result = trace_writer_meta(writer, "program", capture->text);
	plane_view_string(capture->plane, header->argv, capture->text, CAPTURE_TEXT);
	if (result == 0)
		result = trace_writer_meta(writer, "argv", capture->text);
	if (result == 0)
		result = trace_writer_clock(writer, header->ticks_start, header->monotonic_start_ns,
					    header->realtime_start_ns);
	return result;
}
