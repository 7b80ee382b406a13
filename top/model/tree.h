/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_TREE_H
#define TOP_MODEL_TREE_H

/*
 * Who has spawned whom, from the births in the plane, with the sums of every branch. Children of
 * one behaviour are folded into one line when there are many.
 *
 * Memory: 88 bytes for each actor, while the tree is shown.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

#define TREE_LINES_MAX 4000
#define TREE_LIKE_MAX  8  /* more siblings of one behaviour than this are folded */
#define TREE_SHOWN_MAX 50 /* of them, when they are unfolded */
#define TREE_DEPTH_MAX 32
#define TREE_PREFIX    (4 * TREE_DEPTH_MAX)

struct tree_line {
	struct row row; /* the sums of the branch; state and name are the actor's own */
	uint64_t id;    /* the pid, or that of a fold */
	bool fold;      /* several siblings in one line */
	bool branch;    /* it has something below it */
	bool open;
	uint32_t left_out; /* siblings that are not shown */
	uint8_t depth;
	uint32_t lasts; /* bit d: at depth d no sibling follows */
};

struct tree;

struct tree *tree_create(void);
struct tree *tree_destroy(struct tree *tree);

/* Reads the actors again, unless that was done a moment ago and there are many. */
void tree_refresh(struct tree *tree, const struct model *model);

const struct tree_line *tree_lines(const struct tree *tree, size_t *ret_count);

void tree_open(struct tree *tree, uint64_t id, bool open);
void tree_open_all(struct tree *tree, bool open);

#endif
