/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include "export/proto.h"

/* What is in the buffer as hexadecimal digits. */
static const char *hex(const struct proto *proto)
{
	static char text[4096];

	for (size_t i = 0; i < proto->size && 2 * i + 2 < sizeof(text); i++)
		snprintf(text + 2 * i, 3, "%02x", proto->data[i]);
	return proto->size == 0 ? "" : text;
}

#define CHECK_HEX(proto, expected) CU_ASSERT_STRING_EQUAL(hex(proto), expected)

/* The examples of protobuf.dev/programming-guides/encoding. */
static void numbers_are_as_the_guide_says(void)
{
	struct proto proto = {0};

	proto_uint(&proto, 1, 150);
	CHECK_HEX(&proto, "089601");
	proto_clear(&proto);
	proto_int(&proto, 1, -2);
	CHECK_HEX(&proto, "08feffffffffffffffff01");
	proto_clear(&proto);
	proto_uint(&proto, 1, UINT64_MAX);
	CHECK_HEX(&proto, "08ffffffffffffffffff01");
	proto_clear(&proto);
	proto_uint(&proto, 47, 0);
	CHECK_HEX(&proto, "f80200");
	proto_clear(&proto);
	proto_fixed64(&proto, 47, UINT64_C(0x0123456789abcdef));
	CHECK_HEX(&proto, "f902efcdab8967452301");
	proto_clear(&proto);
	proto_double(&proto, 1, 1.0);
	CHECK_HEX(&proto, "09000000000000f03f");
	proto_finish(&proto);
}

static void strings_are_as_the_guide_says(void)
{
	struct proto proto = {0};

	proto_string(&proto, 2, "testing");
	CHECK_HEX(&proto, "120774657374696e67");
	proto_clear(&proto);
	proto_bytes(&proto, 2, "", 0);
	CHECK_HEX(&proto, "1200");
	proto_finish(&proto);
}

/* Lengths are four bytes: 03 may be written as 83 80 80 00. */
static void messages_nest(void)
{
	struct proto proto = {0};
	size_t outer = proto_begin(&proto, 3);
	size_t inner = proto_begin(&proto, 1);

	proto_uint(&proto, 1, 150);
	proto_end(&proto, inner);
	proto_end(&proto, outer);
	CHECK_HEX(&proto, "1a888080000a83808000089601");
	proto_finish(&proto);
}

static void long_messages_have_their_length(void)
{
	struct proto proto = {0};
	size_t mark = proto_begin(&proto, 1);
	uint64_t length = 0;

	for (int i = 0; i < 100000; i++)
		proto_uint(&proto, 1, 1);
	proto_end(&proto, mark);
	CU_ASSERT_FALSE(proto.failed);
	CU_ASSERT_EQUAL(proto.size, 5 + 200000);
	for (int i = 0; i < 4; i++)
		length |= (uint64_t)(proto.data[1 + i] & 0x7f) << (7 * i);
	CU_ASSERT_EQUAL(length, 200000);
	CU_ASSERT_EQUAL(proto.data[4] & 0x80, 0);
	proto_finish(&proto);
}

static void a_failed_buffer_stays_as_it_is(void)
{
	struct proto proto = {.failed = true};
	size_t mark = proto_begin(&proto, 1);

	proto_uint(&proto, 1, 1);
	proto_string(&proto, 1, "text");
	proto_end(&proto, mark);
	CU_ASSERT_EQUAL(proto.size, 0);
	proto_finish(&proto);
}

#define CASES(X)                           \
	X(numbers_are_as_the_guide_says)   \
	X(strings_are_as_the_guide_says)   \
	X(messages_nest)                   \
	X(long_messages_have_their_length) \
	X(a_failed_buffer_stays_as_it_is)
SUITE("proto", CASES)
