/* SPDX-License-Identifier: MIT */
#ifndef TOP_SINK_BATCH_H
#define TOP_SINK_BATCH_H

/* The model as lines, for other programs and for logs. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/model.h"

enum batch_format {
	BATCH_PLAIN, /* aligned columns */
	BATCH_JSON,  /* an object per line, numbers with their unit in the key */
	BATCH_CSV
};

enum batch_list {
	BATCH_ACTORS,
	BATCH_BEHAVIOURS
};

struct batch {
	FILE *file;
	enum batch_format format;
	enum batch_list list;
	size_t rows;     /* at most */
	uint64_t frames; /* written so far */
};

/* Writes the model as it is now, and flushes. False: the output is gone. */
bool batch_frame(struct batch *batch, const struct model *model);

/* The JSON records' schema, as JSON. */
void batch_schema(FILE *file);

#endif
