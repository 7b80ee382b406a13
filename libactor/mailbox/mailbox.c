/* SPDX-License-Identifier: MIT */
#include "mailbox/mailbox.h"

struct mailbox_list mailbox_reverse(struct actor_message *top)
{
	struct mailbox_list list = {NULL, top, 0};

	while (top != NULL) {
		struct actor_message *older = top->next_;

		top->next_ = list.first;
		list.first = top;
		list.count++;
		top = older;
	}
	return list;
}
