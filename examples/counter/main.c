/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include <actor/actor.h>

#include "counter.h"

/* Counts to `times`, reads, resets, reads again. */
static int show(struct actor_pid counter, int times)
{
	int64_t value;
	int status = 0;

	for (int i = 0; i < times && status == 0; i++)
		status = counter_increment(counter, 1);
	if (status == 0)
		status = counter_count(counter, &value);
	if (status == 0) {
		printf("counted to %" PRId64 "\n", value);
		status = counter_reset(counter, 0, &value);
	}
	if (status == 0) {
		printf("reset at %" PRId64 "\n", value);
		status = counter_count(counter, &value);
	}
	if (status == 0)
		printf("went on with %" PRId64 "\n", value);
	return status;
}

int main(int argc, char **argv)
{
	const struct actor_system_options options = {
		.size = sizeof(options),
		.argc = argc,
		.argv = argv,
	};
	struct actor_system *system = NULL;
	struct actor_pid counter;
	int status = actor_system_create(&options, &system);

	if (status == 0)
		status = counter_start_link(0, &counter);
	if (status == 0)
		status = show(counter, 1000);
	actor_system_destroy(system, ACTOR_SECONDS(1));
	if (status != 0)
		fprintf(stderr, "counter: %s\n", actor_status_text(status));
	return status == 0 ? 0 : 1;
}
