/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char views[] =
#include "views.inc"
	;

struct vtab_shared *vtab_share(struct vtab_shared *shared)
{
	shared->references++;
	return shared;
}

void vtab_unshare(void *argument)
{
	struct vtab_shared *shared = argument;

	if (--shared->references > 0)
		return;
	trace_close(shared->trace);
	free(shared);
}

int vtab_register(sqlite3 *db, char **ret_error)
{
	struct vtab_shared *shared = calloc(1, sizeof(*shared));
	int code;

	if (shared == NULL)
		return SQLITE_NOMEM;
	shared->db = db;
	shared->references = 1;
	if (trace_open(db, &shared->trace) != 0) {
		free(shared);
		return SQLITE_NOMEM;
	}
	code = vtab_register_events(db, shared);
	if (code == SQLITE_OK)
		code = vtab_register_turns(db, shared);
	if (code == SQLITE_OK)
		code = functions_register(db);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, views, NULL, NULL, ret_error);
	vtab_unshare(shared);
	return code;
}

int vtab_connect(sqlite3 *db, struct vtab_shared *shared, const char *schema, int which,
		 size_t size, sqlite3_vtab **ret_vtab, char **ret_error)
{
	struct vtab *vtab;
	int code = sqlite3_declare_vtab(db, schema);

	if (code != SQLITE_OK) {
		*ret_error = sqlite3_mprintf("%s", sqlite3_errmsg(db));
		return code;
	}
	/* It reads the database that it is in and nothing else: views may use it. */
	sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
	vtab = calloc(1, size);
	if (vtab == NULL)
		return SQLITE_NOMEM;
	vtab->shared = vtab_share(shared);
	vtab->which = which;
	*ret_vtab = &vtab->base;
	return SQLITE_OK;
}

int vtab_disconnect(sqlite3_vtab *base)
{
	struct vtab *vtab = (struct vtab *)base;

	vtab_unshare(vtab->shared);
	free(vtab);
	return SQLITE_OK;
}

int vtab_fail(struct vtab *vtab, int status, const char *error)
{
	sqlite3_free(vtab->base.zErrMsg);
	vtab->base.zErrMsg = sqlite3_mprintf("the trace cannot be read: %s", error);
	return status == -ENOMEM ? SQLITE_NOMEM : SQLITE_CORRUPT_VTAB;
}

int vtab_refresh(struct vtab *vtab)
{
	struct trace *trace = vtab->shared->trace;
	int status = trace_refresh(trace);

	return status == 0 ? SQLITE_OK : vtab_fail(vtab, status, trace->error);
}

static char operator_of(unsigned char op)
{
	switch (op) {
	case SQLITE_INDEX_CONSTRAINT_EQ:
		return '=';
	case SQLITE_INDEX_CONSTRAINT_LT:
		return '<';
	case SQLITE_INDEX_CONSTRAINT_LE:
		return '[';
	case SQLITE_INDEX_CONSTRAINT_GT:
		return '>';
	case SQLITE_INDEX_CONSTRAINT_GE:
		return ']';
	default:
		return '\0';
	}
}

int vtab_plan(sqlite3_index_info *info, const char *usable, double rows)
{
	size_t columns = strlen(usable);
	char *plan = sqlite3_malloc(2 * info->nConstraint + 1);
	int used = 0;

	if (plan == NULL)
		return SQLITE_NOMEM;
	for (int i = 0; i < info->nConstraint; i++) {
		int column = info->aConstraint[i].iColumn;
		char op = operator_of(info->aConstraint[i].op);

		/* The row id is column 0 of all our tables. */
		if (column < 0)
			column = 0;
		if (!info->aConstraint[i].usable || op == '\0' || (size_t)column >= columns)
			continue;
		if (usable[column] != 'r' && (usable[column] != 'e' || op != '='))
			continue;
		plan[2 * used] = (char)('A' + column);
		plan[2 * used + 1] = op;
		info->aConstraintUsage[i].argvIndex = ++used;
		rows /= op == '=' ? (column == 0 ? 1e6 : 20) : 4;
	}
	plan[2 * used] = '\0';
	info->idxStr = plan;
	info->needToFreeIdxStr = 1;
	info->estimatedRows = rows < 1 ? 1 : (sqlite3_int64)rows;
	info->estimatedCost = rows < 1 ? 1 : rows;
	return SQLITE_OK;
}

void vtab_narrow(struct vtab_range *range, char relation, sqlite3_value *value)
{
	int64_t bound;
	int type = sqlite3_value_numeric_type(value);

	/* NULL is equal to nothing; for a real the check that SQLite does afterwards is enough. */
	if (type == SQLITE_NULL) {
		range->empty = true;
		return;
	}
	if (type == SQLITE_FLOAT) {
		double real = sqlite3_value_double(value);

		if (!(real > -9e18 && real < 9e18))
			return;
		bound = (int64_t)real;
		if ((relation == '<' || relation == '[') && bound + 1 < range->max)
			range->max = bound + 1;
		if ((relation == '>' || relation == ']') && bound - 1 > range->min)
			range->min = bound - 1;
		return;
	}
	if (type != SQLITE_INTEGER)
		return;
	bound = sqlite3_value_int64(value);
	if (relation == '<' && bound > INT64_MIN)
		bound--;
	if (relation == '>' && bound < INT64_MAX)
		bound++;
	if (relation != '>' && relation != ']' && bound < range->max)
		range->max = bound;
	if (relation != '<' && relation != '[' && bound > range->min)
		range->min = bound;
	range->empty |= range->min > range->max;
}

bool vtab_pid(sqlite3_value *value, uint64_t *ret_pid)
{
	const char *text;

	if (sqlite3_value_type(value) == SQLITE_INTEGER) {
		*ret_pid = (uint64_t)sqlite3_value_int64(value);
		return true;
	}
	text = (const char *)sqlite3_value_text(value);
	return text != NULL && trace_parse_pid(text, ret_pid);
}
