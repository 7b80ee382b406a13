/* SPDX-License-Identifier: MIT */
#include "filter/filter.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define VALUE_SIZE 512

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool filter_fits(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	/* Goes back to the last star only, so it takes no longer than both lengths multiplied. */
	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == '?' || lower(*pattern) == lower(*text)) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool compare_number(const struct filter_node *node, double value)
{
	if (isnan(value))
		return false;
	switch ((enum filter_operator)node->operation) {
	case FILTER_EQUAL:
		return value == node->number;
	case FILTER_NOT_EQUAL:
		return value != node->number;
	case FILTER_LESS:
		return value < node->number;
	case FILTER_LESS_EQUAL:
		return value <= node->number;
	case FILTER_GREATER:
		return value > node->number;
	default:
		return value >= node->number;
	}
}

static bool compare_word(const struct filter_node *node, const char *value)
{
	int order;

	switch ((enum filter_operator)node->operation) {
	case FILTER_EQUAL:
		return filter_fits(node->word, value);
	case FILTER_NOT_EQUAL:
		return !filter_fits(node->word, value);
	case FILTER_CONTAINS:
		return strcasestr(value, node->word) != NULL;
	case FILTER_CONTAINS_NOT:
		return strcasestr(value, node->word) == NULL;
	default:
		break;
	}
	order = strcasecmp(value, node->word);
	switch ((enum filter_operator)node->operation) {
	case FILTER_LESS:
		return order < 0;
	case FILTER_LESS_EQUAL:
		return order <= 0;
	case FILTER_GREATER:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* Recursion ends: children come before their parents, and there are FILTER_DEPTH_MAX levels. */
static bool match_node(const struct filter *filter, uint16_t index, const void *subject)
{
	const struct filter_node *node = &filter->nodes[index];
	char buffer[VALUE_SIZE];

	switch ((enum filter_node_kind)node->kind) {
	case FILTER_NODE_AND:
		return match_node(filter, node->left, subject) &&
		       match_node(filter, node->right, subject);
	case FILTER_NODE_OR:
		return match_node(filter, node->left, subject) ||
		       match_node(filter, node->right, subject);
	case FILTER_NODE_NOT:
		return !match_node(filter, node->left, subject);
	case FILTER_NODE_NUMBER:
		return compare_number(node, filter->schema->number(subject, node->field));
	default:
		return compare_word(
			node, filter->schema->text(subject, node->field, buffer, sizeof(buffer)));
	}
}

bool filter_match(const struct filter *filter, const void *subject)
{
	assert(filter->count > 0);
	return match_node(filter, (uint16_t)(filter->count - 1), subject);
}
