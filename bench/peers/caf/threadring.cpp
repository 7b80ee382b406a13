/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t links = 100;

using arrived_atom = atom_constant<atom("arrived")>;
using leave_atom = atom_constant<atom("leave")>;

struct link_state {
	actor next;
};

behavior link_actor(stateful_actor<link_state> *self, const actor &parent)
{
	return {
		[=](uint64_t hops_left) {
			if (hops_left == 0)
				self->send(parent, arrived_atom::value);
			else
				self->send(self->state.next, hops_left - 1);
		},
		[=](const actor &next) { self->state.next = next; },
		[=](leave_atom, uint64_t links_left) {
			if (links_left > 1)
				self->send(self->state.next, leave_atom::value, links_left - 1);
			self->quit();
		},
	};
}

behavior master(event_based_actor *self, uint64_t hops, const actor &judge)
{
	std::vector<actor> ring;

	for (uint64_t i = 0; i < links; i++)
		ring.push_back(self->spawn(link_actor, actor{self}));
	for (uint64_t i = 0; i < links; i++)
		self->send(ring[i], ring[(i + 1) % links]);
	self->send(ring[0], hops);
	return {[=](arrived_atom) {
		check(self->current_sender() == ring[hops % links],
		      "threadring: the token ended in the wrong place");
		self->send(ring[0], leave_atom::value, links);
		self->send(judge, finished_atom::value, hops);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_threadring = {"threadring", 100000, 1000, run, false};
