/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t workers = 60;

using compute_atom = atom_constant<atom("compute")>;

struct worker_state {
	uint64_t messages; /* to come */
	uint64_t right = 0;
	double theta = 37.2;
};

behavior worker(stateful_actor<worker_state> *self, uint64_t messages, const actor &parent)
{
	self->state.messages = messages;
	return {[=](compute_atom) {
		auto &state = self->state;
		double sine = std::sin(state.theta);

		state.right += sine * sine > 0;
		if (--state.messages == 0) {
			self->send(parent, state.right);
			self->quit();
		}
	}};
}

behavior master(event_based_actor *self, uint64_t rounds, const actor &judge)
{
	std::vector<actor> all;

	for (uint64_t i = 0; i < workers; i++)
		all.push_back(self->spawn(worker, rounds, actor{self}));
	for (uint64_t round = 0; round < rounds; round++)
		for (auto &one : all)
			self->send(one, compute_atom::value);
	return {[=, working = workers, right = uint64_t{0}](uint64_t some) mutable {
		right += some;
		if (--working > 0)
			return;
		check(right == rounds * workers, "fjthrput: a message is missing");
		self->send(judge, finished_atom::value, right);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_fjthrput = {"fjthrput", 10000, 20, run, false};
