/* SPDX-License-Identifier: MIT */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

/* A filter's insides: nodes in one array, parents after their children, the root last. */

#include <stdint.h>

#include <tracer/filter.h>

#define FILTER_TEXT_MAX  4096
#define FILTER_NODES_MAX 256
#define FILTER_DEPTH_MAX 64

enum filter_node_kind {
	FILTER_NODE_AND,
	FILTER_NODE_OR,
	FILTER_NODE_NOT,
	FILTER_NODE_NUMBER, /* compares a number */
	FILTER_NODE_WORD    /* compares a text */
};

enum filter_operator {
	FILTER_EQUAL,
	FILTER_NOT_EQUAL,
	FILTER_LESS,
	FILTER_LESS_EQUAL,
	FILTER_GREATER,
	FILTER_GREATER_EQUAL,
	FILTER_CONTAINS,
	FILTER_CONTAINS_NOT,
	FILTER_IN
};

struct filter_node {
	uint8_t kind;
	uint8_t operation;
	uint16_t left; /* of AND, OR, NOT: a node */
	uint16_t right;
	uint16_t field;
	double number;
	const char *word; /* in `words` */
};

struct filter {
	const struct filter_schema *schema;
	uint16_t count;
	struct filter_node nodes[FILTER_NODES_MAX];
	char source[FILTER_TEXT_MAX];
	char words[2 * FILTER_TEXT_MAX]; /* the expression's texts, each with its NUL */
	size_t words_used;
};

/* Whether the text fits the pattern, in which * and ? stand for any letters. Ignores case. */
bool filter_fits(const char *pattern, const char *text);

/* A number with its unit, of a field of that type. False: it is none; `why` says what is wrong. */
bool filter_number(const char *text, enum filter_type type, double *ret_number, char *why,
		   size_t why_size);

#endif
