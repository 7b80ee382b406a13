/* SPDX-License-Identifier: MIT */
#include "model/alerts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <actor/event.h>
#include <actor/pid.h>

#include "model/line.h"
#include "model/model.h"
#include "term/text.h"

/* ---- Words ----------------------------------------------------------------------------------- */

static void actor_text(void *user, uint64_t pid, uint16_t behaviour, char *text, size_t size)
{
	const struct model *model = user;

	if (pid != 0)
		names_pid(&model->names, pid, text, size);
	else
		snprintf(text, size, "%s",
			 behaviour != 0 ? names_behaviour(&model->names, behaviour)
					: model->target.program);
}

static void type_text(void *user, uint16_t tag, char *text, size_t size)
{
	const struct model *model = user;

	snprintf(text, size, "%s", tag != 0 ? names_type(&model->names, tag) : "message");
}

/* The program's C types are read when the first message goes by, once. A played trace has none. */
static const struct types *types_of(struct model *model)
{
	struct alerts *alerts = &model->alerts;
	const struct plane_view *plane = model->target.plane;
	char program[4096], error[512];

	if (alerts->types_asked || plane == NULL || model->target.staged)
		return alerts->types;
	alerts->types_asked = true;
	plane_view_string(plane, plane_view_header(plane)->program, program, sizeof(program));
	(void)types_open_process(plane_view_header(plane)->pid, program, &alerts->types, error,
				 sizeof(error));
	return alerts->types;
}

static bool pointer_of(void *user, uint16_t tag, char *path, size_t size)
{
	struct model *model = user;
	const struct types *types = types_of(model);
	struct actor_plane_type type;
	char ctype[256], raw[LINT_TEXT / 2];
	uint32_t id;

	if (types == NULL || plane_view_type(model->target.plane, tag, &type) != 0 ||
	    plane_view_string(model->target.plane, type.ctype, ctype, sizeof(ctype)) <= 0 ||
	    types_find(types, ctype, type.size, &id) != 0 ||
	    !types_has_pointer(types, id, raw, sizeof(raw)))
		return false;
	(void)text_safe(raw, path, size);
	return true;
}

int alerts_init(struct alerts *alerts, const struct model *model)
{
	const struct lint_names names = {(void *)model, actor_text, type_text, pointer_of};

	memset(alerts, 0, sizeof(*alerts));
	alerts->engine = lint_create(&names);
	return alerts->engine != NULL ? 0 : -ENOMEM;
}

void alerts_finish(struct alerts *alerts)
{
	lint_destroy(alerts->engine);
	types_close(alerts->types);
	memset(alerts, 0, sizeof(*alerts));
}

/* ---- A look ---------------------------------------------------------------------------------- */

static enum lint_state state_of(enum row_state state)
{
	switch (state) {
	case ROW_STATE_IDLE:
		return LINT_STATE_IDLE;
	case ROW_STATE_READY:
		return LINT_STATE_READY;
	case ROW_STATE_RUNNING:
		return LINT_STATE_RUNNING;
	case ROW_STATE_CALLING:
		return LINT_STATE_CALLING;
	default:
		return LINT_STATE_OTHER;
	}
}

static struct lint_actor actor_of(const struct row *row)
{
	return (struct lint_actor){
		.pid = row->pid,
		.waiting_on = row->waiting_on,
		.mailbox = row->mailbox,
		.handled = row->handled,
		.memory = row->memory,
		.turn_ns = row->turn_ns != ROW_UNKNOWN ? row->turn_ns : 0,
		.busy = row->busy,
		.restarts = row->restarts,
		.behaviour = row->behaviour,
		.tag = row->tag,
		.state = (uint8_t)state_of(row->state),
		.outside = (row->kind & ACTOR_PLANE_KIND_MASK) == ACTOR_PLANE_KIND_FOREIGN,
	};
}

void alerts_begin(struct alerts *alerts, const struct model *model)
{
	lint_begin(alerts->engine, model->ticks.monotonic_ns);
	lint_memory(alerts->engine, table_found(&model->table)->sums.memory);
}

void alerts_row(void *user, const struct row *row)
{
	struct model *model = user;
	struct lint_actor actor;

	if (!lint_may_interest(row->state == ROW_STATE_IDLE, row->mailbox, row->busy, row->memory,
			       row->restarts))
		return;
	actor = actor_of(row);
	if (row->restarts > 0) {
		struct row born = *row;

		line_read_birth(model->target.plane, &model->ticks, &born);
		actor.parent = born.parent;
		actor.age_ns = born.age_ns;
	}
	lint_actor(model->alerts.engine, &actor);
}

/* Whom somebody waits for. */
static bool look(void *user, uint64_t bits, struct lint_actor *ret_actor)
{
	const struct model *model = user;
	uint32_t slot = actor_pid_slot((struct actor_pid){bits});
	const struct actor_plane_actor *line = plane_view_actor_line(model->target.plane, slot);
	struct row row;
	uint64_t busy;

	if (line == NULL || !line_read(line, slot, &model->meters, &model->ticks, &row, &busy) ||
	    row.pid != bits)
		return false;
	*ret_actor = actor_of(&row);
	return true;
}

static uint64_t count_unhandled(const struct model *model)
{
	struct actor_plane_thread thread;
	uint64_t sum = 0;

	for (uint32_t i = 0; plane_view_thread(model->target.plane, i, &thread) == 0; i++)
		sum += thread.unhandled;
	return sum;
}

/* What the program itself counts. Who did it, only events tell. */
static void count(struct alerts *alerts, const struct model *model)
{
	const struct lint_subject program = {0, 0};
	uint64_t unhandled = count_unhandled(model), lost = model->meters.lost;

	if (alerts->counted && unhandled > alerts->unhandled &&
	    model->target.level != TARGET_EVENTS)
		lint_incident(alerts->engine, LINT_UNHANDLED, program,
			      unhandled - alerts->unhandled, 0, NULL);
	if (alerts->counted && lost > alerts->lost)
		lint_incident(alerts->engine, LINT_TRACE_LOSSY, program, lost - alerts->lost, 0,
			      NULL);
	alerts->unhandled = unhandled;
	alerts->lost = lost;
	alerts->counted = true;
}

void alerts_end(struct alerts *alerts, const struct model *model)
{
	const struct table_findings *found = table_found(&model->table);

	for (uint32_t i = 1; i <= found->behaviour_count; i++)
		lint_behaviour(alerts->engine, (uint16_t)i, found->behaviours[i].actors);
	count(alerts, model);
	lint_end(alerts->engine, look, (void *)model);
	alerts->list = lint_alerts(alerts->engine, &alerts->count);
	alerts->now_ns = model->ticks.monotonic_ns;
}

void alerts_event(void *user, uint64_t actor, const struct actor_event *event)
{
	struct model *model = user;

	lint_event(model->alerts.engine, actor, event);
}

/* ---- Letters --------------------------------------------------------------------------------- */

/* Of a circle of two, both. */
static bool is_about(const struct lint_alert *alert, uint64_t pid)
{
	return pid != 0 &&
	       (alert->subject.pid == pid ||
		(alert->lint == &lints[LINT_CALL_DEADLOCK] && alert->detail.peer == pid));
}

/* The list is in the order of urgency, so the first one counts. */
char alerts_letter(const struct alerts *alerts, uint64_t pid)
{
	for (size_t i = 0; i < alerts->count; i++)
		if (is_about(&alerts->list[i], pid))
			return alerts->list[i].lint->letter;
	return 0;
}

char alerts_letter_of_behaviour(const struct alerts *alerts, uint16_t behaviour)
{
	for (size_t i = 0; i < alerts->count; i++)
		if (alerts->list[i].subject.behaviour == behaviour && behaviour != 0)
			return alerts->list[i].lint->letter;
	return 0;
}
