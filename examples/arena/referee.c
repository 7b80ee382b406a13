/* SPDX-License-Identifier: MIT */
#include "referee.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <actor/receive.h>

#include "dispatch.h"
#include "messages.h"
#include "players.h"

#define SAVE_EVERY_MS    200
#define SAVE_PATIENCE_MS 3000 /* for a receipt; then the batch counts as lost and is sent again */
#define LOAD_DEADLINE    ACTOR_SECONDS(10)
#define CLOSE_PATIENCE   ACTOR_SECONDS(5) /* for each receipt when the referee ends */

struct referee {
	struct players players;
	uint64_t games;
	uint64_t batch;       /* number of the last one sent */
	uint64_t batch_ns;    /* when it was sent */
	uint32_t batch_count; /* players in it; 0: no batch is on its way */
	bool dirty;           /* some player may have changed since */
};

/* ---- Saving ---------------------------------------------------------------------------------- */

struct batch {
	struct store_batch head;
	struct player_card cards[STORE_BATCH_MAX];
};

/* Sends what is not on the disk yet, as much as one batch holds. */
static void save_changes(struct referee *referee)
{
	struct players *players = &referee->players;
	struct batch *batch = actor_alloc(sizeof(*batch));

	if (batch == NULL)
		return;
	for (uint32_t i = 0; i < players->count; i++) {
		struct player *player = &players->rows[i];

		if (player->changes == player->saved || batch->head.count == STORE_BATCH_MAX)
			continue;
		player->sent = player->changes;
		batch->cards[batch->head.count++] = player->card;
	}
	referee->dirty = batch->head.count > 0;
	if (referee->dirty) {
		batch->head.number = ++referee->batch;
		referee->batch_count = (uint32_t)batch->head.count;
		referee->batch_ns = actor_now();
		(void)actor_cast_bytes(actor_whereis(STORE_NAME), &players_save, batch,
				       sizeof(batch->head) +
					       batch->head.count * sizeof(batch->cards[0]));
	}
	actor_free(batch);
}

/* The receipt of the batch that is on its way: what was sent is saved. */
static void take_receipt(struct referee *referee, const struct store_receipt *receipt)
{
	if (referee->batch_count == 0 || receipt->number != referee->batch)
		return;
	referee->batch_count = 0;
	for (uint32_t i = 0; i < referee->players.count; i++) {
		struct player *player = &referee->players.rows[i];

		if (receipt->status == 0 && player->sent != player->saved)
			player->saved = player->sent;
		player->sent = player->saved;
	}
}

static uint64_t count_unsaved(const struct referee *referee)
{
	uint64_t unsaved = 0;

	for (uint32_t i = 0; i < referee->players.count; i++)
		unsaved += referee->players.rows[i].changes != referee->players.rows[i].saved;
	return unsaved;
}

static int on_save_round(void *state, const struct actor_message *message)
{
	struct referee *referee = state;

	(void)message;
	if (referee->batch_count > 0 &&
	    actor_now() - referee->batch_ns < ACTOR_MILLISECONDS(SAVE_PATIENCE_MS))
		return ACTOR_CONTINUE;
	referee->batch_count = 0;
	if (referee->dirty)
		save_changes(referee);
	return ACTOR_CONTINUE;
}

static int on_saved(void *state, const struct actor_message *message)
{
	take_receipt(state, actor_message_as(message, struct store_receipt));
	return ACTOR_CONTINUE;
}

/* ---- Rating ---------------------------------------------------------------------------------- */

static double score_of(uint32_t outcome, unsigned side)
{
	if (outcome == GAME_DRAWN)
		return 0.5;
	return (outcome == GAME_WON_BY_FIRST) == (side == 0) ? 1.0 : 0.0;
}

static uint32_t rate(struct player *player, struct rating opponent, double score)
{
	struct rating_game game = {.opponent = opponent, .score = score};
	struct player_card *card = &player->card;
	uint32_t reward = rating_reward(card->rating, opponent, score);

	card->rating = rating_after(card->rating, &game, 1);
	card->games++;
	card->wins += score == 1.0;
	card->draws += score == 0.5;
	card->losses += score == 0.0;
	card->coins += reward;
	player->changes++;
	return reward;
}

/* A table without room leaves the game unrated; the channels have a deadline for that. */
static int on_finished(void *state, const struct actor_message *message)
{
	const struct finished_game *game = actor_message_as(message, struct finished_game);
	struct referee *referee = state;
	struct rating before[GAME_PLAYERS];
	struct player *player;

	if (game->outcome < GAME_WON_BY_FIRST || game->outcome > GAME_DRAWN)
		return ACTOR_CONTINUE;
	for (unsigned side = 0; side < GAME_PLAYERS; side++) {
		if (players_add(&referee->players, game->players[side].name, &player) != 0)
			return ACTOR_CONTINUE;
		before[side] = player->card.rating;
	}
	for (unsigned side = 0; side < GAME_PLAYERS; side++) {
		double score = score_of(game->outcome, side);
		struct rated_game rated = {
			.room = message->sender,
			.result = score == 1.0   ? RESULT_WON
				  : score == 0.5 ? RESULT_DRAWN
						 : RESULT_LOST,
		};

		player = players_find(&referee->players, game->players[side].name);
		assert(player != NULL);
		rated.reward = rate(player, before[1 - side], score);
		rated.card = player->card;
		if (actor_alive(game->players[side].channel))
			(void)actor_cast(game->players[side].channel, &game_rated, &rated);
	}
	referee->games++;
	referee->dirty = true;
	return ACTOR_CONTINUE;
}

/* ---- Questions ------------------------------------------------------------------------------- */

static int answer_login(const struct referee *referee, const struct actor_message *message,
			struct actor_from from)
{
	struct player_name name = *actor_message_as(message, struct player_name);
	const struct player *player;
	struct player_card card;

	name.name[sizeof(name.name) - 1] = '\0';
	player = players_find(&referee->players, name.name);
	card = player != NULL ? player->card : player_card_new(name.name);
	(void)actor_reply(from, &card);
	return ACTOR_CONTINUE;
}

static int answer_leaderboard(const struct referee *referee, const struct actor_message *message,
			      struct actor_from from)
{
	struct leaderboard_page page = {0};

	(void)message;
	page.count = players_best(&referee->players, page.rows, LEADERBOARD_ROWS);
	(void)actor_reply(from, &page);
	return ACTOR_CONTINUE;
}

static int answer_count(const struct referee *referee, const struct actor_message *message,
			struct actor_from from)
{
	struct referee_totals totals = {
		.games = referee->games,
		.players = referee->players.count,
		.unsaved = count_unsaved(referee),
	};

	(void)message;
	(void)actor_reply(from, &totals);
	return ACTOR_CONTINUE;
}

/* ---- Start and end --------------------------------------------------------------------------- */

static int load_players(struct referee *referee)
{
	struct store_position position = {0};
	struct store_page *page = actor_alloc(sizeof(*page));
	int status;

	if (page == NULL)
		return ACTOR_ENO_MEMORY;
	do {
		status = actor_call(actor_whereis(STORE_NAME), &store_load, &position, page,
				    LOAD_DEADLINE);
		for (uint32_t i = 0; status == 0 && i < page->count; i++) {
			struct player *player;

			status = players_add(&referee->players, page->rows[i].name, &player);
			if (status == 0)
				player->card = page->rows[i];
		}
		position.row = page->row;
	} while (status == 0 && page->count == STORE_PAGE_ROWS);
	actor_free(page);
	/* More players in the file than fit are a limit, not a failure. */
	return status == ACTOR_ETABLE_FULL ? 0 : status;
}

static int referee_init(void *state, const void *argument, size_t size)
{
	uint64_t timer;
	int status;

	(void)argument;
	(void)size;
	status = actor_trap_exits(true);
	if (status == 0)
		status = load_players(state);
	if (status != 0)
		return status;
	return actor_timer_start(ACTOR_MILLISECONDS(SAVE_EVERY_MS),
				 ACTOR_MILLISECONDS(SAVE_EVERY_MS), &save_round, NULL, &timer);
}

/*
 * Games that rooms reported before have counted: its supervisor's exit is trapped, so it comes in
 * its turn. The store is stopped after the referee, so the last ratings still get to the disk.
 */
static void save_the_rest(struct referee *referee)
{
	const struct actor_type *const receipts[] = {&players_saved};
	const struct actor_message *message;
	int64_t status = 0;

	while (status == 0 && count_unsaved(referee) > 0) {
		if (referee->batch_count == 0)
			save_changes(referee);
		if (actor_receive(receipts, 1, CLOSE_PATIENCE, &message) != 0)
			return;
		take_receipt(referee, actor_message_as(message, struct store_receipt));
		status = actor_message_as(message, struct store_receipt)->status;
	}
}

static void referee_terminate(void *state, int reason)
{
	uint64_t unsaved;

	(void)reason;
	save_the_rest(state);
	unsaved = count_unsaved(state);
	if (unsaved > 0)
		fprintf(stderr, "arena: the ratings of %llu players could not be saved\n",
			(unsigned long long)unsaved);
}

static const struct dispatch_row casts[] = {
	{&game_finished, on_finished},
	{&players_saved, on_saved},
};

static const struct dispatch_row infos[] = {
	{&save_round, on_save_round},
};

static const struct {
	const struct actor_type *type;
	int (*answer)(const struct referee *referee, const struct actor_message *message,
		      struct actor_from from);
} calls[] = {
	{&player_login, answer_login},
	{&leaderboard, answer_leaderboard},
	{&referee_count, answer_count},
};

static int referee_handle_call(void *state, const struct actor_message *message,
			       struct actor_from from)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (actor_message_is(message, calls[i].type))
			return calls[i].answer(state, message, from);
	}
	(void)actor_reject(from, ACTOR_EREJECTED);
	return ACTOR_CONTINUE;
}

static int referee_handle_cast(void *state, const struct actor_message *message)
{
	return DISPATCH(casts, state, message);
}

static int referee_handle_info(void *state, const struct actor_message *message)
{
	return DISPATCH(infos, state, message);
}

static int referee_describe(const void *state, char *text, size_t size)
{
	const struct referee *referee = state;

	return snprintf(text, size, "%llu games, %u players, %llu unsaved",
			(unsigned long long)referee->games, referee->players.count,
			(unsigned long long)count_unsaved(referee));
}

const struct actor_behaviour referee_behaviour = {
	.name = "referee",
	.state_size = sizeof(struct referee),
	.state_ctype = "struct referee",
	.init = referee_init,
	.handle_call = referee_handle_call,
	.handle_cast = referee_handle_cast,
	.handle_info = referee_handle_info,
	.terminate = referee_terminate,
	.describe = referee_describe,
};
