/* SPDX-License-Identifier: MIT */
/* Which seam a system has, and the one that reads a script. */
#include "script/script.h"

#include <stdlib.h>

#include "actor/chaos.h"

static void plane(struct actor_system *system, struct plane_options *options)
{
	const struct actor_script_header *header = system->script->header;
	const struct actor_script_type *types =
		(const struct actor_script_type *)(const void *)((const char *)header +
								 header->types_offset);
	const char *texts = (const char *)header + header->texts_offset;
	uint32_t count = (uint32_t)header->types_count;
	struct plane_known_type *known = calloc(count + 1, sizeof(*known));

	options->schedulers = 1;
	options->private_actors = true;
	if (known == NULL)
		script_trouble(system->script, ACTOR_SCRIPT_EMEMORY);
	for (uint32_t i = 0; i < count; i++) {
		const struct actor_script_type *type = &types[i];

		if (type->name >= header->texts_size || type->ctype >= header->texts_size ||
		    type->reply_ctype >= header->texts_size)
			script_trouble(system->script, ACTOR_SCRIPT_EDAMAGED);
		known[i] = (struct plane_known_type){
			.name = texts + type->name,
			.ctype = type->ctype != 0 ? texts + type->ctype : NULL,
			.reply_ctype = type->reply_ctype != 0 ? texts + type->reply_ctype : NULL,
			.size = type->size,
			.reply_size = type->reply_size,
			.flexible = type->flexible != 0,
		};
	}
	options->known = known; /* for as long as the process */
	options->known_count = count;
}

/* Which one has come is a recorded fact. */
static int no_signal(const int *signals, size_t count, uint64_t timeout_ns)
{
	(void)signals;
	(void)count;
	(void)timeout_ns;
	return 0;
}

static const struct actor_seam seam_scripted = {
	.name = "scripted",
	.next_task = script_next_task,
	.next_message = script_next_message,
	.visit = script_visit,
	.now = script_now,
	.seed = script_seed,
	.place = script_place_actor,
	.observe = script_observe,
	.plane = plane,
	.start = script_start,
	.stop = script_stop,
	.enter = script_enter,
	.input = script_input,
	.output = script_output,
	.leave = script_leave,
	.left = script_left,
	.sleep = script_sleep,
	.wait_dead = script_wait_dead,
	.yields = script_yields,
	.signal = no_signal,
	.outside = script_outside,
	.limited = script_limited,
	.refused = script_refused,
};

/* What stands for the outside is not run: what it is sent goes nowhere. */
static void nothing_ready(struct executor *executor, struct task *task)
{
	struct thread *thread = thread_self();
	struct cell *cell = cell_of_task(task);
	uint64_t *inbox = &cell_line(cell, thread->system)->inbox;
	struct actor_message *message = mailbox_take(inbox);

	(void)executor;
	while (message != NULL) {
		struct actor_message *next = message->next_;

		message_free(thread, message);
		message = next;
	}
	(void)mailbox_rest(inbox);
}

int seam_choose(struct actor_system *system)
{
	const char *text = getenv(ACTOR_SCRIPT_VARIABLE);
	int status;

	system->seam = chaos_seam();
	if (system->seam == NULL)
		system->seam = &seam_live;
	if (text == NULL || text[0] == '\0')
		return 0;
	status = script_open(&system->script);
	if (status != 0)
		return status;
	system->script->system = system;
	system->script->run.ready = script_ready;
	system->script->nothing.ready = nothing_ready;
	system->seam = &seam_scripted;
	return 0;
}
