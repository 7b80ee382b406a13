/* SPDX-License-Identifier: MIT */
#ifndef ARENA_PLAYERS_H
#define ARENA_PLAYERS_H

/*
 * The referee's table of players: cards by name, and which of them changed since they were saved.
 * Its memory is the actor's (actor_alloc): use it from one actor's handlers only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

/* Names are made up by whoever connects, so their number has to have a limit. */
#define PLAYERS_MAX 100000

struct player {
	struct player_card card;
	uint32_t changes; /* of the card since the start */
	uint32_t saved;   /* the `changes` that are on the disk */
	uint32_t sent;    /* the `changes` on their way to it */
	uint32_t reserved;
};

struct players {
	struct player *rows; /* in order of arrival; never moves down */
	uint32_t *slots;     /* open hash table of row + 1; 0 is empty */
	uint32_t count;
	uint32_t room;
	uint32_t slot_count; /* a power of two, more than twice `count` */
};

/* The player, or NULL. Good until the next players_add. */
struct player *players_find(const struct players *players, const char *name);
/* Finds or adds. ACTOR_ENO_MEMORY; ACTOR_ETABLE_FULL beyond PLAYERS_MAX. */
int players_add(struct players *players, const char *name, struct player **ret_player);
/* The best by rating, best first; only players with a game. Returns how many, at most `max`. */
uint32_t players_best(const struct players *players, struct player_card *cards, uint32_t max);

#endif
