/* SPDX-License-Identifier: MIT */
#include "counter.h"

#include <stdio.h>

struct counter {
	int64_t value;
};

ACTOR_IMPLEMENT(counter, COUNTER);

static int counter_init(struct counter *self, int64_t initial)
{
	self->value = initial;
	return ACTOR_CONTINUE;
}

static int counter_handle_count(struct counter *self, int64_t *reply)
{
	*reply = self->value;
	return ACTOR_CONTINUE;
}

static int counter_handle_increment(struct counter *self, int64_t amount)
{
	self->value += amount;
	return ACTOR_CONTINUE;
}

static int counter_handle_reset(struct counter *self, int64_t value, int64_t *reply)
{
	*reply = self->value;
	self->value = value;
	return ACTOR_CONTINUE;
}

static int counter_describe(const struct counter *self, char *text, size_t size)
{
	return snprintf(text, size, "at %lld", (long long)self->value);
}
