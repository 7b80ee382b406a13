/* SPDX-License-Identifier: MIT */
#include <tracer/stage.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/pid.h>

#include "stage/image.h"
#include "store/open.h"
#include "store/walk.h"

struct stage {
	sqlite3 *db;
	struct trace *trace;
	struct walk *walk;
	struct image image;
	struct walk_event next; /* the one that comes next */
	bool ended;             /* there is no next one */
	uint64_t begin;
	uint64_t end;
	uint64_t now;
	uint64_t position;
	uint64_t turns;
	uint64_t events;
	uint32_t words_end; /* of the texts: what comes behind them changes */
	char error[256];
};

/* ---- The trace's tables ---------------------------------------------------------------------- */

static uint64_t time_of(const struct stage *stage, uint64_t ticks)
{
	int64_t ns = clock_ns(&stage->trace->clock, ticks);

	return ns < -(int64_t)STAGE_BASE ? 0 : STAGE_BASE + (uint64_t)ns;
}

static int64_t query_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

/* Calls `take` for each row. */
static void query(struct stage *stage, const char *sql,
		  void (*take)(struct stage *stage, sqlite3_stmt *row))
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(stage->db, sql, -1, &statement, NULL) == SQLITE_OK)
		while (sqlite3_step(statement) == SQLITE_ROW)
			take(stage, statement);
	sqlite3_finalize(statement);
}

static uint32_t text_of(struct stage *stage, sqlite3_stmt *row, int column)
{
	const unsigned char *text = sqlite3_column_text(row, column);

	return text != NULL ? image_string(&stage->image, (const char *)text) : 0;
}

static void take_type(struct stage *stage, sqlite3_stmt *row)
{
	int64_t number = sqlite3_column_int64(row, 0);
	struct image *image = &stage->image;

	if (number <= 0 || number >= (int64_t)image->header->region[ACTOR_PLANE_REGION_TYPES].count)
		return;
	image->types[number].name = text_of(stage, row, 1);
	if (image->control->types_used < number)
		image->control->types_used = (uint32_t)number;
}

static void take_behaviour(struct stage *stage, sqlite3_stmt *row)
{
	int64_t number = sqlite3_column_int64(row, 0);
	struct image *image = &stage->image;

	if (number <= 0 ||
	    number >= (int64_t)image->header->region[ACTOR_PLANE_REGION_BEHAVIOURS].count)
		return;
	image->behaviours[number].name = text_of(stage, row, 1);
	if (image->control->behaviours_used < number)
		image->control->behaviours_used = (uint32_t)number;
}

static void take_thread(struct stage *stage, sqlite3_stmt *row)
{
	static const char *const kinds[] = {"", "scheduler", "io", "timer", "detached", "foreign"};
	int64_t index = sqlite3_column_int64(row, 0);
	const unsigned char *kind = sqlite3_column_text(row, 1);
	const unsigned char *name = sqlite3_column_text(row, 2);
	struct image *image = &stage->image;

	if (index < 0 || index >= ACTOR_PLANE_THREADS_MAX || kind == NULL || name == NULL)
		return;
	for (uint32_t i = 1; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp((const char *)kind, kinds[i]) == 0)
			image->threads[index].kind = i;
	snprintf(image->threads[index].name, sizeof(image->threads[index].name), "%s",
		 (const char *)name);
	if (image->control->threads_used <= index)
		image->control->threads_used = (uint32_t)index + 1;
	if (image->threads[index].kind == ACTOR_PLANE_THREAD_SCHEDULER)
		image->header->scheduler_count++;
}

static void born(struct stage *stage, uint64_t bits, uint16_t behaviour, uint64_t parent,
		 uint64_t time)
{
	struct actor_pid pid = {bits};
	uint32_t slot = actor_pid_slot(pid), generation = actor_pid_generation(pid);
	struct image *image = &stage->image;

	if (slot >= image->slots)
		return;
	image->actors[slot] = (struct actor_plane_actor){.inbox = 1,
							 .generation = generation,
							 .behaviour = behaviour,
							 .state = ACTOR_PLANE_STATE_IDLE};
	image->births[slot] = (struct actor_plane_birth){
		.parent = parent, .ticks = time, .generation = generation};
	if (image->control->actors_used <= slot)
		image->control->actors_used = slot + 1;
}

/* Those that lived before the first event, and what only the table says of the others. */
static void take_actor(struct stage *stage, sqlite3_stmt *row)
{
	uint64_t pid = (uint64_t)sqlite3_column_int64(row, 0);
	uint64_t spawned = (uint64_t)sqlite3_column_int64(row, 3);
	uint32_t slot = actor_pid_slot((struct actor_pid){pid});

	if (sqlite3_column_type(row, 3) != SQLITE_NULL && time_of(stage, spawned) > stage->begin)
		return;
	born(stage, pid, (uint16_t)sqlite3_column_int(row, 1),
	     (uint64_t)sqlite3_column_int64(row, 2), 0);
	if (slot >= stage->image.slots)
		return;
	stage->image.actors[slot].name = text_of(stage, row, 4);
	stage->image.actors[slot].kind = (uint8_t)sqlite3_column_int(row, 5);
}

/* ---- Events ---------------------------------------------------------------------------------- */

/* The line of a living actor, NULL: nothing is known of it. */
static struct actor_plane_actor *line_of(struct stage *stage, uint64_t bits)
{
	struct actor_pid pid = {bits};
	uint32_t slot = actor_pid_slot(pid);
	struct actor_plane_actor *line = &stage->image.actors[slot];

	return bits != 0 && slot < stage->image.slots &&
			       line->generation == actor_pid_generation(pid)
		       ? line
		       : NULL;
}

static void mailbox_add(struct actor_plane_actor *line, int change)
{
	uint64_t count = line->inbox >> ACTOR_PLANE_INBOX_COUNT_SHIFT;

	/* What was sent before the recording is received in it. */
	if (change < 0 && count == 0)
		return;
	count += (uint64_t)(int64_t)change;
	line->inbox = count << ACTOR_PLANE_INBOX_COUNT_SHIFT | (count == 0 ? 1 : 64);
}

static void end_turn(struct stage *stage, uint32_t thread, uint64_t time)
{
	struct actor_plane_thread *words = &stage->image.threads[thread];
	struct actor_plane_actor *line = line_of(stage, words->current);
	uint64_t ran = time > words->turn_start ? time - words->turn_start : 0;

	if (words->current == 0)
		return;
	words->busy_ticks += ran;
	if (line != NULL) {
		line->busy_ticks += ran;
		if (line->state == ACTOR_PLANE_STATE_RUNNING)
			line->state = ACTOR_PLANE_STATE_IDLE;
	}
	words->current = 0;
	words->turn_start = 0;
}

static void on_receive(struct stage *stage, uint32_t thread, const struct actor_event *event,
		       uint64_t time)
{
	struct actor_plane_thread *words = &stage->image.threads[thread];
	struct actor_plane_actor *line = line_of(stage, event->a);

	end_turn(stage, thread, time);
	words->current = event->a;
	words->turn_start = time;
	words->tag = event->tag;
	words->turns++;
	if (line == NULL)
		return;
	line->state = ACTOR_PLANE_STATE_RUNNING;
	line->waiting_on = 0;
	if (event->kind == ACTOR_EVENT_RECV) {
		uint8_t kind = event->flags & 15;

		line->messages_in++;
		if (kind != ACTOR_MESSAGE_KIND_INIT && kind != ACTOR_MESSAGE_KIND_TIMER)
			mailbox_add(line, -1);
	}
}

static void on_send(struct stage *stage, uint32_t thread, const struct actor_event *event)
{
	struct actor_plane_actor *from = line_of(stage, stage->image.threads[thread].current);
	struct actor_plane_actor *to = line_of(stage, event->a);

	if (from != NULL)
		from->messages_out++;
	if (to != NULL)
		mailbox_add(to, 1);
}

static void on_wait(struct stage *stage, uint32_t thread, const struct actor_event *event,
		    uint64_t time)
{
	struct actor_plane_actor *line = line_of(stage, event->a);

	end_turn(stage, thread, time);
	if (line == NULL)
		return;
	line->state = ACTOR_PLANE_STATE_WAITING;
	line->waiting_on = event->b;
}

static void on_end(struct stage *stage, uint32_t thread, const struct actor_event *event,
		   uint64_t time)
{
	struct actor_plane_actor *line = line_of(stage, event->a);

	end_turn(stage, thread, time);
	if (line == NULL)
		return;
	*line = (struct actor_plane_actor){.inbox = 2, .generation = line->generation + 1};
}

static void on_name(struct stage *stage, const struct actor_event *event)
{
	struct actor_plane_actor *line = line_of(stage, event->a);
	const char *text = trace_string(stage->trace, (uint32_t)event->b);

	if (line == NULL)
		return;
	line->name = event->kind == ACTOR_EVENT_REGISTER && text != NULL
			     ? image_string(&stage->image, text)
			     : 0;
}

/* One event, applied to the plane. */
static void apply(struct stage *stage, const struct walk_event *walked)
{
	struct actor_event event = *walked->event;
	uint64_t time = time_of(stage, walked->time);
	uint32_t thread = walked->thread;
	struct actor_plane_actor *line;

	if (thread >= stage->image.control->threads_used)
		return;
	if (event_has_time(event.kind))
		event.c = time;
	image_event(&stage->image, thread, &event);
	switch (event.kind) {
	case ACTOR_EVENT_RECV:
	case ACTOR_EVENT_INPUT:
		on_receive(stage, thread, &event, time);
		break;
	case ACTOR_EVENT_SEND:
		on_send(stage, thread, &event);
		break;
	case ACTOR_EVENT_WAIT:
		on_wait(stage, thread, &event, time);
		break;
	case ACTOR_EVENT_IDLE:
	case ACTOR_EVENT_WAKE:
		end_turn(stage, thread, time);
		break;
	case ACTOR_EVENT_SPAWN:
		born(stage, event.a, event.tag, event.b, time);
		break;
	case ACTOR_EVENT_EXIT:
		on_end(stage, thread, &event, time);
		break;
	case ACTOR_EVENT_REGISTER:
	case ACTOR_EVENT_UNREGISTER:
		on_name(stage, &event);
		break;
	case ACTOR_EVENT_LINK:
		image_bond(&stage->image, false, event.a, event.b);
		image_bond(&stage->image, false, event.b, event.a);
		break;
	case ACTOR_EVENT_UNLINK:
		image_unbond(&stage->image, false, event.a, event.b);
		image_unbond(&stage->image, false, event.b, event.a);
		break;
	case ACTOR_EVENT_MONITOR:
		image_bond(&stage->image, true, event.a, event.b);
		break;
	case ACTOR_EVENT_DEMONITOR:
		image_unbond(&stage->image, true, event.a, event.b);
		break;
	case ACTOR_EVENT_RESTART:
		line = line_of(stage, event.a);
		if (line != NULL)
			line->restarts = event.seq;
		break;
	default:
		break;
	}
}

/* ---- Moving ---------------------------------------------------------------------------------- */

static int fetch(struct stage *stage)
{
	int status = walk_next(stage->walk, &stage->next);

	stage->ended = status <= 0;
	return status < 0 ? status : 0;
}

static int begin_again(struct stage *stage)
{
	struct codec_want want = codec_want_all();
	int status;

	stage->walk = walk_end(stage->walk);
	image_clear(&stage->image);
	stage->image.control->strings_used = stage->words_end;
	stage->position = 0;
	stage->turns = 0;
	stage->now = stage->begin;
	stage->ended = false;
	query(stage,
	      "SELECT pid, behaviour, parent, spawn_ticks, name, kind FROM actor ORDER BY pid",
	      take_actor);
	status = walk_begin(stage->db, &walk_filter_all, &want, &stage->walk, stage->error,
			    sizeof(stage->error));
	return status < 0 ? status : fetch(stage);
}

static int forward(struct stage *stage, uint64_t time, uint64_t position, uint64_t turn)
{
	int status = 0;

	while (!stage->ended && status == 0 && stage->position < position && stage->turns < turn &&
	       time_of(stage, stage->next.time) <= time) {
		uint64_t at = time_of(stage, stage->next.time);
		uint8_t kind = stage->next.event->kind;

		apply(stage, &stage->next);
		stage->position++;
		stage->turns += kind == ACTOR_EVENT_RECV || kind == ACTOR_EVENT_INPUT;
		if (at > stage->now)
			stage->now = at;
		status = fetch(stage);
	}
	return status;
}

int stage_seek(struct stage *stage, uint64_t time)
{
	bool back = time < stage->now;
	int status = 0;

	if (time < stage->begin)
		time = stage->begin;
	if (time > stage->end)
		time = stage->end;
	if (back)
		status = begin_again(stage);
	if (status == 0)
		status = forward(stage, time, UINT64_MAX, UINT64_MAX);
	if (status < 0)
		return status;
	stage->now = time;
	return back;
}

int stage_seek_event(struct stage *stage, uint64_t position)
{
	bool back = position < stage->position;
	int status = back ? begin_again(stage) : 0;

	if (status == 0)
		status = forward(stage, UINT64_MAX, position, UINT64_MAX);
	return status < 0 ? status : back;
}

int stage_seek_turn(struct stage *stage, uint64_t turn)
{
	/* Events behind the one that opened it may have been applied. */
	bool back = turn <= stage->turns;
	int status = back ? begin_again(stage) : 0;

	if (status == 0)
		status = forward(stage, UINT64_MAX, UINT64_MAX, turn);
	return status < 0 ? status : back;
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* The text of a table's names, with room for those that are registered again and again. */
static struct image_size measure(struct stage *stage)
{
	sqlite3 *db = stage->db;
	int64_t slots = query_number(db, "SELECT coalesce(max(pid & 16777215), 0) FROM actor");
	int64_t texts = query_number(
		db,
		"SELECT (SELECT coalesce(sum(length(CAST(name AS BLOB)) + 16), 0) FROM types) + "
		"(SELECT coalesce(sum(length(CAST(name AS BLOB)) + 16), 0) FROM behaviours) + "
		"(SELECT coalesce(sum(length(CAST(name AS BLOB)) + 16), 0) FROM actor) + "
		"(SELECT coalesce(sum(length(CAST(text AS BLOB)) + 16), 0) FROM strings)");
	int64_t types = query_number(db, "SELECT coalesce(max(type), 0) FROM types");
	int64_t behaviours = query_number(db, "SELECT coalesce(max(behaviour), 0) FROM behaviours");

	if (texts < 0 || texts > (64 << 20))
		texts = 64 << 20;
	return (struct image_size){.types = (uint32_t)(types & 0xffff),
				   .behaviours = (uint32_t)(behaviours & 0xffff),
				   .slots = (uint32_t)(slots & 0xffffff) + 1,
				   .strings = (uint32_t)texts * 4 + (1 << 20)};
}

static void take_program(struct stage *stage, sqlite3_stmt *row)
{
	stage->image.header->program = text_of(stage, row, 0);
}

static int fail_image(int status, const char *trace, char *error, size_t error_size)
{
	snprintf(error, error_size,
		 "cannot make room to play %s: %s; TMPDIR may name another place", trace,
		 strerror(-status));
	return status;
}

static int open_all(struct stage *stage, const char *path, char *error, size_t error_size)
{
	struct image_size size;
	int status = store_open(path, &stage->db, error, error_size);

	if (status < 0)
		return status;
	status = trace_open(stage->db, &stage->trace);
	if (status == 0)
		status = trace_refresh(stage->trace);
	if (status < 0) {
		snprintf(error, error_size, "%s: its tables are not those of a trace", path);
		return status;
	}
	stage->begin =
		time_of(stage, (uint64_t)query_number(stage->db, "SELECT min(t0) FROM chunk"));
	stage->end = time_of(stage, (uint64_t)query_number(stage->db, "SELECT max(t1) FROM chunk"));
	stage->events = (uint64_t)query_number(stage->db, "SELECT coalesce(sum(n), 0) FROM chunk");
	if (stage->events == 0)
		stage->begin = stage->end = STAGE_BASE;
	size = measure(stage);
	status = image_create(&stage->image, &size, stage->begin);
	if (status < 0)
		return fail_image(status, path, error, error_size);
	query(stage, "SELECT type, name FROM types", take_type);
	query(stage, "SELECT behaviour, name FROM behaviours", take_behaviour);
	query(stage, "SELECT thread, kind, name FROM threads", take_thread);
	query(stage, "SELECT value FROM meta WHERE key = 'program'", take_program);
	stage->words_end = stage->image.control->strings_used;
	status = begin_again(stage);
	/* A chunk may begin with a turn that is older than the recording; its events are not. */
	if (status == 0 && !stage->ended && time_of(stage, stage->next.time) > stage->begin)
		stage->begin = stage->now = time_of(stage, stage->next.time);
	if (status < 0) {
		snprintf(error, error_size, "%s: %s", path, stage->error);
		return status;
	}
	__atomic_store_n(&stage->image.header->ready, 1, __ATOMIC_RELEASE);
	return 0;
}

int stage_open(const char *trace, struct stage **ret_stage, char *error, size_t error_size)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	int status;

	if (stage == NULL) {
		snprintf(error, error_size, "out of memory");
		return -ENOMEM;
	}
	status = open_all(stage, trace, error, error_size);
	if (status < 0) {
		stage_close(stage);
		return status;
	}
	*ret_stage = stage;
	return 0;
}

struct stage *stage_close(struct stage *stage)
{
	if (stage == NULL)
		return NULL;
	walk_end(stage->walk);
	image_destroy(&stage->image);
	trace_close(stage->trace);
	sqlite3_close(stage->db);
	free(stage);
	return NULL;
}

/* ---- What it says ---------------------------------------------------------------------------- */

const char *stage_plane(const struct stage *stage)
{
	return stage->image.path;
}

uint64_t stage_begin(const struct stage *stage)
{
	return stage->begin;
}

uint64_t stage_end(const struct stage *stage)
{
	return stage->end;
}

uint64_t stage_now(const struct stage *stage)
{
	return stage->now;
}

uint64_t stage_position(const struct stage *stage)
{
	return stage->position;
}

uint64_t stage_turns(const struct stage *stage)
{
	return stage->turns;
}

uint64_t stage_events(const struct stage *stage)
{
	return stage->events;
}

/* From the chunks: their events lie between two times, and are taken as evenly spread. */
void stage_density(const struct stage *stage, double *densities, size_t count)
{
	double span = (double)(stage->end - stage->begin) + 1;
	sqlite3_stmt *row;

	for (size_t i = 0; i < count; i++)
		densities[i] = 0;
	if (sqlite3_prepare_v2(stage->db, "SELECT t0, t1, n FROM chunk", -1, &row, NULL) !=
	    SQLITE_OK)
		return;
	while (sqlite3_step(row) == SQLITE_ROW) {
		double from = (double)time_of(stage, (uint64_t)sqlite3_column_int64(row, 0)) -
			      (double)stage->begin;
		double to = (double)time_of(stage, (uint64_t)sqlite3_column_int64(row, 1)) -
			    (double)stage->begin;
		size_t first = (size_t)(from / span * (double)count);
		size_t last = (size_t)(to / span * (double)count);

		for (size_t i = first; i <= last && i < count; i++)
			densities[i] +=
				(double)sqlite3_column_int64(row, 2) / (double)(last - first + 1);
	}
	sqlite3_finalize(row);
}
