/* SPDX-License-Identifier: MIT */
#ifndef STORE_ACTOR_PACK_H
#define STORE_ACTOR_PACK_H

/*
 * Actors without a name, packed some thousands to a blob, column by column, as a row of the table
 * actor_pack. The bytes:
 *
 *	blob  version u8, base u64, streams until the end
 *
 * with streams as in a chunk (codec.h), of kind 0; the slot is the column. docs/TRACE_FORMAT.md.
 */

#include <stddef.h>
#include <stdint.h>

#include "store/codec.h"
#include "store/sqlite.h"

#define ACTOR_PACK_VERSION 1
#define ACTOR_PACK_MAX     8192

/* What is not known is 0, as in struct trace_actor. */
struct actor_pack {
	size_t count;
	uint64_t pid[ACTOR_PACK_MAX];
	uint64_t parent[ACTOR_PACK_MAX];
	uint64_t identity[ACTOR_PACK_MAX];
	uint64_t spawn_ticks[ACTOR_PACK_MAX];
	uint64_t exit_ticks[ACTOR_PACK_MAX];
	int64_t exit_reason[ACTOR_PACK_MAX];
	uint32_t nth[ACTOR_PACK_MAX];
	uint16_t behaviour[ACTOR_PACK_MAX];
};

void actor_pack_add(struct actor_pack *pack, const struct trace_actor *actor);
void actor_pack_at(const struct actor_pack *pack, size_t place, struct trace_actor *ret_actor);

/* Its place, or SIZE_MAX. */
size_t actor_pack_place(const struct actor_pack *pack, uint64_t pid);

/* The last one takes its place. */
void actor_pack_remove(struct actor_pack *pack, size_t place);

/* *ret_data belongs to the codec and is valid until its next use. */
void actor_pack_encode(struct codec *codec, const struct actor_pack *pack, const void **ret_data,
		       size_t *ret_size);

/* `count` is what the row says. 0 or -EBADMSG. */
int actor_pack_decode(struct codec *codec, const void *data, size_t size, uint64_t count,
		      struct actor_pack *pack);

/*
 * The pack of a row whose columns are n, checksum, data, from `column` on. 0 or -EBADMSG.
 */
int actor_pack_read(struct codec *codec, sqlite3_stmt *row, int column, struct actor_pack *pack);

#endif
