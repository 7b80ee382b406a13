/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

/*
 * The formats that a trace can be turned into. A format is one file with one constant struct; the
 * table in formats.c makes the choice, --help and the page of the manual.
 */

#include "export/output.h"
#include "export/source.h"

/* What a format is told besides the source's selection. */
struct export_options {
	const char *table;    /* csv, json: which one; NULL: messages */
	const char *endpoint; /* otlp: post to this URL instead of writing */
	int64_t count;        /* sequence diagrams: messages at most; -1: the format's own limit */
};

struct export
{
	struct source *source;
	struct output *output;
	const struct export_options *options;
};

struct export_format {
	const char *name;
	const char *extension; /* of a file of its kind, with the dot; "" for a folder */
	enum output_kind kind;
	const char *summary; /* one line, no full stop */
	const char *text;    /* for the manual: what is in it and who reads it */
	/* 0 or a negative errno with a text in source->error. */
	int (*run)(struct export *export);
};

extern const struct export_format *const export_formats[]; /* NULL at the end */

/* NULL: there is none of this name. */
const struct export_format *export_format_find(const char *name);

/* For --help, a line for each format; and for the manual, in man(7). */
void export_formats_print(FILE *file);
void export_formats_print_man(FILE *file);

#endif
