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

/*
 * Orders that come while an answer is awaited are counted, and so is the wish to hear the result.
 * To leave them in the mailbox instead, with await(), takes a time that grows with their number.
 */
struct series_state {
	actor other;
	double term;
	uint64_t orders = 0;
	actor asker;
};

using series_actor = stateful_actor<series_state>;

void report(series_actor *self, uint64_t number)
{
	self->send(self->state.asker, number, self->state.term);
	self->send_exit(self->state.other, exit_reason::user_shutdown);
	self->quit();
}

void go_on(series_actor *self, uint64_t number)
{
	self->request(self->state.other, infinite, self->state.term).then([=](double term) {
		auto &state = self->state;

		state.term = term;
		if (--state.orders > 0)
			go_on(self, number);
		else if (state.asker != nullptr)
			report(self, number);
	});
}

behavior series(series_actor *self, uint64_t number)
{
	self->state.other = self->spawn(computer, rate_first + number * increment);
	self->state.term = number * increment;
	return {
		[=](next_atom) {
			if (self->state.orders++ == 0)
				go_on(self, number);
		},
		[=](get_atom, const actor &asker) {
			self->state.asker = asker;
			if (self->state.orders == 0)
				report(self, number);
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
		self->send(one, get_atom::value, actor{self});
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
