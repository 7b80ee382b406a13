/* SPDX-License-Identifier: MIT */
/* Where to stop. */
#include "script/script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void control_break_remove(struct script *script, uint64_t number)
{
	struct control *control = script->control;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < control->breaks_count; i++) {
		if (number != 0 && control->breaks[i].number != number)
			control->breaks[kept++] = control->breaks[i];
	}
	control->breaks_count = kept;
}

/* ---- Fields ------------------------------------------------------------------------------------
 */

static int order(const struct actor_control_break *wish, const unsigned char *bytes)
{
	uint64_t unsigned_ = 0;
	int64_t signed_;
	double real, other;

	memcpy(&unsigned_, bytes, wish->size);
	switch ((enum actor_control_number)wish->number) {
	case ACTOR_CONTROL_UNSIGNED:
		return unsigned_ < wish->value ? -1 : unsigned_ > wish->value;
	case ACTOR_CONTROL_FLOAT:
		memcpy(&other, &wish->value, sizeof(other));
		if (wish->size == 4) {
			float small;

			memcpy(&small, bytes, sizeof(small));
			real = (double)small;
		} else {
			memcpy(&real, &unsigned_, sizeof(real));
		}
		return real < other ? -1 : real > other;
	default:
		signed_ = (int64_t)(unsigned_ << (64 - 8 * wish->size)) >> (64 - 8 * wish->size);
		return signed_ < (int64_t)wish->value ? -1 : signed_ > (int64_t)wish->value;
	}
}

static bool compares(const struct actor_control_break *wish, const unsigned char *bytes)
{
	int result = order(wish, bytes);

	switch ((enum actor_control_compare)wish->compare) {
	case ACTOR_CONTROL_EQUAL:
		return result == 0;
	case ACTOR_CONTROL_UNEQUAL:
		return result != 0;
	case ACTOR_CONTROL_LESS:
		return result < 0;
	case ACTOR_CONTROL_LESS_EQUAL:
		return result <= 0;
	case ACTOR_CONTROL_GREATER:
		return result > 0;
	case ACTOR_CONTROL_GREATER_EQUAL:
		return result >= 0;
	default:
		return true;
	}
}

/* The field's bytes, NULL: it has none. */
static const unsigned char *field(const struct actor_control_break *wish, const void *bytes,
				  size_t size)
{
	if (bytes == NULL || wish->offset > size || wish->size > size - wish->offset)
		return NULL;
	return (const unsigned char *)bytes + wish->offset;
}

/* ---- Steps -------------------------------------------------------------------------------------
 */

static bool is_about(const struct actor_control_break *wish, const struct cell *cell)
{
	return (wish->actor == 0 || wish->actor == cell_pid(cell).bits) &&
	       (wish->behaviour[0] == '\0' || strcmp(wish->behaviour, cell->behaviour->name) == 0);
}

static bool is_of_step(const struct actor_control_break *wish)
{
	return wish->compare == ACTOR_CONTROL_ANY || wish->of_message || wish->sender != 0 ||
	       wish->tag != 0 || wish->kinds != 0 || wish->exits != 0;
}

/* In the recording, the actor's next event of these is its end. */
static bool ends(const struct script *script, const struct actor_event *step)
{
	for (uint64_t i = script_place(script, step); i < script->count; i++) {
		const struct actor_event *event = &script->events[i];

		if (event->a != step->a)
			continue;
		if (event->kind == ACTOR_EVENT_EXIT)
			return true;
		if (event->kind == ACTOR_EVENT_RECV)
			return false;
	}
	return false;
}

static bool matches(const struct script *script, const struct actor_control_break *wish,
		    const struct cell *cell, const struct actor_event *step,
		    const struct actor_message *message)
{
	const unsigned char *bytes;

	if (!is_about(wish, cell))
		return false;
	if (step->kind != ACTOR_EVENT_RECV)
		return wish->sender == 0 && wish->tag == 0 && wish->kinds == 0 &&
		       wish->exits == 0 && wish->compare == ACTOR_CONTROL_ANY;
	if ((wish->sender != 0 && wish->sender != step->b) ||
	    (wish->tag != 0 && wish->tag != step->tag) ||
	    (wish->kinds != 0 && (wish->kinds >> (step->flags & 0x0f) & 1) == 0) ||
	    (wish->exits != 0 && !ends(script, step)))
		return false;
	if (wish->compare == ACTOR_CONTROL_ANY)
		return true;
	bytes = wish->of_message ? field(wish, message + 1, message->size)
				 : field(wish, cell->state, cell->behaviour->state_size);
	return bytes != NULL && compares(wish, bytes);
}

/* The step before has made it true, or changed it. */
static bool has_become(struct script *script, struct control_break *at)
{
	struct actor_pid last = {script->control->last};
	const struct cell *cell;
	const unsigned char *bytes;
	bool is;

	if (system_find(script->system, last) == NULL)
		return false;
	cell = system_cell(script->system, actor_pid_slot(last));
	bytes = is_about(&at->wish, cell)
			? field(&at->wish, cell->state, cell->behaviour->state_size)
			: NULL;
	if (bytes == NULL)
		return false;
	is = at->wish.compare == ACTOR_CONTROL_CHANGED ? memcmp(bytes, at->old, at->wish.size) != 0
						       : compares(&at->wish, bytes);
	return is && !at->was;
}

static void note(struct control_break *at, const struct cell *cell)
{
	const unsigned char *bytes = is_about(&at->wish, cell) ? field(&at->wish, cell->state,
								       cell->behaviour->state_size)
							       : NULL;

	at->was = bytes == NULL ||
		  (at->wish.compare != ACTOR_CONTROL_CHANGED && compares(&at->wish, bytes));
	if (bytes != NULL)
		memcpy(at->old, bytes, at->wish.size);
}

int control_break_add(struct script *script, const struct actor_control_break *wish,
		      uint64_t *ret_number)
{
	struct control *control = script->control;
	struct control_break *breaks;

	if (wish->size > sizeof(control->breaks->old) || wish->compare > ACTOR_CONTROL_CHANGED)
		return -EINVAL;
	if (wish->compare != ACTOR_CONTROL_ANY && wish->compare != ACTOR_CONTROL_CHANGED &&
	    wish->size != 1 && wish->size != 2 && wish->size != 4 && wish->size != 8)
		return -EINVAL;
	breaks = realloc(control->breaks, (control->breaks_count + 1) * sizeof(*breaks));
	if (breaks == NULL)
		return -ENOMEM;
	control->breaks = breaks;
	breaks += control->breaks_count++;
	memset(breaks, 0, sizeof(*breaks));
	breaks->wish = *wish;
	breaks->wish.behaviour[sizeof(wish->behaviour) - 1] = '\0';
	breaks->number = ++control->breaks_made;
	breaks->was = true; /* nothing is known yet */
	if (control->event != NULL && !is_of_step(&breaks->wish))
		note(breaks, control->cell); /* the step that it stands before counts */
	*ret_number = breaks->number;
	return 0;
}

bool control_break_hit(struct script *script, const struct cell *cell,
		       const struct actor_event *step, const struct actor_message *message)
{
	struct control *control = script->control;
	bool hit = false;

	for (uint32_t i = 0; i < control->breaks_count; i++) {
		struct control_break *at = &control->breaks[i];
		bool this = is_of_step(&at->wish) ? matches(script, &at->wish, cell, step, message)
						  : has_become(script, at);

		if (this && !hit)
			control->stop_break = at->number;
		hit = hit || this;
		if (!is_of_step(&at->wish))
			note(at, cell);
	}
	return hit;
}
