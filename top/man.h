/* SPDX-License-Identifier: MIT */
#ifndef TOP_MAN_H
#define TOP_MAN_H

#include <stdio.h>

/* The manual page, made from the tables of options, keys, columns and lints. */
void man_write(FILE *file);

#endif
