/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_FORMAT_H
#define TOP_VIEW_FORMAT_H

/* Numbers for narrow columns: never wider than six characters, the unit always there. */

#include "model/columns.h"

#define FORMAT_SIZE 16

/* "310us", "1.2ms", "2.3s", "12m", "3.4h", "12d"; "-" when it is not known */
const char *format_ns(double ns, char buffer[FORMAT_SIZE]);

/* "9999", "12.3k", "123k", "1.23M" */
const char *format_count(double count, char buffer[FORMAT_SIZE]);

/* The same, and "0.25" for less than ten. */
const char *format_rate(double rate, char buffer[FORMAT_SIZE]);

/* "950", "12.3K", "1.5M": bytes */
const char *format_bytes(double bytes, char buffer[FORMAT_SIZE]);

/* "0.0", "98.7", "100": per cent of a share */
const char *format_share(double share, char buffer[FORMAT_SIZE]);

const char *format_unit(enum column_unit unit, double value, char buffer[FORMAT_SIZE]);

/* The character of a COLUMN_LETTER. */
char format_letter(const struct column *column, const struct row *row);

#endif
