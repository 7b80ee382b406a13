/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

behavior worker(event_based_actor *self, const actor &parent)
{
	return {[=](double theta) {
		double sine = std::sin(theta);

		self->send(parent, sine * sine);
		self->quit();
	}};
}

behavior master(event_based_actor *self, uint64_t workers, const actor &judge)
{
	for (uint64_t i = 0; i < workers; i++)
		self->send(self->spawn(worker, actor{self}), 37.2);
	return {[=, done = uint64_t{0}](double square) mutable {
		check(square > 0, "fjcreate: a sine is wrong");
		if (++done < workers)
			return;
		self->send(judge, finished_atom::value, workers);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_fjcreate = {"fjcreate", 40000, 500, run, false};
