/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t pingers = 120;

using ping_atom = atom_constant<atom("ping")>;
using pong_atom = atom_constant<atom("pong")>;
using idle_atom = atom_constant<atom("idle")>;
using get_atom = atom_constant<atom("get")>;

struct pinger_state {
	std::vector<actor> all;
	generator random;
	uint64_t pings; /* to send */
	uint64_t seen = 0;
	strong_actor_ptr asked;
};

behavior pinger(stateful_actor<pinger_state> *self, uint64_t seed, uint64_t pings,
		const actor &sink)
{
	auto ping = [=] {
		auto &state = self->state;

		if (state.pings-- == 0) {
			self->send(sink, idle_atom::value);
			return;
		}
		auto &other = state.all[state.random() % pingers];

		state.asked = actor_cast<strong_actor_ptr>(other);
		self->send(other, ping_atom::value);
	};

	self->state.random.seed(seed);
	self->state.pings = pings;
	return {
		[=](ping_atom) {
			self->state.seen++;
			return pong_atom::value;
		},
		[=](pong_atom) {
			check(self->current_sender() == self->state.asked,
			      "big: a pong from a stranger");
			ping();
		},
		[=](const std::vector<actor> &all) {
			self->state.all = all;
			ping();
		},
		[=](get_atom) {
			self->quit();
			return self->state.seen;
		},
	};
}

behavior master(event_based_actor *self, uint64_t pings, const actor &judge)
{
	std::vector<actor> all;

	for (uint64_t i = 0; i < pingers; i++)
		all.push_back(self->spawn(pinger, i + 1, pings, actor{self}));
	for (auto &one : all)
		self->send(one, all);
	return {
		[=, busy = pingers](idle_atom) mutable {
			if (--busy > 0)
				return;
			for (auto &one : all)
				self->send(one, get_atom::value);
		},
		[=, missing = pingers, seen = uint64_t{0}](uint64_t some) mutable {
			seen += some;
			if (--missing > 0)
				return;
			check(seen == pings * pingers, "big: the pings do not add up");
			self->send(judge, finished_atom::value, 2 * seen);
			self->quit();
		},
	};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_big = {"big", 20000, 20, run, false};
