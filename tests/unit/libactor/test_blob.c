/* SPDX-License-Identifier: MIT */
/* Blobs: shared without copying, freed with their last holder, counted, seen in a trace. */
#include <sched.h>

#include <actor/blob.h>
#include <actor/supervisor.h>

#include "actor/system.h"
#include "actors.h"
#include "base/hash.h"
#include "ring_reader.h"

ACTOR_STATIC_MESSAGE(look, int64_t);
ACTOR_STATIC_MESSAGE_EMPTY(keep);
ACTOR_STATIC_MESSAGE_EMPTY(recall);
ACTOR_STATIC_MESSAGE_EMPTY(let_go);
ACTOR_STATIC_REQUEST_EMPTY(sum, int64_t);

struct viewer {
	struct seen *seen;
	struct actor_blob *kept;
};

static int viewer_init(void *state, const void *argument, size_t size)
{
	(void)size;
	((struct viewer *)state)->seen = *(struct seen *const *)argument;
	return ACTOR_CONTINUE;
}

static int64_t total(const struct actor_blob *blob)
{
	const unsigned char *bytes = actor_blob_bytes(blob);
	int64_t all = 0;

	for (size_t i = 0; i < actor_blob_size(blob); i++)
		all += bytes[i];
	return all;
}

static int viewer_cast(void *state, const struct actor_message *message)
{
	struct viewer *self = state;
	struct actor_blob *blob = actor_message_blob(message);

	if (actor_message_is(message, &look)) {
		seen_add(self->seen, (int64_t)(uintptr_t)actor_blob_bytes(blob));
		CU_ASSERT_EQUAL(*actor_message_as(message, int64_t), total(blob));
	} else if (actor_message_is(message, &keep)) {
		self->kept = blob;
		CU_ASSERT_EQUAL(actor_blob_keep(blob), 0);
		CU_ASSERT_EQUAL(actor_blob_keep(blob), 0);
		self->kept = blob;
		seen_add(self->seen, 0);
	} else if (actor_message_is(message, &recall)) {
		CU_ASSERT_PTR_NULL(blob);
		seen_add(self->seen, total(self->kept));
	} else {
		(void)actor_blob_drop(self->kept);
		self->kept = actor_blob_drop(self->kept);
		CU_ASSERT_PTR_NULL(actor_blob_drop(NULL));
		seen_add(self->seen, 1);
	}
	return ACTOR_CONTINUE;
}

static int viewer_call(void *state, const struct actor_message *message, struct actor_from from)
{
	int64_t answer = total(actor_message_blob(message));

	(void)state;
	return actor_reply(from, &answer);
}

static const struct actor_behaviour viewer = {.name = "viewer",
					      .state_size = sizeof(struct viewer),
					      .init = viewer_init,
					      .handle_call = viewer_call,
					      .handle_cast = viewer_cast};

static struct actor_pid viewer_start(struct seen *seen)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(&viewer, &seen, sizeof(seen), NULL, &pid), 0);
	return pid;
}

static struct actor_system_counters counters(struct actor_system *system)
{
	struct actor_system_counters counted;

	actor_system_count(system, &counted);
	return counted;
}

/* Spins until that many blobs are alive; false at the deadline. */
static bool blobs_are(struct actor_system *system, uint64_t count)
{
	uint64_t end = clock_monotonic_ns() + ACTOR_SECONDS(DEADLINE_SECS);

	while (clock_monotonic_ns() < end) {
		if (counters(system).blobs == count)
			return true;
		sched_yield();
	}
	return false;
}

static uint32_t memory(struct actor_system *system, struct actor_pid pid)
{
	return __atomic_load_n(&system_line(system, actor_pid_slot(pid))->memory, __ATOMIC_RELAXED);
}

static struct actor_blob *thousand(unsigned char value)
{
	unsigned char bytes[1000];
	struct actor_blob *blob = NULL;

	memset(bytes, value, sizeof(bytes));
	CU_ASSERT_EQUAL_FATAL(actor_blob_create(bytes, sizeof(bytes), &blob), 0);
	memset(bytes, 0, sizeof(bytes)); /* it has a copy of its own */
	return blob;
}

static void shared_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_blob *blob = thousand(3);
	int64_t expected = 3000;
	int64_t answer = 0;

	CU_ASSERT_EQUAL(counters(system).blobs, 1);
	CU_ASSERT_EQUAL(counters(system).blob_bytes, 1000);
	CU_ASSERT_EQUAL(memory(system, actor_self()), 1000);
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(actor_cast_blob(viewer_start(&seen), &look, &expected, blob), 0);
	CU_ASSERT_EQUAL(actor_call_blob(viewer_start(&seen), &sum, NULL, blob, &answer,
					ACTOR_SECONDS(DEADLINE_SECS)),
			0);
	CU_ASSERT_EQUAL(answer, expected);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 1000));
	for (size_t i = 0; i < 1000; i++) /* all read the same bytes, not copies */
		CU_ASSERT_EQUAL(seen.values[i], (int64_t)(uintptr_t)actor_blob_bytes(blob));
	CU_ASSERT_PTR_NULL(actor_blob_drop(blob));
	CU_ASSERT_TRUE(blobs_are(system, 0));
	CU_ASSERT_EQUAL(counters(system).blob_bytes, 0);
	CU_ASSERT_EQUAL(memory(system, actor_self()), 0);
}

static void a_blob_is_shared_without_copying(void)
{
	in_system(shared_body);
}

static void kept_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid = viewer_start(&seen);
	struct actor_blob *blob = thousand(2);

	CU_ASSERT_EQUAL(actor_cast_blob(pid, &keep, NULL, blob), 0);
	(void)actor_blob_drop(blob);
	CU_ASSERT_EQUAL(actor_cast(pid, &recall, NULL), 0);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[1], 2000);
	CU_ASSERT_EQUAL(counters(system).blobs, 1);
	/* Once, however often it holds it. */
	CU_ASSERT_EQUAL(memory(system, pid), sizeof(struct viewer) + 1000);
	CU_ASSERT_EQUAL(actor_cast(pid, &let_go, NULL), 0);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 3));
	CU_ASSERT_TRUE(blobs_are(system, 0));
	CU_ASSERT_EQUAL(memory(system, pid), sizeof(struct viewer));
}

static void a_blob_can_be_kept_beyond_the_turn(void)
{
	in_system(kept_body);
}

static void count_destroyed(void *bytes, size_t size, void *context)
{
	CU_ASSERT_EQUAL(size, 100);
	free(bytes);
	seen_add(context, (int64_t)size);
}

static void adopted_body(struct actor_system *system)
{
	SEEN(seen);
	SEEN(destroyed);
	struct actor_pid pid = viewer_start(&seen);
	struct actor_blob *blob = NULL;
	int64_t expected = 0;

	CU_ASSERT_EQUAL_FATAL(
		actor_blob_adopt(calloc(1, 100), 100, count_destroyed, &destroyed, &blob), 0);
	CU_ASSERT_EQUAL(actor_cast_blob(pid, &look, &expected, blob), 0);
	CU_ASSERT_TRUE(seen_wait(&seen, 1));
	CU_ASSERT_EQUAL(seen_count(&destroyed), 0);
	(void)actor_blob_drop(blob);
	CU_ASSERT_TRUE(seen_wait(&destroyed, 1));
	CU_ASSERT_TRUE(blobs_are(system, 0));
	CU_ASSERT_EQUAL(seen_count(&destroyed), 1);
	CU_ASSERT_EQUAL(actor_blob_create(NULL, 1, &blob), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_blob_create(NULL, 0, &blob), 0);
	CU_ASSERT_EQUAL(actor_blob_size(blob), 0);
	(void)actor_blob_drop(blob);
}

static void adopted_bytes_are_given_back_once(void)
{
	in_system(adopted_body);
}

/* ---- Ends --------------------------------------------------------------------------------------
 */

/* Holds blobs, memory and a timer; then ends, however it is told to. */
static int hoarder_init(void *state, const void *argument, size_t size)
{
	(void)state;
	(void)size;
	for (unsigned i = 0; i < 10; i++) {
		CU_ASSERT_PTR_NOT_NULL(thousand((unsigned char)i));
		CU_ASSERT_PTR_NOT_NULL(actor_alloc(100));
	}
	CU_ASSERT_EQUAL(actor_timer_start(ACTOR_SECONDS(100), 0, &keep, NULL, NULL), 0);
	seen_add(*(struct seen *const *)argument, (int64_t)actor_self().bits);
	return ACTOR_CONTINUE;
}

static int hoarder_cast(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	return ACTOR_EXIT_USER;
}

static const struct actor_behaviour hoarder = {
	.name = "hoarder", .init = hoarder_init, .handle_cast = hoarder_cast};

static void restart_body(struct actor_system *system)
{
	SEEN(seen);
	struct seen *argument = &seen;
	const struct actor_child child = {.id = "hoarder",
					  .behaviour = &hoarder,
					  .argument = &argument,
					  .argument_size = sizeof(argument),
					  .restart = ACTOR_PERMANENT};
	const struct actor_supervisor_options options = {.size = sizeof(options),
							 .strategy = ACTOR_ONE_FOR_ONE,
							 .intensity = 1000,
							 .period_ns = ACTOR_SECONDS(1),
							 .children = &child,
							 .child_count = 1};
	struct actor_pid supervisor;

	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, &supervisor), 0);
	for (size_t i = 1; i <= 100; i++) {
		struct actor_pid pid;

		CU_ASSERT_TRUE_FATAL(seen_wait(&seen, i));
		pid.bits = (uint64_t)seen.values[i - 1];
		CU_ASSERT_TRUE(blobs_are(system, 10)); /* what the one before it held is gone */
		CU_ASSERT_EQUAL(memory(system, pid), 10 * 1000 + 10 * 100);
		CU_ASSERT_EQUAL(i % 2 == 0 ? actor_cast(pid, &keep, NULL)
					   : actor_exit(pid, ACTOR_EXIT_KILL),
				0);
	}
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 101));
	CU_ASSERT_EQUAL(actor_exit(supervisor, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(blobs_are(system, 0));
}

static void a_restart_frees_everything(void)
{
	in_system(restart_body);
}

static void undelivered_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid = viewer_start(&seen);
	struct actor_blob *blob = thousand(1);
	int64_t expected = 1000;

	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL(actor_send_blob(pid, &look, &expected, blob), 0); /* a dead letter */
	(void)actor_blob_drop(blob);
	CU_ASSERT_TRUE(blobs_are(system, 0));
	(void)thousand(9);
	CU_ASSERT_EQUAL(counters(system).blobs, 1);
	actor_system_leave(); /* what this thread held goes with it */
	CU_ASSERT_EQUAL(counters(system).blobs, 0);
	CU_ASSERT_EQUAL(actor_blob_create("", 1, &blob), ACTOR_ENOT_ACTOR);
	CU_ASSERT_EQUAL(actor_system_enter(system), 0);
}

static void nothing_is_left_of_what_nobody_holds(void)
{
	in_system(undelivered_body);
}

/* ---- In a trace --------------------------------------------------------------------------------
 */

static struct actor_event sent[2];
static unsigned sent_count;

static void sends(struct ring_reader *ring, const struct actor_event *event, uint64_t nth)
{
	(void)ring;
	(void)nth;
	if (event->kind == ACTOR_EVENT_SEND && sent_count < 2)
		sent[sent_count++] = *event;
}

static void trace_body(struct actor_system *system)
{
	SEEN(seen);
	struct ring_reader *ring = calloc(1, sizeof(*ring));
	struct actor_pid pid = viewer_start(&seen);
	struct actor_blob *blob = thousand(5);
	int64_t expected = 5000;

	sent_count = 0;
	reader_init(ring, system->plane.header, thread_self()->index);
	reader_attach(ring, 0, ACTOR_PLANE_MODE_DISCARD, UINT64_C(1) << ACTOR_EVENT_SEND);
	CU_ASSERT_EQUAL(actor_cast_blob(pid, &look, &expected, blob), 0);
	(void)actor_blob_drop(blob);
	blob = thousand(6);
	expected = 6000;
	CU_ASSERT_EQUAL(actor_cast_blob(pid, &look, &expected, blob), 0);
	while (reader_read(ring, sends))
		;
	CU_ASSERT_EQUAL_FATAL(sent_count, 2);
	CU_ASSERT_EQUAL((uint32_t)sent[0].c, 1008); /* payload and blob */
	CU_ASSERT_EQUAL(sent[1].b, hash_mix(hash_bytes(&expected, 8), actor_blob_hash(blob)));
	CU_ASSERT_NOT_EQUAL(sent[0].b, sent[1].b);
	reader_set_mode(ring, ACTOR_PLANE_MODE_NONE);
	free(ring);
	(void)actor_blob_drop(blob);
}

static void a_trace_has_the_blobs_hash_and_size(void)
{
	in_system(trace_body);
}

#define CASES(X)                                \
	X(a_blob_is_shared_without_copying)     \
	X(a_blob_can_be_kept_beyond_the_turn)   \
	X(adopted_bytes_are_given_back_once)    \
	X(a_restart_frees_everything)           \
	X(nothing_is_left_of_what_nobody_holds) \
	X(a_trace_has_the_blobs_hash_and_size)

SUITE("blob", CASES)
