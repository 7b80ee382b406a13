/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

using get_atom = atom_constant<atom("get")>;

struct total {
	uint64_t count = 0;
	uint64_t sum = 0;
};

behavior counter(stateful_actor<total> *self)
{
	return {
		[=](uint64_t number) {
			self->state.count++;
			self->state.sum += number;
		},
		[=](get_atom) {
			self->quit();
			return std::make_tuple(self->state.count, self->state.sum);
		},
	};
}

behavior master(event_based_actor *self, uint64_t messages, const actor &judge)
{
	auto other = self->spawn(counter);

	for (uint64_t i = 1; i <= messages; i++)
		self->send(other, i);
	self->send(other, get_atom::value);
	return {[=](uint64_t count, uint64_t sum) {
		check(count == messages && sum == messages * (messages + 1) / 2,
		      "counting: the sum is wrong");
		self->send(judge, finished_atom::value, messages);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_counting = {"counting", 1000000, 1000, run, false};
/* A cast is a message like any other. */
extern const bench bench_cast = {"cast", 1000000, 1000, run, false};
