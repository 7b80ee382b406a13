/* SPDX-License-Identifier: MIT */
#include "attach/held.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int make_room(struct held *held)
{
	size_t room = held->room == 0 ? 16 : held->room * 2;
	struct held_batch **more;

	if (held->count < held->room)
		return 0;
	more = realloc(held->batches, room * sizeof(struct held_batch *));
	if (more == NULL)
		return -ENOMEM;
	held->batches = more;
	held->room = room;
	return 0;
}

int held_add(struct held *held, const struct stream_batch *batch, size_t done)
{
	size_t count = batch->count - done;
	struct held_batch *copy;

	if (make_room(held) != 0)
		return -ENOMEM;
	copy = malloc(sizeof(*copy) + count * sizeof(copy->events[0]));
	if (copy == NULL)
		return -ENOMEM;
	copy->chunk = batch->chunk;
	copy->first = batch->first + done;
	copy->count = count;
	memcpy(copy->events, batch->events + done, count * sizeof(copy->events[0]));
	held->batches[held->count++] = copy;
	held->events += count;
	return 0;
}

bool held_deal(struct held *held, size_t events)
{
	struct held_batch *first = held->batches[0];

	held->done += events;
	if (held->done < first->count)
		return false;
	held->events -= first->count;
	held->done = 0;
	held->count--;
	memmove(held->batches, held->batches + 1, held->count * sizeof(struct held_batch *));
	free(first);
	return true;
}

void held_finish(struct held *held)
{
	while (held->count > 0)
		free(held->batches[--held->count]);
	free(held->batches);
	*held = (struct held){0};
}
