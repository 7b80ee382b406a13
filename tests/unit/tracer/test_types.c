/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include <errno.h>
#include <unistd.h>

#include <tracer/types.h>

#include "type_samples.h"

static struct types *types;

/* Volatile, so that the compiler keeps them and the types they have. */
static struct every every = {
	.i8 = -8,
	.u8 = 200,
	.i16 = -1600,
	.u16 = 60000,
	.i32 = -2000000000,
	.u32 = 4000000000,
	.i64 = INT64_MIN,
	.u64 = UINT64_MAX,
	.yes = true,
	.letter = 'x',
	.name = "a\"b\n",
	.color = COLOR_COLD,
	.big = BIG_HUGE,
	.score = -5,
	.pos = {.x = 1.5F, .y = 0.1},
	.low = 5,
	.middle = -7,
	.high = 0xabcdef,
	.shade = COLOR_RED,
	.wide = UINT64_C(0xfedcba9876),
	.items = {{1, "one"}, {2, "four"}, {3, ""}},
	.matrix = {{1, 2, 3}, {4, 5, 6}},
	.word = 0x04030201,
	.both = {.real = 2.0F},
	.inner = 77,
	.next = (struct node *)0x1234,
	.callback = NULL,
	.fixed = 9,
	.longest = 0.25L,
};
static struct flexible *flexible;
static struct bytes *counted;
static struct holder holder;

/* Nothing that is used is thrown away. */
static void use(void)
{
	__asm__ volatile("" ::"g"(&every), "g"(&flexible), "g"(&counted), "g"(&holder) : "memory");
}

static uint32_t find(const char *ctype, uint64_t size)
{
	uint32_t id = 0;

	CU_ASSERT_EQUAL_FATAL(types_find(types, ctype, size, &id), 0);
	return id;
}

static bool shows(uint32_t id, const void *bytes, size_t size, enum types_form form, int wanted,
		  const char *text)
{
	char *found = NULL;
	int status = types_format(types, id, bytes, size, form, &found);
	bool same = status == wanted && found != NULL && strcmp(found, text) == 0;

	if (!same)
		printf("\n  status %d:\n%s\n  instead of %d:\n%s\n", status,
		       found != NULL ? found : "(nothing)", wanted, text);
	free(found);
	return same;
}

#define LINE                                                                                   \
	"{i8 = -8, u8 = 200, i16 = -1600, u16 = 60000, i32 = -2000000000, u32 = 4000000000, "  \
	"i64 = -9223372036854775808, u64 = 18446744073709551615, yes = true, letter = 'x', "   \
	"name = \"a\\\"b\\n\", color = COLOR_COLD, big = BIG_HUGE, score = -5, "               \
	"pos = {x = 1.5, y = 0.1}, low = 5, middle = -7, high = 11259375, shade = COLOR_RED, " \
	"wide = 1094624909430, items = [{id = 1, tag = \"one\"}, {id = 2, tag = \"four\"}, "   \
	"{id = 3, tag = \"\"}], matrix = [1, 2, 3, 4, 5, 6], word = 67305985, "                \
	"bytes = [1, 2, 3, 4], both = {real = 2, whole = 1073741824}, inner = 77, "            \
	"next = 0x1234, callback = 0x0, fixed = 9, "                                           \
	"huge = -85070591730234615865843651857942052864, longest = 0.25}"

static void a_value_on_one_line(void)
{
	CU_ASSERT(shows(find("struct every", sizeof(every)), &every, sizeof(every), TYPES_FORM_LINE,
			0, LINE));
}

static void a_value_on_many_lines(void)
{
	static const char text[] = "before = 4\n"
				   "deep\n"
				   "  [0] = {where = {x = 1, y = 2}, text = 0x10}\n"
				   "  [1] = {where = {x = 0, y = 0}, text = 0x0}";
	struct holder value = {.before = 4,
			       .deep = {{.where = {1.0F, 2.0}, .text = (const char *)0x10}}};

	CU_ASSERT(
		shows(find("struct holder", 0), &value, sizeof(value), TYPES_FORM_LINES, 0, text));
	CU_ASSERT(shows(find("struct point", 0), &value.deep[0].where, sizeof(struct point),
			TYPES_FORM_LINES, 0, "x = 1\ny = 2"));
}

static void unnamed_members_are_those_of_their_struct(void)
{
	char *text = NULL;

	CU_ASSERT_EQUAL_FATAL(types_format(types, find("struct every", 0), &every, sizeof(every),
					   TYPES_FORM_LINES, &text),
			      0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nword = 67305985\nbytes = [1, 2, 3, 4]\nboth\n"
					    "  real = 2\n  whole = 1073741824\ninner = 77\nnext"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\npos\n  x = 1.5\n  y = 0.1\nlow = 5\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nitems\n  [0] = {id = 1, tag = \"one\"}\n  [1]"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nmatrix = [1, 2, 3, 4, 5, 6]\n"));
	free(text);
}

#define JSON                                                                              \
	"{\"i8\":-8,\"u8\":200,\"i16\":-1600,\"u16\":60000,\"i32\":-2000000000,"          \
	"\"u32\":4000000000,\"i64\":-9223372036854775808,\"u64\":18446744073709551615,"   \
	"\"yes\":true,\"letter\":\"x\",\"name\":\"a\\\"b\\n\",\"color\":\"COLOR_COLD\","  \
	"\"big\":\"BIG_HUGE\",\"score\":-5,\"pos\":{\"x\":1.5,\"y\":0.1},\"low\":5,"      \
	"\"middle\":-7,\"high\":11259375,\"shade\":\"COLOR_RED\",\"wide\":1094624909430," \
	"\"items\":[{\"id\":1,\"tag\":\"one\"},{\"id\":2,\"tag\":\"four\"},"              \
	"{\"id\":3,\"tag\":\"\"}],\"matrix\":[1,2,3,4,5,6],\"word\":67305985,"            \
	"\"bytes\":[1,2,3,4],\"both\":{\"real\":2,\"whole\":1073741824},\"inner\":77,"    \
	"\"next\":\"0x1234\",\"callback\":null,\"fixed\":9,"                              \
	"\"huge\":-85070591730234615865843651857942052864,\"longest\":0.25}"

static void a_value_as_json(void)
{
	CU_ASSERT(shows(find("struct every", 0), &every, sizeof(every), TYPES_FORM_JSON, 0, JSON));
}

/* The layout is the machine's: little end first, eight bytes aligned. */
static void known_bytes(void)
{
	static const unsigned char point[16] = {0, 0,    0xc0, 0x3f, 0,    0,    0,    0,
						0, 0x00, 0x00, 0,    0x00, 0x00, 0xf0, 0x3f};
	static const unsigned char item[6] = {0x34, 0x12, 'a', 'b', 0, 'z'};
	static const unsigned char minus[4] = {0xfe, 0xff, 0xff, 0xff};
	static const unsigned char unknown[4] = {77, 0, 0, 0};

	CU_ASSERT(
		shows(find("struct point", 16), point, 16, TYPES_FORM_LINE, 0, "{x = 1.5, y = 1}"));
	CU_ASSERT(shows(find("struct item", 6), item, 6, TYPES_FORM_LINE, 0,
			"{id = 4660, tag = \"ab\"}"));
	CU_ASSERT(shows(find("enum color", 4), minus, 4, TYPES_FORM_LINE, 0, "COLOR_COLD"));
	CU_ASSERT(shows(find("enum color", 4), unknown, 4, TYPES_FORM_JSON, 0, "77"));
	CU_ASSERT(shows(find("int32_t", 4), minus, 4, TYPES_FORM_LINE, 0, "-2"));
	CU_ASSERT(shows(find("uint32_t", 4), minus, 4, TYPES_FORM_LINE, 0, "4294967294"));
}

static void floats_that_are_no_numbers(void)
{
	struct point values = {.x = -__builtin_inff(), .y = __builtin_nan("")};

	CU_ASSERT(shows(find("struct point", 0), &values, sizeof(values), TYPES_FORM_LINE, 0,
			"{x = -inf, y = nan}"));
	CU_ASSERT(shows(find("struct point", 0), &values, sizeof(values), TYPES_FORM_JSON, 0,
			"{\"x\":\"-inf\",\"y\":\"nan\"}"));
}

static void bytes_that_end_too_early(void)
{
	static const char text[] = "{x = 1.5, y = ...}";

	CU_ASSERT(shows(find("struct point", 0), &every.pos, 8, TYPES_FORM_LINE, -ENODATA, text));
	CU_ASSERT(shows(find("struct point", 0), &every.pos, 0, TYPES_FORM_JSON, -ENODATA,
			"{\"x\":null,\"y\":null}"));
	CU_ASSERT(shows(find("struct item", 0), "\1\0fo", 4, TYPES_FORM_LINE, -ENODATA,
			"{id = 1, tag = \"fo\"...}"));
	for (size_t size = 0; size < sizeof(every); size++) {
		char *bytes = malloc(size + 1);
		char *found = NULL;
		int status;

		memcpy(bytes, &every, size);
		/* Exactly so many bytes are the allocation's, for a sanitizer to see. */
		bytes = realloc(bytes, size > 0 ? size : 1);
		status = types_format(types, find("struct every", 0), bytes, size, TYPES_FORM_LINES,
				      &found);
		/* The padding at the end is nobody's. */
		CU_ASSERT(status == -ENODATA || (status == 0 && size > sizeof(every) - 16));
		free(found);
		free(bytes);
	}
}

static void flexible_arrays_take_the_rest(void)
{
	static const unsigned char bytes[] = {2, 0, 0, 0,   7,   0, 'a', 0,   0,
					      0, 8, 0, 'b', 'c', 0, 0,   0xee};

	CU_ASSERT(shows(find("struct flexible", 0), bytes, 16, TYPES_FORM_LINE, 0,
			"{count = 2, items = [{id = 7, tag = \"a\"}, {id = 8, tag = \"bc\"}]}"));
	CU_ASSERT(shows(find("struct flexible", 0), bytes, 4, TYPES_FORM_LINE, 0,
			"{count = 2, items = []}"));
	CU_ASSERT(shows(find("struct bytes", 0), "\3\0\0\0abc", 7, TYPES_FORM_JSON, 0,
			"{\"length\":3,\"text\":\"abc\"}"));
}

static void bytes_behind_the_value_are_shown(void)
{
	CU_ASSERT(shows(find("struct item", 0), "\1\0ab\0\0\xff\x01", 8, TYPES_FORM_LINE, 0,
			"{id = 1, tag = \"ab\"} and 2 bytes: ff01"));
	CU_ASSERT(shows(find("struct item", 0), "\1\0ab\0\0\xff\x01", 8, TYPES_FORM_JSON, 0,
			"{\"id\":1,\"tag\":\"ab\",\"rest\":\"ff01\"}"));
}

static void what_repeats_is_told_once(void)
{
	unsigned char zeros[4 + 6 * 300] = {0};
	char *text = NULL;

	CU_ASSERT(shows(find("struct flexible", 0), zeros, sizeof(zeros), TYPES_FORM_LINE, 0,
			"{count = 0, items = [{id = 0, tag = \"\"} (300 times)]}"));
	for (size_t i = 0; i < sizeof(zeros); i++)
		zeros[i] = (unsigned char)(i / 6);
	CU_ASSERT_EQUAL(types_format(types, find("struct flexible", 0), zeros, sizeof(zeros),
				     TYPES_FORM_LINE, &text),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "... (44 more)]}"));
	free(text);
}

static void control_characters_do_not_get_through(void)
{
	CU_ASSERT(shows(find("struct bytes", 0), "\0\0\0\0\x1b[2J\xc3\xa4\xff", 11, TYPES_FORM_LINE,
			0, "{length = 0, text = \"\\x1b[2J\xc3\xa4\\xff\"}"));
	CU_ASSERT(shows(find("struct bytes", 0), "\0\0\0\0\x1b\xff", 6, TYPES_FORM_JSON, 0,
			"{\"length\":0,\"text\":\"\\u001b\\u00ff\"}"));
}

/* ---- Names ------------------------------------------------------------------------------------
 */

static void names_as_c_writes_them(void)
{
	static const char *const names[] = {"struct every",
					    "const struct every",
					    "  struct\tevery ",
					    "every",
					    "score_t",
					    "unsigned int",
					    "unsigned",
					    "uint64_t",
					    "bool",
					    "_Bool",
					    "char",
					    "enum color",
					    "double",
					    "float",
					    "unsigned char",
					    "struct node *",
					    "long double",
					    "volatile unsigned int"};
	uint64_t size;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint32_t id = 0;
		int status = types_find(types, names[i], 0, &id);

		if (status != 0)
			printf("\n  %s: %d\n", names[i], status);
		CU_ASSERT_EQUAL(status, 0);
		CU_ASSERT_EQUAL(types_size(types, id, &size), 0);
	}
	CU_ASSERT_EQUAL(types_size(types, find("struct every", 0), &size), 0);
	CU_ASSERT_EQUAL(size, sizeof(struct every));
}

static void names_that_are_none(void)
{
	uint32_t id = 99;

	CU_ASSERT_EQUAL(types_find(types, "struct nowhere", 0, &id), -ENOENT);
	CU_ASSERT_EQUAL(types_find(types, "", 0, &id), -ENOENT);
	CU_ASSERT_EQUAL(types_find(types, "struct", 0, &id), -ENOENT);
	CU_ASSERT_EQUAL(types_find(types, "struct ", 0, &id), -ENOENT);
	CU_ASSERT_EQUAL(types_find(types, "union every", 0, &id), -ENOENT);
	CU_ASSERT_EQUAL(types_find(types, "***", 0, &id), -ENOENT);
	CU_ASSERT_EQUAL(types_find(types, "struct every", 3, &id), -ESTALE);
	CU_ASSERT_EQUAL(id, 99);
}

static void pointers_are_found(void)
{
	char path[64];

	CU_ASSERT(types_has_pointer(types, find("struct every", 0), path, sizeof(path)));
	CU_ASSERT_STRING_EQUAL(path, "next");
	CU_ASSERT(types_has_pointer(types, find("struct holder", 0), path, sizeof(path)));
	CU_ASSERT_STRING_EQUAL(path, "deep[].text");
	CU_ASSERT(types_has_pointer(types, find("struct holder", 0), path, 6));
	CU_ASSERT_STRING_EQUAL(path, "deep[");
	CU_ASSERT_FALSE(types_has_pointer(types, find("struct flexible", 0), path, sizeof(path)));
	CU_ASSERT_FALSE(types_has_pointer(types, find("uint64_t", 0), path, sizeof(path)));
}

/* ---- Columns and fields -----------------------------------------------------------------------
 */

struct listing {
	char text[512];
	int stop_at;
};

static int list(void *context, const struct types_column *column)
{
	struct listing *listing = context;
	size_t length = strlen(listing->text);

	snprintf(listing->text + length, sizeof(listing->text) - length, "%s=%s@%d;", column->path,
		 column->value, (int)column->offset);
	return --listing->stop_at == 0 ? 5 : 0;
}

static void a_value_in_columns(void)
{
	static const unsigned char bytes[] = {2, 0, 0, 0, 7, 0, 'a', 0, 0, 0, 8, 0, 'b', 'c', 0, 0};
	struct listing listing = {.text = ""};

	CU_ASSERT_EQUAL(types_columns(types, find("struct flexible", 0), bytes, sizeof(bytes), list,
				      &listing),
			0);
	CU_ASSERT_STRING_EQUAL(listing.text,
			       "count=2@0;items[0].id=7@4;items[0].tag=\"a\"@6;items[1].id=8@10;"
			       "items[1].tag=\"bc\"@12;");
	listing = (struct listing){.stop_at = 2};
	CU_ASSERT_EQUAL(types_columns(types, find("struct flexible", 0), bytes, sizeof(bytes), list,
				      &listing),
			5);
	CU_ASSERT_STRING_EQUAL(listing.text, "count=2@0;items[0].id=7@4;");
	listing = (struct listing){.text = ""};
	CU_ASSERT_EQUAL(types_columns(types, find("int", 0), bytes, 4, list, &listing), 0);
	CU_ASSERT_STRING_EQUAL(listing.text, "=2@0;");
}

static int resolve(const char *ctype, const char *path, struct types_field *field, char error[256])
{
	error[0] = '\0';
	return types_field(types, find(ctype, 0), path, field, error, 256);
}

static void paths_lead_to_fields(void)
{
	struct types_field field;
	struct types_scalar scalar;
	char error[256];

	CU_ASSERT_EQUAL(resolve("struct every", "pos.y", &field, error), 0);
	CU_ASSERT_EQUAL(field.offset, offsetof(struct every, pos.y));
	CU_ASSERT_EQUAL(field.size, 8);
	CU_ASSERT_EQUAL(field.kind, TYPES_KIND_FLOAT);
	CU_ASSERT_EQUAL(types_get(&field, &every, sizeof(every), &scalar), 0);
	CU_ASSERT_EQUAL(scalar.number, TYPES_NUMBER_REAL);
	CU_ASSERT_EQUAL(scalar.real, 0.1);
	CU_ASSERT_EQUAL(resolve("struct every", "self->items[1].id", &field, error), 0);
	CU_ASSERT_EQUAL(field.offset, offsetof(struct every, items[1].id));
	CU_ASSERT_EQUAL(resolve("struct every", "matrix[5]", &field, error), 0);
	CU_ASSERT_EQUAL(field.offset, offsetof(struct every, matrix[1][2]));
	CU_ASSERT_EQUAL(resolve("struct every", "bytes[3]", &field, error), 0);
	CU_ASSERT_EQUAL(field.offset, offsetof(struct every, bytes[3]));
	CU_ASSERT_EQUAL(resolve("struct every", "inner", &field, error), 0);
	CU_ASSERT_EQUAL(field.offset, offsetof(struct every, inner));
	CU_ASSERT_EQUAL(resolve("struct flexible", "items[1000].tag", &field, error), 0);
	CU_ASSERT_EQUAL(field.offset, 4 + 6 * 1000 + 2);
	CU_ASSERT_EQUAL(field.kind, TYPES_KIND_STRING);
	CU_ASSERT_EQUAL(types_get(&field, &every, sizeof(every), &scalar), -EINVAL);
	CU_ASSERT_EQUAL(resolve("struct every", "self", &field, error), 0);
	CU_ASSERT_EQUAL(field.size, sizeof(struct every));
	CU_ASSERT_EQUAL(resolve("struct every", "self.middle", &field, error), 0);
	CU_ASSERT_EQUAL(field.bit_size, 5);
	CU_ASSERT(field.is_signed);
	CU_ASSERT_EQUAL(types_get(&field, &every, sizeof(every), &scalar), 0);
	CU_ASSERT_EQUAL(scalar.number, TYPES_NUMBER_SIGNED);
	CU_ASSERT_EQUAL(scalar.i, -7);
	CU_ASSERT_EQUAL(types_get(&field, &every, (size_t)field.offset, &scalar), -ENODATA);
}

static void paths_that_lead_nowhere(void)
{
	struct types_field field;
	char error[256];

	CU_ASSERT_EQUAL(resolve("struct every", "nothing", &field, error), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(error, "struct every has no member 'nothing'; it has i8, u8"));
	CU_ASSERT_EQUAL(resolve("struct every", "items[3].id", &field, error), -ENOENT);
	CU_ASSERT_STRING_EQUAL(error, "there is no element 3: the array has 3");
	CU_ASSERT_EQUAL(resolve("struct every", "next->value", &field, error), -ELOOP);
	CU_ASSERT_EQUAL(resolve("struct every", "next[0]", &field, error), -ELOOP);
	CU_ASSERT_EQUAL(resolve("struct every", "i32.x", &field, error), -EINVAL);
	CU_ASSERT_EQUAL(resolve("struct every", "i32[0]", &field, error), -EINVAL);
	CU_ASSERT_EQUAL(resolve("struct every", "items[x]", &field, error), -EINVAL);
	CU_ASSERT_EQUAL(resolve("struct every", "items[1", &field, error), -EINVAL);
	CU_ASSERT_EQUAL(resolve("struct every", "items[-1]", &field, error), -EINVAL);
	CU_ASSERT_EQUAL(resolve("struct every", "pos..x", &field, error), -EINVAL);
	CU_ASSERT_EQUAL(resolve("struct every", "pos x", &field, error), -EINVAL);
	CU_ASSERT_EQUAL(resolve("struct every", "pos.", &field, error), -EINVAL);
	CU_ASSERT_EQUAL(resolve("struct flexible", "items[99999999999999999999]", &field, error),
			-EINVAL);
	CU_ASSERT_EQUAL(resolve("struct flexible", "items[9999999999999999999]", &field, error),
			-ENOENT);
}

static int set(struct every *value, const char *path, const char *text)
{
	struct types_field field;
	char error[256] = "";
	int status = resolve("struct every", path, &field, error);

	if (status == 0)
		status =
			types_set(types, &field, text, value, sizeof(*value), error, sizeof(error));
	if (status != 0 && error[0] == '\0')
		CU_FAIL("a refusal without a word");
	return status;
}

static void fields_are_set(void)
{
	struct every value = {0};

	CU_ASSERT_EQUAL(set(&value, "i8", "-128"), 0);
	CU_ASSERT_EQUAL(set(&value, "u64", "0xffffffffffffffff"), 0);
	CU_ASSERT_EQUAL(set(&value, "i64", "-9223372036854775808"), 0);
	CU_ASSERT_EQUAL(set(&value, "middle", "-16"), 0);
	CU_ASSERT_EQUAL(set(&value, "high", "0xffffff"), 0);
	CU_ASSERT_EQUAL(set(&value, "shade", "COLOR_COLD"), 0);
	CU_ASSERT_EQUAL(set(&value, "big", "BIG_HUGE"), 0);
	CU_ASSERT_EQUAL(set(&value, "yes", "true"), 0);
	CU_ASSERT_EQUAL(set(&value, "letter", "'\\n'"), 0);
	CU_ASSERT_EQUAL(set(&value, "name", "\"x\\\"y\""), 0);
	CU_ASSERT_EQUAL(set(&value, "items[1].tag", "full"), 0);
	CU_ASSERT_EQUAL(set(&value, "pos.x", "-2.5"), 0);
	CU_ASSERT_EQUAL(set(&value, "pos.y", "1e300"), 0);
	CU_ASSERT_EQUAL(set(&value, "next", "0x10"), 0);
	CU_ASSERT_EQUAL(set(&value, "longest", "0.5"), 0);
	CU_ASSERT_EQUAL(value.i8, -128);
	CU_ASSERT_EQUAL(value.u64, UINT64_MAX);
	CU_ASSERT_EQUAL(value.i64, INT64_MIN);
	CU_ASSERT_EQUAL(value.low, 0);
	CU_ASSERT_EQUAL(value.middle, -16);
	CU_ASSERT_EQUAL(value.high, 0xffffff);
	CU_ASSERT_EQUAL(value.shade, COLOR_COLD);
	CU_ASSERT_EQUAL(value.wide, 0);
	CU_ASSERT_EQUAL(value.big, BIG_HUGE);
	CU_ASSERT_EQUAL(value.yes, true);
	CU_ASSERT_EQUAL(value.letter, '\n');
	CU_ASSERT_STRING_EQUAL(value.name, "x\"y");
	CU_ASSERT_EQUAL(memcmp(value.items[1].tag, "full", 4), 0);
	CU_ASSERT_EQUAL(value.items[2].id, 0);
	CU_ASSERT_EQUAL(value.pos.x, -2.5F);
	CU_ASSERT_EQUAL(value.pos.y, 1e300);
	CU_ASSERT_PTR_EQUAL(value.next, (void *)0x10);
	CU_ASSERT_EQUAL(value.longest, 0.5L);
}

static void values_that_do_not_fit(void)
{
	struct every value = {0};
	struct every before = value;

	CU_ASSERT_EQUAL(set(&value, "i8", "128"), -ERANGE);
	CU_ASSERT_EQUAL(set(&value, "i8", "-129"), -ERANGE);
	CU_ASSERT_EQUAL(set(&value, "u8", "-1"), -ERANGE);
	CU_ASSERT_EQUAL(set(&value, "u64", "18446744073709551616"), -ERANGE);
	CU_ASSERT_EQUAL(set(&value, "low", "8"), -ERANGE);
	CU_ASSERT_EQUAL(set(&value, "middle", "16"), -ERANGE);
	CU_ASSERT_EQUAL(set(&value, "name", "123456789"), -ERANGE);
	CU_ASSERT_EQUAL(set(&value, "name", "\"open"), -EINVAL);
	CU_ASSERT_EQUAL(set(&value, "pos.x", "1e39"), -ERANGE);
	CU_ASSERT_EQUAL(set(&value, "pos.x", "north"), -EINVAL);
	CU_ASSERT_EQUAL(set(&value, "color", "COLOR_BLUE"), -EINVAL);
	CU_ASSERT_EQUAL(set(&value, "yes", "2"), -EINVAL);
	CU_ASSERT_EQUAL(set(&value, "i32", "12x"), -EINVAL);
	CU_ASSERT_EQUAL(set(&value, "i32", ""), -EINVAL);
	CU_ASSERT_EQUAL(set(&value, "pos", "{}"), -EINVAL);
	CU_ASSERT_EQUAL(memcmp(&value, &before, sizeof(value)), 0);
}

/* ---- Types as bytes ---------------------------------------------------------------------------
 */

static void a_subset_shows_the_same(void)
{
	static const char *const names[] = {"struct every", "struct holder", "struct nowhere",
					    "uint16_t", "struct every"};
	struct types *whole = types;
	struct types *part = NULL;
	char error[256] = "";
	void *data = NULL;
	size_t size = 0;
	size_t whole_size;

	CU_ASSERT_EQUAL_FATAL(types_subset(types, names, NULL, 5, &data, &size), 0);
	CU_ASSERT_EQUAL_FATAL(types_parse(data, size, &part, error, sizeof(error)), 0);
	types_data(types, &whole_size);
	CU_ASSERT(size < whole_size / 3);
	types = part;
	CU_ASSERT(shows(find("struct every", sizeof(every)), &every, sizeof(every), TYPES_FORM_LINE,
			0, LINE));
	CU_ASSERT_EQUAL(types_size(types, find("uint16_t", 2), &whole_size), 0);
	types = whole;
	types_close(part);
	free(data);
}

static void bytes_that_are_no_types(void)
{
	struct types *found = NULL;
	char error[256];
	size_t size;
	const char *data = types_data(types, &size);
	char *copy = malloc(size);

	CU_ASSERT_EQUAL(types_parse("", 0, &found, error, sizeof(error)), -EBADMSG);
	CU_ASSERT_EQUAL(
		types_parse("hello world hello world hello", 29, &found, error, sizeof(error)),
		-EBADMSG);
	for (size_t cut = 0; cut < size; cut += 1 + size / 300) {
		memcpy(copy, data, size);
		CU_ASSERT_EQUAL(types_parse(copy, cut, &found, error, sizeof(error)), -EBADMSG);
	}
	free(copy);
	CU_ASSERT_PTR_NULL(found);
	CU_ASSERT_EQUAL(types_open("/nowhere/at/all", &found, error, sizeof(error)), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "/nowhere/at/all"));
	CU_ASSERT_EQUAL(types_open("/dev/null", &found, error, sizeof(error)), -EINVAL);
	CU_ASSERT_EQUAL(types_open("/proc/self/exe", &found, error, sizeof(error)), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "actor-trace types"));
}

#define CASES(X)                                     \
	X(a_value_on_one_line)                       \
	X(a_value_on_many_lines)                     \
	X(unnamed_members_are_those_of_their_struct) \
	X(a_value_as_json)                           \
	X(known_bytes)                               \
	X(floats_that_are_no_numbers)                \
	X(bytes_that_end_too_early)                  \
	X(flexible_arrays_take_the_rest)             \
	X(bytes_behind_the_value_are_shown)          \
	X(what_repeats_is_told_once)                 \
	X(control_characters_do_not_get_through)     \
	X(names_as_c_writes_them)                    \
	X(names_that_are_none)                       \
	X(pointers_are_found)                        \
	X(a_value_in_columns)                        \
	X(paths_lead_to_fields)                      \
	X(paths_that_lead_nowhere)                   \
	X(fields_are_set)                            \
	X(values_that_do_not_fit)                    \
	X(a_subset_shows_the_same)                   \
	X(bytes_that_are_no_types)

static const struct suite_case suite_cases[] = {CASES(SUITE_ROW_)};

int main(int argc, char **argv)
{
	char path[] = "/tmp/libactor-types-XXXXXX";
	int file = mkstemp(path);
	char error[512];
	int status;

	use();
	every.huge = (int64_t)INT64_MIN;
	every.huge *= (int64_t)1 << 62;
	every.huge *= 2;
	if (file < 0 || close(file) != 0)
		return EXIT_FAILURE;
	status = types_make("/proc/self/exe", path, error, sizeof(error));
	if (status == 0)
		status = types_open(path, &types, error, sizeof(error));
	unlink(path);
	if (status == -EOPNOTSUPP || status == -ENOEXEC || status == -ENOENT) {
		printf("skipped: %s\n", error);
		return 77;
	}
	if (status != 0) {
		fprintf(stderr, "no types: %s\n", error);
		return EXIT_FAILURE;
	}
	status = suite_main("types", suite_cases, sizeof(suite_cases) / sizeof(suite_cases[0]),
			    argc, argv);
	types_close(types);
	return status;
}
