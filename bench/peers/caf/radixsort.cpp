/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr unsigned bits = 60;

using sorted_atom = atom_constant<atom("sorted")>;

struct stage_state {
	std::vector<uint64_t> kept;
	uint64_t seen = 0;
};

behavior stage(stateful_actor<stage_state> *self, uint64_t numbers, uint64_t bit, const actor &next)
{
	self->state.kept.reserve(numbers);
	return {[=](uint64_t number) {
		auto &state = self->state;

		if (number & bit)
			state.kept.push_back(number);
		else
			self->send(next, number);
		if (++state.seen < numbers)
			return;
		for (auto one : state.kept)
			self->send(next, one);
		self->quit();
	}};
}

struct check_state {
	uint64_t missing;
	uint64_t last = 0;
	uint64_t sum = 0;
};

behavior checker(stateful_actor<check_state> *self, uint64_t numbers, const actor &source)
{
	self->state.missing = numbers;
	return {[=](uint64_t number) {
		auto &state = self->state;

		check(number >= state.last, "radixsort: the numbers are not sorted");
		state.last = number;
		state.sum += number;
		if (--state.missing > 0)
			return;
		self->send(source, sorted_atom::value, state.sum);
		self->quit();
	}};
}

behavior master(event_based_actor *self, uint64_t numbers, const actor &judge)
{
	auto next = self->spawn(checker, numbers, actor{self});
	generator random{2048};
	uint64_t sum = 0;

	/* The last stage has the highest bit. */
	for (unsigned bit = bits; bit-- > 0;)
		next = self->spawn(stage, numbers, uint64_t{1} << bit, next);
	for (uint64_t i = 0; i < numbers; i++) {
		uint64_t high = random() % (1 << 30);
		uint64_t number = high << 30 | random() % (1 << 30);

		sum += number;
		self->send(next, number);
	}
	return {[=](sorted_atom, uint64_t seen) {
		check(seen == sum, "radixsort: a number is missing");
		self->send(judge, finished_atom::value, numbers * (bits + 1));
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_radixsort = {"radixsort", 100000, 200, run, false};
