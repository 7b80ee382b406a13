/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr size_t room = 1000; /* for primes in one filter */

using finish_atom = atom_constant<atom("finish")>;

struct filter_state {
	std::vector<uint64_t> primes;
	uint64_t messages = 0;
	actor next;
};

behavior filter(stateful_actor<filter_state> *self, uint64_t first, const actor &source)
{
	self->state.primes.reserve(room);
	self->state.primes.push_back(first);
	return {
		[=](uint64_t number) {
			auto &state = self->state;

			state.messages++;
			for (auto prime : state.primes)
				if (number % prime == 0)
					return;
			if (state.primes.size() < room)
				state.primes.push_back(number);
			else if (state.next == nullptr)
				state.next = self->spawn(filter, number, source);
			else
				self->send(state.next, number);
		},
		[=](finish_atom, uint64_t primes, uint64_t messages) {
			auto &state = self->state;

			primes += state.primes.size();
			messages += state.messages;
			self->send(state.next == nullptr ? source : state.next, finish_atom::value,
				   primes, messages);
			self->quit();
		},
	};
}

uint64_t primes_up_to(uint64_t limit)
{
	uint64_t primes = limit >= 2;

	for (uint64_t number = 3; number <= limit; number += 2) {
		uint64_t divisor = 3;

		while (divisor * divisor <= number && number % divisor != 0)
			divisor += 2;
		primes += divisor * divisor > number;
	}
	return primes;
}

behavior master(event_based_actor *self, uint64_t limit, const actor &judge)
{
	auto first = self->spawn(filter, uint64_t{2}, actor{self});

	for (uint64_t number = 3; number <= limit; number += 2)
		self->send(first, number);
	self->send(first, finish_atom::value, uint64_t{0}, uint64_t{0});
	return {[=](finish_atom, uint64_t primes, uint64_t messages) {
		check(primes == (limit == 100000 ? 9592 : primes_up_to(limit)),
		      "sieve: that is not the number of primes");
		self->send(judge, finished_atom::value, messages);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_sieve = {"sieve", 100000, 9000, run, false};
