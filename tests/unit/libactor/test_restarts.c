/* SPDX-License-Identifier: MIT */
/* What is said and recorded of restarts, and how long they wait. */
#include "hands.h"

#include "actor/log.h"
#include "actor/system.h"
#include "ring_reader.h"

#define LINES_MAX 64

static struct {
	pthread_mutex_t lock;
	size_t count;
	struct {
		enum actor_log_level level;
		struct actor_pid pid;
		char text[LOG_LINE_MAX];
	} line[LINES_MAX];
} said = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void keep(void *context, enum actor_log_level level, struct actor_pid pid, const char *text)
{
	(void)context;
	pthread_mutex_lock(&said.lock);
	if (said.count < LINES_MAX) {
		said.line[said.count].level = level;
		said.line[said.count].pid = pid;
		snprintf(said.line[said.count].text, LOG_LINE_MAX, "%s", text);
		said.count++;
	}
	pthread_mutex_unlock(&said.lock);
}

static void await_said(size_t count)
{
	size_t there;

	do {
		pthread_mutex_lock(&said.lock);
		there = said.count;
		pthread_mutex_unlock(&said.lock);
	} while (there < count);
}

static struct actor_event events[256];
static size_t event_count;

static void take(struct ring_reader *reader, const struct actor_event *event, uint64_t number)
{
	(void)reader;
	(void)number;
	if (event_count < sizeof(events) / sizeof(events[0]))
		events[event_count++] = *event;
}

/* One scheduler, whose events of those kinds are read; its log is kept. */
static struct actor_system *system_read(struct ring_reader *reader, uint64_t seed, uint64_t kinds)
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 1,
						     .seed = seed,
						     .ring_bytes = 1 << 20,
						     .log = keep};
	struct actor_system *system = NULL;

	said.count = 0;
	event_count = 0;
	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	reader_init(reader, system->plane.header, 0);
	reader_attach(reader, 0, ACTOR_PLANE_MODE_DISCARD, kinds);
	return system;
}

#define KIND(NAME) (UINT64_C(1) << ACTOR_EVENT_##NAME)

static void restarts_are_said_and_recorded(void)
{
	SEEN(seen);
	static struct ring_reader reader;
	struct actor_system *system = system_read(&reader, 7, KIND(RESTART) | KIND(GIVE_UP));
	const struct hand argument = {&seen, 1, 0, NULL};
	const struct actor_child child = child_of("w", &argument, ACTOR_PERMANENT);
	const struct actor_supervisor_options options = {.size = sizeof(options),
							 .name = "top",
							 .intensity = 2,
							 .children = &child,
							 .child_count = 1};
	const int32_t reasons[3] = {ACTOR_EXIT_USER + 3, ACTOR_EXIT_NORMAL, ACTOR_ENO_MEMORY};
	struct actor_pid pids[3];
	struct actor_pid top;
	char expected[LOG_LINE_MAX];

	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, &top), 0);
	for (size_t i = 0; i < 3; i++) {
		pids[i] = await_name("w", i > 0 ? pids[i - 1] : ACTOR_PID_NONE);
		await_said(i); /* while the new one lives, else its name would be missing there */
		end_named("w", reasons[i]);
	}
	CU_ASSERT_TRUE(dies(top));
	while (reader_read(&reader, take))
		;
	CU_ASSERT_EQUAL_FATAL(event_count, 3);
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(events[i].kind, ACTOR_EVENT_RESTART);
		CU_ASSERT_EQUAL(events[i].seq, i + 1);
		CU_ASSERT_EQUAL(events[i].a, pids[i + 1].bits);
		CU_ASSERT_EQUAL(events[i].b, pids[i].bits);
		CU_ASSERT_EQUAL((int64_t)events[i].c, reasons[i]);
	}
	CU_ASSERT_EQUAL(events[2].kind, ACTOR_EVENT_GIVE_UP);
	CU_ASSERT_EQUAL(events[2].seq, 3);
	CU_ASSERT_EQUAL(events[2].a, top.bits);
	CU_ASSERT_EQUAL(events[2].b, pids[2].bits);
	CU_ASSERT_EQUAL((int64_t)events[2].c, reasons[2]);

	CU_ASSERT_EQUAL_FATAL(said.count, 3);
	snprintf(expected, sizeof(expected),
		 "top: child w <0.%u.%u> ended (reason 1027), restarted as w <0.%u.%u>",
		 actor_pid_slot(pids[0]), actor_pid_generation(pids[0]), actor_pid_slot(pids[1]),
		 actor_pid_generation(pids[1]));
	CU_ASSERT_STRING_EQUAL(said.line[0].text, expected);
	CU_ASSERT_EQUAL(said.line[0].level, ACTOR_LOG_WARNING);
	CU_ASSERT_TRUE(actor_pid_equal(said.line[0].pid, top));
	CU_ASSERT_PTR_NOT_NULL(strstr(said.line[1].text, "(normal), restarted as"));
	CU_ASSERT_STRING_EQUAL(said.line[2].text, "top: child w ended (out of memory), which is "
						  "more than 2 restarts in 5000 ms: gives up");
	CU_ASSERT_EQUAL(said.line[2].level, ACTOR_LOG_ERROR);
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

/* ---- Backoff -----------------------------------------------------------------------------------
 */

#define DELAYS 7

/* Ends a child again and again; the delays that were asked for. */
static void delays_of(uint64_t seed, const struct actor_supervisor_options *options,
		      uint64_t delays[DELAYS])
{
	static struct ring_reader reader;
	struct actor_system *system = system_read(&reader, seed, KIND(TIMER_START));
	struct actor_pid top;

	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(options, &top), 0);
	for (struct actor_pid pid = ACTOR_PID_NONE; event_count < DELAYS;) {
		pid = await_name("w", pid);
		end_named("w", ACTOR_EXIT_USER);
		for (size_t before = event_count; event_count == before;)
			(void)reader_read(&reader, take);
	}
	for (size_t i = 0; i < DELAYS; i++)
		delays[i] = events[i].b;
	CU_ASSERT_EQUAL(actor_exit(top, ACTOR_EXIT_SHUTDOWN), 0); /* with the last restart */
	CU_ASSERT_TRUE(dies(top));
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

static void backoff_doubles_up_to_its_bound(void)
{
	SEEN(seen);
	const struct hand argument = {&seen, 1, 0, NULL};
	const struct actor_child child = child_of("w", &argument, ACTOR_PERMANENT);
	const struct actor_supervisor_options options = {
		.size = sizeof(options),
		.intensity = 100,
		.children = &child,
		.child_count = 1,
		.backoff = {.min_ns = ACTOR_MILLISECONDS(1), .max_ns = ACTOR_SECONDS(3600)}};
	struct actor_supervisor_options bounded = options;
	struct actor_child own = child;
	uint64_t delays[DELAYS];

	delays_of(7, &options, delays);
	for (int i = 0; i < DELAYS; i++)
		CU_ASSERT_EQUAL(delays[i], ACTOR_MILLISECONDS(1) << i);
	/* A child's own goes before the supervisor's. The bound is far below any run's length, so
	 * the child may have run for that long, and begun anew: then it is min_ns. */
	own.backoff.min_ns = ACTOR_MILLISECONDS(3);
	own.backoff.max_ns = ACTOR_MILLISECONDS(3);
	bounded.children = &own;
	delays_of(7, &bounded, delays);
	for (int i = 0; i < DELAYS; i++)
		CU_ASSERT_EQUAL(delays[i], ACTOR_MILLISECONDS(3));
	bounded.backoff.min_ns = 0; /* also where the supervisor has none */
	delays_of(7, &bounded, delays);
	CU_ASSERT_EQUAL(delays[0], ACTOR_MILLISECONDS(3));
}

static void backoff_begins_anew_after_a_good_run(void)
{
	SEEN(seen);
	const struct hand argument = {&seen, 1, 0, NULL};
	const struct actor_child child = child_of("w", &argument, ACTOR_PERMANENT);
	const struct actor_supervisor_options options = {
		.size = sizeof(options),
		.intensity = 100,
		.children = &child,
		.child_count = 1,
		.backoff = {.min_ns = ACTOR_MILLISECONDS(1), .max_ns = ACTOR_MILLISECONDS(20)}};
	static struct ring_reader reader;
	struct actor_system *system = system_read(&reader, 7, KIND(TIMER_START));
	struct actor_pid pid = ACTOR_PID_NONE;
	struct timespec now;
	uint64_t begin;

	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, NULL), 0);
	for (size_t i = 0; i < 2; i++) {
		pid = await_name("w", pid);
		clock_gettime(CLOCK_MONOTONIC, &now);
		begin = ACTOR_SECONDS((uint64_t)now.tv_sec) + (uint64_t)now.tv_nsec;
		do /* it runs for longer than the longest delay */
			clock_gettime(CLOCK_MONOTONIC, &now);
		while (ACTOR_SECONDS((uint64_t)now.tv_sec) + (uint64_t)now.tv_nsec - begin <
		       ACTOR_MILLISECONDS(25));
		end_named("w", ACTOR_EXIT_USER);
	}
	while (event_count < 2)
		(void)reader_read(&reader, take);
	CU_ASSERT_EQUAL(events[0].b, ACTOR_MILLISECONDS(1));
	CU_ASSERT_EQUAL(events[1].b, ACTOR_MILLISECONDS(1));
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

static void jitter_is_bounded_and_repeats_with_the_seed(void)
{
	SEEN(seen);
	const struct hand argument = {&seen, 1, 0, NULL};
	const struct actor_child child = child_of("w", &argument, ACTOR_PERMANENT);
	const struct actor_supervisor_options options = {
		.size = sizeof(options),
		.intensity = 100,
		.children = &child,
		.child_count = 1,
		.backoff = {.min_ns = ACTOR_MILLISECONDS(1),
			    .max_ns = ACTOR_SECONDS(3600),
			    .jitter_percent = 50}};
	uint64_t first[DELAYS];
	uint64_t again[DELAYS];
	uint64_t other[DELAYS];
	bool plain = true;

	delays_of(7, &options, first);
	delays_of(7, &options, again);
	delays_of(8, &options, other);
	for (int i = 0; i < DELAYS; i++) {
		CU_ASSERT_TRUE(first[i] <= ACTOR_MILLISECONDS(1) << i);
		CU_ASSERT_TRUE(first[i] >= ACTOR_MILLISECONDS(1) << i >> 1);
		plain = plain && first[i] == ACTOR_MILLISECONDS(1) << i;
	}
	CU_ASSERT_FALSE(plain);
	CU_ASSERT_EQUAL(memcmp(first, again, sizeof(first)), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(first, other, sizeof(first)), 0);
}

/* While a restart waits, the supervisor answers, and the restart can be called off. */
static void waiting_body(struct actor_system *system)
{
	SEEN(seen);
	const struct hand argument = {&seen, 1, 0, NULL};
	const struct actor_child child = child_of("w", &argument, ACTOR_PERMANENT);
	const struct actor_supervisor_options options = {
		.size = sizeof(options),
		.intensity = 100,
		.children = &child,
		.child_count = 1,
		.backoff = {.min_ns = ACTOR_MILLISECONDS(30)}};
	struct actor_child_info info = {0};
	struct actor_pid top;
	size_t count;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, &top), 0);
	end_named("w", ACTOR_EXIT_USER);
	while (info.state != ACTOR_CHILD_RESTARTING)
		CU_ASSERT_EQUAL(actor_supervisor_which_children(top, &info, 1, &count), 0);
	CU_ASSERT_TRUE(actor_pid_is_none(info.pid));
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(top, "w", NULL), ACTOR_ECHILD_RESTARTS);
	CU_ASSERT_EQUAL(actor_supervisor_delete_child(top, "w"), ACTOR_ECHILD_RESTARTS);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(top, "w"), 0);
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(top, "w", NULL), 0);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(top, "w"), 0);
	CU_ASSERT_EQUAL(actor_supervisor_delete_child(top, "w"), 0); /* its timer still runs */
	CU_ASSERT_EQUAL(actor_supervisor_add_child(top, &child, NULL), 0);
	end_named("w", ACTOR_EXIT_USER);
	SEEN_ARE(&seen, 1, -1, 1, -1, 1, -1, 1);
}

static void a_waiting_restart_can_be_called_off(void)
{
	in_system(waiting_body);
}

#define CASES(X)                                       \
	X(restarts_are_said_and_recorded)              \
	X(backoff_doubles_up_to_its_bound)             \
	X(backoff_begins_anew_after_a_good_run)        \
	X(jitter_is_bounded_and_repeats_with_the_seed) \
	X(a_waiting_restart_can_be_called_off)

SUITE("restarts", CASES)
