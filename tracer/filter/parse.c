/* SPDX-License-Identifier: MIT */
#include "filter/filter.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* bare */
	TOKEN_QUOTED, /* in quotes: never a keyword */
	TOKEN_SIGN
};

struct token {
	enum token_kind kind;
	size_t position;
	char text[256];
};

struct parser {
	struct filter *filter;
	const char *at;
	struct token token; /* the one that is looked at */
	struct filter_error *error;
	int depth;
	bool failed;
};

/* The first error counts. Returns node 0, so that callers can go on to their end. */
static uint16_t refuse(struct parser *parser, size_t position, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static uint16_t refuse(struct parser *parser, size_t position, const char *format, ...)
{
	va_list arguments;

	if (parser->failed)
		return 0;
	parser->failed = true;
	parser->error->position = position;
	va_start(arguments, format);
	vsnprintf(parser->error->text, sizeof(parser->error->text), format, arguments);
	va_end(arguments);
	return 0;
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_bare(char c)
{
	return c != '\0' && !is_space(c) && strchr("()=!<>~,&|\"'", c) == NULL;
}

/* < and > belong to words in one place: an actor's address, as in <0.17.3>. */
static size_t address_length(const char *at)
{
	size_t length = 1;

	if (at[0] != '<')
		return 0;
	while ((at[length] >= '0' && at[length] <= '9') || at[length] == '.')
		length++;
	return length > 1 && at[length] == '>' && memchr(at, '.', length) != NULL ? length + 1 : 0;
}

static void take_text(struct parser *parser, enum token_kind kind, const char *text, size_t length)
{
	struct token *token = &parser->token;

	if (length >= sizeof(token->text)) {
		refuse(parser, token->position, "this word is longer than %zu letters",
		       sizeof(token->text) - 1);
		length = 0;
	}
	token->kind = kind;
	memcpy(token->text, text, length);
	token->text[length] = '\0';
}

static void next_quoted(struct parser *parser)
{
	const char *begin = parser->at + 1;
	const char *end = strchr(begin, *parser->at);

	if (end == NULL) {
		refuse(parser, parser->token.position, "the quotation does not end");
		end = begin + strlen(begin);
		parser->at = end;
	} else {
		parser->at = end + 1;
	}
	take_text(parser, TOKEN_QUOTED, begin, (size_t)(end - begin));
}

static void next_sign(struct parser *parser)
{
	static const char *const signs[] = {"==", "!=", "<=", ">=", "!~", "&&", "||", "=",
					    "<",  ">",  "~",  "(",  ")",  ",",  "!"};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t length = strlen(signs[i]);

		if (strncmp(parser->at, signs[i], length) == 0) {
			take_text(parser, TOKEN_SIGN, signs[i], length);
			parser->at += length;
			return;
		}
	}
	refuse(parser, parser->token.position, "'%c' means nothing here; && and || are and, or",
	       *parser->at);
	parser->token.kind = TOKEN_END;
}

static void next(struct parser *parser)
{
	size_t length;

	while (is_space(*parser->at))
		parser->at++;
	parser->token.position = (size_t)(parser->at - parser->filter->source);
	if (parser->failed || *parser->at == '\0') {
		parser->token.kind = TOKEN_END;
		parser->token.text[0] = '\0';
		return;
	}
	length = address_length(parser->at);
	if (length == 0)
		while (is_bare(parser->at[length]))
			length++;
	if (length > 0) {
		take_text(parser, TOKEN_WORD, parser->at, length);
		parser->at += length;
	} else if (*parser->at == '"' || *parser->at == '\'') {
		next_quoted(parser);
	} else {
		next_sign(parser);
	}
}

static bool is_sign(const struct parser *parser, const char *sign)
{
	return parser->token.kind == TOKEN_SIGN && strcmp(parser->token.text, sign) == 0;
}

static bool is_keyword(const struct parser *parser, const char *word, const char *sign)
{
	return is_sign(parser, sign) ||
	       (parser->token.kind == TOKEN_WORD && strcasecmp(parser->token.text, word) == 0);
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static uint16_t add_node(struct parser *parser, struct filter_node node)
{
	struct filter *filter = parser->filter;

	if (filter->count == FILTER_NODES_MAX)
		return refuse(parser, parser->token.position, "more than %d comparisons",
			      FILTER_NODES_MAX / 2);
	filter->nodes[filter->count] = node;
	return filter->count++;
}

static const char *keep_word(struct parser *parser, const char *word)
{
	struct filter *filter = parser->filter;
	char *kept = filter->words + filter->words_used;
	size_t size = strlen(word) + 1;

	/* Each word is shorter than what it takes in the source, its separator included. */
	if (size > sizeof(filter->words) - filter->words_used)
		return "";
	memcpy(kept, word, size);
	filter->words_used += size;
	return kept;
}

/* How many letters two words begin with in common. */
static size_t common(const char *a, const char *b)
{
	size_t length = 0;

	while (a[length] != '\0' && a[length] == b[length])
		length++;
	return length;
}

static uint16_t refuse_field(struct parser *parser)
{
	const struct filter_schema *schema = parser->filter->schema;
	const char *nearest = NULL;
	char names[120] = "";
	size_t most = 0, used = 0;

	for (size_t i = 0; i < schema->count; i++) {
		size_t length = common(schema->fields[i].name, parser->token.text);

		if (length > most) {
			most = length;
			nearest = schema->fields[i].name;
		}
	}
	if (nearest != NULL)
		return refuse(parser, parser->token.position,
			      "there is no field '%.40s'; did you mean '%s'?", parser->token.text,
			      nearest);
	for (size_t i = 0; i < schema->count && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
					 i > 0 ? ", " : "", schema->fields[i].name);
	return refuse(parser, parser->token.position, "there is no field '%.20s'; there are %s",
		      parser->token.text, names);
}

static size_t find_field(const struct parser *parser)
{
	const struct filter_schema *schema = parser->filter->schema;
	size_t i = 0;

	while (i < schema->count && strcasecmp(schema->fields[i].name, parser->token.text) != 0)
		i++;
	return i;
}

static bool find_operator(struct parser *parser, enum filter_operator *ret_operator)
{
	static const struct {
		const char *sign;
		enum filter_operator operation;
	} signs[] = {{"==", FILTER_EQUAL},         {"=", FILTER_EQUAL},
		     {"!=", FILTER_NOT_EQUAL},     {"<", FILTER_LESS},
		     {"<=", FILTER_LESS_EQUAL},    {">", FILTER_GREATER},
		     {">=", FILTER_GREATER_EQUAL}, {"~", FILTER_CONTAINS},
		     {"!~", FILTER_CONTAINS_NOT}};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (is_sign(parser, signs[i].sign)) {
			*ret_operator = signs[i].operation;
			return true;
		}
	}
	if (is_keyword(parser, "in", "in")) {
		*ret_operator = FILTER_IN;
		return true;
	}
	return false;
}

/* ---- Grammar --------------------------------------------------------------------------------- */

/* One value, of that field. */
static uint16_t parse_value(struct parser *parser, size_t field, enum filter_operator operation)
{
	enum filter_type type = parser->filter->schema->fields[field].type;
	struct filter_node node = {.kind = FILTER_NODE_WORD,
				   .operation = (uint8_t)operation,
				   .field = (uint16_t)field};
	char why[120];

	if (parser->token.kind != TOKEN_WORD && parser->token.kind != TOKEN_QUOTED)
		return refuse(parser, parser->token.position, "a value is missing here");
	if (type == FILTER_TEXT) {
		node.word = keep_word(parser, parser->token.text);
	} else {
		node.kind = FILTER_NODE_NUMBER;
		if (operation == FILTER_CONTAINS || operation == FILTER_CONTAINS_NOT)
			return refuse(parser, parser->token.position,
				      "'%s' is a number: ~ is for texts",
				      parser->filter->schema->fields[field].name);
		if (!filter_number(parser->token.text, type, &node.number, why, sizeof(why)))
			return refuse(parser, parser->token.position, "%s", why);
	}
	next(parser);
	return add_node(parser, node);
}

/* in (a, b, c): the same as a or b or c. */
static uint16_t parse_list(struct parser *parser, size_t field)
{
	uint16_t left;

	if (!is_sign(parser, "("))
		return refuse(parser, parser->token.position, "after in comes a list: (a, b)");
	next(parser);
	left = parse_value(parser, field, FILTER_EQUAL);
	while (!parser->failed && is_sign(parser, ",")) {
		uint16_t right;

		next(parser);
		right = parse_value(parser, field, FILTER_EQUAL);
		left = add_node(
			parser,
			(struct filter_node){.kind = FILTER_NODE_OR, .left = left, .right = right});
	}
	if (!is_sign(parser, ")"))
		return refuse(parser, parser->token.position, "the list lacks its )");
	next(parser);
	return left;
}

static uint16_t parse_comparison(struct parser *parser)
{
	enum filter_operator operation;
	size_t field;

	if (parser->token.kind != TOKEN_WORD)
		return refuse(parser, parser->token.position,
			      parser->token.kind == TOKEN_END ? "something is missing here"
							      : "here a field's name is expected");
	field = find_field(parser);
	if (field == parser->filter->schema->count)
		return refuse_field(parser);
	next(parser);
	if (!find_operator(parser, &operation))
		return refuse(parser, parser->token.position,
			      "after '%s' comes == != < <= > >= ~ !~ or in",
			      parser->filter->schema->fields[field].name);
	next(parser);
	if (operation == FILTER_IN)
		return parse_list(parser, field);
	return parse_value(parser, field, operation);
}

static uint16_t parse_or(struct parser *parser);

static uint16_t parse_not(struct parser *parser)
{
	uint16_t inner;

	if (++parser->depth > FILTER_DEPTH_MAX) {
		parser->depth--;
		return refuse(parser, parser->token.position, "more than %d levels",
			      FILTER_DEPTH_MAX);
	}
	if (is_keyword(parser, "not", "!")) {
		next(parser);
		inner = parse_not(parser);
		inner = add_node(parser,
				 (struct filter_node){.kind = FILTER_NODE_NOT, .left = inner});
	} else if (is_sign(parser, "(")) {
		next(parser);
		inner = parse_or(parser);
		if (!is_sign(parser, ")"))
			refuse(parser, parser->token.position, "here a ) is missing");
		next(parser);
	} else {
		inner = parse_comparison(parser);
	}
	parser->depth--;
	return inner;
}

static uint16_t parse_and(struct parser *parser)
{
	uint16_t left = parse_not(parser);

	while (!parser->failed && is_keyword(parser, "and", "&&")) {
		uint16_t right;

		next(parser);
		right = parse_not(parser);
		left = add_node(parser, (struct filter_node){.kind = FILTER_NODE_AND,
							     .left = left,
							     .right = right});
	}
	return left;
}

static uint16_t parse_or(struct parser *parser)
{
	uint16_t left = parse_and(parser);

	while (!parser->failed && is_keyword(parser, "or", "||")) {
		uint16_t right;

		next(parser);
		right = parse_and(parser);
		left = add_node(
			parser,
			(struct filter_node){.kind = FILTER_NODE_OR, .left = left, .right = right});
	}
	return left;
}

int filter_parse(const char *text, const struct filter_schema *schema, struct filter **ret_filter,
		 struct filter_error *error)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	struct parser parser = {.filter = filter, .error = error};

	*error = (struct filter_error){0, ""};
	if (filter == NULL)
		return -ENOMEM;
	filter->schema = schema;
	if (strlen(text) >= sizeof(filter->source)) {
		refuse(&parser, 0, "the expression is longer than %zu bytes",
		       sizeof(filter->source) - 1);
	} else {
		memcpy(filter->source, text, strlen(text) + 1);
		parser.at = filter->source;
		next(&parser);
		(void)parse_or(&parser);
		if (!parser.failed && parser.token.kind != TOKEN_END)
			refuse(&parser, parser.token.position,
			       "'%.40s': before it, and or or is missing", parser.token.text);
	}
	if (parser.failed) {
		filter_free(filter);
		return -EINVAL;
	}
	*ret_filter = filter;
	return 0;
}

struct filter *filter_free(struct filter *filter)
{
	free(filter);
	return NULL;
}

const char *filter_source(const struct filter *filter)
{
	return filter->source;
}
