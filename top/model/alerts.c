/* SPDX-License-Identifier: MIT */
#include "model/alerts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

/* An alert stays this long after it was raised last, so that none flickers. */
#define LINGER_NS UINT64_C(2500000000)

static struct alert *find(const struct alerts *alerts, const struct lint *lint, uint64_t pid,
			  uint16_t behaviour)
{
	for (size_t i = 0; i < alerts->count; i++) {
		const struct alert *alert = &alerts->list[i];

		if (alert->lint == lint && alert->pid == pid &&
		    (pid != 0 || alert->behaviour == behaviour))
			return (struct alert *)alert;
	}
	return NULL;
}

const struct alert *alerts_find(const struct alerts *alerts, const struct lint *lint, uint64_t pid,
				uint16_t behaviour)
{
	return find(alerts, lint, pid, behaviour);
}

void alerts_raise(struct alerts *alerts, const struct lint *lint, uint64_t pid, uint16_t behaviour,
		  double value, const char *format, ...)
{
	struct alert *alert = find(alerts, lint, pid, behaviour);
	va_list arguments;

	if (alert == NULL) {
		if (alerts->count == ALERTS_MAX) {
			alerts->dropped++;
			return;
		}
		alert = &alerts->list[alerts->count++];
		*alert = (struct alert){.lint = lint,
					.pid = pid,
					.behaviour = behaviour,
					.since_ns = alerts->now_ns};
	}
	alert->seen_ns = alerts->now_ns;
	alert->value = value;
	va_start(arguments, format);
	vsnprintf(alert->text, sizeof(alert->text), format, arguments);
	va_end(arguments);
}

static int compare(const void *left, const void *right)
{
	const struct alert *a = left, *b = right;

	if (a->lint->level != b->lint->level)
		return (int)b->lint->level - (int)a->lint->level;
	if (a->since_ns != b->since_ns)
		return a->since_ns < b->since_ns ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

void alerts_update(struct alerts *alerts, const struct model *model)
{
	size_t kept = 0;

	alerts->now_ns = model->ticks.monotonic_ns;
	alerts->dropped = 0;
	for (size_t i = 0; i < lint_count; i++)
		lints[i].check(alerts, model, &lints[i]);
	for (size_t i = 0; i < alerts->count; i++)
		if (alerts->now_ns - alerts->list[i].seen_ns <= LINGER_NS)
			alerts->list[kept++] = alerts->list[i];
	alerts->count = kept;
	qsort(alerts->list, alerts->count, sizeof(alerts->list[0]), compare);
}

void alerts_finish(struct alerts *alerts)
{
	memset(alerts, 0, sizeof(*alerts));
}

/* The list is in the order of urgency, so the first one counts. */
char alerts_letter(const struct alerts *alerts, uint64_t pid)
{
	for (size_t i = 0; i < alerts->count; i++)
		if (alerts->list[i].pid == pid && pid != 0)
			return alerts->list[i].lint->letter;
	return 0;
}

char alerts_letter_of_behaviour(const struct alerts *alerts, uint16_t behaviour)
{
	for (size_t i = 0; i < alerts->count; i++)
		if (alerts->list[i].behaviour == behaviour && behaviour != 0)
			return alerts->list[i].lint->letter;
	return 0;
}
