/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/decode.h"

static const char views[] =
#include "views.inc"
	;

/* Where the file has packs of actors, what it says of actors by itself is not all. */
static const char packed_views[] =
#include "packed.inc"
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
		code = vtab_register_actors(db, shared);
	if (code == SQLITE_OK)
		code = vtab_register_calls(db, shared);
	if (code == SQLITE_OK)
		code = vtab_register_road(db, shared);
	if (code == SQLITE_OK)
		code = vtab_register_mailbox(db, shared);
	if (code == SQLITE_OK)
		code = vtab_register_kernel(db, shared);
	if (code == SQLITE_OK)
		code = functions_register(db);
	if (code == SQLITE_OK)
		code = decode_register(db);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, views, NULL, NULL, ret_error);
	if (code == SQLITE_OK && actors_packed(db))
		code = sqlite3_exec(db, packed_views, NULL, NULL, ret_error);
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

struct vtab_table {
	struct vtab_shared *shared;
	const char *name;
	const char *columns;
	int which;
};

static void forget_table(void *argument)
{
	struct vtab_table *table = argument;

	vtab_unshare(table->shared);
	free(table);
}

int vtab_register_table(sqlite3 *db, struct vtab_shared *shared, const sqlite3_module *module,
			const char *name, const char *columns, int which)
{
	struct vtab_table *table = malloc(sizeof(*table));

	if (table == NULL)
		return SQLITE_NOMEM;
	*table = (struct vtab_table){vtab_share(shared), name, columns, which};
	return sqlite3_create_module_v2(db, name, module, table, forget_table);
}

int vtab_connect_table(sqlite3 *db, void *argument, int argc, const char *const *argv,
		       sqlite3_vtab **ret_vtab, char **ret_error)
{
	const struct vtab_table *table = argument;
	char schema[1024];

	(void)argc;
	(void)argv;
	snprintf(schema, sizeof(schema), "CREATE TABLE %s(%s)", table->name, table->columns + 2);
	return vtab_connect(db, table->shared, schema, table->which, sizeof(struct vtab), ret_vtab,
			    ret_error);
}

int vtab_open(size_t size, sqlite3_vtab_cursor **ret_cursor)
{
	*ret_cursor = calloc(1, size);
	return *ret_cursor != NULL ? SQLITE_OK : SQLITE_NOMEM;
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
	return status == -ENOMEM  ? SQLITE_NOMEM
	       : status == -EINTR ? SQLITE_INTERRUPT
				  : SQLITE_CORRUPT_VTAB;
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

bool vtab_ticks(struct vtab *vtab, const char *plan, int argc, sqlite3_value **argv,
		uint64_t *ret_from, uint64_t *ret_to)
{
	const struct clock_line *clock = &vtab->shared->trace->clock;
	struct vtab_range ns = {INT64_MIN, INT64_MAX, false};
	uint64_t ticks;

	for (int i = 0; i < argc; i++)
		vtab_narrow(&ns, plan[2 * i + 1], argv[i]);
	if (ns.empty)
		return false;
	ticks = ns.min > INT64_MIN ? clock_ticks(clock, ns.min) : 0;
	*ret_from = ticks > 0 ? ticks - 1 : 0;
	*ret_to = ns.max < INT64_MAX ? clock_ticks(clock, ns.max + 1) : UINT64_MAX;
	return true;
}

void vtab_result_text(sqlite3_context *context, const char *text)
{
	if (text != NULL && text[0] != '\0')
		sqlite3_result_text(context, text, -1, SQLITE_STATIC);
}

void vtab_result_actor(sqlite3_context *context, struct trace *trace, uint64_t pid, bool name)
{
	if (pid != 0)
		vtab_result_text(context,
				 name ? trace_name(trace, pid)->name : trace_name(trace, pid)->pid);
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

bool vtab_actor(struct trace *trace, sqlite3_value *value, uint64_t *ret_pid)
{
	sqlite3_stmt *statement;
	bool found;

	if (vtab_pid(value, ret_pid))
		return true;
	if (sqlite3_prepare_v2(trace->db,
			       "SELECT pid FROM main.actor WHERE name = ?1"
			       " ORDER BY spawn_ticks DESC, pid DESC LIMIT 1",
			       -1, &statement, NULL) != SQLITE_OK)
		return false;
	sqlite3_bind_value(statement, 1, value);
	found = sqlite3_step(statement) == SQLITE_ROW;
	if (found)
		*ret_pid = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return found;
}

int vtab_connect_function(sqlite3 *db, struct vtab_shared *shared, const char *name,
			  const char *columns, sqlite3_vtab **ret_vtab, char **ret_error)
{
	char schema[1024];

	snprintf(schema, sizeof(schema), "CREATE TABLE %s(%s)", name, columns + 2);
	return vtab_connect(db, shared, schema, 0, sizeof(struct vtab), ret_vtab, ret_error);
}

int vtab_plan_function(sqlite3_vtab *base, sqlite3_index_info *info, int required, int optional,
		       const char *usage)
{
	int arguments[2] = {-1, -1};
	bool unusable = false;

	for (int i = 0; i < info->nConstraint; i++) {
		const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
		int which = constraint->iColumn == required ? 0 : 1;

		if ((constraint->iColumn != required && constraint->iColumn != optional) ||
		    constraint->op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		if (constraint->usable)
			arguments[which] = i;
		else
			unusable = true;
	}
	if (unusable)
		return SQLITE_CONSTRAINT;
	if (arguments[0] < 0) {
		sqlite3_free(base->zErrMsg);
		base->zErrMsg = sqlite3_mprintf("it is a function: SELECT * FROM %s", usage);
		return SQLITE_ERROR;
	}
	for (int i = 0; i < 2; i++) {
		if (arguments[i] < 0)
			continue;
		info->aConstraintUsage[arguments[i]].argvIndex = i + 1;
		info->aConstraintUsage[arguments[i]].omit = 1;
	}
	info->estimatedCost = 1000;
	info->estimatedRows = 100;
	return SQLITE_OK;
}
