/* SPDX-License-Identifier: MIT */
#ifndef TRACER_FILTER_H
#define TRACER_FILTER_H

/*
 * Filter expressions, the same wherever something is chosen:
 *
 *	behaviour == room and mailbox > 10
 *	name ~ "sess" or not (busy < 5% and for < 200ms)
 *	state in (running, calling)
 *
 *	expression   and, or, not, parentheses; also && || !
 *	comparison   == = != < <= > >=, ~ and !~ (contains), in (a, b, ...)
 *	text         bare or in quotes; case does not matter; * and ? stand for any letters
 *	number       10 1.5k 3M; 64K of bytes; 10us 5ms 2s 3m 1h of time; 50% of shares
 *
 * What can be compared, the caller's schema says. What is not known (NAN) fulfils no comparison.
 *
 * Bounds: 4095 bytes of text, 256 parts, 64 levels. Any text is either parsed or refused, with the
 * place and the reason.
 *
 * Thread: a filter is constant; several threads may use it.
 */

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum filter_type {
	FILTER_TEXT,
	FILTER_COUNT, /* a plain number */
	FILTER_BYTES, /* units are powers of 1024 */
	FILTER_NS,    /* nanoseconds; a number in an expression must have a unit */
	FILTER_SHARE  /* 0 to 1; a number in an expression is per cent */
};

struct filter_field {
	const char *name;
	enum filter_type type;
};

struct filter_schema {
	const struct filter_field *fields;
	size_t count;
	/* The value of fields[field] in `subject`; NAN: not known. */
	double (*number)(const void *subject, size_t field);
	/* The same as text, in `buffer` or elsewhere; never NULL. */
	const char *(*text)(const void *subject, size_t field, char *buffer, size_t size);
};

struct filter_error {
	size_t position; /* byte of the expression, from 0 */
	char text[160];  /* what, why, and what would be right */
};

struct filter;

/*
 * 0, -EINVAL (error says why) or -ENOMEM. The schema must live as long as the filter.
 * Owns: the caller frees *ret_filter.
 */
int filter_parse(const char *text, const struct filter_schema *schema, struct filter **ret_filter,
		 struct filter_error *error);

/* Accepts NULL, returns NULL. */
struct filter *filter_free(struct filter *filter);

bool filter_match(const struct filter *filter, const void *subject);

/* The expression, as it was given. */
const char *filter_source(const struct filter *filter);

#ifdef __cplusplus
}
#endif

#endif
