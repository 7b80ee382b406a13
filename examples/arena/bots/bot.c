/* SPDX-License-Identifier: MIT */
#include "bot.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_PATIENCE_NS UINT64_C(5000000000)
#define REPORTS_MAX        10
/* One in so many decisions is a mistake: bots that never err play long games. */
#define MISTAKE_IN 10

void bot_init(struct bot *bot, struct bot_tally *tally, uint64_t seed, unsigned number,
	      uint64_t think_ns, unsigned fickle)
{
	memset(bot, 0, sizeof(*bot));
	snprintf(bot->name, sizeof(bot->name), "bot%u-%u", (unsigned)(seed % 1000000),
		 number % 100000);
	bot->tally = tally;
	bot->chance.state = seed * UINT64_C(0x2545f4914f6cdd1d) + number;
	bot->think_ns = think_ns;
	bot->fickle = fickle;
	bot->phase = BOT_CONNECTED;
}

const char *bot_phase_name(enum bot_phase phase)
{
	static const char *const names[] = {
		[BOT_CONNECTED] = "never greeted",
		[BOT_LOBBY] = "in the lobby",
		[BOT_WAITING] = "waiting",
		[BOT_PLAYING] = "playing",
		[BOT_GONE] = "gone",
	};

	return names[phase];
}

static void report(struct bot *bot, const char *what, const char *detail)
{
	bot->tally->errors++;
	if (bot->tally->errors <= REPORTS_MAX)
		fprintf(stderr, "arena-bots: %s: %s%s%s\n", bot->name, what, detail[0] ? ": " : "",
			detail);
}

void bot_fail(struct bot *bot, const char *what, const char *detail)
{
	report(bot, what, detail);
	bot->phase = BOT_GONE;
}

/* ---- Speaking -------------------------------------------------------------------------------- */

static void ask(struct bot *bot, enum bot_question question, const char *line, uint64_t now_ns)
{
	int size = snprintf(bot->outgoing + bot->outgoing_size,
			    sizeof(bot->outgoing) - bot->outgoing_size, "%s\n", line);

	assert(bot->question == BOT_NOTHING);
	assert(size > 0);
	assert((size_t)size < sizeof(bot->outgoing) - bot->outgoing_size);
	bot->outgoing_size += (size_t)size;
	bot->question = question;
	bot->asked_ns = now_ns;
	bot->late = false;
}

static bool is_free(const struct bot *bot, unsigned direction)
{
	return game_board_is_free_ahead(&bot->board, bot->cycles[bot->side], direction);
}

/* Where to go: mostly straight on while that is free, else to a free side. */
static unsigned choose(struct bot *bot)
{
	unsigned ahead = bot->cycles[bot->side].direction;
	unsigned turn = chance_below(&bot->chance, 2) ? 1 : 3;
	unsigned one = (ahead + turn) % GAME_DIRECTION_COUNT;
	unsigned other = (ahead + 4 - turn) % GAME_DIRECTION_COUNT;

	if (chance_below(&bot->chance, MISTAKE_IN) == 0)
		return one;
	if (is_free(bot, ahead) && chance_below(&bot->chance, 4) != 0)
		return ahead;
	if (is_free(bot, one))
		return one;
	return is_free(bot, other) ? other : ahead;
}

static void play(struct bot *bot, uint64_t now_ns)
{
	unsigned direction = choose(bot);

	if (!bot->can_steer || direction == bot->cycles[bot->side].direction) {
		ask(bot, BOT_PING, "ping", now_ns);
		return;
	}
	bot->tally->moves++;
	/* Until a tick shows the turn it is not known where the cycle heads. */
	bot->can_steer = false;
	ask(bot, BOT_STEER, game_direction_name(direction), now_ns);
}

void bot_act(struct bot *bot, uint64_t now_ns)
{
	char line[32];

	if (bot->question != BOT_NOTHING) {
		if (now_ns - bot->asked_ns > ANSWER_PATIENCE_NS)
			bot_fail(bot, "no answer", "");
		return;
	}
	if (now_ns < bot->next_ns || bot->phase == BOT_CONNECTED || bot->phase == BOT_GONE)
		return;
	bot->next_ns = now_ns + bot->think_ns / 2 + chance_below(&bot->chance, bot->think_ns + 1);
	if (bot->phase == BOT_PLAYING) {
		play(bot, now_ns);
	} else if (bot->leaving) {
		ask(bot, BOT_QUIT, "quit", now_ns);
	} else if (bot->phase == BOT_LOBBY) {
		ask(bot, BOT_PLAY, "play", now_ns);
	} else if (bot->fickle != 0 && chance_below(&bot->chance, 100) < bot->fickle) {
		ask(bot, BOT_LEAVE, "leave\nplay", now_ns);
	} else {
		snprintf(line, sizeof(line), "ping %u",
			 (unsigned)chance_below(&bot->chance, 100000));
		ask(bot, BOT_PING, line, now_ns);
	}
}

/* ---- Hearing --------------------------------------------------------------------------------- */

static void hear_welcome(struct bot *bot, const char *line, uint64_t now_ns)
{
	char command[32];

	(void)line;
	if (bot->phase != BOT_CONNECTED || bot->question != BOT_NOTHING)
		return;
	snprintf(command, sizeof(command), "name %s", bot->name);
	ask(bot, BOT_NAME, command, now_ns);
}

static void hear_answer(struct bot *bot, const char *line, uint64_t now_ns)
{
	enum bot_question question = bot->question;

	if (question == BOT_NOTHING) {
		report(bot, "an answer to nothing", line);
		return;
	}
	samples_add(&bot->tally->answers_ns, now_ns - bot->asked_ns);
	bot->question = BOT_NOTHING;
	if (question == BOT_NAME)
		bot->phase = BOT_LOBBY;
	else if (question == BOT_LEAVE) { /* that was half of it */
		bot->question = BOT_PLAY;
		if (bot->phase == BOT_WAITING)
			bot->phase = BOT_LOBBY;
	}
	/* `match` may overtake the answer to `play`. */
	else if (question == BOT_PLAY && bot->phase == BOT_LOBBY)
		bot->phase = BOT_WAITING;
	else if (question == BOT_QUIT)
		bot->phase = BOT_GONE;
}

static bool starts(const char *line, const char *words)
{
	return strncmp(line, words, strlen(words)) == 0;
}

static void hear_error(struct bot *bot, const char *line, uint64_t now_ns)
{
	if (starts(line, "error room-failed")) {
		report(bot, "the game broke off", line);
		bot->phase = BOT_LOBBY;
		bot->late = true;
		return;
	}
	/* A turn that crossed the end of its game is nobody's fault; no tick may follow. */
	if (bot->question == BOT_STEER && starts(line, "error not-playing")) {
		bot->over = bot->phase == BOT_PLAYING && !bot->late && bot->fickle == 0;
		hear_answer(bot, line, now_ns);
		return;
	}
	/* Nor is a match that was made while its player left; the game ends at once. */
	if (bot->fickle != 0 && (bot->question == BOT_LEAVE || bot->question == BOT_PLAY)) {
		hear_answer(bot, line, now_ns);
		return;
	}
	if (bot->question == BOT_NAME || bot->question == BOT_NOTHING) {
		bot_fail(bot, "refused", line);
		return;
	}
	report(bot, "refused", line);
	hear_answer(bot, line, now_ns);
}

static void hear_match(struct bot *bot, const char *line, uint64_t now_ns)
{
	char opponent[PROTOCOL_NAME_SIZE];
	unsigned side;
	unsigned width;
	unsigned height;

	(void)now_ns;
	if (sscanf(line, "match %15s rating %*d side %u grid %u %u", opponent, &side, &width,
		   &height) != 4 ||
	    side < 1 || side > GAME_PLAYERS || width < GAME_SIDE_MIN || width > GAME_SIDE_MAX ||
	    height < GAME_SIDE_MIN || height > GAME_SIDE_MAX) {
		bot_fail(bot, "cannot read", line);
		return;
	}
	bot->phase = BOT_PLAYING;
	bot->side = side - 1;
	bot->can_steer = false;
	bot->over = false;
	game_board_clear(&bot->board, width, height);
}

static unsigned direction_of(const char *name)
{
	unsigned direction = 0;

	while (direction < GAME_DIRECTION_COUNT &&
	       strcmp(game_direction_name(direction), name) != 0)
		direction++;
	return direction;
}

static void hear_tick(struct bot *bot, const char *line, uint64_t now_ns)
{
	struct game_cycle *you = &bot->cycles[bot->side];
	struct game_cycle *other = &bot->cycles[1 - bot->side];
	unsigned x[GAME_PLAYERS];
	unsigned y[GAME_PLAYERS];
	char heading[8];
	unsigned direction;

	(void)now_ns;
	if (bot->phase != BOT_PLAYING || bot->over ||
	    sscanf(line, "tick %*u you %u %u %7s other %u %u", &x[0], &y[0], heading, &x[1],
		   &y[1]) != 5) {
		report(bot, "unexpected", line);
		return;
	}
	direction = direction_of(heading);
	if (direction == GAME_DIRECTION_COUNT || x[0] > UINT8_MAX || y[0] > UINT8_MAX ||
	    x[1] > UINT8_MAX || y[1] > UINT8_MAX) {
		report(bot, "cannot read", line);
		return;
	}
	*you = (struct game_cycle){(uint8_t)x[0], (uint8_t)y[0], (uint8_t)direction, 0};
	*other = (struct game_cycle){.x = (uint8_t)x[1], .y = (uint8_t)y[1]};
	game_board_mark(&bot->board, bot->side, *you);
	game_board_mark(&bot->board, 1 - bot->side, *other);
	bot->can_steer = bot->question != BOT_STEER;
}

static void hear_end(struct bot *bot, const char *line, uint64_t now_ns)
{
	(void)now_ns;
	if (bot->phase != BOT_PLAYING) {
		report(bot, "unexpected", line);
		return;
	}
	bot->phase = BOT_LOBBY;
	bot->late = true;
	bot->over = false;
	if (starts(line, "end cancelled"))
		bot->tally->cancelled++;
	else if (strstr(line, "unrated") != NULL)
		report(bot, "a game without a rating", line);
	else
		bot->tally->ends++;
}

static void hear_nothing(struct bot *bot, const char *line, uint64_t now_ns)
{
	(void)bot;
	(void)line;
	(void)now_ns;
}

static const struct {
	const char *word;
	void (*hear)(struct bot *bot, const char *line, uint64_t now_ns);
} words[] = {
	{"tick ", hear_tick},   {"ok ", hear_answer},       {"pong", hear_answer},
	{"end ", hear_end},     {"match ", hear_match},     {"go", hear_nothing},
	{"error ", hear_error}, {"welcome ", hear_welcome}, {"bye", hear_answer},
};

void bot_hear(struct bot *bot, const char *line, uint64_t now_ns)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (starts(line, words[i].word)) {
			words[i].hear(bot, line, now_ns);
			return;
		}
	}
	report(bot, "unknown line", line);
}
