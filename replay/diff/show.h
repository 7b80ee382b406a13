/* SPDX-License-Identifier: MIT */
#ifndef DIFF_SHOW_H
#define DIFF_SHOW_H

/* A comparison in words, and as JSON lines. */

#include "diff/compare.h"

struct show_options {
	uint32_t most; /* differing actors that are shown; 0: all */
	bool json;
	const char *name_a;
	const char *name_b;
	const char *label_b; /* what is shown for it; NULL: its name */
};

/* 0 or a negative errno with a text in comparison->error. */
int comparison_show(struct comparison *comparison, const struct show_options *options);

#endif
