/* SPDX-License-Identifier: MIT */
#include "players.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define ROOM_FIRST 64

/* FNV-1a */
static uint32_t hash(const char *name)
{
	uint32_t value = 2166136261u;

	for (; *name != '\0'; name++)
		value = (value ^ (unsigned char)*name) * 16777619u;
	return value;
}

/* The slot of that name, or the empty one where it belongs. */
static uint32_t *find_slot(const struct players *players, const char *name)
{
	uint32_t mask = players->slot_count - 1;
	uint32_t slot = hash(name) & mask;

	assert(players->slot_count > players->count);
	while (players->slots[slot] != 0 &&
	       strcmp(players->rows[players->slots[slot] - 1].card.name, name) != 0)
		slot = (slot + 1) & mask;
	return &players->slots[slot];
}

static int grow(struct players *players)
{
	uint32_t room = players->room ? 2 * players->room : ROOM_FIRST;
	struct player *rows;
	uint32_t *slots;

	if (players->count < players->room)
		return 0;
	if (players->count >= PLAYERS_MAX)
		return ACTOR_ETABLE_FULL;
	slots = actor_alloc((size_t)room * 4 * sizeof(*slots));
	if (slots == NULL)
		return ACTOR_ENO_MEMORY;
	rows = actor_realloc(players->rows, room * sizeof(*rows));
	if (rows == NULL) {
		actor_free(slots);
		return ACTOR_ENO_MEMORY;
	}
	actor_free(players->slots);
	players->rows = rows;
	players->slots = slots;
	players->room = room;
	players->slot_count = room * 4;
	for (uint32_t i = 0; i < players->count; i++)
		*find_slot(players, rows[i].card.name) = i + 1;
	return 0;
}

struct player *players_find(const struct players *players, const char *name)
{
	uint32_t row;

	if (players->count == 0)
		return NULL;
	row = *find_slot(players, name);
	return row == 0 ? NULL : &players->rows[row - 1];
}

int players_add(struct players *players, const char *name, struct player **ret_player)
{
	char whole_name[PROTOCOL_NAME_SIZE] = {0};
	struct player *player = players_find(players, name);
	int status;

	if (player == NULL) {
		status = grow(players);
		if (status != 0)
			return status;
		strncpy(whole_name, name, sizeof(whole_name) - 1);
		player = &players->rows[players->count];
		*player = (struct player){.card = player_card_new(whole_name)};
		*find_slot(players, whole_name) = ++players->count;
	}
	*ret_player = player;
	return 0;
}

/* Equal ratings go by name, so that a leaderboard does not depend on who came first. */
static bool is_better(const struct player_card *a, const struct player_card *b)
{
	if (a->rating.points != b->rating.points)
		return a->rating.points > b->rating.points;
	return strcmp(a->name, b->name) < 0;
}

uint32_t players_best(const struct players *players, struct player_card *cards, uint32_t max)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < players->count; i++) {
		const struct player_card *card = &players->rows[i].card;
		uint32_t place = count;

		if (card->games == 0)
			continue;
		while (place > 0 && is_better(card, &cards[place - 1]))
			place--;
		if (place == max)
			continue;
		if (count < max)
			count++;
		memmove(&cards[place + 1], &cards[place], (count - place - 1) * sizeof(*cards));
		cards[place] = *card;
	}
	return count;
}
