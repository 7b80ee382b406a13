/* SPDX-License-Identifier: MIT */
#include "store/kernel.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#define VERSION    1
#define VARINT_MAX 10

enum coding {
	CODING_PLAIN,
	CODING_DELTA
};

enum column {
#define X(NAME, member, coding) COLUMN_##NAME,
	KERNEL_COLUMN_MAP(X)
#undef X
	COLUMNS
};

static const enum coding codings[COLUMNS] = {
#define X(NAME, member, coding) [COLUMN_##NAME] = CODING_##coding,
	KERNEL_COLUMN_MAP(X)
#undef X
};

static uint64_t get(const struct trace_kernel_row *row, enum column column)
{
	switch (column) {
#define X(NAME, member, coding) \
	case COLUMN_##NAME:     \
		return row->member;
		KERNEL_COLUMN_MAP(X)
#undef X
	case COLUMNS:
		break;
	}
	return 0;
}

static void set(struct trace_kernel_row *row, enum column column, uint64_t value)
{
	switch (column) {
#define X(NAME, member, coding)                               \
	case COLUMN_##NAME:                                   \
		row->member = (__typeof__(row->member))value; \
		break;
		KERNEL_COLUMN_MAP(X)
#undef X
	case COLUMNS:
		break;
	}
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

/* False: there is none before the end. */
static bool take_varint(const uint8_t **at, const uint8_t *end, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

static uint64_t zigzag(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static uint64_t unzigzag(uint64_t value)
{
	return value >> 1 ^ (0 - (value & 1));
}

static uint8_t *put_column(uint8_t *out, const struct trace_kernel_row *rows, size_t count,
			   enum column column)
{
	uint64_t before = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t value = get(&rows[i], column);

		out = put_varint(out,
				 codings[column] == CODING_DELTA ? zigzag(value - before) : value);
		before = value;
	}
	return out;
}

int kernel_encode(const struct trace_kernel_row *rows, size_t count, struct kernel_blob *ret_blob)
{
	size_t room = count * COLUMNS * VARINT_MAX;
	uint8_t *plain = malloc(room + 1), *data = NULL, *out = plain;
	size_t bound, size, head;

	if (plain == NULL)
		return -ENOMEM;
	for (unsigned column = 0; column < COLUMNS; column++)
		out = put_column(out, rows, count, (enum column)column);
	bound = ZSTD_compressBound((size_t)(out - plain));
	data = malloc(2 + VARINT_MAX + bound);
	if (data == NULL) {
		free(plain);
		return -ENOMEM;
	}
	data[0] = VERSION;
	data[1] = COLUMNS;
	head = (size_t)(put_varint(data + 2, (uint64_t)(out - plain)) - data);
	size = ZSTD_compress(data + head, bound, plain, (size_t)(out - plain), 1);
	free(plain);
	if (ZSTD_isError(size)) {
		free(data);
		return -ENOMEM;
	}
	*ret_blob = (struct kernel_blob){data, head + size};
	return 0;
}

static int decode_columns(const uint8_t *at, const uint8_t *end, unsigned columns, size_t count,
			  struct trace_kernel_row *rows)
{
	memset(rows, 0, count * sizeof(*rows));
	for (unsigned column = 0; column < columns; column++) {
		uint64_t before = 0, value;

		for (size_t i = 0; i < count; i++) {
			if (!take_varint(&at, end, &value))
				return -EBADMSG;
			/* A later writer's columns come last, and we know nothing of them. */
			if (column >= COLUMNS)
				continue;
			if (codings[column] == CODING_DELTA)
				value = before + unzigzag(value);
			before = value;
			set(&rows[i], (enum column)column, value);
		}
	}
	return at == end ? 0 : -EBADMSG;
}

int kernel_decode(const void *data, size_t size, size_t count, struct trace_kernel_row *rows)
{
	const uint8_t *at = data, *end = at + size;
	unsigned columns;
	uint64_t plain_size;
	uint8_t *plain;
	int status = -EBADMSG;

	if (size < 3 || at[0] != VERSION || count > KERNEL_CHUNK_ROWS)
		return -EBADMSG;
	columns = at[1];
	at += 2;
	if (!take_varint(&at, end, &plain_size) || plain_size > count * columns * VARINT_MAX)
		return -EBADMSG;
	plain = malloc(plain_size + 1);
	if (plain == NULL)
		return -ENOMEM;
	if (ZSTD_decompress(plain, plain_size, at, (size_t)(end - at)) == plain_size)
		status = decode_columns(plain, plain + plain_size, columns, count, rows);
	free(plain);
	return status;
}
