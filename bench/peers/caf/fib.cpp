/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

struct term_state {
	uint64_t value = 0;
	uint64_t actors = 1;
	unsigned missing = 2;
};

behavior term(stateful_actor<term_state> *self, uint64_t n, const actor &parent)
{
	if (n <= 2) {
		self->send(parent, uint64_t{1}, uint64_t{1});
		return {};
	}
	self->spawn(term, n - 1, actor{self});
	self->spawn(term, n - 2, actor{self});
	return {[=](uint64_t value, uint64_t actors) {
		auto &state = self->state;

		state.value += value;
		state.actors += actors;
		if (--state.missing > 0)
			return;
		self->send(parent, state.value, state.actors);
		self->quit();
	}};
}

uint64_t fibonacci(uint64_t n)
{
	uint64_t before = 0;
	uint64_t value = 1;

	while (--n > 0) {
		uint64_t next = before + value;

		before = value;
		value = next;
	}
	return value;
}

behavior master(event_based_actor *self, uint64_t n, const actor &judge)
{
	self->spawn(term, n, actor{self});
	return {[=](uint64_t value, uint64_t actors) {
		check(value == fibonacci(n) && actors == 2 * value - 1,
		      "fib: that is not the number");
		self->send(judge, finished_atom::value, actors);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_fib = {"fib", 25, 12, run, false};
