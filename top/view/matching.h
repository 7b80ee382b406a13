/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_MATCHING_H
#define TOP_VIEW_MATCHING_H

/* Rows for filter expressions: every column is a field. */

#include <tracer/filter.h>

#include "model/names.h"
#include "model/row.h"

extern const struct filter_schema matching_schema;

/* NULL matches everything. */
bool matching_filter(const struct filter *filter, const struct row *row, const struct names *names);

#endif
