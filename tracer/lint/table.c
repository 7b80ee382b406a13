/* SPDX-License-Identifier: MIT */

/* The lints. Thresholds, sentences and advice are here and nowhere else. */

#include <string.h>

#include <tracer/lint.h>

#define SECONDS(n) ((uint64_t)((n)*1e9))
#define KIB        1024.0

const struct lint lints[LINT_COUNT] = {
	[LINT_CALL_DEADLOCK] =
		{
			.name = "call-deadlock",
			.letter = 'D',
			.level = LINT_URGENT,
			.kind = LINT_INCIDENTS,
			.enter = 1,
			.leave = 1,
			.span_ns = SECONDS(10),
			.summary = "actors call each other in a circle, or tried to in the last "
				   "10 s",
			.sentence = "calls go in a circle: {more}",
			.advice = "cast instead of one of the calls, or answer it later; see Waits",
		},
	[LINT_STUCK_HANDLER] =
		{
			.name = "stuck-handler",
			.letter = 'S',
			.level = LINT_URGENT,
			.kind = LINT_LEVEL,
			.unit = LINT_UNIT_NS,
			.enter = 1e9,
			.leave = 1e9,
			.summary = "one message has been handled for more than 1 s",
			.sentence = "{actor} has been handling one {tag} for {value}",
			.advice = "see its stack with gdb -p; move blocking calls to "
				  "actor/blocking.h",
		},
	[LINT_ORPHAN_CALL] =
		{
			.name = "orphan-call",
			.letter = 'O',
			.level = LINT_WARNING,
			.kind = LINT_LEVEL,
			.unit = LINT_UNIT_NS,
			.enter = 3e9,
			.leave = 3e9,
			.summary = "a call has waited for more than 3 s for an actor that is dead, "
				   "or has nothing to do",
			.sentence = "{actor} has waited {value} for an answer of {peer}, {more}",
			.advice = "answer on every path, also of errors; give the call a time-out",
		},
	[LINT_RESTART_STORM] =
		{
			.name = "restart-storm",
			.letter = 'R',
			.level = LINT_URGENT,
			.kind = LINT_INCIDENTS,
			.enter = 3,
			.leave = 1,
			.span_ns = SECONDS(5),
			.summary = "3 restarts of a supervisor's children within 5 s, until none "
				   "is left in 5 s",
			.sentence = "{actor} restarted children {value} times or more in 5 s",
			.advice = "see why the child ends, and give its supervisor a backoff",
		},
	[LINT_MAILBOX_GROWING] =
		{
			.name = "mailbox-growing",
			.letter = 'G',
			.level = LINT_WARNING,
			.kind = LINT_TREND,
			.enter = LINT_MAILBOX_SOME,
			.leave = LINT_MAILBOX_SOME / 2,
			.rises = 8,
			.windows = 10,
			.summary = "100 messages or more in a mailbox, and more in 8 of 10 half "
				   "seconds",
			.sentence = "the mailbox of {actor} grows by {rate}/s and has {value} "
				    "messages",
			.advice = "see who sends (Flow); bound the mailbox, or split the work",
		},
	[LINT_MAILBOX_LONG] =
		{
			.name = "mailbox-long",
			.letter = 'M',
			.level = LINT_WARNING,
			.kind = LINT_LEVEL,
			.enter = 10000,
			.leave = 5000,
			.summary = "10,000 messages in a mailbox, until fewer than 5,000",
			.sentence = "{actor} has {value} messages in its mailbox",
			.advice = "see who sends (Flow); bound the mailbox, or split the work",
		},
	[LINT_STARVED] =
		{
			.name = "starved",
			.letter = 'V',
			.level = LINT_WARNING,
			.kind = LINT_LEVEL,
			.unit = LINT_UNIT_NS,
			.enter = 1e9,
			.leave = 1,
			.summary = "an actor has had messages for more than 1 s and was not run",
			.sentence = "{actor} has been ready for {value} and was not run{more}",
			.advice = "shorter turns for those that run, or detached actors for long "
				  "ones",
		},
	[LINT_CALL_CONVOY] =
		{
			.name = "call-convoy",
			.letter = 'C',
			.level = LINT_WARNING,
			.kind = LINT_LEVEL,
			.enter = 32,
			.leave = 16,
			.span_ns = SECONDS(1),
			.summary =
				"32 actors or more have waited over 100 ms in calls that hang on "
				"one, for 1 s",
			.sentence = "{value} callers wait for {actor}{more}",
			.advice = "answer from a copy, split the callee, or cast instead of call",
		},
	[LINT_CALL_TIMEOUT] =
		{
			.name = "call-timeout",
			.letter = 'T',
			.level = LINT_WARNING,
			.kind = LINT_INCIDENTS,
			.enter = 1,
			.leave = 1,
			.span_ns = SECONDS(10),
			.events = true,
			.summary = "a call has run out of time in the last 10 s",
			.sentence = "{actor} gave up on {value} calls of {tag} to {peer} in 10 s",
			.advice = "see what the callee does (Waits, Detail) before allowing more "
				  "time",
		},
	[LINT_HOT_ACTOR] =
		{
			.name = "hot-actor",
			.letter = 'H',
			.level = LINT_WARNING,
			.kind = LINT_LEVEL,
			.unit = LINT_UNIT_SHARE,
			.enter = 0.8,
			.leave = 0.6,
			.span_ns = SECONDS(2),
			.summary =
				"an actor uses more than 80 % of a scheduler for 2 s, until less "
				"than 60 %",
			.sentence = "{actor} keeps {value} of a scheduler busy",
			.advice =
				"split it or take work out of its handlers: one CPU is all it gets",
		},
	[LINT_MEMORY_SHARE] =
		{
			.name = "memory-share",
			.letter = 'B',
			.level = LINT_WARNING,
			.kind = LINT_LEVEL,
			.unit = LINT_UNIT_SHARE,
			.enter = 0.10,
			.leave = 0.08,
			.summary = "one actor has 16 MiB or more, and over 10 % of all actors' "
				   "memory",
			.sentence = "{actor} holds {value} of all actors' memory, {more}",
			.advice = "look at what it keeps, and whether it ever frees it",
		},
	[LINT_ACTOR_LEAK] =
		{
			.name = "actor-leak",
			.letter = 'L',
			.level = LINT_WARNING,
			.kind = LINT_TREND,
			.enter = 100,
			.leave = 50,
			.rises = 20,
			.windows = 20,
			.summary = "100 actors of a behaviour or more, and more in each of 20 half "
				   "seconds",
			.sentence = "{actor} actors become more and more: {value}, {rate}/s",
			.advice = "let them end when idle, and monitor or link whom they serve",
		},
	[LINT_DEAD_LETTERS] =
		{
			.name = "dead-letters",
			.letter = 'X',
			.level = LINT_WARNING,
			.kind = LINT_INCIDENTS,
			.enter = 3, /* one or two are what happens when somebody ends */
			.leave = 1,
			.span_ns = SECONDS(10),
			.events = true,
			.summary = "an actor sent 3 messages to dead ones within 10 s",
			.sentence = "{actor} sent {value} messages to actors that are dead, the "
				    "last a {tag} to {peer}",
			.advice = "monitor whom it sends to, or look the name up each time",
		},
	[LINT_UNHANDLED] =
		{
			.name = "unhandled",
			.letter = 'U',
			.level = LINT_WARNING,
			.kind = LINT_INCIDENTS,
			.enter = 1,
			.leave = 1,
			.span_ns = SECONDS(10),
			.summary = "a message came that its actor has no handler for, in the last "
				   "10 s",
			.sentence = "{actor} had no handler for {value} messages{more}",
			.advice = "add a handler, or correct who sends it",
		},
	[LINT_BIG_MESSAGE] =
		{
			.name = "big-message",
			.letter = 'Z',
			.level = LINT_NOTE,
			.kind = LINT_INCIDENTS,
			.unit = LINT_UNIT_BYTES,
			.enter = 64 * KIB,
			.leave = 64 * KIB,
			.span_ns = SECONDS(10),
			.events = true,
			.summary = "a message of 64 KiB or more was sent in the last 10 s",
			.sentence = "{actor} sent a {tag} of {value} to {peer}",
			.advice = "send a blob (actor/blob.h) or where to find it: each is copied",
		},
	[LINT_POINTER_MESSAGE] =
		{
			.name = "pointer-message",
			.letter = 'P',
			.level = LINT_NOTE,
			.kind = LINT_INCIDENTS,
			.enter = 1,
			.leave = 1,
			.span_ns = SECONDS(10),
			.events = true,
			.summary =
				"a message whose C type holds a pointer was sent in the last 10 s",
			.sentence = "{actor} sent a {tag} with a pointer, {more}, to {peer}",
			.advice =
				"send the value, a blob or a number; no address survives a replay",
		},
	[LINT_TRACE_LOSSY] =
		{
			.name = "trace-lossy",
			.letter = 'E',
			.level = LINT_WARNING,
			.kind = LINT_INCIDENTS,
			.enter = 1,
			.leave = 1,
			.span_ns = SECONDS(10),
			.summary = "a recording has lost events in the last 10 s",
			.sentence = "{value} events of {actor} are missing in its recording{more}",
			.advice = "record lossless, or --events order, or with larger rings",
		},
};

const struct lint *lint_find(const char *name)
{
	for (int id = 0; id < LINT_COUNT; id++)
		if (strcmp(lints[id].name, name) == 0)
			return &lints[id];
	return NULL;
}

const char *lint_level_text(enum lint_level level)
{
	static const char *const texts[] = {
		[LINT_NOTE] = "note", [LINT_WARNING] = "warning", [LINT_URGENT] = "urgent"};

	return texts[level];
}

const char *lint_unit_text(enum lint_unit unit)
{
	static const char *const texts[] = {[LINT_UNIT_COUNT] = "count",
					    [LINT_UNIT_NS] = "ns",
					    [LINT_UNIT_BYTES] = "bytes",
					    [LINT_UNIT_SHARE] = "share"};

	return texts[unit];
}
