/* SPDX-License-Identifier: MIT */
/* What probes saw: noted by actors, read in order by the case. */
#include "journal.h"

#include <stdio.h>

#include <CUnit/CUnit.h>

void journal_add(struct journal *journal, const struct sight *sight)
{
	pthread_mutex_lock(&journal->lock);
	if (journal->count < SIGHTS_MAX)
		journal->sights[journal->count++] = *sight;
	pthread_cond_broadcast(&journal->changed);
	pthread_mutex_unlock(&journal->lock);
}

void probe_note(struct probe *probe, enum sight_kind kind, int64_t value, struct actor_pid pid)
{
	journal_add(
		probe->journal,
		&(struct sight){.kind = kind, .who = probe->number, .value = value, .pid = pid});
}

struct timespec journal_deadline(void)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += (time_t)(PATIENCE / ACTOR_SECONDS(1));
	return end;
}

/* Waits for the next note. False at the deadline. */
static bool next_sight(struct journal *journal, struct sight *ret_sight)
{
	struct timespec end = journal_deadline();
	bool there;

	pthread_mutex_lock(&journal->lock);
	while (journal->read == journal->count &&
	       pthread_cond_timedwait(&journal->changed, &journal->lock, &end) == 0)
		;
	there = journal->read < journal->count;
	if (there)
		*ret_sight = journal->sights[journal->read++];
	pthread_mutex_unlock(&journal->lock);
	return there;
}

static const char *const kind_names[SAW_COUNT] = {"init",   "call",      "cast", "info",
						  "tick",   "exit",      "down", "continue",
						  "result", "terminate", "other"};

static bool saw_sight(struct probe *probe, const struct sight *wanted, bool pid, bool who)
{
	struct sight sight;

	if (!next_sight(probe->journal, &sight)) {
		fprintf(stderr, "probe %d: no %s %lld came\n", probe->number,
			kind_names[wanted->kind], (long long)wanted->value);
		return false;
	}
	if (sight.kind == wanted->kind && sight.value == wanted->value &&
	    (!pid || actor_pid_equal(sight.pid, wanted->pid)) && (!who || sight.who == wanted->who))
		return true;
	fprintf(stderr, "probe %d: not %s %lld about %llx, but probe %d saw %s %lld about %llx\n",
		probe->number, kind_names[wanted->kind], (long long)wanted->value,
		(unsigned long long)wanted->pid.bits, sight.who, kind_names[sight.kind],
		(long long)sight.value, (unsigned long long)sight.pid.bits);
	return false;
}

bool saw(struct probe *probe, enum sight_kind kind, int64_t value)
{
	return saw_sight(probe, &(struct sight){.kind = kind, .value = value}, false, false);
}

bool saw_about(struct probe *probe, enum sight_kind kind, int64_t value, struct actor_pid pid)
{
	return saw_sight(probe, &(struct sight){.kind = kind, .value = value, .pid = pid}, true,
			 false);
}

bool saw_by(struct probe *probe, enum sight_kind kind, int64_t value)
{
	return saw_sight(probe, &(struct sight){.kind = kind, .value = value, .who = probe->number},
			 false, true);
}

bool has_news(struct probe *probe)
{
	bool news;

	pthread_mutex_lock(&probe->journal->lock);
	news = probe->journal->read != probe->journal->count;
	pthread_mutex_unlock(&probe->journal->lock);
	return news;
}

struct sight sight_last(struct probe *probe)
{
	struct sight sight = {0};

	pthread_mutex_lock(&probe->journal->lock);
	if (probe->journal->read != 0)
		sight = probe->journal->sights[probe->journal->read - 1];
	pthread_mutex_unlock(&probe->journal->lock);
	return sight;
}

bool saw_nothing(struct probe *probe)
{
	struct journal *journal = probe->journal;
	bool none;

	if (actor_alive(probe->pid))
		(void)answers(probe);
	pthread_mutex_lock(&journal->lock);
	none = journal->read == journal->count;
	if (!none)
		fprintf(stderr, "probe %d: an unexpected %s %lld\n",
			journal->sights[journal->read].who,
			kind_names[journal->sights[journal->read].kind],
			(long long)journal->sights[journal->read].value);
	pthread_mutex_unlock(&journal->lock);
	return none;
}

/* ---- Holding ----------------------------------------------------------------------------------
 */

void probe_wait(struct probe *self)
{
	struct timespec end = journal_deadline();

	pthread_mutex_lock(&self->journal->lock);
	self->held = true;
	pthread_cond_broadcast(&self->journal->changed);
	while (self->held &&
	       pthread_cond_timedwait(&self->journal->changed, &self->journal->lock, &end) == 0)
		;
	pthread_mutex_unlock(&self->journal->lock);
}

bool is_held(struct probe *probe)
{
	struct timespec end = journal_deadline();
	bool held;

	pthread_mutex_lock(&probe->journal->lock);
	while (!probe->held &&
	       pthread_cond_timedwait(&probe->journal->changed, &probe->journal->lock, &end) == 0)
		;
	held = probe->held;
	pthread_mutex_unlock(&probe->journal->lock);
	return held;
}

static int wait_for_release(struct probe *self, void *context)
{
	(void)context;
	probe_wait(self);
	return 0;
}

void probe_hold(struct probe *probe)
{
	probe_do_later(probe, wait_for_release, NULL);
	CU_ASSERT_TRUE_FATAL(is_held(probe));
}

void probe_release(struct probe *probe)
{
	pthread_mutex_lock(&probe->journal->lock);
	probe->held = false;
	pthread_cond_broadcast(&probe->journal->changed);
	pthread_mutex_unlock(&probe->journal->lock);
}
