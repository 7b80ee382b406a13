/* SPDX-License-Identifier: MIT */
#include "debug/debug.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/layout.h"
#include "term/text.h"

/* ---- Rows of the trace ------------------------------------------------------------------------
 */

static sqlite3_stmt *prepare(struct debug *debug, const char *sql)
{
	sqlite3_stmt *rows = NULL;

	if (sqlite3_prepare_v2(debug->db, sql, -1, &rows, NULL) != SQLITE_OK)
		return NULL;
	return rows;
}

static void copy_column(sqlite3_stmt *rows, int column, char *text, size_t size)
{
	const char *value = (const char *)sqlite3_column_text(rows, column);

	snprintf(text, size, "%s", value != NULL ? value : "");
}

static bool take_ctype(sqlite3_stmt *rows, struct debug_ctype *ret_ctype)
{
	bool found = sqlite3_step(rows) == SQLITE_ROW;

	if (found) {
		copy_column(rows, 0, ret_ctype->name, sizeof(ret_ctype->name));
		copy_column(rows, 1, ret_ctype->ctype, sizeof(ret_ctype->ctype));
		ret_ctype->size = (uint64_t)sqlite3_column_int64(rows, 2);
	}
	sqlite3_finalize(rows);
	return found;
}

bool debug_type(struct debug *debug, uint16_t tag, struct debug_ctype *ret_ctype)
{
	sqlite3_stmt *rows = prepare(debug, "SELECT name, ctype, size FROM types WHERE type = ?1");

	if (rows == NULL)
		return false;
	sqlite3_bind_int(rows, 1, tag);
	return take_ctype(rows, ret_ctype);
}

bool debug_type_named(struct debug *debug, const char *name, uint16_t *ret_tag)
{
	sqlite3_stmt *rows = prepare(debug, "SELECT type FROM types WHERE name = ?1");
	bool found;

	if (rows == NULL)
		return false;
	sqlite3_bind_text(rows, 1, name, -1, SQLITE_STATIC);
	found = sqlite3_step(rows) == SQLITE_ROW;
	if (found)
		*ret_tag = (uint16_t)sqlite3_column_int(rows, 0);
	sqlite3_finalize(rows);
	return found;
}

bool debug_state_type(struct debug *debug, uint64_t pid, struct debug_ctype *ret_ctype)
{
	sqlite3_stmt *rows =
		prepare(debug, "SELECT b.name, b.state_ctype, b.state_size FROM actor a"
			       " JOIN behaviours b USING (behaviour) WHERE a.pid = ?1");

	if (rows == NULL)
		return false;
	sqlite3_bind_int64(rows, 1, (sqlite3_int64)pid);
	return take_ctype(rows, ret_ctype);
}

bool debug_behaviour_type(struct debug *debug, const char *behaviour, struct debug_ctype *ret_ctype)
{
	sqlite3_stmt *rows = prepare(
		debug, "SELECT name, state_ctype, state_size FROM behaviours WHERE name = ?1");

	if (rows == NULL)
		return false;
	sqlite3_bind_text(rows, 1, behaviour, -1, SQLITE_STATIC);
	return take_ctype(rows, ret_ctype);
}

bool debug_find_type(struct debug *debug, const struct debug_ctype *ctype, uint32_t *ret_id)
{
	int status;

	if (debug->types == NULL) {
		debug_say(debug, -ENOENT, "no C types: %s", debug->no_types);
		return false;
	}
	if (ctype->ctype[0] == '\0') {
		debug_say(debug, -ENOENT, "%s has no C type", ctype->name);
		return false;
	}
	status = types_find(debug->types, ctype->ctype, ctype->size, ret_id);
	if (status != 0)
		debug_say(debug, status, "the program's types have no %s of %" PRIu64 " bytes",
			  ctype->ctype, ctype->size);
	return status == 0;
}

/* ---- Actors -----------------------------------------------------------------------------------
 */

bool debug_actor(struct debug *debug, const char *text, uint64_t *ret_pid)
{
	sqlite3_stmt *rows;
	bool found;

	if (strcmp(text, "self") == 0) {
		*ret_pid = debug->timeline.where.actor;
		return true;
	}
	if (trace_parse_pid(text, ret_pid))
		return true;
	/* Of several with one name the last; by its behaviour where there is only one of them. */
	rows = prepare(debug, "SELECT pid FROM (SELECT pid, 1 AS rank FROM actor WHERE name = ?1"
			      " UNION ALL SELECT max(a.pid), 0 FROM actor a JOIN behaviours b"
			      " USING (behaviour) WHERE b.name = ?1 HAVING count(*) = 1)"
			      " ORDER BY rank DESC, pid DESC LIMIT 1");
	if (rows == NULL)
		return false;
	sqlite3_bind_text(rows, 1, text, -1, SQLITE_STATIC);
	found = sqlite3_step(rows) == SQLITE_ROW;
	if (found)
		*ret_pid = (uint64_t)sqlite3_column_int64(rows, 0);
	sqlite3_finalize(rows);
	if (!found)
		debug_say(debug, -ENOENT,
			  "no actor is called '%s'; `actors` lists them, a pid is written <0.3.1>",
			  text);
	return found;
}

const char *debug_name(struct debug *debug, uint64_t pid, char text[160])
{
	const struct trace_name *name;
	char safe[100];

	if (pid == 0)
		return "the runtime";
	name = trace_name(debug->trace, pid);
	text_safe(name->name[0] != '\0' ? name->name : name->behaviour, safe, sizeof(safe));
	snprintf(text, 160, "%s%s%s", safe, safe[0] != '\0' ? " " : "", name->pid);
	return text;
}

const char *debug_message_name(struct debug *debug, uint16_t tag, uint8_t kind)
{
	const char *name;

	if (kind == 0xff)
		return "outside input";
	if (tag != 0)
		return trace_type(debug->trace, tag);
	name = event_message_name(kind);
	return name != NULL ? name : "a message";
}

void debug_complete_names(struct debug *debug, char kind, const char *prefix,
			  void (*take)(void *user, const char *name), void *user)
{
	const char *sql = kind == '@'   ? "SELECT DISTINCT name FROM actor WHERE name <> ''"
			  : kind == '#' ? "SELECT name FROM types"
					: "SELECT name FROM behaviours";
	sqlite3_stmt *rows = prepare(debug, sql);

	while (rows != NULL && sqlite3_step(rows) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(rows, 0);

		if (name != NULL && strncmp(name, prefix, strlen(prefix)) == 0)
			take(user, name);
	}
	sqlite3_finalize(rows);
}

/* ---- Bytes ------------------------------------------------------------------------------------
 */

static int load(struct debug *debug, struct link *link, struct link_request request,
		uint8_t **ret_bytes, size_t *ret_size)
{
	struct actor_control_reply reply;
	uint8_t *bytes = NULL;
	size_t have = 0;
	size_t size = 0;
	int status;

	do {
		uint8_t *more = realloc(bytes, have + ACTOR_CONTROL_BYTES_MAX);

		if (more == NULL) {
			free(bytes);
			return -ENOMEM;
		}
		bytes = more;
		request.b = have;
		request.reply_bytes = bytes + have;
		request.reply_size = ACTOR_CONTROL_BYTES_MAX;
		status = link_ask(link, &request, &reply);
		if (status != 0) {
			snprintf(debug->timeline.error, sizeof(debug->timeline.error), "%s",
				 link->error);
			free(bytes);
			return status;
		}
		size = reply.a < DEBUG_BYTES_MAX ? reply.a : DEBUG_BYTES_MAX;
		have += reply.size;
	} while (have < size && reply.size != 0);
	*ret_bytes = bytes;
	*ret_size = have;
	return 0;
}

int debug_state(struct debug *debug, struct link *link, uint64_t pid, uint8_t **ret_bytes,
		size_t *ret_size)
{
	struct link_request request = {.verb = ACTOR_CONTROL_STATE, .a = pid};

	return load(debug, link, request, ret_bytes, ret_size);
}

int debug_payload(struct debug *debug, struct link *link, uint64_t pid, uint64_t nth,
		  uint8_t **ret_bytes, size_t *ret_size)
{
	struct link_request request = {.verb = ACTOR_CONTROL_MESSAGE, .a = nth, .c = pid};

	return load(debug, link, request, ret_bytes, ret_size);
}

/* ---- Values -----------------------------------------------------------------------------------
 */

/* "self", "self->x", "self.x", "msg.x"; what is not "msg" is a field of the state. */
static bool is_message_path(const char *path)
{
	return strncmp(path, "msg", 3) == 0 &&
	       (path[3] == '\0' || path[3] == '.' || path[3] == '-' || path[3] == '[');
}

static const char *field_path(const char *path, bool is_message)
{
	size_t word = is_message ? 3 : strncmp(path, "self", 4) == 0 ? 4 : 0;

	if (path[word] == '.')
		return path + word + 1;
	if (path[word] == '-' && path[word + 1] == '>')
		return path + word + 2;
	return path + (path[word] == '\0' || path[word] == '[' ? word : 0);
}

void debug_value_finish(struct debug_value *value)
{
	free(value->bytes);
	value->bytes = NULL;
}

static bool load_value(struct debug *debug, struct debug_value *value)
{
	struct link *link = &debug->timeline.now;
	int status = value->is_message
			     ? debug_payload(debug, link, 0, 0, &value->bytes, &value->size)
			     : debug_state(debug, link, value->pid, &value->bytes, &value->size);

	if (status != 0)
		debug_say(debug, status, "%s",
			  status == -ENOENT ? "there is no such actor here: it is not born yet, or "
					      "has ended"
					    : debug->timeline.error);
	return status == 0;
}

bool debug_value(struct debug *debug, const char *path, struct debug_value *ret_value)
{
	const struct actor_control_reply *where = &debug->timeline.where;
	struct debug_value value = {.pid = where->actor, .is_message = is_message_path(path)};
	struct debug_ctype ctype;
	char error[256];
	const char *rest = field_path(path, value.is_message);

	if (where->actor == 0) {
		debug_say(debug, -ENOENT, "nobody is about to run; go somewhere first");
		return false;
	}
	if (value.is_message ? !debug_type(debug, where->tag, &ctype)
			     : !debug_state_type(debug, value.pid, &ctype)) {
		debug_say(debug, -ENOENT, "the trace does not know the type of %s",
			  value.is_message ? "this message" : "this actor's state");
		return false;
	}
	if (!load_value(debug, &value))
		return false;
	if (rest[0] == '\0' && (debug->types == NULL || ctype.ctype[0] == '\0')) {
		*ret_value = value; /* as bytes */
		return true;
	}
	if (!debug_find_type(debug, &ctype, &value.type)) {
		debug_value_finish(&value);
		return false;
	}
	if (rest[0] != '\0' &&
	    types_field(debug->types, value.type, rest, &value.field, error, sizeof(error)) != 0) {
		debug_say(debug, -ENOENT, "%s: %s", path, error);
		debug_value_finish(&value);
		return false;
	}
	*ret_value = value;
	return true;
}
