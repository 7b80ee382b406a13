/* SPDX-License-Identifier: MIT */
#include <actor/tcp.h>

struct actor_type actor_tcp_accepted = {.name = "tcp_accepted",
					.ctype = "struct actor_tcp_accepted_message",
					.size = sizeof(struct actor_tcp_accepted_message)};
struct actor_type actor_tcp_data = {.name = "tcp_data",
				    .ctype = "struct actor_tcp_data_message",
				    .size = sizeof(struct actor_tcp_data_message),
				    .flexible = 1};
struct actor_type actor_tcp_closed = {.name = "tcp_closed",
				      .ctype = "struct actor_tcp_closed_message",
				      .size = sizeof(struct actor_tcp_closed_message)};

const char *actor_tcp_bytes(const struct actor_message *message, size_t *ret_size)
{
	if (!actor_message_is(message, &actor_tcp_data)) {
		*ret_size = 0;
		return "";
	}
	*ret_size = message->size - sizeof(struct actor_tcp_data_message);
	return (const char *)actor_message_payload(message) + sizeof(struct actor_tcp_data_message);
}
