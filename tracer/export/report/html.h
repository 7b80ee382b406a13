/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

/* Text that somebody else wrote, as part of a page: it never is more than text. */

#include <stdio.h>

/* For content and for values of attributes in quotes. Control characters become \n, \x1b ... */
void html_print(FILE *file, const char *text);

/* The same, cut after `columns` characters, with an ellipsis where something is missing. */
void html_print_cut(FILE *file, const char *text, size_t columns);

#endif
