/* SPDX-License-Identifier: MIT */
#include "stand.h"

#include <inttypes.h>
#include <stdio.h>

#include "program.h"
#include "report.h"
#include "store/layout.h"

static double seconds_of(struct recording *recording, uint64_t ticks)
{
	return (double)clock_ns(&recording->trace->clock, ticks) / 1e9;
}

const char *stand_place(struct recording *recording, struct script_file *script, uint64_t place,
			char *text, size_t size)
{
	char name[320], what[448];
	const struct actor_event *event;
	uint64_t number;

	if (place == 0 || place > script->count) {
		snprintf(text, size, "the beginning");
		return text;
	}
	event = &script->events[place - 1];
	report_event(recording, event, NULL, what, sizeof(what));
	number = script_file_number(recording, script, place);
	if (!event_has_time(event->kind)) {
		snprintf(text, size, "%s, event @%" PRIu64 ": %s",
			 recording_actor(recording, event->a, name, sizeof(name)), number, what);
		return text;
	}
	snprintf(text, size, "%s, turn @%" PRIu64 " at %.6f s: %s",
		 recording_actor(recording, event->a, name, sizeof(name)), number,
		 seconds_of(recording, event->c), what);
	return text;
}

/* Main's first operation behind that place; 0: it has none. */
static uint64_t next_operation(const struct script_file *script, uint64_t place)
{
	for (uint64_t i = place; i < script->count; i++)
		if (script->events[i].kind == ACTOR_EVENT_INPUT &&
		    script->events[i].a == script->main_pid)
			return i + 1;
	return 0;
}

const char *stand_text(struct recording *recording, struct script_file *script, char *text,
		       size_t size)
{
	const struct actor_script_header *header = script->header;
	char where[64], place[512], in[80] = "";

	if (program_syscall((pid_t)header->pid, where, sizeof(where))[0] != '\0')
		snprintf(in, sizeof(in), " in %s", where);
	if (header->awaited != 0) {
		snprintf(text, size,
			 "a thread of the program does not come to what it did next, %s; it waits "
			 "for "
			 "something outside, or works: threads that start actors are run in a "
			 "replay, and have no outside there (docs/DETERMINISM.md)",
			 stand_place(recording, script, header->awaited, place, sizeof(place)));
	} else if (header->state == ACTOR_SCRIPT_STATE_MAIN) {
		uint64_t next = next_operation(script, header->main_place);

		if (next != 0)
			snprintf(text, size,
				 "its main does not come to what it did next, %s; it waits%s for "
				 "something outside, or works: a replay has no outside; wait in a "
				 "call of libactor, as actor_signal_wait",
				 stand_place(recording, script, next, place, sizeof(place)), in);
		else
			snprintf(text, size,
				 "its main has done all that it did then, and waits%s, or works, "
				 "instead of ending",
				 in);
	} else {
		snprintf(
			text, size,
			"%s, and its handler does not return: it waits%s, or loops; a handler must "
			"not wait for what others do but in a call of libactor "
			"(docs/DETERMINISM.md); see it with actor-replay gdb %s --at @%" PRIu64,
			stand_place(recording, script, header->place, place, sizeof(place)), in,
			recording->path, script_file_number(recording, script, header->place));
	}
	return text;
}
