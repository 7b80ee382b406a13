/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t series_count = 10;
constexpr double rate_first = 3.46;
constexpr double increment = 0.0025;

using next_atom = atom_constant<atom("next")>;
using get_atom = atom_constant<atom("get")>;

double step(double rate, double term)
{
	return rate * term * (1 - term);
}

behavior computer(event_based_actor *, double rate)
{
	return {[=](double term) { return step(rate, term); }};
}

struct series_state {
	double term;
};

behavior series(stateful_actor<series_state> *self, uint64_t number)
{
	auto other = self->spawn(computer, rate_first + number * increment);

	self->state.term = number * increment;
	return {
		[=](next_atom) {
			self->request(other, infinite, self->state.term).await([=](double term) {
				self->state.term = term;
			});
		},
		[=](get_atom) {
			self->send_exit(other, exit_reason::user_shutdown);
			self->quit();
			return std::make_tuple(number, self->state.term);
		},
	};
}

/* The term that a series must have reached. */
double expected(uint64_t number, uint64_t terms)
{
	double term = number * increment;

	while (terms-- > 0)
		term = step(rate_first + number * increment, term);
	return term;
}

behavior master(event_based_actor *self, uint64_t terms, const actor &judge)
{
	std::vector<actor> all;

	for (uint64_t i = 0; i < series_count; i++)
		all.push_back(self->spawn(series, i));
	for (uint64_t term = 0; term < terms; term++)
		for (auto &one : all)
			self->send(one, next_atom::value);
	for (auto &one : all)
		self->send(one, get_atom::value);
	return {[=, missing = series_count](uint64_t number, double reached) mutable {
		check(reached == expected(number, terms), "logmap: a series went wrong");
		if (--missing > 0)
			return;
		self->send(judge, finished_atom::value, terms * series_count);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_logmap = {"logmap", 25000, 100, run, false};
