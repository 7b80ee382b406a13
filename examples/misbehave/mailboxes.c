/* SPDX-License-Identifier: MIT */

/* Messages that come too often, too many at once, or too big; and what an actor keeps of them. */

#include "misbehave.h"

#include <string.h>

#include <actor/define.h>

/* ---- A disk that needs its time for each line -------------------------------------------------
 */

struct disk {
	struct actor_from from;
};

ACTOR_DEFINE(disk, defcall(write, void, from()), definfo(written));

static int disk_handle_write(struct disk *self, struct actor_from from)
{
	uint64_t timer;

	self->from = from;
	return disk_written_after(ACTOR_MILLISECONDS(10), 0, &timer);
}

static int disk_handle_written(struct disk *self)
{
	return disk_reply_write(self->from);
}

/* Writes one line after the other, so it never keeps up with more than a hundred a second. */
struct logger {
	struct actor_pid disk;
	uint64_t lines;
};

ACTOR_DEFINE(logger, definit(), defcast(log_line, arg(uint64_t, number)));

static int logger_init(struct logger *self)
{
	const struct actor_spawn_options options = {
		.size = sizeof(options), .label = "disk", .link = true};

	return disk_start_with(&options, &self->disk);
}

static int logger_handle_log_line(struct logger *self, uint64_t number)
{
	self->lines = number;
	return disk_write(self->disk);
}

/* ---- mailbox-growing: it gets twice what it can handle ----------------------------------------
 */

#define LINES_AT_ONCE 10

struct chatter {
	struct actor_pid logger;
	uint64_t lines;
};

ACTOR_DEFINE(chatter, definit(arg(struct actor_pid, logger)), definfo(talk));

static int chatter_init(struct chatter *self, struct actor_pid logger)
{
	uint64_t timer;

	self->logger = logger;
	return chatter_talk_after(0, ACTOR_MILLISECONDS(40), &timer);
}

static int chatter_handle_talk(struct chatter *self)
{
	int status = 0;

	for (int i = 0; i < LINES_AT_ONCE && status == 0; i++)
		status = logger_log_line(self->logger, ++self->lines);
	return status;
}

int start_mailbox_growing(void)
{
	const struct actor_spawn_options to = {.size = sizeof(to), .name = "logger"};
	const struct actor_spawn_options from = {.size = sizeof(from), .name = "chatter"};
	struct actor_pid logger, chatter;
	int status = logger_start_with(&to, &logger);

	return status == 0 ? chatter_start_with(&from, logger, &chatter) : status;
}

/* ---- mailbox-long: a load of work all at once -------------------------------------------------
 */

#define BACKLOG 20000

int start_mailbox_long(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "archive"};
	struct actor_pid archive;
	int status = logger_start_with(&options, &archive);

	for (uint64_t i = 0; i < BACKLOG && status == 0; i++)
		status = logger_log_line(archive, i);
	return status;
}

/* ---- big-message: copied whole, each time -----------------------------------------------------
 */

struct picture {
	uint8_t pixels[192 << 10];
};

ACTOR_STATIC_MESSAGE(picture, struct picture);

struct gallery {
	uint64_t pictures;
};

ACTOR_DEFINE(gallery, definfo_as(picture, struct picture));

static int gallery_handle_picture(struct gallery *self, const struct picture *message)
{
	(void)message;
	self->pictures++;
	return ACTOR_CONTINUE;
}

struct painter {
	struct actor_pid gallery;
	struct picture picture;
};

ACTOR_DEFINE(painter, definit(), definfo(paint));

static int painter_init(struct painter *self)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .label = "gallery"};
	int status = gallery_start_with(&options, &self->gallery);
	uint64_t timer;

	return status == 0 ? painter_paint_after(0, ACTOR_MILLISECONDS(200), &timer) : status;
}

static int painter_handle_paint(struct painter *self)
{
	memset(self->picture.pixels, (int)actor_random_below(256), sizeof(self->picture.pixels));
	return actor_send(self->gallery, &picture, &self->picture);
}

int start_big_message(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "painter"};
	struct actor_pid painter;

	return painter_start_with(&options, &painter);
}

/* ---- pointer-message: what the receiver reads is the sender's ----------------------------------
 */

struct letter {
	uint64_t number;
	const char *text; /* in the sender's memory */
};

ACTOR_STATIC_MESSAGE(letter, struct letter);

struct letterbox {
	uint64_t letters;
};

ACTOR_DEFINE(letterbox, definfo_as(letter, struct letter));

static int letterbox_handle_letter(struct letterbox *self, const struct letter *message)
{
	(void)message; /* to follow that address is the mistake */
	self->letters++;
	return ACTOR_CONTINUE;
}

struct postman {
	struct actor_pid letterbox;
	uint64_t letters;
	char text[32];
};

ACTOR_DEFINE(postman, definit(), definfo(deliver));

static int postman_init(struct postman *self)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .label = "letterbox"};
	int status = letterbox_start_with(&options, &self->letterbox);
	uint64_t timer;

	return status == 0 ? postman_deliver_after(0, ACTOR_MILLISECONDS(200), &timer) : status;
}

static int postman_handle_deliver(struct postman *self)
{
	struct letter letter_sent = {.number = ++self->letters, .text = self->text};

	return actor_send(self->letterbox, &letter, &letter_sent);
}

int start_pointer_message(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "postman"};
	struct actor_pid postman;

	return postman_start_with(&options, &postman);
}

/* ---- memory-share: it keeps whatever it gets --------------------------------------------------
 */

#define HOARD_BYTES ((size_t)1 << 20)
#define HOARD_MAX   48

struct hoarder {
	void *things[HOARD_MAX];
	size_t count;
};

ACTOR_DEFINE(hoarder, definit(), definfo(find));

static int hoarder_init(struct hoarder *self)
{
	uint64_t timer;

	(void)self;
	return hoarder_find_after(0, ACTOR_MILLISECONDS(20), &timer);
}

static int hoarder_handle_find(struct hoarder *self)
{
	if (self->count == HOARD_MAX)
		return ACTOR_CONTINUE;
	self->things[self->count] = actor_alloc(HOARD_BYTES);
	if (self->things[self->count] == NULL)
		return ACTOR_ENO_MEMORY;
	self->count++;
	return ACTOR_CONTINUE;
}

int start_memory_share(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "hoarder"};
	struct actor_pid hoarder;

	return hoarder_start_with(&options, &hoarder);
}
