/* SPDX-License-Identifier: MIT */
/* Alarms of long mailboxes. */
#include "receiver.h"
#include "ring_reader.h"

static void log_seen(void *context, enum actor_log_level level, struct actor_pid pid,
		     const char *text)
{
	(void)pid;
	(void)text;
	seen_add(context, level);
}

static void kinds_seen(struct ring_reader *reader, const struct actor_event *event, uint64_t nth)
{
	(void)nth;
	if (event->kind == ACTOR_EVENT_MAILBOX_HIGH || event->kind == ACTOR_EVENT_MAILBOX_LOW) {
		CU_ASSERT_EQUAL(event->b, event->kind == ACTOR_EVENT_MAILBOX_HIGH ? 20 : 0);
		reader->laps += event->kind == ACTOR_EVENT_MAILBOX_HIGH;
	}
}

/* Twice above the mark, and up and down between the marks. */
static void cross_twice(struct seen *log, struct actor_spawn_options options)
{
	SEEN(seen);
	struct actor_pid pid = receiver_start(&seen, options);

	CU_ASSERT_EQUAL(cast_numbers(pid, 0, 19), 0);
	CU_ASSERT_EQUAL(seen_count(log), 0);
	CU_ASSERT_EQUAL(cast_numbers(pid, 19, 1), 0);
	CU_ASSERT_EQUAL(seen_count(log), 1);
	CU_ASSERT_EQUAL(log->values[0], ACTOR_LOG_WARNING);
	CU_ASSERT_EQUAL(cast_numbers(pid, 20, 30), 0);
	CU_ASSERT_EQUAL(seen_count(log), 1); /* once for each crossing */
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE(seen_wait(&seen, 50));
	CU_ASSERT_TRUE(seen_wait(log, 2));
	CU_ASSERT_EQUAL(log->values[1], ACTOR_LOG_INFO);
	gate_set(&gate.open, false);
	gate_set(&gate.held, false);
	CU_ASSERT_EQUAL(actor_cast(pid, &hold, NULL), 0);
	gate_await(&gate.held);
	CU_ASSERT_EQUAL(cast_numbers(pid, 0, 19), 0);
	CU_ASSERT_EQUAL(seen_count(log), 2);
	CU_ASSERT_EQUAL(cast_numbers(pid, 19, 1), 0);
	CU_ASSERT_EQUAL(seen_count(log), 3);
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE(seen_wait(log, 4));
	CU_ASSERT_EQUAL(seen_count(log), 4);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(pid));
}

static void alarm_in_system(struct actor_spawn_options own, unsigned high, unsigned low)
{
	SEEN(log);
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 2,
						     .ring_bytes = 64 << 10,
						     .mailbox_high = high,
						     .mailbox_low = low,
						     .log = log_seen,
						     .log_context = &log};
	struct ring_reader *reader = calloc(1, sizeof(*reader));
	struct actor_system *system = NULL;

	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), ACTOR_OK);
	/* This thread raises the alarms; its ring says so, too. */
	reader_init(reader, system->plane.header, thread_self()->index);
	reader_attach(reader, 0, ACTOR_PLANE_MODE_DISCARD, UINT64_C(1) << ACTOR_EVENT_MAILBOX_HIGH);
	cross_twice(&log, own);
	while (reader_read(reader, kinds_seen))
		;
	CU_ASSERT_EQUAL(reader->laps, 2);
	reader_set_mode(reader, ACTOR_PLANE_MODE_NONE);
	CU_ASSERT_PTR_NULL(actor_system_destroy(system, ACTOR_SECONDS(5)));
	free(reader);
}

static unsigned low_events;

static void low_seen(struct ring_reader *reader, const struct actor_event *event, uint64_t nth)
{
	(void)reader;
	(void)nth;
	if (event->kind != ACTOR_EVENT_MAILBOX_LOW)
		return;
	low_events++;
	CU_ASSERT_TRUE(event->b <= 5);
}

/* The receiver says so, in the ring of whatever thread it runs on. */
static void the_end_of_an_alarm_is_an_event(void)
{
	static struct ring_reader reader;
	SEEN(log);
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 2,
						     .ring_bytes = 64 << 10,
						     .flight_recorder = true,
						     .log = log_seen,
						     .log_context = &log};
	struct actor_system *system = NULL;

	low_events = 0;
	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), ACTOR_OK);
	cross_twice(&log, (struct actor_spawn_options){.mailbox_high = 20, .mailbox_low = 5});
	reader_read_all(&reader, system->plane.header, low_seen);
	CU_ASSERT_EQUAL(low_events, 2);
	CU_ASSERT_PTR_NULL(actor_system_destroy(system, ACTOR_SECONDS(5)));
}

static void an_alarm_is_raised_once_for_each_crossing(void)
{
	/* Without a limit, with one that is never reached, and with the system's marks. */
	alarm_in_system((struct actor_spawn_options){.mailbox_high = 20, .mailbox_low = 5}, 0, 0);
	alarm_in_system((struct actor_spawn_options){.mailbox_limit = 1000,
						     .mailbox_policy = ACTOR_MAILBOX_REJECT,
						     .mailbox_high = 20,
						     .mailbox_low = 5},
			0, 0);
	alarm_in_system((struct actor_spawn_options){.mailbox_limit = 0}, 20, 5);
}

static void marks_body(struct actor_system *system)
{
	struct actor_spawn_options options = {
		.size = sizeof(options), .mailbox_high = 5, .mailbox_low = 5};

	(void)system;
	CU_ASSERT_EQUAL(actor_spawn(&receiver, NULL, 0, &options, NULL), ACTOR_EINVALID);
	options.mailbox_low = 0;
	options.mailbox_policy = (enum actor_mailbox_policy)4;
	CU_ASSERT_EQUAL(actor_spawn(&receiver, NULL, 0, &options, NULL), ACTOR_EINVALID);
}

static void marks_the_wrong_way_round_are_refused(void)
{
	in_system(marks_body);
}

#define CASES(X)                                     \
	X(the_end_of_an_alarm_is_an_event)           \
	X(an_alarm_is_raised_once_for_each_crossing) \
	X(marks_the_wrong_way_round_are_refused)
SUITE("alarms", CASES)
