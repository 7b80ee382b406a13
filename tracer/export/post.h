/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_POST_H
#define EXPORT_POST_H

/* Posts JSON to a URL over HTTP, one request after the other on one connection. */

#include <stddef.h>

struct post;

/* 0 or a negative errno with a text. Owns: the caller closes *ret_post. */
int post_open(const char *url, struct post **ret_post, char *error, size_t error_size);

/*
 * 0 where the server has taken it. Tries three times where it is busy (429, 502, 503, 504) or does
 * not answer.
 */
int post_send(struct post *post, const char *data, size_t size, char *error, size_t error_size);

/* Accepts NULL. */
void post_close(struct post *post);

#endif
