/* SPDX-License-Identifier: MIT */

/* The lints: each a threshold to begin with, a lower one to end, a sentence with a number. */

#include "model/alerts.h"
#include "model/model.h"

#define STUCK_NS        UINT64_C(1000000000)
#define MAILBOX_LONG    10000
#define MAILBOX_SHORTER 5000

/* The longest mailbox of all is known from the sweep; the others are those of the list. */
static void check_mailbox_long(struct alerts *alerts, const struct model *model,
			       const struct lint *lint)
{
	for (size_t i = 0; i < model->hot.count; i++) {
		const struct row *row = &model->hot.entries[i]->row;
		bool stands = alerts_find(alerts, lint, row->pid, 0) != NULL;
		char name[NAMES_TEXT];

		if (row->mailbox < (stands ? MAILBOX_SHORTER : MAILBOX_LONG))
			continue;
		names_actor(&model->names, row, name, sizeof(name));
		alerts_raise(alerts, lint, row->pid, row->behaviour, (double)row->mailbox,
			     "%s has %llu messages in its mailbox", name,
			     (unsigned long long)row->mailbox);
	}
}

static void check_stuck_handler(struct alerts *alerts, const struct model *model,
				const struct lint *lint)
{
	for (uint32_t i = 0; i < model->meters.thread_count; i++) {
		const struct meters_thread *thread = &model->meters.threads[i];
		uint64_t ns = ticks_since_ns(&model->ticks, thread->turn_start);
		char name[NAMES_TEXT];

		if (thread->kind == ACTOR_PLANE_THREAD_FOREIGN || thread->current == 0 ||
		    ns < STUCK_NS)
			continue;
		names_pid(&model->names, thread->current, name, sizeof(name));
		alerts_raise(alerts, lint, thread->current,
			     names_pid_behaviour(&model->names, thread->current), (double)ns,
			     "%s has been handling one %s for %.1f s", name,
			     names_type(&model->names, thread->tag), (double)ns / 1e9);
	}
}

const struct lint lints[] = {
	{"stuck-handler", 'S', ALERT_URGENT, "a message has been handled for more than 1 s",
	 "find the loop or the blocking call in the handler; gdb -p shows its stack",
	 check_stuck_handler},
	{"mailbox-long", 'M', ALERT_WARNING,
	 "more than 10,000 messages in a mailbox, until fewer than 5,000",
	 "see who sends to it (view Flow), and bound its mailbox or split its work",
	 check_mailbox_long},
};

const size_t lint_count = sizeof(lints) / sizeof(lints[0]);
