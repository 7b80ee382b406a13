/* SPDX-License-Identifier: MIT */
#include "family.h"

#include <sched.h>
#include <string.h>

#include <CUnit/CUnit.h>

struct family *family_new(enum actor_strategy strategy, size_t count)
{
	static const char *const ids[FAMILY_MAX] = {"a", "b", "c", "d"};
	static struct family family;

	memset(&family, 0, sizeof(family));
	family.options.size = sizeof(family.options);
	family.options.strategy = strategy;
	family.options.intensity = 100;
	family.options.children = family.specs;
	family.options.child_count = count;
	for (int i = 0; i < FAMILY_MAX; i++) {
		struct probe *child = i == 0 ? probe_new() : probe_new_beside(family.children[0]);

		child->number = i + 1;
		child->notes_init = true;
		family.children[i] = child;
		family.specs[i] = (struct actor_child){.id = ids[i],
						       .behaviour = probe_behaviour(),
						       .argument = &child->self,
						       .argument_size = sizeof(child->self)};
	}
	return &family;
}

int family_start(struct family *family)
{
	return actor_supervisor_start(&family->options, &family->pid);
}

static int do_start(struct probe *self, void *context)
{
	(void)self;
	return family_start(context);
}

int family_start_by(struct probe *parent, struct family *family)
{
	return probe_do(parent, do_start, family);
}

struct family *family_running(enum actor_strategy strategy, size_t count)
{
	struct family *family = family_new(strategy, count);

	CU_ASSERT_EQUAL_FATAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, strategy == ACTOR_DYNAMIC ? 0 : (int)count));
	return family;
}

bool inits_seen(struct family *family, int first, int last)
{
	bool seen = true;

	for (int n = first; seen && n <= last; n++)
		seen = saw_by(family->children[n - 1], SAW_INIT, n);
	return seen;
}

bool ends_seen(struct family *family, int last, int first, int reason)
{
	bool seen = true;

	for (int n = last; seen && n >= first; n--)
		seen = saw_by(family->children[n - 1], SAW_TERMINATE, reason);
	return seen;
}

bool family_is_quiet(struct family *family)
{
	/* A question that changes nothing; its answer comes behind all that came before. */
	int status = family->options.strategy == ACTOR_DYNAMIC
			     ? actor_supervisor_stop_child(family->pid, family->pid)
			     : actor_supervisor_restart_child(family->pid, "nobody", NULL);

	CU_ASSERT_EQUAL(status, ACTOR_ENOT_FOUND);
	return !has_news(family->children[0]) || saw_nothing(family->children[0]);
}

bool family_is_over(struct family *family)
{
	struct probe *watcher = probe_running();

	(void)probe_monitor(watcher, family->pid);
	for (int i = 0; i < 1000 * 1000 && !has_news(watcher); i++)
		sched_yield();
	return has_news(watcher);
}

void child_ends(struct family *family, int n, int reason)
{
	probe_stop(family->children[n - 1], reason);
	CU_ASSERT_TRUE(saw_by(family->children[n - 1], SAW_TERMINATE, reason));
}
