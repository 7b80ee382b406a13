/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t window = 1000;

void child(event_based_actor *self, uint64_t number, const actor &parent)
{
	self->send(parent, number);
}

behavior master(event_based_actor *self, uint64_t children, const actor &judge)
{
	uint64_t first = std::min(children, window);

	for (uint64_t i = 1; i <= first; i++)
		self->spawn(child, i, actor{self});
	return {[=, spawned = first, done = uint64_t{0},
		 sum = uint64_t{0}](uint64_t number) mutable {
		sum += number;
		if (spawned < children)
			self->spawn(child, ++spawned, actor{self});
		if (++done < children)
			return;
		check(sum == children * (children + 1) / 2, "spawn: not every child has reported");
		self->send(judge, finished_atom::value, children);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_spawn = {"spawn", 200000, 2500, run, false};
