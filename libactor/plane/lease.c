/* SPDX-License-Identifier: MIT */

/* Readers that have died: their leases lapse. */

#include "plane/plane.h"

#include "base/clock.h"

static bool is_silent(const struct actor_plane_lease *lease, uint64_t now_ns, uint64_t patience_ns)
{
	/* Relaxed: an old value makes it look more silent by an instant only. */
	uint64_t heartbeat_ns = __atomic_load_n(&lease->heartbeat_ns, __ATOMIC_RELAXED);

	return now_ns > heartbeat_ns && now_ns - heartbeat_ns > patience_ns;
}

uint32_t plane_leases_lapse(struct plane *plane, uint32_t candidates, uint64_t patience_ns)
{
	struct actor_plane_control *control = plane->control;
	/* Acquire: pairs with the release of a reader that takes a lease; its heartbeat is there.
	 */
	uint64_t active = __atomic_load_n(&control->active, __ATOMIC_ACQUIRE);
	uint64_t now_ns = active != 0 ? clock_monotonic_ns() : 0;
	uint32_t lapsed = 0;

	for (unsigned i = 0; i < ACTOR_PLANE_LEASES_MAX; i++) {
		uint64_t byte = UINT64_C(0xff) << (8 * i);

		if ((candidates & (1u << i)) == 0)
			continue;
		/*
		 * The CAS fails when any lease came or went meanwhile; then it is judged anew. So a
		 * lease that was given back and taken again since is not ended for its last owner.
		 * Release: whoever takes it over sees that its last owner is done with.
		 */
		while ((active & byte) != 0 && is_silent(&control->lease[i], now_ns, patience_ns)) {
			if (__atomic_compare_exchange_n(&control->active, &active, active & ~byte,
							false, __ATOMIC_ACQ_REL,
							__ATOMIC_ACQUIRE)) {
				active &= ~byte;
				lapsed |= 1u << i;
			}
		}
	}
	return lapsed;
}
