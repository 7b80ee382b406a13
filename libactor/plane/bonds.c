/* SPDX-License-Identifier: MIT */
/*
 * Links and monitors, for readers: a table by hash with two places of one cache line each for a
 * bond. A place is claimed by compare-and-swap of its owner, and only the owner's thread gives it
 * back, so nobody waits for anybody. What finds no room is not told.
 */
#include "base/hash.h"
#include "plane/plane.h"

#define WAYS 4u /* entries of a cache line */

/* The lines where that bond may be. */
static void lines_of(struct plane *plane, enum plane_bond kind, struct actor_pid owner,
		     struct actor_pid peer, struct actor_plane_bond *ret_lines[2])
{
	uint32_t lines = PLANE_BONDS_MAX / 2 / WAYS;
	uint64_t hash = hash_mix(owner.bits, peer.bits);
	struct actor_plane_bond *half =
		plane->bonds + (kind == PLANE_BOND_MONITOR ? PLANE_BONDS_MAX / 2 : 0);

	ret_lines[0] = half + ((uint32_t)hash & (lines - 1)) * WAYS;
	ret_lines[1] = half + ((uint32_t)(hash >> 32) & (lines - 1)) * WAYS;
}

static bool claim(struct actor_plane_bond *bond, struct actor_pid owner, struct actor_pid peer)
{
	uint64_t none = 0;

	if (__atomic_load_n(&bond->owner, __ATOMIC_RELAXED) != 0 ||
	    !__atomic_compare_exchange_n(&bond->owner, &none, owner.bits, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	/* Release: who sees the peer sees whose it is. Pairs with the reader's acquire. */
	__atomic_store_n(&bond->peer, peer.bits, __ATOMIC_RELEASE);
	return true;
}

/* Tells readers what they find; never less than before. */
static void tell(struct plane *plane, uint32_t what)
{
	uint32_t *told = &plane->control->bonds;

	if (__atomic_load_n(told, __ATOMIC_RELAXED) < what)
		__atomic_store_n(told, what, __ATOMIC_RELAXED);
}

void plane_bond_add(struct plane *plane, enum plane_bond kind, struct actor_pid owner,
		    struct actor_pid peer)
{
	struct actor_plane_bond *lines[2];

	if (plane_extent_reserve(plane, ACTOR_PLANE_REGION_BONDS,
				 PLANE_BONDS_MAX * sizeof(struct actor_plane_bond)) != 0) {
		tell(plane, ACTOR_PLANE_BONDS_SOME);
		return;
	}
	tell(plane, ACTOR_PLANE_BONDS_ALL);
	lines_of(plane, kind, owner, peer, lines);
	for (int line = 0; line < 2; line++)
		for (uint32_t i = 0; i < WAYS; i++)
			if (claim(&lines[line][i], owner, peer))
				return;
	tell(plane, ACTOR_PLANE_BONDS_SOME);
}

void plane_bond_remove(struct plane *plane, enum plane_bond kind, struct actor_pid owner,
		       struct actor_pid peer)
{
	struct plane_extent *extent = &plane->extent[ACTOR_PLANE_REGION_BONDS];
	struct actor_plane_bond *lines[2];

	if (__atomic_load_n(&extent->backed, __ATOMIC_ACQUIRE) == 0)
		return;
	lines_of(plane, kind, owner, peer, lines);
	for (int line = 0; line < 2; line++) {
		for (uint32_t i = 0; i < WAYS; i++) {
			struct actor_plane_bond *bond = &lines[line][i];

			/* What is the owner's, only its thread changes. */
			if (__atomic_load_n(&bond->owner, __ATOMIC_RELAXED) != owner.bits ||
			    __atomic_load_n(&bond->peer, __ATOMIC_RELAXED) != peer.bits)
				continue;
			__atomic_store_n(&bond->peer, 0, __ATOMIC_RELAXED);
			/* Release: who claims it next finds no peer there. */
			__atomic_store_n(&bond->owner, 0, __ATOMIC_RELEASE);
			return;
		}
	}
}
