/* SPDX-License-Identifier: MIT */

/* All about one actor. */

#include "view/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/pid.h>

#include "model/line.h"
#include "view/format.h"
#include "view/state.h"

#define PARENTS_MAX    16
#define CHILDREN_MAX   12
#define MESSAGES_MAX   16
#define NEIGHBOURS_MAX 256
#define SPARK_WIDTH    60

/* A pen that writes lines, and knows which of them are on the screen. */
struct pen {
	struct cells *cells;
	int x, y, width, height;
	long line;
	long offset;
};

/* The place of the next line, -1: it is scrolled away, or below the end. */
static int pen_line(struct pen *pen)
{
	long at = pen->line++ - pen->offset;

	return at >= 0 && at < pen->height ? pen->y + (int)at : -1;
}

static void pen_title(struct pen *pen, const char *text)
{
	int y;

	if (pen->line > 0)
		(void)pen_line(pen);
	y = pen_line(pen);
	if (y >= 0)
		cells_text(pen->cells, pen->x, y, pen->width, STYLE_STRONG, text);
}

static void pen_text(struct pen *pen, enum style style, const char *text)
{
	int y = pen_line(pen);

	if (y >= 0)
		cells_text(pen->cells, pen->x, y, pen->width, style, text);
}

static void pen_pair(struct pen *pen, const char *label, enum style style, const char *text)
{
	int y = pen_line(pen);

	if (y < 0)
		return;
	cells_text(pen->cells, pen->x, y, 11, STYLE_LABEL, label);
	cells_text(pen->cells, pen->x + 12, y, pen->width - 12, style, text);
}

/* ---- Who it is ------------------------------------------------------------------------------- */

static uint64_t parent_of(const struct ui *ui, uint64_t bits)
{
	struct actor_pid pid = {bits};
	struct actor_plane_birth birth;

	return plane_view_birth(ui->model.target.plane, actor_pid_slot(pid),
				actor_pid_generation(pid), &birth) == 0
		       ? birth.parent
		       : 0;
}

static void put_parents(const struct ui *ui, struct pen *pen, uint64_t pid)
{
	char text[512] = "", name[NAMES_TEXT];
	size_t used = 0;

	for (int i = 0; i < PARENTS_MAX && used < sizeof(text); i++) {
		uint64_t parent = parent_of(ui, pid);

		if (parent == 0 || parent == pid)
			break;
		names_pid(&ui->model.names, parent, name, sizeof(name));
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 used > 0 ? " < " : "", name);
		pid = parent;
	}
	pen_pair(pen, "spawned by", STYLE_NORMAL, text[0] != '\0' ? text : "-");
}

static void put_state(const struct ui *ui, struct pen *pen, const struct row *row)
{
	char text[NAMES_TEXT * 2 + 64], name[NAMES_TEXT], time[FORMAT_SIZE];

	format_ns(row->turn_ns == ROW_UNKNOWN ? NAN : (double)row->turn_ns, time);
	if (row->state == ROW_STATE_RUNNING) {
		snprintf(text, sizeof(text), "running %s for %s",
			 names_type(&ui->model.names, row->tag), time);
	} else if (row->state == ROW_STATE_CALLING) {
		names_pid(&ui->model.names, row->waiting_on, name, sizeof(name));
		snprintf(text, sizeof(text), "blocked in a call to %s for at least %s", name, time);
	} else {
		snprintf(text, sizeof(text), "%s%s%s", row_state_word((enum row_state)row->state),
			 row->state == ROW_STATE_DEAD ? " for " : "",
			 row->state == ROW_STATE_DEAD ? time : "");
	}
	pen_pair(pen, "state", row->state == ROW_STATE_CALLING ? STYLE_WARN : STYLE_NORMAL, text);
}

static void put_identity(const struct ui *ui, struct pen *pen, const struct row *row)
{
	static const char *const kinds[] = {"actor", "supervisor", "port", "thread of the program"};
	char name[NAMES_TEXT], pid[32], text[NAMES_TEXT * 2 + 64], age[FORMAT_SIZE];

	names_actor(&ui->model.names, row, name, sizeof(name));
	column_pid_text(row->pid, pid, sizeof(pid));
	snprintf(text, sizeof(text), "%s %s", name, pid);
	pen_text(pen, STYLE_STRONG, text);
	snprintf(text, sizeof(text), "%s, %s", names_behaviour(&ui->model.names, row->behaviour),
		 row->kind < 4 ? kinds[row->kind] : "?");
	pen_pair(pen, "behaviour", STYLE_NORMAL, text);
	put_state(ui, pen, row);
	put_parents(ui, pen, row->pid);
	if (row->age_ns == ROW_UNKNOWN)
		snprintf(text, sizeof(text), "not known: nobody watched when it was spawned");
	else
		snprintf(text, sizeof(text), "%s", format_ns((double)row->age_ns, age));
	pen_pair(pen, "age", STYLE_NORMAL, text);
	if (row->restarts > 0) {
		snprintf(text, sizeof(text), "%u times by its supervisor", row->restarts);
		pen_pair(pen, "restarted", STYLE_WARN, text);
	}
}

/* ---- How much -------------------------------------------------------------------------------- */

static void put_spark(struct pen *pen, const struct hot *hot, const char *label, const char *value,
		      int which, double least)
{
	double values[HOT_SAMPLES], most = least;
	int y = pen_line(pen), width = pen->width - 24;

	if (y < 0)
		return;
	for (int i = 0; i < HOT_SAMPLES; i++) {
		const struct hot_sample *sample = hot_sample(hot, (uint32_t)(HOT_SAMPLES - 1 - i));

		values[i] = sample == NULL ? NAN
			    : which == 0   ? (double)sample->mailbox
			    : which == 1   ? (double)sample->in_rate
					   : (double)sample->busy;
		if (values[i] > most)
			most = values[i];
	}
	cells_text(pen->cells, pen->x, y, 11, STYLE_LABEL, label);
	cells_right(pen->cells, pen->x + 12, y, 8, STYLE_NORMAL, value);
	width = width > SPARK_WIDTH ? SPARK_WIDTH : width;
	if (width > 0)
		spark_draw(pen->cells, pen->x + 22, y, width, values, HOT_SAMPLES, most);
}

static void put_numbers(const struct ui *ui, struct pen *pen, const struct row *row)
{
	const struct hot *hot = hot_find(&ui->model.hot, row->pid);
	char a[FORMAT_SIZE], b[FORMAT_SIZE], c[FORMAT_SIZE], text[160];

	pen_title(pen, "Last minute");
	if (hot != NULL) {
		snprintf(text, sizeof(text), "%s", format_count((double)row->mailbox, a));
		put_spark(pen, hot, "mailbox", text, 0, 1);
		snprintf(text, sizeof(text), "%s/s", format_rate(row->in_rate, a));
		put_spark(pen, hot, "handles", text, 1, 1);
		snprintf(text, sizeof(text), "%s%%", format_share(row->busy, a));
		put_spark(pen, hot, "busy", text, 2, 0.01);
	}
	if (row->oldest_ns != ROW_UNKNOWN && row->mailbox > 0) {
		snprintf(text, sizeof(text), "%s in the mailbox",
			 format_ns((double)row->oldest_ns, a));
		pen_pair(pen, "oldest", STYLE_NORMAL, text);
	}
	snprintf(text, sizeof(text), "p50 %s  p99 %s  wait p99 %s",
		 format_ns(columns[COLUMN_P50].number(row), a),
		 format_ns(columns[COLUMN_P99].number(row), b),
		 format_ns(columns[COLUMN_WAIT].number(row), c));
	pen_pair(pen, "turns", STYLE_NORMAL, text);
	snprintf(text, sizeof(text), "%llu handled, %llu sent, %s running",
		 (unsigned long long)row->handled, (unsigned long long)row->sent,
		 format_ns((double)row->busy_ns, a));
	pen_pair(pen, "in all", STYLE_NORMAL, text);
	pen_pair(pen, "memory", STYLE_NORMAL, format_bytes((double)row->memory, a));
}

/* ---- Bonds ----------------------------------------------------------------------------------- */

static void put_waiting(const struct ui *ui, struct pen *pen, uint64_t pid)
{
	const struct table_findings *found = table_found(&ui->model.table);
	size_t count = 0;

	for (size_t i = 0; i < found->wait_count; i++) {
		char name[NAMES_TEXT], time[FORMAT_SIZE], text[NAMES_TEXT + 64];

		if (found->waits[i].on != pid)
			continue;
		if (count++ == 0)
			pen_title(pen, "Blocked in a call to it");
		if (count > CHILDREN_MAX)
			continue;
		names_pid(&ui->model.names, found->waits[i].pid, name, sizeof(name));
		snprintf(text, sizeof(text), "%s for %s", name,
			 format_ns((double)ticks_since_ns(&ui->model.ticks, found->waits[i].since),
				   time));
		pen_text(pen, STYLE_NORMAL, text);
	}
	if (count > CHILDREN_MAX) {
		char text[48];

		snprintf(text, sizeof(text), "and %zu more", count - CHILDREN_MAX);
		pen_text(pen, STYLE_DIM, text);
	}
}

struct bonds {
	uint64_t peers[PLANE_BOND_KINDS][CHILDREN_MAX];
	size_t counts[PLANE_BOND_KINDS];
};

static void take_bond(void *user, enum plane_bond_kind kind, uint64_t peer)
{
	struct bonds *bonds = user;

	if (bonds->counts[kind] < CHILDREN_MAX)
		bonds->peers[kind][bonds->counts[kind]] = peer;
	bonds->counts[kind]++;
}

/* Who is linked to it, whom it watches, and who watches it. */
static void put_bonds(const struct ui *ui, struct pen *pen, uint64_t pid)
{
	static const char *const titles[PLANE_BOND_KINDS] = {
		[PLANE_BOND_LINK] = "Links",
		[PLANE_BOND_WATCHES] = "Watches",
		[PLANE_BOND_WATCHED_BY] = "Watched by",
	};
	struct bonds bonds = {0};
	bool more;

	plane_view_bonds(ui->model.target.plane, pid, take_bond, &bonds, &more);
	for (int kind = 0; kind < PLANE_BOND_KINDS; kind++) {
		char name[NAMES_TEXT], text[96];
		size_t count = bonds.counts[kind];

		if (count == 0)
			continue;
		snprintf(text, sizeof(text), "%s (%zu%s)", titles[kind], count,
			 more ? " or more" : "");
		pen_title(pen, text);
		for (size_t i = 0; i < count && i < CHILDREN_MAX; i++) {
			names_pid(&ui->model.names, bonds.peers[kind][i], name, sizeof(name));
			pen_text(pen, STYLE_NORMAL, name);
		}
		if (count > CHILDREN_MAX) {
			snprintf(text, sizeof(text), "and %zu more", count - CHILDREN_MAX);
			pen_text(pen, STYLE_DIM, text);
		}
	}
}

/* Looks at every birth, so only where there are not too many. */
static void put_children(const struct ui *ui, struct pen *pen, uint64_t pid)
{
	const struct plane_view *plane = ui->model.target.plane;
	struct plane_counts counts;
	size_t count = 0;

	plane_view_counts(plane, &counts);
	for (uint32_t slot = 0; slot < counts.actors && slot < 200000; slot++) {
		struct actor_plane_actor line;
		char name[NAMES_TEXT];
		struct row row;

		if (plane_view_actor(plane, slot, &line) != 0 ||
		    line.state == ACTOR_PLANE_STATE_FREE)
			continue;
		row = (struct row){.pid = actor_pid_pack(slot, line.generation).bits,
				   .name = line.name,
				   .behaviour = line.behaviour};
		if (parent_of(ui, row.pid) != pid || row.pid == pid)
			continue;
		if (count++ == 0)
			pen_title(pen, "Children");
		if (count > CHILDREN_MAX)
			continue;
		names_actor(&ui->model.names, &row, name, sizeof(name));
		pen_text(pen, STYLE_NORMAL, name);
	}
	if (count > CHILDREN_MAX) {
		char text[48];

		snprintf(text, sizeof(text), "and %zu more", count - CHILDREN_MAX);
		pen_text(pen, STYLE_DIM, text);
	}
}

/* ---- Messages -------------------------------------------------------------------------------- */

static void put_message(const struct ui *ui, struct pen *pen, const struct traffic_message *message,
			bool inward)
{
	char peer[NAMES_TEXT], wait[FORMAT_SIZE], run[FORMAT_SIZE], ago[FORMAT_SIZE];
	char text[NAMES_TEXT * 2 + 80];
	uint64_t waited = message->taken > message->sent ? message->taken - message->sent : 0;
	bool both = message->sent != 0 && message->taken != 0;

	names_pid(&ui->model.names, inward ? message->from : message->to, peer, sizeof(peer));
	snprintf(text, sizeof(text), "-%-6s %s %s %s %s  wait %s run %s",
		 format_ns((double)ticks_since_ns(&ui->model.ticks, message->taken != 0
									    ? message->taken
									    : message->sent),
			   ago),
		 traffic_kind(message->kind), names_type(&ui->model.names, message->tag),
		 inward ? "from" : "to", peer,
		 format_ns(both ? (double)ticks_ns(&ui->model.ticks, waited) : NAN, wait),
		 format_ns(message->ended != 0 ? (double)ticks_ns(&ui->model.ticks, message->run)
					       : NAN,
			   run));
	pen_text(pen, STYLE_NORMAL, text);
}

static void put_messages(const struct ui *ui, struct pen *pen, uint64_t pid, bool inward)
{
	const struct traffic *traffic = ui->model.traffic;
	int count = 0;

	for (uint64_t number = traffic_newest(traffic); number > 0 && count < MESSAGES_MAX;
	     number--) {
		const struct traffic_message *message = traffic_message(traffic, number);

		if (message == NULL)
			break;
		if ((inward ? message->to : message->from) != pid || message->tag == 0)
			continue;
		if (count++ == 0)
			pen_title(pen, inward ? "Last messages to it" : "Last messages from it");
		put_message(ui, pen, message, inward);
	}
	if (count == 0 && inward && ui->model.target.level != TARGET_EVENTS) {
		pen_title(pen, "Last messages");
		pen_text(pen, STYLE_DIM, "need the program's events: e asks for them");
	}
}

/* An actor that it has exchanged messages with, as far as they are kept. */
struct neighbour {
	uint64_t pid;
	uint32_t in;
	uint32_t out;
};

static int compare_neighbours(const void *left, const void *right)
{
	const struct neighbour *a = left, *b = right;
	uint32_t sum_a = a->in + a->out, sum_b = b->in + b->out;

	if (sum_a != sum_b)
		return sum_a > sum_b ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static size_t find_neighbours(const struct traffic *traffic, uint64_t pid,
			      struct neighbour neighbours[NEIGHBOURS_MAX])
{
	size_t count = 0;

	for (uint64_t number = traffic_newest(traffic); number > 0; number--) {
		const struct traffic_message *message = traffic_message(traffic, number);
		uint64_t peer;
		size_t at = 0;

		if (message == NULL)
			break;
		if ((message->to == pid) == (message->from == pid) || message->tag == 0)
			continue;
		peer = message->to == pid ? message->from : message->to;
		while (at < count && neighbours[at].pid != peer)
			at++;
		if (at == NEIGHBOURS_MAX || peer == 0)
			continue;
		if (at == count)
			neighbours[count++] = (struct neighbour){.pid = peer};
		neighbours[at].in += message->to == pid;
		neighbours[at].out += message->from == pid;
	}
	qsort(neighbours, count, sizeof(neighbours[0]), compare_neighbours);
	return count;
}

static void put_neighbours(const struct ui *ui, struct pen *pen, uint64_t pid)
{
	struct neighbour neighbours[NEIGHBOURS_MAX];
	size_t count = find_neighbours(ui->model.traffic, pid, neighbours);

	for (size_t i = 0; i < count && i < CHILDREN_MAX; i++) {
		char name[NAMES_TEXT], text[NAMES_TEXT + 64];

		if (i == 0)
			pen_title(pen, "Neighbours, by the last messages");
		names_pid(&ui->model.names, neighbours[i].pid, name, sizeof(name));
		snprintf(text, sizeof(text), "%6u from  %6u to  %s", neighbours[i].in,
			 neighbours[i].out, name);
		pen_text(pen, STYLE_NORMAL, text);
	}
}

static void put_alerts(const struct ui *ui, struct pen *pen, uint64_t pid)
{
	const struct alerts *alerts = &ui->model.alerts;
	bool any = false;

	for (size_t i = 0; i < alerts->count; i++) {
		char text[LINT_TEXT + 4];

		if (alerts->list[i].subject.pid != pid)
			continue;
		if (!any)
			pen_title(pen, "Alerts");
		any = true;
		snprintf(text, sizeof(text), "%c %s", alerts->list[i].lint->letter,
			 alerts->list[i].text);
		pen_text(pen, STYLE_BAD, text);
		snprintf(text, sizeof(text), "  %s", alerts->list[i].lint->advice);
		pen_text(pen, STYLE_NORMAL, text);
	}
}

static void put_state_text(const struct ui *ui, struct pen *pen, uint64_t pid)
{
	const char *line;

	for (size_t i = 0; (line = state_line(ui, pid, i)) != NULL; i++) {
		if (i == 0)
			pen_title(pen, "State");
		pen_text(pen, STYLE_NORMAL, line);
	}
}

void detail_draw(struct ui *ui, struct cells *cells, int x, int y, int width, int height)
{
	uint64_t pid = ui_selected_pid(ui);
	const struct row *row = model_row(&ui->model, pid);
	struct row whole;
	struct pen pen = {cells, x + 1, y, width - 1, height, 0, (long)ui->detail_place.offset};

	if (row == NULL) {
		cells_text(cells, x + 1, y, width - 1, STYLE_DIM,
			   pid == 0 ? "this line is about no single actor"
				    : "it is looked up with the next tick");
		return;
	}
	whole = *row;
	if (row->state != ROW_STATE_DEAD)
		line_read_birth(ui->model.target.plane, &ui->model.ticks, &whole);
	put_identity(ui, &pen, &whole);
	put_alerts(ui, &pen, pid);
	put_state_text(ui, &pen, pid);
	put_numbers(ui, &pen, &whole);
	put_waiting(ui, &pen, pid);
	put_neighbours(ui, &pen, pid);
	put_messages(ui, &pen, pid, true);
	put_messages(ui, &pen, pid, false);
	put_bonds(ui, &pen, pid);
	put_children(ui, &pen, pid);
	/* It does not scroll beyond its last line. */
	if (pen.line <= pen.offset)
		ui->detail_place.offset = pen.line > height ? (size_t)(pen.line - height) : 0;
}
