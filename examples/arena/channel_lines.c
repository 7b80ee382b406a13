/* SPDX-License-Identifier: MIT */
#include "channel_state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "roster.h"

/* Sets of states, for the table at the end. */
#define IN(state) (1u << PLAYER_##state)
#define ANYWHERE  (~0u)
#define IN_GAME   (IN(MATCHED) | IN(PLAYING))

/* ---- One function for each verb: does it, and adds the answer -------------------------------- */

static void do_help(struct channel *channel, const struct command *command, struct text *text)
{
	(void)channel;
	(void)command;
	for (unsigned verb = 0; verb < VERB_COUNT; verb++)
		text_line(text, "help %-18s %s", protocol_verb_usage(verb),
			  protocol_verb_help(verb));
	text_line(text, "ok help");
}

/* The name is registered for as long as the channel lives: that makes it unique. */
static void do_name(struct channel *channel, const struct command *command, struct text *text)
{
	char registered[sizeof("player/") + PROTOCOL_NAME_SIZE];
	struct player_name name = {{0}};
	struct player_card card;
	int status;

	memcpy(name.name, command->word, sizeof(name.name) - 1);
	snprintf(registered, sizeof(registered), "player/%s", name.name);
	status = actor_register(registered, actor_self());
	if (status != 0) {
		text_line(text, "error %s",
			  protocol_error_text(status == ACTOR_ENAME_TAKEN ? PROTOCOL_NAME_TAKEN
									  : PROTOCOL_BUSY));
		return;
	}
	status = actor_call(actor_whereis(REFEREE_NAME), &player_login, &name, &card,
			    CHANNEL_CALL_DEADLINE);
	if (status != 0) {
		(void)actor_unregister(registered);
		text_line(text, "error %s", protocol_error_text(PROTOCOL_BUSY));
		return;
	}
	channel->card = card;
	(void)actor_set_label(name.name);
	channel_enter(channel, PLAYER_LOBBY);
	text_line(text, "ok name %s rating %.0f games %u coins %llu", card.name, card.rating.points,
		  card.games, (unsigned long long)card.coins);
}

static void do_play(struct channel *channel, const struct command *command, struct text *text)
{
	(void)command;
	if (channel_join_queue(channel))
		text_line(text, "ok waiting");
	else
		text_line(text, "error %s", protocol_error_text(PROTOCOL_BUSY));
}

static void do_leave(struct channel *channel, const struct command *command, struct text *text)
{
	(void)command;
	channel_leave(channel);
	text_line(text, "ok leave");
}

/* The room answers, so that `ok` means that the cycle has turned. */
static void do_steer(struct channel *channel, const struct command *command, struct text *text)
{
	static const uint32_t directions[VERB_COUNT] = {
		[VERB_UP] = GAME_UP,
		[VERB_RIGHT] = GAME_RIGHT,
		[VERB_DOWN] = GAME_DOWN,
		[VERB_LEFT] = GAME_LEFT,
	};
	struct steering steering = {.direction = directions[command->verb]};

	(void)text;
	channel->steers_open++;
	(void)actor_cast(channel->partner, &player_steers, &steering);
}

static void do_show(struct channel *channel, const struct command *command, struct text *text)
{
	channel->show = (uint8_t)command->on;
	text_line(text, "ok show %s", command->word);
}

static void do_top(struct channel *channel, const struct command *command, struct text *text)
{
	struct leaderboard_page page;

	(void)channel;
	(void)command;
	if (actor_call(actor_whereis(REFEREE_NAME), &leaderboard, NULL, &page,
		       CHANNEL_CALL_DEADLINE) != 0) {
		text_line(text, "error %s", protocol_error_text(PROTOCOL_BUSY));
		return;
	}
	for (uint32_t i = 0; i < page.count; i++) {
		const struct player_card *card = &page.rows[i];

		text_line(text, "top %u %s rating %.0f games %u wins %u losses %u draws %u", i + 1,
			  card->name, card->rating.points, card->games, card->wins, card->losses,
			  card->draws);
	}
	text_line(text, "ok top %u", page.count);
}

static void do_who(struct channel *channel, const struct command *command, struct text *text)
{
	struct roster_page page;

	(void)channel;
	(void)command;
	if (roster_who(&page) != 0) {
		text_line(text, "error %s", protocol_error_text(PROTOCOL_BUSY));
		return;
	}
	for (uint32_t i = 0; i < page.count; i++)
		text_line(text, "who %s %s", page.rows[i].name,
			  player_state_name(page.rows[i].state));
	text_line(text, "ok who %u online %u waiting %u playing", page.online, page.waiting,
		  page.playing);
}

static void do_ping(struct channel *channel, const struct command *command, struct text *text)
{
	(void)channel;
	text_line(text, "pong%s%s", command->word[0] ? " " : "", command->word);
}

static void do_quit(struct channel *channel, const struct command *command, struct text *text)
{
	(void)command;
	text_line(text, "bye");
	channel_write(channel, text);
	text_init(text);
	channel_close(channel);
}

/* ---- Which verb where ------------------------------------------------------------------------ */

static const struct {
	unsigned states; /* in which the verb is understood */
	enum protocol_error refusal;
	void (*run)(struct channel *channel, const struct command *command, struct text *text);
} verbs[VERB_COUNT] = {
	[VERB_HELP] = {ANYWHERE, PROTOCOL_OK, do_help},
	[VERB_NAME] = {IN(NEW), PROTOCOL_HAS_NAME, do_name},
	[VERB_PLAY] = {IN(LOBBY), PROTOCOL_ALREADY, do_play},
	[VERB_LEAVE] = {IN(WAITING) | IN_GAME, PROTOCOL_NOT_WAITING, do_leave},
	[VERB_UP] = {IN_GAME, PROTOCOL_NOT_PLAYING, do_steer},
	[VERB_RIGHT] = {IN_GAME, PROTOCOL_NOT_PLAYING, do_steer},
	[VERB_DOWN] = {IN_GAME, PROTOCOL_NOT_PLAYING, do_steer},
	[VERB_LEFT] = {IN_GAME, PROTOCOL_NOT_PLAYING, do_steer},
	[VERB_SHOW] = {ANYWHERE, PROTOCOL_OK, do_show},
	[VERB_TOP] = {ANYWHERE, PROTOCOL_OK, do_top},
	[VERB_WHO] = {ANYWHERE, PROTOCOL_OK, do_who},
	[VERB_PING] = {ANYWHERE, PROTOCOL_OK, do_ping},
	[VERB_QUIT] = {ANYWHERE, PROTOCOL_OK, do_quit},
};

static enum protocol_error check_state(const struct channel *channel, enum protocol_verb verb)
{
	if (verbs[verb].states & (1u << channel->state))
		return PROTOCOL_OK;
	return channel->state == PLAYER_NEW ? PROTOCOL_NO_NAME : verbs[verb].refusal;
}

void channel_take_line(struct channel *channel, const char *line, size_t size, bool truncated)
{
	enum protocol_error error = PROTOCOL_TOO_LONG;
	struct command command;
	struct text text;

	assert(channel->state != PLAYER_CLOSING);
	if (!truncated)
		error = protocol_parse(line, size, &command);
	if (error == PROTOCOL_OK)
		error = check_state(channel, command.verb);
	if (error != PROTOCOL_OK) {
		channel_write_error(channel, error);
		return;
	}
	text_init(&text);
	verbs[command.verb].run(channel, &command, &text);
	channel_write(channel, &text);
}
