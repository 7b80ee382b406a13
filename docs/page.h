/* SPDX-License-Identifier: MIT */
#ifndef DOCS_PAGE_H
#define DOCS_PAGE_H

/*
 * A program that makes a page of the documentation from a table in the sources:
 *
 *	program            print the page
 *	program FILE       fail, with the first differing line, unless FILE holds the page
 *	program -w FILE    write FILE
 */

#include <stdio.h>

#include <actor/event.h>

/*
 * Does what the arguments say. `write` makes the page; `source` is what it is made from, `target`
 * what to build to make it anew. Returns the exit status.
 */
int page_main(int argc, char **argv, void (*write)(FILE *page), const char *source,
	      const char *target);

/* A cell of a table: the name of an event's field, or - for none. */
void page_field(FILE *page, enum actor_field field);

#endif
