/* SPDX-License-Identifier: MIT */
#include "export/proto.h"

#include <stdlib.h>
#include <string.h>

#define VARINT_MAX  10
#define LENGTH_SIZE 4

enum wire {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2
};

/* Room for `size` more bytes, or NULL. */
static uint8_t *room(struct proto *proto, size_t size)
{
	size_t capacity = proto->capacity == 0 ? 256 : proto->capacity;
	uint8_t *data;

	if (proto->failed)
		return NULL;
	if (size <= proto->capacity - proto->size)
		return proto->data + proto->size;
	while (capacity - proto->size < size)
		capacity *= 2;
	data = realloc(proto->data, capacity);
	if (data == NULL) {
		proto->failed = true;
		return NULL;
	}
	proto->data = data;
	proto->capacity = capacity;
	return data + proto->size;
}

void proto_finish(struct proto *proto)
{
	free(proto->data);
	*proto = (struct proto){0};
}

static uint8_t *put_varint(uint8_t *out, uint64_t value)
{
	while (value >= 0x80) {
		*out++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*out++ = (uint8_t)value;
	return out;
}

static uint8_t *put_key(uint8_t *out, uint32_t field, enum wire wire)
{
	return put_varint(out, (uint64_t)field << 3 | wire);
}

void proto_uint(struct proto *proto, uint32_t field, uint64_t value)
{
	uint8_t *out = room(proto, (size_t)2 * VARINT_MAX);

	if (out != NULL)
		proto->size =
			(size_t)(put_varint(put_key(out, field, WIRE_VARINT), value) - proto->data);
}

void proto_fixed64(struct proto *proto, uint32_t field, uint64_t value)
{
	uint8_t *out = room(proto, VARINT_MAX + sizeof(value));

	if (out == NULL)
		return;
	out = put_key(out, field, WIRE_FIXED64);
	for (int i = 0; i < 8; i++)
		*out++ = (uint8_t)(value >> (8 * i));
	proto->size = (size_t)(out - proto->data);
}

void proto_double(struct proto *proto, uint32_t field, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	proto_fixed64(proto, field, bits);
}

void proto_bytes(struct proto *proto, uint32_t field, const void *data, size_t size)
{
	uint8_t *out = room(proto, (size_t)2 * VARINT_MAX + size);

	if (out == NULL)
		return;
	out = put_varint(put_key(out, field, WIRE_BYTES), size);
	if (size > 0)
		memcpy(out, data, size);
	proto->size = (size_t)(out + size - proto->data);
}

void proto_string(struct proto *proto, uint32_t field, const char *text)
{
	proto_bytes(proto, field, text, strlen(text));
}

size_t proto_begin(struct proto *proto, uint32_t field)
{
	uint8_t *out = room(proto, VARINT_MAX + LENGTH_SIZE);

	if (out != NULL)
		proto->size = (size_t)(put_key(out, field, WIRE_BYTES) + LENGTH_SIZE - proto->data);
	return proto->size;
}

/* A varint may be longer than it must: the high bits say that it goes on. */
void proto_end(struct proto *proto, size_t mark)
{
	size_t length = proto->size - mark;

	if (proto->failed)
		return;
	if (length >> (7 * LENGTH_SIZE) != 0) {
		proto->failed = true;
		return;
	}
	for (int i = 0; i < LENGTH_SIZE; i++)
		proto->data[mark - LENGTH_SIZE + (size_t)i] =
			(uint8_t)((length >> (7 * i) & 0x7f) | (i < LENGTH_SIZE - 1 ? 0x80 : 0));
}
