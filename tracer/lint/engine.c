/* SPDX-License-Identifier: MIT */
#include "lint/engine.h"

#include <stdlib.h>
#include <string.h>

struct lint_engine *lint_create(const struct lint_names *names)
{
	struct lint_engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return NULL;
	engine->names = *names;
	engine->entries = calloc(LINT_SUBJECTS_MAX, sizeof(*engine->entries));
	engine->alerts = calloc(LINT_ALERTS_MAX, sizeof(*engine->alerts));
	engine->gone = calloc(LINT_ALERTS_MAX, sizeof(*engine->gone));
	if (engine->entries == NULL || engine->alerts == NULL || engine->gone == NULL)
		return lint_destroy(engine);
	return engine;
}

struct lint_engine *lint_destroy(struct lint_engine *engine)
{
	if (engine == NULL)
		return NULL;
	free(engine->entries);
	free(engine->alerts);
	free(engine->gone);
	free(engine->waits);
	free(engine);
	return NULL;
}

/* ---- Suspects -------------------------------------------------------------------------------- */

static uint32_t place_of(enum lint_id id, struct lint_subject subject)
{
	uint64_t hash = subject.pid ^ (uint64_t)id << 56;

	if (subject.pid == 0)
		hash ^= (uint64_t)subject.behaviour << 40;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(hash >> 40) % LINT_INDEX;
}

static bool is_same(const struct lint_entry *entry, enum lint_id id, struct lint_subject subject)
{
	return entry->id == id && entry->subject.pid == subject.pid &&
	       (subject.pid != 0 || entry->subject.behaviour == subject.behaviour);
}

static void index_add(struct lint_engine *engine, size_t number)
{
	const struct lint_entry *entry = &engine->entries[number];
	uint32_t place = place_of(entry->id, entry->subject);

	while (engine->index[place] != 0)
		place = (place + 1) % LINT_INDEX;
	engine->index[place] = (uint16_t)(number + 1);
}

static struct lint_entry *entry_find(struct lint_engine *engine, enum lint_id id,
				     struct lint_subject subject)
{
	for (uint32_t place = place_of(id, subject); engine->index[place] != 0;
	     place = (place + 1) % LINT_INDEX) {
		struct lint_entry *entry = &engine->entries[engine->index[place] - 1];

		if (is_same(entry, id, subject))
			return entry;
	}
	return NULL;
}

static struct lint_entry *entry_add(struct lint_engine *engine, enum lint_id id,
				    struct lint_subject subject)
{
	struct lint_entry *entry;

	if (engine->of_lint[id] == LINT_PER_LINT || engine->entry_count == LINT_SUBJECTS_MAX) {
		engine->overlooked++;
		return NULL;
	}
	engine->of_lint[id]++;
	entry = &engine->entries[engine->entry_count];
	*entry = (struct lint_entry){
		.id = id,
		.subject = subject,
		.first_ns = engine->now_ns,
		.window_ns = engine->now_ns,
	};
	index_add(engine, engine->entry_count++);
	return entry;
}

static void report(struct lint_entry *entry, double value, const struct lint_detail *detail)
{
	entry->value = value;
	entry->reported = true;
	if (detail != NULL)
		entry->detail = *detail;
}

void lint_value(struct lint_engine *engine, enum lint_id id, struct lint_subject subject,
		double value, const struct lint_detail *detail)
{
	struct lint_entry *entry = entry_find(engine, id, subject);

	if (entry == NULL && value >= lints[id].enter) {
		entry = entry_add(engine, id, subject);
		if (entry != NULL)
			entry->window_value = value;
	}
	if (entry != NULL)
		report(entry, value, detail);
}

void lint_since(struct lint_engine *engine, enum lint_id id, struct lint_subject subject,
		uint64_t mark, const struct lint_detail *detail)
{
	struct lint_entry *entry = entry_find(engine, id, subject);

	if (entry == NULL)
		entry = entry_add(engine, id, subject);
	if (entry == NULL)
		return;
	if (entry->mark != mark) {
		entry->mark = mark;
		entry->first_ns = engine->now_ns;
	}
	report(entry, (double)(engine->now_ns - entry->first_ns), detail);
}

static void slots_advance(struct lint_entry *entry, uint64_t now_ns)
{
	uint64_t slot = now_ns / (lints[entry->id].span_ns / LINT_SLOTS);
	uint64_t passed = slot - entry->slot;

	for (uint64_t i = 0; i < passed && i < LINT_SLOTS; i++) {
		entry->counts[(slot - i) % LINT_SLOTS] = 0;
		entry->peaks[(slot - i) % LINT_SLOTS] = 0;
	}
	entry->slot = slot;
}

void lint_incident(struct lint_engine *engine, enum lint_id id, struct lint_subject subject,
		   uint64_t count, double value, const struct lint_detail *detail)
{
	struct lint_entry *entry = entry_find(engine, id, subject);
	size_t slot;

	if (count == 0)
		return;
	if (entry == NULL)
		entry = entry_add(engine, id, subject);
	if (entry == NULL)
		return;
	slots_advance(entry, engine->now_ns);
	slot = entry->slot % LINT_SLOTS;
	entry->counts[slot] += count;
	if (value >= entry->peaks[slot])
		entry->peaks[slot] = value;
	if (detail != NULL)
		entry->detail = *detail;
}

/* ---- Verdicts -------------------------------------------------------------------------------- */

static bool level_stands(const struct lint_engine *engine, struct lint_entry *entry, bool *ret_keep)
{
	const struct lint *lint = &lints[entry->id];

	*ret_keep = entry->reported;
	if (!entry->reported || entry->value < (entry->raised ? lint->leave : lint->enter))
		return false;
	return entry->raised || engine->now_ns - entry->first_ns >= lint->span_ns;
}

/* A value that is not yet long enough above its threshold begins anew once it is below. */
static bool level_keeps(const struct lint_entry *entry)
{
	const struct lint *lint = &lints[entry->id];

	return entry->mark != 0 || entry->value >= (entry->raised ? lint->leave : lint->enter);
}

static unsigned rises_of(const struct lint_entry *entry)
{
	uint32_t windows = entry->windows < 32 ? entry->windows : 32;
	uint32_t wanted = lints[entry->id].windows;
	uint32_t known = windows < wanted ? windows : wanted;

	return (unsigned)__builtin_popcount(entry->rises & (uint32_t)((UINT64_C(1) << known) - 1));
}

static bool trend_stands(const struct lint_engine *engine, struct lint_entry *entry, bool *ret_keep)
{
	const struct lint *lint = &lints[entry->id];
	uint64_t passed = engine->now_ns - entry->window_ns;
	unsigned rises;

	*ret_keep = entry->reported && entry->value >= lint->leave;
	if (!*ret_keep)
		return false;
	/* A look that comes a little early is still the next window's. */
	if (passed * 10 >= LINT_WINDOW_NS * 9) {
		double rate = (entry->value - entry->window_value) * 1e9 / (double)passed;

		entry->rises = entry->rises << 1 | (entry->value > entry->window_value);
		entry->rate = entry->windows == 0 ? rate : entry->rate * 0.7 + rate * 0.3;
		entry->windows++;
		entry->window_ns = engine->now_ns;
		entry->window_value = entry->value;
	}
	rises = rises_of(entry);
	return entry->raised ? rises * 2 >= lint->windows || entry->windows < lint->windows
			     : rises >= lint->rises;
}

static bool incidents_stand(const struct lint_engine *engine, struct lint_entry *entry,
			    bool *ret_keep)
{
	const struct lint *lint = &lints[entry->id];
	uint64_t count = 0;
	double peak = 0;

	slots_advance(entry, engine->now_ns);
	for (int i = 0; i < LINT_SLOTS; i++) {
		count += entry->counts[i];
		if (entry->peaks[i] > peak)
			peak = entry->peaks[i];
	}
	*ret_keep = count > 0;
	entry->value = lint->unit == LINT_UNIT_COUNT ? (double)count : peak;
	return entry->value >= (entry->raised ? lint->leave : lint->enter) && count > 0;
}

static bool stands(const struct lint_engine *engine, struct lint_entry *entry, bool *ret_keep)
{
	bool standing;

	switch (lints[entry->id].kind) {
	case LINT_TREND:
		return trend_stands(engine, entry, ret_keep);
	case LINT_INCIDENTS:
		return incidents_stand(engine, entry, ret_keep);
	case LINT_LEVEL:
	default:
		standing = level_stands(engine, entry, ret_keep);
		*ret_keep = *ret_keep && level_keeps(entry);
		return standing;
	}
}

/* ---- Alerts ---------------------------------------------------------------------------------- */

static void alert_make(const struct lint_engine *engine, const struct lint_entry *entry,
		       struct lint_alert *alert)
{
	*alert = (struct lint_alert){
		.lint = &lints[entry->id],
		.subject = entry->subject,
		.detail = entry->detail,
		.since_ns = entry->since_ns,
		.value = entry->value,
		.worst = entry->worst,
	};
	lint_sentence(engine, entry, alert->text, sizeof(alert->text));
}

/* When it began, which is before it was noticed where the value is how long it lasts. */
static uint64_t begin_of(const struct lint_engine *engine, const struct lint_entry *entry)
{
	const struct lint *lint = &lints[entry->id];

	if (lint->kind != LINT_LEVEL)
		return engine->now_ns;
	if (lint->unit == LINT_UNIT_NS && entry->value <= (double)engine->now_ns)
		return engine->now_ns - (uint64_t)entry->value;
	return entry->first_ns;
}

static void raise_or_lower(struct lint_engine *engine, struct lint_entry *entry, bool standing)
{
	if (standing && !entry->raised) {
		entry->raised = true;
		entry->since_ns = begin_of(engine, entry);
		entry->worst = entry->value;
	} else if (!standing && entry->raised) {
		entry->raised = false;
		if (engine->gone_count == LINT_ALERTS_MAX) {
			engine->overlooked++;
			return;
		}
		/* What it says is what it said last, at its worst. */
		entry->value = entry->worst;
		alert_make(engine, entry, &engine->gone[engine->gone_count]);
		engine->gone[engine->gone_count++].until_ns = engine->now_ns;
	}
	if (standing && entry->value > entry->worst)
		entry->worst = entry->value;
}

static int compare(const void *left, const void *right)
{
	const struct lint_alert *a = left, *b = right;

	if (a->lint->level != b->lint->level)
		return (int)b->lint->level - (int)a->lint->level;
	if (a->since_ns != b->since_ns)
		return a->since_ns < b->since_ns ? -1 : 1;
	if (a->lint != b->lint)
		return a->lint < b->lint ? -1 : 1;
	return (a->subject.pid > b->subject.pid) - (a->subject.pid < b->subject.pid);
}

/* The urgent ones first, so that they are there where there is no room for all. */
static void alerts_list(struct lint_engine *engine)
{
	engine->alert_count = 0;
	for (int level = LINT_URGENT; level >= LINT_NOTE; level--)
		for (size_t i = 0; i < engine->entry_count; i++) {
			const struct lint_entry *entry = &engine->entries[i];

			if (!entry->raised || (int)lints[entry->id].level != level)
				continue;
			if (engine->alert_count == LINT_ALERTS_MAX) {
				engine->overlooked++;
				continue;
			}
			alert_make(engine, entry, &engine->alerts[engine->alert_count++]);
		}
	qsort(engine->alerts, engine->alert_count, sizeof(engine->alerts[0]), compare);
}

void lint_begin(struct lint_engine *engine, uint64_t now_ns)
{
	engine->now_ns = now_ns > engine->now_ns ? now_ns : engine->now_ns;
	engine->wait_count = 0;
	engine->gone_count = 0;
	for (size_t i = 0; i < engine->entry_count; i++)
		engine->entries[i].reported = false;
}

void lint_end(struct lint_engine *engine, lint_look look, void *user)
{
	size_t kept = 0, count;

	lint_waits_end(engine, look, user);
	count = engine->entry_count;
	memset(engine->of_lint, 0, sizeof(engine->of_lint));
	for (size_t i = 0; i < count; i++) {
		struct lint_entry *entry = &engine->entries[i];
		bool keep = false;
		bool standing = stands(engine, entry, &keep);

		raise_or_lower(engine, entry, standing);
		if (!keep && !standing)
			continue;
		engine->of_lint[entry->id]++;
		if (kept != i)
			engine->entries[kept] = *entry;
		kept++;
	}
	engine->entry_count = kept;
	if (kept != count) {
		memset(engine->index, 0, sizeof(engine->index));
		for (size_t i = 0; i < kept; i++)
			index_add(engine, i);
	}
	alerts_list(engine);
	engine->last_ns = engine->now_ns;
}

const struct lint_alert *lint_alerts(const struct lint_engine *engine, size_t *ret_count)
{
	*ret_count = engine->alert_count;
	return engine->alerts;
}

const struct lint_alert *lint_gone(const struct lint_engine *engine, size_t *ret_count)
{
	*ret_count = engine->gone_count;
	return engine->gone;
}

uint64_t lint_overlooked(const struct lint_engine *engine)
{
	return engine->overlooked;
}
