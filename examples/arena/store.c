/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "dispatch.h"
#include "messages.h"

#define FORMAT_VERSION  1
#define BUSY_TIMEOUT_MS 2000

struct store {
	sqlite3 *database;
	sqlite3_stmt *select;
	sqlite3_stmt *upsert;
	uint64_t saved;
};

static const char schema[] = "CREATE TABLE IF NOT EXISTS player ("
			     " id INTEGER PRIMARY KEY,"
			     " name TEXT NOT NULL UNIQUE,"
			     " rating REAL NOT NULL,"
			     " deviation REAL NOT NULL,"
			     " volatility REAL NOT NULL,"
			     " games INTEGER NOT NULL,"
			     " wins INTEGER NOT NULL,"
			     " losses INTEGER NOT NULL,"
			     " draws INTEGER NOT NULL,"
			     " coins INTEGER NOT NULL);"
			     "PRAGMA user_version = 1;";

static const char select_sql[] = "SELECT id, name, rating, deviation, volatility, games, wins,"
				 " losses, draws, coins FROM player WHERE id > ? ORDER BY id"
				 " LIMIT ?";

static const char upsert_sql[] =
	"INSERT INTO player (name, rating, deviation, volatility, games, wins, losses, draws,"
	" coins) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
	" rating = excluded.rating, deviation = excluded.deviation,"
	" volatility = excluded.volatility, games = excluded.games, wins = excluded.wins,"
	" losses = excluded.losses, draws = excluded.draws, coins = excluded.coins";

/* ---- Opening --------------------------------------------------------------------------------- */

static int complain(const struct store *store, const char *path, const char *what)
{
	fprintf(stderr,
		"arena: cannot %s the ratings file %s: %s; make it a file that this user may read "
		"and write, or name another one with --db\n",
		what, path, store->database ? sqlite3_errmsg(store->database) : "out of memory");
	return ACTOR_EACCESS;
}

/* The file's version; 0 in a new file, negative when it cannot be read. */
static int read_version(const struct store *store)
{
	sqlite3_stmt *statement = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(store->database, "PRAGMA user_version", -1, &statement, NULL) ==
		    SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

static int store_open(struct store *store, const char *path)
{
	int version;

	if (sqlite3_open(path, &store->database) != SQLITE_OK)
		return complain(store, path, "open");
	sqlite3_busy_timeout(store->database, BUSY_TIMEOUT_MS);
	version = read_version(store);
	if (version < 0)
		return complain(store, path, "read");
	if (version > FORMAT_VERSION) {
		fprintf(stderr,
			"arena: the ratings file %s has version %d, this program knows %d; name "
			"another one with --db\n",
			path, version, FORMAT_VERSION);
		return ACTOR_EUNSUPPORTED;
	}
	if (sqlite3_exec(store->database, schema, NULL, NULL, NULL) != SQLITE_OK)
		return complain(store, path, "write");
	if (sqlite3_prepare_v2(store->database, select_sql, -1, &store->select, NULL) !=
		    SQLITE_OK ||
	    sqlite3_prepare_v2(store->database, upsert_sql, -1, &store->upsert, NULL) != SQLITE_OK)
		return complain(store, path, "use");
	return 0;
}

static void store_close(struct store *store)
{
	sqlite3_finalize(store->select);
	sqlite3_finalize(store->upsert);
	sqlite3_close(store->database);
	memset(store, 0, sizeof(*store));
}

/* ---- Reading --------------------------------------------------------------------------------- */

static struct player_card read_card(sqlite3_stmt *row)
{
	const char *name = (const char *)sqlite3_column_text(row, 1);
	struct player_card card = {
		.rating = {sqlite3_column_double(row, 2), sqlite3_column_double(row, 3),
			   sqlite3_column_double(row, 4)},
		.games = (uint32_t)sqlite3_column_int64(row, 5),
		.wins = (uint32_t)sqlite3_column_int64(row, 6),
		.losses = (uint32_t)sqlite3_column_int64(row, 7),
		.draws = (uint32_t)sqlite3_column_int64(row, 8),
		.coins = (uint64_t)sqlite3_column_int64(row, 9),
	};

	if (name != NULL)
		strncpy(card.name, name, sizeof(card.name) - 1);
	/* The file may have been edited; the formulas must not see what they cannot take. */
	if (!(card.rating.deviation > 0) || !(card.rating.volatility > 0) ||
	    !(card.rating.volatility < 1) || !(card.rating.points > -1e6) ||
	    !(card.rating.points < 1e6))
		card.rating = rating_unknown;
	return card;
}

static int answer_load(struct store *store, const struct actor_message *message,
		       struct actor_from from)
{
	uint64_t row = actor_message_as(message, struct store_position)->row;
	struct store_page page = {.row = row};
	int result;

	sqlite3_reset(store->select);
	sqlite3_bind_int64(store->select, 1, (sqlite3_int64)row);
	sqlite3_bind_int(store->select, 2, STORE_PAGE_ROWS);
	while ((result = sqlite3_step(store->select)) == SQLITE_ROW) {
		assert(page.count < STORE_PAGE_ROWS);
		page.row = (uint64_t)sqlite3_column_int64(store->select, 0);
		page.rows[page.count++] = read_card(store->select);
	}
	sqlite3_reset(store->select);
	if (result == SQLITE_DONE) {
		(void)actor_reply(from, &page);
	} else {
		fprintf(stderr, "arena: cannot read the ratings: %s\n",
			sqlite3_errmsg(store->database));
		(void)actor_reject(from, ACTOR_EACCESS);
	}
	return ACTOR_CONTINUE;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static bool write_card(struct store *store, const struct player_card *card)
{
	sqlite3_stmt *row = store->upsert;
	bool done;

	sqlite3_bind_text(row, 1, card->name, (int)strnlen(card->name, sizeof(card->name)),
			  SQLITE_STATIC);
	sqlite3_bind_double(row, 2, card->rating.points);
	sqlite3_bind_double(row, 3, card->rating.deviation);
	sqlite3_bind_double(row, 4, card->rating.volatility);
	sqlite3_bind_int64(row, 5, card->games);
	sqlite3_bind_int64(row, 6, card->wins);
	sqlite3_bind_int64(row, 7, card->losses);
	sqlite3_bind_int64(row, 8, card->draws);
	sqlite3_bind_int64(row, 9, (sqlite3_int64)card->coins);
	done = sqlite3_step(row) == SQLITE_DONE;
	sqlite3_reset(row);
	return done;
}

static bool write_cards(struct store *store, const struct player_card *cards, uint64_t count)
{
	if (sqlite3_exec(store->database, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return false;
	for (uint64_t i = 0; i < count; i++) {
		if (!write_card(store, &cards[i]))
			goto fail;
	}
	if (sqlite3_exec(store->database, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return true;
fail:
	fprintf(stderr, "arena: cannot save the ratings: %s; trying again\n",
		sqlite3_errmsg(store->database));
	(void)sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

static int on_save(void *state, const struct actor_message *message)
{
	const struct store_batch *batch = actor_message_as(message, struct store_batch);
	const struct player_card *cards = (const struct player_card *)(batch + 1);
	struct store_receipt receipt = {0};
	struct store *store = state;

	if (batch->count != (message->size - sizeof(*batch)) / sizeof(*cards))
		return ACTOR_CONTINUE;
	receipt.number = batch->number;
	if (!write_cards(store, cards, batch->count))
		receipt.status = ACTOR_EACCESS;
	else
		store->saved += batch->count;
	(void)actor_cast(message->sender, &players_saved, &receipt);
	return ACTOR_CONTINUE;
}

/* ---- Behaviour ------------------------------------------------------------------------------- */

static int store_init(void *state, const void *argument, size_t size)
{
	const char *path = argument;
	int status;

	if (path == NULL || size == 0 || path[size - 1] != '\0')
		return ACTOR_EINVALID;
	status = store_open(state, path);
	if (status != 0)
		store_close(state); /* an actor whose init has failed is not asked to terminate */
	return status;
}

static int store_handle_call(void *state, const struct actor_message *message,
			     struct actor_from from)
{
	if (actor_message_is(message, &store_load))
		return answer_load(state, message, from);
	(void)actor_reject(from, ACTOR_EREJECTED);
	return ACTOR_CONTINUE;
}

static const struct dispatch_row casts[] = {
	{&players_save, on_save},
};

static int store_handle_cast(void *state, const struct actor_message *message)
{
	return DISPATCH(casts, state, message);
}

static void store_terminate(void *state, int reason)
{
	(void)reason;
	store_close(state);
}

static int store_describe(const void *state, char *text, size_t size)
{
	const struct store *store = state;

	return snprintf(text, size, "%llu players saved", (unsigned long long)store->saved);
}

const struct actor_behaviour store_behaviour = {
	.name = "store",
	.state_size = sizeof(struct store),
	.state_ctype = "struct store",
	.init = store_init,
	.handle_call = store_handle_call,
	.handle_cast = store_handle_cast,
	.terminate = store_terminate,
	.describe = store_describe,
};
