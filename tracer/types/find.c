/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* What C calls a type, and what compilers call it in their debugging information. */
static const struct {
	const char *c;
	const char *debug;
} spellings[] = {
	{"bool", "_Bool"},
	{"short", "short int"},
	{"signed short", "short int"},
	{"unsigned short", "short unsigned int"},
	{"signed", "int"},
	{"signed int", "int"},
	{"unsigned", "unsigned int"},
	{"long", "long int"},
	{"signed long", "long int"},
	{"unsigned long", "long unsigned int"},
	{"unsigned long int", "long unsigned int"},
	{"long long", "long long int"},
	{"signed long long", "long long int"},
	{"unsigned long long", "long long unsigned int"},
	{"unsigned long long int", "long long unsigned int"},
	/* As clang spells them. */
	{"short int", "short"},
	{"short unsigned int", "unsigned short"},
	{"long int", "long"},
	{"long unsigned int", "unsigned long"},
	{"long long int", "long long"},
	{"long long unsigned int", "unsigned long long"},
};

/* "  const  struct   a *" -> "struct a" and one pointer. */
struct wanted {
	char name[256];
	int pointers;
	uint16_t kinds; /* bit k: BTF_KIND k will do; 0: any that has a name of its own */
};

static bool take_word(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length) != 0 || (*text)[length] != ' ')
		return false;
	*text += length + 1;
	return true;
}

/* One blank between words, none before or behind. False: longer than any name. */
static bool squeeze(const char *ctype, char *text, size_t size)
{
	size_t length = 0;

	for (; *ctype != '\0'; ctype++) {
		bool blank = isspace((unsigned char)*ctype);

		if (blank && (length == 0 || text[length - 1] == ' '))
			continue;
		if (length + 1 >= size)
			return false;
		text[length++] = blank ? ' ' : *ctype;
	}
	while (length > 0 && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
	return length > 0;
}

static bool want(const char *ctype, struct wanted *ret_wanted)
{
	struct wanted wanted = {.pointers = 0};
	char text[256];
	const char *rest = text;
	size_t length;

	if (!squeeze(ctype, text, sizeof(text)))
		return false;
	for (length = strlen(text); length > 0; length--) {
		if (text[length - 1] == '*')
			wanted.pointers++;
		else if (text[length - 1] != ' ')
			break;
	}
	text[length] = '\0';
	while (take_word(&rest, "const") || take_word(&rest, "volatile"))
		continue;
	if (take_word(&rest, "struct"))
		wanted.kinds = 1u << BTF_KIND_STRUCT;
	else if (take_word(&rest, "union"))
		wanted.kinds = 1u << BTF_KIND_UNION;
	else if (take_word(&rest, "enum"))
		wanted.kinds = 1u << BTF_KIND_ENUM;
	strcpy(wanted.name, rest);
	*ret_wanted = wanted;
	return rest[0] != '\0';
}

static bool kind_fits(const struct wanted *wanted, const struct btf_type *type)
{
	switch (btf_kind(type)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPEDEF:
		return wanted->kinds == 0;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		/* In C++ "struct" may be left out. */
		return wanted->kinds == 0 || (wanted->kinds & (1u << btf_kind(type)));
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return wanted->kinds == 0 || (wanted->kinds & (1u << BTF_KIND_ENUM));
	case BTF_KIND_FWD:
		/* A pointer may lead to what is nowhere defined. */
		return wanted->pointers > 0 && wanted->kinds != 0;
	default:
		return false;
	}
}

static int find_named(const struct types *types, const struct wanted *wanted, uint64_t size,
		      uint32_t *ret_id)
{
	int status = -ENOENT;

	for (uint32_t id = 1; id <= types->count; id++) {
		const struct btf_type *type = types_type(types, id);
		uint64_t bytes;

		if (!kind_fits(wanted, type) ||
		    strcmp(types_string(types, type->name_off), wanted->name) != 0)
			continue;
		if (wanted->pointers > 0)
			bytes = 0;
		else if (types_size(types, id, &bytes) != 0)
			continue;
		if (size == 0 || bytes == size) {
			*ret_id = id;
			return 0;
		}
		status = -ESTALE;
	}
	return status;
}

/* The pointer type to `id`, where the program has one. */
static int find_pointer(const struct types *types, uint32_t id, uint32_t *ret_id)
{
	for (uint32_t i = 1; i <= types->count; i++) {
		const struct btf_type *type = types_type(types, i);

		if (btf_is_ptr(type) && (type->type == id || (type->type != 0 && id != 0 &&
							      types_strip(types, type->type) ==
								      types_strip(types, id)))) {
			*ret_id = i;
			return 0;
		}
	}
	return -ENOENT;
}

int types_find(const struct types *types, const char *ctype, uint64_t size, uint32_t *ret_id)
{
	struct wanted wanted;
	uint32_t id = 0;
	int status;

	if (!want(ctype, &wanted))
		return -ENOENT;
	if (wanted.pointers > 0 && strcmp(wanted.name, "void") == 0)
		status = 0;
	else
		status = find_named(types, &wanted, wanted.pointers > 0 ? 0 : size, &id);
	for (size_t i = 0;
	     status == -ENOENT && wanted.kinds == 0 && i < sizeof(spellings) / sizeof(spellings[0]);
	     i++) {
		struct wanted other = wanted;

		if (strcmp(wanted.name, spellings[i].c) != 0)
			continue;
		strcpy(other.name, spellings[i].debug);
		status = find_named(types, &other, wanted.pointers > 0 ? 0 : size, &id);
	}
	for (int i = 0; status == 0 && i < wanted.pointers && i < TYPES_DEPTH_MAX; i++)
		status = find_pointer(types, id, &id);
	if (status == 0)
		*ret_id = id;
	return status;
}

/* ---- Pointers ---------------------------------------------------------------------------------
 */

struct search {
	const struct types *types;
	uint32_t left; /* steps: hostile types fan out */
	char *path;
	size_t size;
};

static bool search_pointer(struct search *search, uint32_t id, size_t length, uint32_t depth);

static size_t append(struct search *search, size_t length, const char *a, const char *b)
{
	for (int i = 0; i < 2; i++)
		for (const char *c = i == 0 ? a : b; *c != '\0'; c++)
			if (length + 1 < search->size)
				search->path[length++] = *c;
	if (search->size > 0)
		search->path[length] = '\0';
	return length;
}

static bool search_members(struct search *search, const struct btf_type *type, size_t length,
			   uint32_t depth)
{
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		struct types_member member = types_member(search->types, type, i);
		size_t now = length;

		if (member.name[0] != '\0')
			now = append(search, length, length > 0 ? "." : "", member.name);
		if (search_pointer(search, member.type, now, depth + 1))
			return true;
	}
	return false;
}

static bool search_pointer(struct search *search, uint32_t id, size_t length, uint32_t depth)
{
	const struct btf_type *type = types_type(search->types, types_strip(search->types, id));

	if (type == NULL || depth > TYPES_DEPTH_MAX || search->left == 0)
		return false;
	search->left--;
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		append(search, length, "", "");
		return true;
	case BTF_KIND_ARRAY:
		return search_pointer(search, btf_array(type)->type,
				      append(search, length, "[]", ""), depth + 1);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return search_members(search, type, length, depth);
	default:
		return false;
	}
}

bool types_has_pointer(const struct types *types, uint32_t id, char *path, size_t size)
{
	struct search search = {
		.types = types, .left = TYPES_STEPS_MAX, .path = path, .size = size};

	append(&search, 0, "", "");
	return search_pointer(&search, id, 0, 0);
}
