/* SPDX-License-Identifier: MIT */
#include "script_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command.h"
#include "store/walk.h"

#define BUFFER_EVENTS 32768

struct maker {
	struct recording *recording;
	struct script_file *file;
	struct actor_script_header header;
	struct actor_event *buffer;
	size_t buffered;
	uint64_t seen;     /* events of the recording, with this one */
	uint32_t *numbers; /* by event of the script, where they are wanted */
	size_t numbers_room;
	bool numbered;
	struct pidmap outside; /* bool: it is a thread; of pids that are not run */
	uint64_t actor;        /* whose the last event was that says so */
	char *texts;
	size_t texts_size;
	size_t texts_room;
	struct actor_script_type *types;
	size_t types_count;
	char *error;
	size_t error_size;
};

static int fail(struct maker *maker, const char *what, int error)
{
	snprintf(maker->error, maker->error_size, "%s: %s", what, strerror(error));
	return COMMAND_TROUBLE;
}

static int open_file(struct maker *maker)
{
	const char *folder = getenv("TMPDIR");
	char path[4096];

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	maker->file->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (maker->file->fd >= 0)
		return COMMAND_OK;
	snprintf(path, sizeof(path), "%s/actor-replay.XXXXXX", folder);
	maker->file->fd = mkostemp(path, O_CLOEXEC);
	if (maker->file->fd < 0) {
		snprintf(maker->error, maker->error_size,
			 "cannot make a file in %s: %s; set TMPDIR to a folder with room", folder,
			 strerror(errno));
		return COMMAND_TROUBLE;
	}
	unlink(path);
	return COMMAND_OK;
}

static int put(struct maker *maker, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t done = write(maker->file->fd, at, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			snprintf(maker->error, maker->error_size,
				 "cannot write the script: %s; set TMPDIR to a folder with room",
				 strerror(errno));
			return COMMAND_TROUBLE;
		}
		at += done;
		size -= (size_t)done;
		maker->file->size += (size_t)done;
	}
	return COMMAND_OK;
}

/* ---- Types -------------------------------------------------------------------------------------
 */

static uint32_t add_text(struct maker *maker, const char *text)
{
	size_t length = text != NULL ? strlen(text) + 1 : 1;
	uint32_t offset = (uint32_t)maker->texts_size;

	if (maker->texts_size != 0 && length == 1)
		return 0;
	if (maker->texts_size + length > maker->texts_room) {
		size_t room = 2 * (maker->texts_room + length) + 4096;
		char *more = realloc(maker->texts, room);

		if (more == NULL)
			return 0;
		maker->texts = more;
		maker->texts_room = room;
	}
	memcpy(maker->texts + offset, text != NULL ? text : "", length);
	maker->texts_size += length;
	return offset;
}

static int read_types(struct maker *maker)
{
	static const char sql[] = "SELECT type, name, ctype, reply_ctype, size, reply_size, "
				  "flexible FROM main.types ORDER BY type";
	sqlite3_stmt *query = NULL;
	int result = COMMAND_OK;

	(void)add_text(maker, "");
	maker->types = calloc(65536, sizeof(*maker->types));
	if (maker->types == NULL || maker->texts == NULL)
		return fail(maker, "cannot read the types", ENOMEM);
	if (sqlite3_prepare_v2(maker->recording->db, sql, -1, &query, NULL) != SQLITE_OK) {
		snprintf(maker->error, maker->error_size, "%s: %s", maker->recording->path,
			 sqlite3_errmsg(maker->recording->db));
		return COMMAND_UNREADABLE;
	}
	while (sqlite3_step(query) == SQLITE_ROW) {
		int64_t number = sqlite3_column_int64(query, 0);

		if (number < 1 || number >= 65535)
			continue;
		maker->types[number - 1] = (struct actor_script_type){
			.name = add_text(maker, (const char *)sqlite3_column_text(query, 1)),
			.ctype = add_text(maker, (const char *)sqlite3_column_text(query, 2)),
			.reply_ctype = add_text(maker, (const char *)sqlite3_column_text(query, 3)),
			.size = (uint32_t)sqlite3_column_int64(query, 4),
			.reply_size = (uint32_t)sqlite3_column_int64(query, 5),
			.flexible = (uint32_t)sqlite3_column_int64(query, 6),
		};
		if ((size_t)number > maker->types_count)
			maker->types_count = (size_t)number;
	}
	sqlite3_finalize(query);
	return result;
}

/* ---- Events ------------------------------------------------------------------------------------
 */

static int flush(struct maker *maker)
{
	int result = put(maker, maker->buffer, maker->buffered * sizeof(*maker->buffer));

	maker->buffered = 0;
	return result;
}

/* What neither the program nor the comparison has any use for. */
static bool is_left_out(uint8_t kind)
{
	switch (kind) {
	case ACTOR_EVENT_IDLE:
	case ACTOR_EVENT_WAKE:
	case ACTOR_EVENT_MODE:
	case ACTOR_EVENT_STAMP:
	case ACTOR_EVENT_STUCK:
	case ACTOR_EVENT_UNSTUCK:
	case ACTOR_EVENT_PAYLOAD:
	case ACTOR_EVENT_MAILBOX_HIGH:
	case ACTOR_EVENT_MAILBOX_LOW:
		return true;
	default:
		return kind >= ACTOR_EVENT_COUNT;
	}
}

static bool is_outside(const struct maker *maker, uint64_t pid)
{
	return pidmap_get(&maker->outside, pid, 0) != NULL;
}

/* A thread of the program that starts actors is run for that, and so are they. */
static void note_birth(struct maker *maker, const struct actor_event *event)
{
	bool flagged = (event->flags & ACTOR_EVENT_FOREIGN) != 0;
	bool *thread;

	if (flagged) {
		thread = pidmap_put(&maker->outside, event->a, 0, NULL);
		if (thread != NULL)
			*thread = event->b == 0;
		return;
	}
	thread = event->b != 0 ? pidmap_get(&maker->outside, event->b, 0) : NULL;
	if (thread == NULL || *thread)
		return;
	(void)pidmap_put(&maker->outside, event->a, 0, NULL);
	maker->file->strangers = true;
}

/* Which one of the recording's the next event of the script is. */
static bool note_number(struct maker *maker)
{
	size_t count = maker->header.events_count;

	if (count == maker->numbers_room) {
		size_t room = count == 0 ? 4096 : 2 * count;
		uint32_t *more = realloc(maker->numbers, room * sizeof(*more));

		if (more == NULL)
			return false;
		maker->numbers = more;
		maker->numbers_room = room;
	}
	maker->numbers[count] = (uint32_t)maker->seen;
	return true;
}

static int take(struct maker *maker, const struct walk_event *walked)
{
	const struct actor_event *event = walked->event;

	if (is_left_out(event->kind))
		return COMMAND_OK;
	switch (event->kind) {
	case ACTOR_EVENT_RECV:
	case ACTOR_EVENT_INPUT:
		maker->actor = event->a;
		if (event->kind == ACTOR_EVENT_INPUT && maker->file->main_pid == 0)
			maker->file->main_pid = event->a; /* nobody does anything before it */
		if (event->kind == ACTOR_EVENT_INPUT && event->a != maker->file->main_pid)
			(void)pidmap_put(&maker->outside, event->a, 0, NULL);
		maker->file->steps += !is_outside(maker, event->a);
		break;
	case ACTOR_EVENT_EXIT:
		maker->actor = event->a;
		break;
	case ACTOR_EVENT_WAIT:
		maker->actor = 0;
		break;
	case ACTOR_EVENT_SPAWN:
		note_birth(maker, event);
		break;
	case ACTOR_EVENT_CLOCK:
	case ACTOR_EVENT_OBSERVE:
	case ACTOR_EVENT_OUTSIDE:
	case ACTOR_EVENT_OUTSIDE_BYTES:
		break;
	default:
		if (walked->actor != maker->actor || walked->actor == 0)
			return COMMAND_OK; /* nobody's, so nothing to compare */
	}
	if (maker->numbered && !note_number(maker))
		return fail(maker, "cannot make the script", ENOMEM);
	maker->buffer[maker->buffered++] = *event;
	maker->header.events_count++;
	return maker->buffered == BUFFER_EVENTS ? flush(maker) : COMMAND_OK;
}

static int64_t gaps(struct recording *recording, uint64_t *ret_ticks)
{
	sqlite3_stmt *query = NULL;
	int64_t count = 0;

	if (sqlite3_prepare_v2(recording->db, "SELECT count(*), min(from_ticks) FROM main.gap", -1,
			       &query, NULL) == SQLITE_OK &&
	    sqlite3_step(query) == SQLITE_ROW) {
		count = sqlite3_column_int64(query, 0);
		*ret_ticks = (uint64_t)sqlite3_column_int64(query, 1);
	}
	sqlite3_finalize(query);
	return count;
}

static int copy_events(struct maker *maker, void (*progress)(void *user, double done), void *user)
{
	struct codec_want want = codec_want_all();
	struct walk_filter filter = walk_filter_all;
	struct script_file *file = maker->file;
	struct walk *walk = NULL;
	struct walk_event event;
	uint64_t events = maker->recording->trace->events, gap_ticks = UINT64_MAX;
	bool gappy = gaps(maker->recording, &gap_ticks) != 0;
	int result = COMMAND_OK, status;

	/*
	 * A turn is to stay in one piece where it is said of each send exactly when it was, and
	 * where a reader was given up in the middle of it.
	 */
	want.slots[ACTOR_EVENT_STAMP] = 0;
	want.slots[ACTOR_EVENT_MODE] = 0;
	status = walk_begin(maker->recording->db, &filter, &want, &walk, maker->error,
			    maker->error_size);
	while (status == 0 && (status = walk_next(walk, &event)) == 1) {
		if (event.gap || (gappy && event.time >= gap_ticks)) {
			file->cut = true;
			file->cut_ticks = event.time;
			status = 0;
			break;
		}
		maker->seen++;
		result = take(maker, &event);
		if (result != COMMAND_OK)
			break;
		if (maker->seen % 65536 == 0 && progress != NULL && events != 0)
			progress(user, (double)maker->seen / (double)events);
		status = 0;
	}
	walk_end(walk);
	if (status < 0)
		return status == -EBADMSG ? COMMAND_UNREADABLE : COMMAND_TROUBLE;
	return result == COMMAND_OK ? flush(maker) : result;
}

static int make(struct maker *maker, void (*progress)(void *user, double done), void *user)
{
	static const char zeros[8];
	struct actor_script_header *header = &maker->header;
	struct script_file *file = maker->file;
	int result = read_types(maker);

	if (result == COMMAND_OK)
		result = open_file(maker);
	if (result == COMMAND_OK)
		result = put(maker, header, sizeof(*header));
	header->types_offset = file->size;
	header->types_count = maker->types_count;
	if (result == COMMAND_OK)
		result = put(maker, maker->types, maker->types_count * sizeof(*maker->types));
	header->texts_offset = file->size;
	header->texts_size = maker->texts_size;
	if (result == COMMAND_OK)
		result = put(maker, maker->texts, maker->texts_size);
	if (result == COMMAND_OK)
		result = put(maker, zeros, (8 - file->size % 8) % 8);
	header->events_offset = file->size;
	if (result == COMMAND_OK)
		result = copy_events(maker, progress, user);
	if (result != COMMAND_OK)
		return result;
	header->magic = ACTOR_SCRIPT_MAGIC;
	header->version = ACTOR_SCRIPT_VERSION;
	header->event_version = ACTOR_EVENT_VERSION;
	header->size = file->size;
	header->seed = maker->recording->seed;
	header->wall_offset_ns = maker->recording->wall_offset_ns;
	file->header = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
	if (file->header == MAP_FAILED) {
		file->header = NULL;
		return fail(maker, "cannot map the script", errno);
	}
	*file->header = *header;
	file->events = (const struct actor_event *)(const void *)((const char *)file->header +
								  header->events_offset);
	file->count = header->events_count;
	return COMMAND_OK;
}

int script_file_make(struct recording *recording, bool numbered, struct script_file *ret_file,
		     void (*progress)(void *user, double done), void *user, char *error,
		     size_t error_size)
{
	struct script_file file = {.fd = -1};
	struct maker maker = {
		.recording = recording,
		.numbered = numbered,
		.file = &file,
		.error = error,
		.error_size = error_size,
	};
	int result;

	maker.buffer = malloc(BUFFER_EVENTS * sizeof(*maker.buffer));
	pidmap_init(&maker.outside, sizeof(bool));
	result = maker.buffer != NULL ? make(&maker, progress, user)
				      : fail(&maker, "cannot make the script", ENOMEM);
	file.outside = maker.outside;
	file.numbers = maker.numbers;
	free(maker.buffer);
	free(maker.texts);
	free(maker.types);
	if (result != COMMAND_OK) {
		script_file_close(&file);
		return result;
	}
	*ret_file = file;
	return COMMAND_OK;
}

uint64_t script_file_number(struct recording *recording, struct script_file *file, uint64_t place)
{
	struct script_file again;
	char error[256];

	if (file->numbers == NULL && script_file_make(recording, true, &again, NULL, NULL, error,
						      sizeof(error)) == COMMAND_OK) {
		if (again.count == file->count) {
			file->numbers = again.numbers;
			again.numbers = NULL;
		}
		script_file_close(&again);
	}
	return file->numbers != NULL && place > 0 && place <= file->count ? file->numbers[place - 1]
									  : place;
}

void script_file_close(struct script_file *file)
{
	if (file->header != NULL)
		munmap(file->header, file->size);
	if (file->fd >= 0)
		close(file->fd);
	pidmap_finish(&file->outside);
	free(file->numbers);
	file->numbers = NULL;
	file->header = NULL;
	file->fd = -1;
}
