/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_PROTO_H
#define EXPORT_PROTO_H

/*
 * Writes protobuf's wire format into a buffer that grows
 * (protobuf.dev/programming-guides/encoding). Without memory the buffer goes bad, writes nothing
 * more, and says so at the end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proto {
	uint8_t *data;
	size_t size;
	size_t capacity;
	bool failed;
};

void proto_finish(struct proto *proto);

static inline void proto_clear(struct proto *proto)
{
	proto->size = 0;
}

void proto_uint(struct proto *proto, uint32_t field, uint64_t value); /* bool, enum, (u)intN */
void proto_fixed64(struct proto *proto, uint32_t field, uint64_t value);
void proto_double(struct proto *proto, uint32_t field, double value);
void proto_bytes(struct proto *proto, uint32_t field, const void *data, size_t size);
void proto_string(struct proto *proto, uint32_t field, const char *text);

/* A negative number of an intN takes ten bytes; that is how the format is. */
static inline void proto_int(struct proto *proto, uint32_t field, int64_t value)
{
	proto_uint(proto, field, (uint64_t)value);
}

/*
 * A message within the message: what is written between the two belongs to it. proto_begin returns
 * what proto_end needs. Its length takes four bytes, whatever it is: at most 256 MiB.
 */
size_t proto_begin(struct proto *proto, uint32_t field);
void proto_end(struct proto *proto, size_t mark);

#endif
