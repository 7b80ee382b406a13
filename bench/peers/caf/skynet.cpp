/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t children = 10;

struct node_state {
	uint64_t sum = 0;
	uint64_t actors = 1;
	uint64_t missing = children;
};

behavior node(stateful_actor<node_state> *self, uint64_t first, uint64_t leaves,
	      const actor &parent)
{
	if (leaves == 1) {
		self->send(parent, first, uint64_t{1});
		return {};
	}
	for (uint64_t i = 0; i < children; i++)
		self->spawn(node, first + i * (leaves / children), leaves / children, actor{self});
	return {[=](uint64_t sum, uint64_t actors) {
		auto &state = self->state;

		state.sum += sum;
		state.actors += actors;
		if (--state.missing > 0)
			return;
		self->send(parent, state.sum, state.actors);
		self->quit();
	}};
}

behavior master(event_based_actor *self, uint64_t leaves, const actor &judge)
{
	self->spawn(node, uint64_t{0}, leaves, actor{self});
	return {[=](uint64_t sum, uint64_t actors) {
		check(sum == leaves * (leaves - 1) / 2, "skynet: that is not the sum");
		self->send(judge, finished_atom::value, actors);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_skynet = {"skynet", 1000000, 1000, run, false};
