/* SPDX-License-Identifier: MIT */
/*
 * How fast the writer stores and how small: bench_store FILE [EVENTS] [--distinct]. 200 actors pass
 * messages on, a turn is a RECV and a SEND or two, payloads have 64 values (or all differ). Time is
 * that of the process, so that other programs do not count. `--smoke` is a short run for the tests.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <actor/pid.h>
#include <tracer/store.h>

#define ACTORS 200
#define BATCH  4096
#define QUEUE  65536 /* messages under way, a power of two */

struct message {
	uint32_t sender;
	uint32_t receiver;
	uint32_t number;
	uint16_t type;
};

struct session {
	uint64_t random;
	uint64_t time;
	uint64_t current;
	uint32_t numbers[ACTORS];
	struct message queue[QUEUE];
	uint32_t first;
	uint32_t last;
	bool distinct;
	struct actor_event events[BATCH];
};

static uint64_t next_random(struct session *session)
{
	session->random ^= session->random << 13;
	session->random ^= session->random >> 7;
	session->random ^= session->random << 17;
	return session->random;
}

static uint64_t pid_of(uint32_t actor)
{
	return actor_pid_pack(actor, 1).bits;
}

static void enqueue(struct session *session, uint32_t sender, uint32_t receiver, uint16_t type)
{
	session->queue[session->last++ % QUEUE] = (struct message){
		.sender = sender,
		.receiver = receiver,
		.number = ++session->numbers[sender],
		.type = type,
	};
}

static unsigned choose_sends(struct session *session)
{
	uint32_t waiting = session->last - session->first;
	uint64_t dice = next_random(session) % 8;

	if (waiting < 100)
		return 2;
	if (waiting > 2000)
		return dice < 4;
	return dice == 0 ? 2 : dice == 1 ? 0 : 1;
}

static size_t fill(struct session *session)
{
	size_t count = 0;

	while (count + 3 <= BATCH) {
		const struct message message = session->queue[session->first++ % QUEUE];
		uint32_t self = message.receiver;

		session->time += 400 + next_random(session) % 1600;
		session->current = pid_of(self);
		session->events[count++] = (struct actor_event){
			.kind = ACTOR_EVENT_RECV,
			.flags = ACTOR_MESSAGE_KIND_CAST,
			.tag = message.type,
			.seq = message.number,
			.a = session->current,
			.b = pid_of(message.sender),
			.c = session->time,
		};
		for (unsigned sends = choose_sends(session); sends > 0; sends--) {
			uint32_t receiver = (self * 7 + next_random(session) % 8) % ACTORS;
			uint16_t type = next_random(session) % 4 == 0 ? 2 : 1;
			uint64_t hash = next_random(session);

			if (!session->distinct)
				hash = hash % 64 * UINT64_C(0x9e3779b97f4a7c15);
			enqueue(session, self, receiver, type);
			session->events[count++] = (struct actor_event){
				.kind = ACTOR_EVENT_SEND,
				.flags = ACTOR_MESSAGE_KIND_CAST,
				.tag = type,
				.seq = session->numbers[self],
				.a = pid_of(receiver),
				.b = hash,
				.c = next_random(session) % 6 << 32 | (type == 1 ? 16 : 8),
			};
		}
	}
	return count;
}

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int fail(const char *text)
{
	fprintf(stderr, "bench_store: %s\n", text);
	return EXIT_FAILURE;
}

static int run(struct session *session, const char *path, uint64_t wanted)
{
	const struct trace_writer_options options = {sizeof(options), path, "bench_store"};
	struct trace_context context = {0};
	struct trace_totals totals = {0};
	struct trace_writer *writer;
	char error[512];
	double seconds = 0;
	double start;

	if (trace_writer_create(&options, &writer, error, sizeof(error)) != 0)
		return fail(error);
	trace_writer_meta_int(writer, "ticks_per_second", 2000000000);
	trace_writer_clock(writer, session->time, 0, 0);
	while (context.first < wanted) {
		size_t count;

		context.actor = session->current;
		context.turn_time = session->time;
		count = fill(session);
		start = now_seconds();
		if (trace_writer_events(writer, 0, &context, session->events, count) != 0)
			return fail(trace_writer_error(writer));
		context.first += count;
		/* As often as a recorder would at this speed. */
		if (context.first / BATCH % 64 == 0 && trace_writer_commit(writer) != 0)
			return fail(trace_writer_error(writer));
		seconds += now_seconds() - start;
	}
	start = now_seconds();
	if (trace_writer_finish(writer, &totals) != 0)
		return fail(trace_writer_error(writer));
	seconds += now_seconds() - start;
	trace_writer_destroy(writer);
	if (totals.events != context.first || totals.turns != totals.messages)
		return fail("the totals are wrong");
	printf("%" PRIu64 " events, %.2f M events/s of CPU, %.2f bytes per event\n", totals.events,
	       (double)totals.events / seconds / 1e6,
	       (double)totals.file_bytes / (double)totals.events);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct session session = {.random = 88172645463325252, .time = 1000};
	char path[64];
	int status;

	for (uint32_t i = 0; i < 400; i++)
		enqueue(&session, i % ACTORS, (i * 31) % ACTORS, 1);
	session.distinct = argc > 3 && strcmp(argv[3], "--distinct") == 0;
	if (argc < 2)
		return fail("give a file to write, or --smoke");
	if (strcmp(argv[1], "--smoke") != 0)
		return run(&session, argv[1], argc > 2 ? strtoull(argv[2], NULL, 10) : 10000000);
	snprintf(path, sizeof(path), "/tmp/libactor-bench-store-%d", (int)getpid());
	status = run(&session, path, 200000);
	unlink(path);
	return status;
}
