/* SPDX-License-Identifier: MIT */
/*
 * Threads of the program, beside its main: for the test that what they bring in from outside is
 * known to a replay, and that the actors that they start are run in it.
 *
 * usage: replay-threads [FILE]
 *
 * Two threads start a worker each, with an argument that holds a pointer, call it and send to it,
 * also what no replay can know; a third one only sends, and waits for what never comes in a
 * replay. With FILE, the first one reads a line from it before it starts its worker.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <actor/actor.h>

#define ROUNDS 20

struct number {
	uint64_t value;
};
ACTOR_STATIC_MESSAGE(add, struct number);
ACTOR_STATIC_REQUEST(sum, struct number, struct number);

/* What only the thread knows: where its own start is. */
struct beginning {
	const uint64_t *start;
};

static struct actor_system *system_;
static struct actor_pid sink;
static const char *path;
static atomic_uint entered;

/* ---- Actors -----------------------------------------------------------------------------------
 */

static int worker_init(void *state, const void *argument, size_t size)
{
	const struct beginning *beginning = argument;
	struct number *self = state;

	self->value = size == sizeof(*beginning) ? *beginning->start : 0;
	return 0;
}

static int worker_cast(void *state, const struct actor_message *message)
{
	struct number *self = state;

	self->value += actor_message_as(message, struct number)->value;
	return actor_cast(sink, &add, self);
}

static int worker_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct number *self = state;

	self->value += actor_message_as(message, struct number)->value;
	return actor_reply(from, self);
}

static const struct actor_behaviour worker_behaviour = {
	.name = "worker",
	.state_size = sizeof(struct number),
	.init = worker_init,
	.handle_cast = worker_cast,
	.handle_call = worker_call,
};

static int sink_cast(void *state, const struct actor_message *message)
{
	struct number *self = state;

	self->value += actor_message_as(message, struct number)->value;
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour sink_behaviour = {
	.name = "sink",
	.state_size = sizeof(struct number),
	.handle_cast = sink_cast,
	.handle_call = worker_call,
};

/* ---- Threads ----------------------------------------------------------------------------------
 */

static void let_pass(long ns)
{
	const struct timespec pause = {.tv_nsec = ns};

	(void)nanosleep(&pause, NULL);
}

static struct number from_outside(void)
{
	struct number number = {0};

	(void)!getrandom(&number, sizeof(number), 0);
	return number;
}

static void read_line(void)
{
	char text[64];
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (fd >= 0 && read(fd, text, sizeof(text)) >= 0)
		close(fd);
}

static void *starts(void *argument)
{
	const uint64_t *start = argument;
	const struct beginning beginning = {start};
	struct actor_pid worker;
	struct number number = {0};

	if (actor_system_enter(system_) != 0)
		return NULL;
	atomic_fetch_add(&entered, 1);
	if (*start == 1000)
		read_line();
	if (actor_start(&worker_behaviour, &beginning, sizeof(beginning), NULL, &worker, NULL) != 0)
		return NULL;
	for (int i = 0; i < ROUNDS; i++) {
		(void)actor_call(worker, &sum, &number, &number, ACTOR_SECONDS(30));
		number = from_outside();
		(void)actor_cast(worker, &add, &number);
		let_pass(500000);
	}
	(void)actor_exit(worker, ACTOR_EXIT_SHUTDOWN);
	actor_system_leave();
	return NULL;
}

static void *sends(void *argument)
{
	(void)argument;
	if (actor_system_enter(system_) != 0)
		return NULL;
	atomic_fetch_add(&entered, 1);
	for (int i = 0; i < ROUNDS; i++) {
		struct number number = from_outside();

		(void)actor_cast(sink, &add, &number);
		let_pass(300000);
	}
	actor_system_leave();
	return NULL;
}

/* One after the other, so that which is which is told by the order in which they enter. */
static int start(pthread_t *ret_thread, void *(*function)(void *), void *argument)
{
	unsigned before = atomic_load(&entered);
	int error = pthread_create(ret_thread, NULL, function, argument);

	while (error == 0 && atomic_load(&entered) == before)
		let_pass(100000);
	return error;
}

int main(int argc, char **argv)
{
	static const uint64_t starts_at[] = {1000, 2000};
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = 2, .seed = 1, .argc = argc, .argv = argv};
	struct number number = {0};
	pthread_t threads[3];
	int status = actor_system_create(&options, &system_);

	path = argc > 1 ? argv[1] : NULL;
	if (status == 0)
		status = actor_start(&sink_behaviour, NULL, 0, NULL, &sink, NULL);
	if (status != 0 || start(&threads[0], sends, NULL) != 0)
		return 1;
	for (int i = 0; i < 2; i++)
		if (start(&threads[1 + i], starts, (void *)(uintptr_t)&starts_at[i]) != 0)
			return 1;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	status = actor_call(sink, &sum, &number, &number, ACTOR_SECONDS(30));
	actor_system_destroy(system_, ACTOR_SECONDS(1));
	return status == 0 ? 0 : 1;
}
