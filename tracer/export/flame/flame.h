/* SPDX-License-Identifier: MIT */
#ifndef FLAME_H
#define FLAME_H

/*
 * Flame graphs of what the kernel saw: where the time on CPUs went, and where the time off them.
 *
 *	tree.c    stacks, put together into a tree
 *	gather.c  the trees of a trace: behaviour, message type, functions
 *	svg.c     the picture
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "export/source.h"
#include "store/pidmap.h"

#define FLAME_NODES_MAX 500000
#define FLAME_DEPTH_MAX 160

struct flame_node {
	const char *name; /* the tree's own */
	uint64_t ns;      /* with all below it */
	uint32_t first;   /* child, 0: none */
	uint32_t next;    /* sibling */
	uint32_t depth;
};

/* Node 0 is all of it. */
struct flame_tree {
	struct flame_node *nodes;
	uint32_t count;
	uint32_t capacity;
	struct pidmap children; /* uint32_t, by hash of the name and parent */
	struct pidmap names;    /* char *, by hash */
	bool failed;            /* no memory */
};

int flame_tree_init(struct flame_tree *tree);
void flame_tree_finish(struct flame_tree *tree);

/* The child of that name, which gets `ns` more. What is too deep or too much counts for `parent`.
 */
uint32_t flame_tree_add(struct flame_tree *tree, uint32_t parent, const char *name, uint64_t ns);

/* Sorts children, the largest first. */
void flame_tree_sort(struct flame_tree *tree);

struct flame {
	struct flame_tree on;
	struct flame_tree off;
	int64_t profile_hz; /* 0: without samples, `on` has no functions */
	uint64_t samples;
	uint64_t unnamed; /* rows that have no stack and should */
};

/* 0 or a negative errno with a text in the source. Whatever was returned, flame_finish follows. */
int flame_gather(struct flame *flame, struct source *source);
void flame_finish(struct flame *flame);

void flame_print(const struct flame *flame, struct source *source, FILE *file);

#endif
