/* SPDX-License-Identifier: MIT */
#include "export/flame/flame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/codec.h"

int flame_tree_init(struct flame_tree *tree)
{
	*tree = (struct flame_tree){.capacity = 256};
	pidmap_init(&tree->children, sizeof(uint32_t));
	pidmap_init(&tree->names, sizeof(char *));
	tree->nodes = calloc(tree->capacity, sizeof(*tree->nodes));
	if (tree->nodes == NULL)
		return -ENOMEM;
	tree->nodes[0].name = "all";
	tree->count = 1;
	return 0;
}

void flame_tree_finish(struct flame_tree *tree)
{
	pidmap_finish_texts(&tree->names);
	pidmap_finish(&tree->children);
	free(tree->nodes);
}

static const char *keep_name(struct flame_tree *tree, uint64_t hash, const char *name)
{
	char **place = pidmap_put(&tree->names, hash, 0, NULL);

	if (place == NULL)
		return NULL;
	if (*place == NULL)
		*place = strdup(name);
	return *place;
}

static bool reserve(struct flame_tree *tree)
{
	struct flame_node *more;

	if (tree->count < tree->capacity)
		return true;
	more = realloc(tree->nodes, 2 * tree->capacity * sizeof(*more));
	if (more == NULL)
		return false;
	tree->nodes = more;
	tree->capacity *= 2;
	return true;
}

uint32_t flame_tree_add(struct flame_tree *tree, uint32_t parent, const char *name, uint64_t ns)
{
	uint64_t hash = codec_checksum(name, strlen(name));
	uint32_t *known = pidmap_get(&tree->children, hash, parent);
	struct flame_node *node;
	const char *kept;

	if (known != NULL) {
		tree->nodes[*known].ns += ns;
		return *known;
	}
	if (tree->count == FLAME_NODES_MAX || tree->nodes[parent].depth == FLAME_DEPTH_MAX)
		return parent;
	kept = keep_name(tree, hash, name);
	known = kept != NULL && reserve(tree) ? pidmap_put(&tree->children, hash, parent, NULL)
					      : NULL;
	if (known == NULL) {
		tree->failed = true;
		return parent;
	}
	*known = tree->count++;
	node = &tree->nodes[*known];
	*node = (struct flame_node){
		.name = kept,
		.ns = ns,
		.next = tree->nodes[parent].first,
		.depth = tree->nodes[parent].depth + 1,
	};
	tree->nodes[parent].first = *known;
	return *known;
}

/* By size, then by name, so that the same trace makes the same picture. */
static bool goes_before(const struct flame_node *a, const struct flame_node *b)
{
	return a->ns != b->ns ? a->ns > b->ns : strcmp(a->name, b->name) < 0;
}

/* Merges two sorted lists of siblings. */
static uint32_t merge(struct flame_node *nodes, uint32_t a, uint32_t b)
{
	uint32_t head = 0;
	uint32_t *tail = &head;

	while (a != 0 && b != 0) {
		uint32_t *least = goes_before(&nodes[b], &nodes[a]) ? &b : &a;

		*tail = *least;
		tail = &nodes[*least].next;
		*least = *tail;
	}
	*tail = a != 0 ? a : b;
	return head;
}

/* Sorts a list from the bottom: runs of 1, 2, 4, ... */
static uint32_t sort_list(struct flame_node *nodes, uint32_t list)
{
	uint32_t runs[32] = {0};
	uint32_t sorted = 0;

	while (list != 0) {
		uint32_t one = list;
		size_t i = 0;

		list = nodes[list].next;
		nodes[one].next = 0;
		for (; i < 31 && runs[i] != 0; i++) {
			one = merge(nodes, runs[i], one);
			runs[i] = 0;
		}
		runs[i] = i == 31 ? merge(nodes, runs[i], one) : one;
	}
	for (size_t i = 0; i < 32; i++)
		sorted = merge(nodes, runs[i], sorted);
	return sorted;
}

void flame_tree_sort(struct flame_tree *tree)
{
	for (uint32_t i = 0; i < tree->count; i++)
		tree->nodes[i].first = sort_list(tree->nodes, tree->nodes[i].first);
}
