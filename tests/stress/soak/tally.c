/* SPDX-License-Identifier: MIT */
/*
 * An actor as actor/define.h makes it. It lives as long as the round, so that nothing that is meant
 * for it can be lost: every addition must be in its sum, and every job of the pool must come back.
 */
#include <string.h>

#include <actor/blocking.h>
#include <actor/define.h>
#include <actor/sys.h>

#include "soak.h"

#define TALLIES 4

struct job_result {
	uint64_t number;
};
ACTOR_STATIC_MESSAGE(tally_job, struct job_result);

struct tally {
	uint64_t sum;
	uint64_t under_way; /* jobs */
};

ACTOR_DEFINE(tally, defcall(total, uint64_t, within(ACTOR_SECONDS(60))),
	     defcall(jobs, uint64_t, within(ACTOR_SECONDS(60))),
	     defcast(add, arg(uint64_t, number)), definfo(note, arg(uint64_t, number)),
	     defcast(work, arg(uint64_t, number)), defcontinue(again, arg(uint64_t, number)),
	     definfo_as(tally_job, struct job_result),
	     definfo_as(actor_blocking_failed, struct actor_blocking_failed_message), strict());

static struct actor_pid tallies[TALLIES];
static uint64_t added[TALLIES]; /* relaxed atomics */

static int tally_handle_total(struct tally *self, uint64_t *reply)
{
	soak_count(SOAK_handled);
	*reply = self->sum;
	return 0;
}

static int tally_handle_jobs(struct tally *self, uint64_t *reply)
{
	soak_count(SOAK_handled);
	*reply = self->under_way;
	return 0;
}

static int tally_handle_add(struct tally *self, uint64_t number)
{
	soak_count(SOAK_handled);
	self->sum += number;
	return 0;
}

/* Half now, half at once. */
static int tally_handle_note(struct tally *self, uint64_t number)
{
	soak_count(SOAK_handled);
	self->sum += number / 2;
	soak_count(SOAK_sent);
	soak_count(SOAK_continues);
	return soak_sending(tally_again(number - number / 2));
}

static int tally_handle_again(struct tally *self, uint64_t number)
{
	soak_count(SOAK_handled);
	self->sum += number;
	return 0;
}

static int work_off(const void *argument, size_t size, void *result)
{
	struct job_result *job = result;

	memcpy(&job->number, argument, size);
	return job->number % 4 == 0 ? ACTOR_EREJECTED : 0;
}

static int tally_handle_work(struct tally *self, uint64_t number)
{
	uint64_t job;

	soak_count(SOAK_handled);
	if (actor_blocking_start(work_off, &number, sizeof(number), &tally_job, &job) != 0)
		return 0; /* too many wait already */
	soak_count(SOAK_jobs);
	self->under_way++;
	if (number % 8 == 1 && actor_blocking_cancel(job) == 0)
		self->under_way--;
	return 0;
}

static int tally_handle_tally_job(struct tally *self, const struct job_result *result)
{
	self->under_way--;
	if (result->number % 4 == 0)
		soak_wrong("a job came back that had failed");
	return 0;
}

static int tally_handle_actor_blocking_failed(struct tally *self,
					      const struct actor_blocking_failed_message *failed)
{
	self->under_way--;
	if (failed->status != ACTOR_EREJECTED)
		soak_wrong("a job failed: %s", actor_status_text(failed->status));
	return 0;
}

int tallies_start(void)
{
	int status = 0;

	memset(added, 0, sizeof(added));
	memset(tallies, 0, sizeof(tallies));
	for (int i = 0; status == 0 && i < TALLIES; i++)
		status = tally_start(&tallies[i]);
	return status;
}

void tallies_feed(uint64_t chance)
{
	size_t nth = chance % TALLIES;
	uint64_t number = chance / TALLIES % 1000;
	int status;

	soak_count(SOAK_sent);
	switch (chance / 4096 % 4) {
	case 0:
		status = tally_work(tallies[nth], number);
		break;
	case 1:
		__atomic_fetch_add(&added[nth], number, __ATOMIC_RELAXED);
		status = tally_note(tallies[nth], number);
		break;
	default:
		__atomic_fetch_add(&added[nth], number, __ATOMIC_RELAXED);
		status = tally_add(tallies[nth], number);
	}
	if (status != 0)
		soak_wrong("a tally is gone: %s", actor_status_text(status));
}

void tallies_check(void)
{
	for (int i = 0; i < TALLIES; i++) {
		uint64_t sum = 0;
		uint64_t jobs = 1;
		int status = 0;

		soak_count(SOAK_sent);
		status = tally_total(tallies[i], &sum);
		if (status != 0 || sum != added[i])
			soak_wrong("a tally of %llu has become %llu: %s",
				   (unsigned long long)added[i], (unsigned long long)sum,
				   actor_status_text(status));
		for (int tries = 0; status == 0 && jobs != 0 && tries < 60000; tries++) {
			soak_count(SOAK_sent);
			status = tally_jobs(tallies[i], &jobs);
			if (jobs != 0)
				soak_pause_ms(1);
		}
		if (jobs != 0)
			soak_wrong("%llu jobs did not come back", (unsigned long long)jobs);
	}
}

void tallies_stop(void)
{
	for (int i = 0; i < TALLIES; i++) {
		int status = actor_stop(tallies[i], ACTOR_STOP, ACTOR_SECONDS(60));

		if (status != 0)
			soak_wrong("a tally does not stop: %s", actor_status_text(status));
	}
}
