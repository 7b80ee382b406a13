/* SPDX-License-Identifier: MIT */
/* What comes from outside, and no seed decides. */
#include "random.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

ACTOR_MESSAGE(random_measured, struct measured);

static uint64_t measure_now(void)
{
	struct timespec now;
	uint64_t value = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		value = 0;
	return value ^ (uint64_t)now.tv_nsec;
}

int measure(const void *argument, size_t size, void *result)
{
	struct measured measured;
	uint64_t chance;

	if (size != sizeof(chance))
		return ACTOR_EINVALID;
	memcpy(&chance, argument, size);
	if (chance % 8 == 0)
		return ACTOR_EREJECTED;
	memset(&measured, 0, sizeof(measured));
	measured.value = measure_now();
	measured.low = (uint8_t)measured.value;
	memcpy(result, &measured, sizeof(measured));
	return 0;
}

/* ---- A device: an actor that stands for the outside -------------------------------------------
 */

ACTOR_STATIC_MESSAGE_EMPTY(look_again);
#define LOOKS_MAX 12

struct device {
	uint64_t looks;
};

static int device_init(void *state, const void *argument, size_t size)
{
	uint64_t timer;

	(void)state;
	(void)argument;
	(void)size;
	return actor_timer_start(ACTOR_MILLISECONDS(1), ACTOR_MILLISECONDS(1), &look_again, NULL,
				 &timer);
}

static int device_info(void *state, const struct actor_message *message)
{
	struct device *device = state;
	struct work work = {.digest = measure_now(), .hops = (uint32_t)(measure_now() % 4)};

	if (!actor_message_is(message, &look_again) || ++device->looks > LOOKS_MAX)
		return ACTOR_CONTINUE;
	(void)actor_send(somebody(measure_now()), &random_note, &work);
	return ACTOR_CONTINUE;
}

static int device_call(void *state, const struct actor_message *message, struct actor_from from)
{
	uint64_t value = measure_now();

	(void)state;
	(void)message;
	(void)actor_reply(from, &value);
	return ACTOR_CONTINUE;
}

const struct actor_behaviour random_device = {
	.name = "device",
	.state_size = sizeof(struct device),
	.state_ctype = "struct device",
	.init = device_init,
	.handle_info = device_info,
	.handle_call = device_call,
};

/* ---- Threads ----------------------------------------------------------------------------------
 */

static void call_from_outside(struct actor_pid to, const struct work *work, uint64_t chance)
{
	uint64_t reply = 0;
	uint64_t request = 0;

	if (chance % 2 == 0) {
		(void)actor_call(to, &random_ask, work, &reply,
				 ACTOR_MICROSECONDS(chance / 2 % 4000));
	} else if (actor_request(to, &random_inquire, work, &request) == 0) {
		(void)actor_request_receive(request, &reply, ACTOR_MICROSECONDS(chance / 2 % 4000));
	}
}

void operate(uint64_t chance, struct actor_system *system)
{
	const struct actor_type *const types[] = {&random_note};
	struct work work = {.digest = measure_now(), .hops = (uint32_t)(chance % (HOPS_MAX - 2))};
	struct actor_pid to = somebody(chance >> 8);
	const struct actor_message *message;
	struct nature nature = {.number = NATURE_OTHER};
	struct actor_pid pid;
	size_t count;

	if (to.bits == 0)
		return;
	switch (chance >> 32 & 31) {
	case 0:
	case 1:
	case 2:
		call_from_outside(to, &work, chance >> 40);
		break;
	case 3:
		call_from_outside(actor_whereis(DEVICE), &work, chance >> 40);
		break;
	case 4:
		(void)actor_supervisor_start_child(actor_whereis(CROWD), &nature, sizeof(nature),
						   &pid);
		break;
	case 5:
		if (actor_alias(ACTOR_ALIAS_REPLY, &work.alias) == 0 &&
		    actor_cast(to, &random_work, &work) == 0)
			(void)actor_receive(types, 1, ACTOR_MICROSECONDS(chance >> 40 & 2047),
					    &message);
		break;
	case 6:
		(void)actor_group_send("all", &random_note, &work, &count);
		break;
	case 7:
		if (chance >> 40 & 1)
			(void)actor_exit(to, ACTOR_EXIT_USER);
		break;
	case 8:
		if (system != NULL) {
			actor_system_leave();
			(void)actor_system_enter(system);
		}
		break;
	default:
		if (chance >> 40 & 1)
			(void)actor_send(to, &random_note, &work);
		else
			(void)actor_cast(to, &random_work, &work);
	}
}

static struct feeder {
	pthread_t id;
	struct actor_system *system;
	uint32_t number;
	bool started;
} feeders[FEEDERS];

static void *feeder_main(void *argument)
{
	struct feeder *feeder = argument;

	if (actor_system_enter(feeder->system) != 0)
		return NULL;
	for (uint32_t i = 0; i < plan.operations; i++)
		operate(mix(plan.seed + feeder->number + 1, 5000 + i), feeder->system);
	actor_system_leave();
	return NULL;
}

int feeders_start(struct actor_system *system)
{
	for (uint32_t i = 0; i < FEEDERS; i++) {
		feeders[i] = (struct feeder){.system = system, .number = i};
		if (pthread_create(&feeders[i].id, NULL, feeder_main, &feeders[i]) != 0)
			return ACTOR_ENO_MEMORY;
		feeders[i].started = true;
	}
	return 0;
}

void feeders_join(void)
{
	for (uint32_t i = 0; i < FEEDERS; i++) {
		if (feeders[i].started)
			pthread_join(feeders[i].id, NULL);
		feeders[i].started = false;
	}
}
