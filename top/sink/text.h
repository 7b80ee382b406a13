/* SPDX-License-Identifier: MIT */
#ifndef TOP_SINK_TEXT_H
#define TOP_SINK_TEXT_H

/* A screen as text, for tests and documents. */

#include <stdio.h>

#include "view/cells.h"

/* One line for each line of the screen, without blanks at its end. */
void text_show(const struct cells *cells, FILE *file);

#endif
