/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_OUTPUT_H
#define EXPORT_OUTPUT_H

/*
 * A file or folder that appears whole or not at all: it is made under another name beside its own,
 * and renamed at the end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum output_kind {
	OUTPUT_TEXT,
	OUTPUT_BINARY, /* never to a terminal */
	OUTPUT_PATH,   /* the format makes the file itself, from the name output->work */
	OUTPUT_NONE,   /* it goes elsewhere */
	OUTPUT_FOLDER  /* the folder is made, empty; its name is output->work */
};

struct output {
	const char *path; /* NULL: standard output */
	char *work;       /* what it is called until it is whole; NULL: standard output */
	FILE *file;       /* of TEXT and BINARY */
	enum output_kind kind;
};

/* 0 or a negative errno with a text. `path` must live as long as the output. */
int output_open(struct output *output, const char *path, enum output_kind kind, char *error,
		size_t error_size);

/* Gives it its name, and closes it. 0 or a negative errno with a text; then it is gone. */
int output_commit(struct output *output, char *error, size_t error_size);

/* Removes what there is so far. */
void output_discard(struct output *output);

#endif
