/* SPDX-License-Identifier: MIT */

/* The timer thread: never early, no drift, and what timer_stop promises. */

#include <pthread.h>
#include <sched.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/random.h"
#include "timer/timer.h"

#include "suite.h"

#define MS          UINT64_C(1000000)
#define DEADLINE_NS (20 * 1000 * MS)

static struct timer_service service;
static uint32_t entered;
static uint32_t left;

static void enter(struct timer_service *of)
{
	if (of == &service)
		entered++;
}

static void leave(struct timer_service *of)
{
	if (of == &service)
		left++;
}

static void setup(void)
{
	memset(&service, 0, sizeof(service));
	entered = left = 0;
	service.enter = enter;
	service.leave = leave;
	CU_ASSERT_EQUAL_FATAL(timer_service_init(&service), 0);
}

struct item {
	struct timer timer;
	uint64_t first_ns; /* the first deadline */
	uint32_t fired;
	uint32_t early;
	uint32_t hold; /* fire waits while this is 1 */
	uint32_t in_fire;
};

static uint64_t fire(struct timer *timer)
{
	struct item *item = (struct item *)(void *)timer;
	uint64_t due = item->first_ns + item->fired * timer->interval_ns;

	__atomic_store_n(&item->in_fire, 1, __ATOMIC_RELEASE);
	if (clock_monotonic_ns() < due)
		__atomic_store_n(&item->early, item->early + 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&item->hold, __ATOMIC_ACQUIRE) == 1)
		sched_yield();
	__atomic_store_n(&item->fired, item->fired + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&item->in_fire, 0, __ATOMIC_RELEASE);
	return 0;
}

static int start(struct item *item, uint64_t in_ns, uint64_t interval_ns, uint32_t shard)
{
	item->first_ns = clock_monotonic_ns() + in_ns;
	item->timer = (struct timer){
		.deadline_ns = item->first_ns, .interval_ns = interval_ns, .fire = fire};
	return timer_start(&service, &item->timer, shard);
}

static bool becomes(const uint32_t *word, uint32_t at_least)
{
	uint64_t end = clock_monotonic_ns() + DEADLINE_NS;

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) < at_least) {
		if (clock_monotonic_ns() > end)
			return false;
		sched_yield();
	}
	return true;
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void there_is_no_thread_before_the_first_timer(void)
{
	struct item item = {0};

	setup();
	timer_service_finish(&service);
	CU_ASSERT_EQUAL(entered, 0);
	CU_ASSERT_EQUAL(left, 0);

	setup();
	CU_ASSERT_EQUAL(start(&item, 0, 0, 0), 0);
	CU_ASSERT_TRUE(becomes(&item.fired, 1));
	timer_service_finish(&service);
	CU_ASSERT_EQUAL(entered, 1);
	CU_ASSERT_EQUAL(left, 1);
}

static void one_shot(void)
{
	static const uint64_t in_ns[] = {0, 1, MS - 1, MS, MS + 1, 5 * MS, 20 * MS, 300 * MS};
	enum {
		N = sizeof(in_ns) / sizeof(in_ns[0])
	};
	struct item items[N];

	memset(items, 0, sizeof(items));
	setup();
	/* The latest first: each next one must wake the thread earlier than it means to. */
	for (uint32_t i = N; i-- > 0;)
		CU_ASSERT_EQUAL(start(&items[i], in_ns[i], 0, i), 0);
	for (uint32_t i = 0; i < N; i++) {
		CU_ASSERT_TRUE(becomes(&items[i].fired, 1));
		CU_ASSERT_FALSE(timer_stop(&service, &items[i].timer));
	}
	timer_service_finish(&service);
	for (uint32_t i = 0; i < N; i++) {
		CU_ASSERT_EQUAL(items[i].fired, 1);
		CU_ASSERT_EQUAL(items[i].early, 0);
	}
}

/* The deadline in the past fires with the next tick. */
static void what_is_late_fires_at_once(void)
{
	struct item item = {0};

	setup();
	item.timer = (struct timer){.deadline_ns = 1, .fire = fire};
	CU_ASSERT_EQUAL(timer_start(&service, &item.timer, 3), 0);
	CU_ASSERT_TRUE(becomes(&item.fired, 1));
	timer_service_finish(&service);
}

/* The nth firing is due n intervals after the first deadline, whenever the others were. */
static void an_interval_does_not_drift(void)
{
	struct item item = {0};
	const uint64_t interval_ns = 2 * MS + 300001;
	const uint32_t times = 100;

	setup();
	CU_ASSERT_EQUAL(start(&item, MS, interval_ns, 0), 0);
	/* One is held up for long; those that fell into that time come after it. */
	CU_ASSERT_TRUE(becomes(&item.fired, 10));
	__atomic_store_n(&item.hold, 1, __ATOMIC_RELEASE);
	CU_ASSERT_TRUE(becomes(&item.in_fire, 1));
	while (clock_monotonic_ns() < item.first_ns + 30 * interval_ns)
		sched_yield();
	__atomic_store_n(&item.hold, 0, __ATOMIC_RELEASE);
	CU_ASSERT_TRUE(becomes(&item.fired, times));
	CU_ASSERT_TRUE(timer_stop(&service, &item.timer));
	CU_ASSERT_FALSE(timer_stop(&service, &item.timer));
	timer_service_finish(&service);
	CU_ASSERT_EQUAL(item.early, 0);
	CU_ASSERT_EQUAL(item.timer.deadline_ns, item.first_ns + item.fired * interval_ns);
}

static void a_stopped_timer_does_not_fire(void)
{
	struct item stopped = {0};
	struct item other = {0};
	struct item never = {0};

	setup();
	CU_ASSERT_FALSE(timer_stop(&service, &never.timer));
	CU_ASSERT_EQUAL(start(&stopped, 50 * MS, 0, 0), 0);
	CU_ASSERT_EQUAL(start(&other, 60 * MS, 0, 0), 0);
	CU_ASSERT_TRUE(timer_stop(&service, &stopped.timer));
	CU_ASSERT_FALSE(timer_stop(&service, &stopped.timer));
	CU_ASSERT_TRUE(becomes(&other.fired, 1));
	CU_ASSERT_EQUAL(stopped.fired, 0);
	/* It can be armed again. */
	CU_ASSERT_EQUAL(start(&stopped, MS, 0, 1), 0);
	CU_ASSERT_TRUE(becomes(&stopped.fired, 1));
	timer_service_finish(&service);
	CU_ASSERT_EQUAL(stopped.fired, 1);
	CU_ASSERT_EQUAL(stopped.early, 0);
}

struct stopper {
	struct item *item;
	uint32_t begun;
	uint32_t done;
	uint32_t fired; /* when timer_stop had returned */
	bool was_in_fire;
	bool stopped;
};

static void *stop_main(void *argument)
{
	struct stopper *stopper = argument;

	__atomic_store_n(&stopper->begun, 1, __ATOMIC_RELEASE);
	stopper->stopped = timer_stop(&service, &stopper->item->timer);
	stopper->was_in_fire = __atomic_load_n(&stopper->item->in_fire, __ATOMIC_ACQUIRE) != 0;
	stopper->fired = __atomic_load_n(&stopper->item->fired, __ATOMIC_ACQUIRE);
	__atomic_store_n(&stopper->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* The owner may free the timer when timer_stop returns, so it must not return during fire. */
static void stop_waits_for_fire(void)
{
	for (int round = 0; round < 20; round++) {
		struct item item = {.hold = 1};
		struct stopper stopper = {.item = &item};
		uint64_t end;
		pthread_t thread;

		setup();
		CU_ASSERT_EQUAL(start(&item, 0, round % 2 == 0 ? 0 : MS, 0), 0);
		CU_ASSERT_TRUE(becomes(&item.in_fire, 1));
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, stop_main, &stopper), 0);
		CU_ASSERT_TRUE(becomes(&stopper.begun, 1));
		end = clock_monotonic_ns() + 2 * MS;
		while (clock_monotonic_ns() < end)
			CU_ASSERT_EQUAL(__atomic_load_n(&stopper.done, __ATOMIC_ACQUIRE), 0);
		__atomic_store_n(&item.hold, 0, __ATOMIC_RELEASE);
		CU_ASSERT_EQUAL(pthread_join(thread, NULL), 0);
		CU_ASSERT_FALSE(stopper.was_in_fire);
		CU_ASSERT_EQUAL(stopper.stopped, round % 2 != 0);
		timer_service_finish(&service);
		/* An interval may have been faster than the stop, never slower. */
		CU_ASSERT_EQUAL(item.fired, stopper.fired);
		CU_ASSERT_TRUE(round % 2 == 0 ? item.fired == 1 : item.fired >= 1);
	}
}

static void finish_forgets_what_is_armed(void)
{
	struct item items[20];

	memset(items, 0, sizeof(items));
	setup();
	for (uint32_t i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(start(&items[i], 3600 * 1000 * MS, i % 2 * MS, i), 0);
	timer_service_finish(&service);
	CU_ASSERT_EQUAL(left, 1);
	for (uint32_t i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(items[i].fired, 0);
}

/* ---- Many, from several threads -------------------------------------------------------------- */

#define THREADS 4
#define EACH    25000

static struct item many[THREADS][EACH];
static uint32_t stopped[THREADS];

static void *arm_main(void *argument)
{
	uint32_t me = (uint32_t)(uintptr_t)argument;
	struct random random;

	random_seed(&random, me);
	for (uint32_t i = 0; i < EACH; i++) {
		uint64_t dice = random_next(&random);

		if (start(&many[me][i], dice % (200 * MS), 0, (uint32_t)(dice >> 40)) != 0)
			abort();
		/* A third is stopped again: this one or an older one, which may just fire. */
		if (dice >> 33 & 1) {
			struct item *item = &many[me][random_next(&random) % (i + 1)];

			if (timer_stop(&service, &item->timer)) {
				item->hold = 2;
				stopped[me]++;
			}
		}
	}
	return NULL;
}

static uint64_t count_fired(uint32_t *ret_wrong)
{
	uint64_t fired = 0;

	*ret_wrong = 0;
	for (uint32_t t = 0; t < THREADS; t++) {
		for (uint32_t i = 0; i < EACH; i++) {
			uint32_t times = __atomic_load_n(&many[t][i].fired, __ATOMIC_ACQUIRE);

			fired += times;
			*ret_wrong += times > 1 || (times == 1 && many[t][i].hold == 2) ||
				      __atomic_load_n(&many[t][i].early, __ATOMIC_RELAXED) != 0;
		}
	}
	return fired;
}

static void a_hundred_thousand(void)
{
	uint64_t end;
	uint64_t expected = (uint64_t)THREADS * EACH;
	pthread_t threads[THREADS];
	uint32_t wrong;

	memset(many, 0, sizeof(many));
	memset(stopped, 0, sizeof(stopped));
	setup();
	for (uintptr_t t = 0; t < THREADS; t++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[t], NULL, arm_main, (void *)t), 0);
	for (uint32_t t = 0; t < THREADS; t++) {
		CU_ASSERT_EQUAL(pthread_join(threads[t], NULL), 0);
		expected -= stopped[t];
	}
	CU_ASSERT_TRUE(expected < (uint64_t)THREADS * EACH);
	end = clock_monotonic_ns() + DEADLINE_NS;
	while (count_fired(&wrong) < expected && clock_monotonic_ns() < end)
		sched_yield();
	timer_service_finish(&service);
	CU_ASSERT_EQUAL(count_fired(&wrong), expected);
	CU_ASSERT_EQUAL(wrong, 0);
}

#define CASES(X)                                     \
	X(there_is_no_thread_before_the_first_timer) \
	X(one_shot)                                  \
	X(what_is_late_fires_at_once)                \
	X(an_interval_does_not_drift)                \
	X(a_stopped_timer_does_not_fire)             \
	X(stop_waits_for_fire)                       \
	X(finish_forgets_what_is_armed)              \
	X(a_hundred_thousand)
SUITE("timer", CASES)
