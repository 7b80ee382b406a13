/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t philosophers = 20;

using hungry_atom = atom_constant<atom("hungry")>;
using eaten_atom = atom_constant<atom("eaten")>;
using leave_atom = atom_constant<atom("leave")>;
using eat_atom = atom_constant<atom("eat")>;
using denied_atom = atom_constant<atom("denied")>;

struct philosopher_state {
	uint64_t meals_left;
	uint64_t meals = 0;
};

behavior philosopher(stateful_actor<philosopher_state> *self, uint64_t number, uint64_t meals,
		     const actor &arbitrator)
{
	self->state.meals_left = meals;
	self->send(arbitrator, hungry_atom::value, number);
	return {
		[=](eat_atom) {
			auto &state = self->state;

			state.meals++;
			self->send(arbitrator, eaten_atom::value, number);
			if (--state.meals_left > 0) {
				self->send(arbitrator, hungry_atom::value, number);
				return;
			}
			self->send(arbitrator, leave_atom::value, state.meals);
			self->quit();
		},
		[=](denied_atom) { self->send(arbitrator, hungry_atom::value, number); },
	};
}

struct arbitrator_state {
	bool taken[philosophers] = {}; /* the fork on the left of each */
	uint64_t philosophers_left = philosophers;
	uint64_t meals = 0;
	std::vector<actor> guests;
};

behavior master(stateful_actor<arbitrator_state> *self, uint64_t meals, const actor &judge)
{
	for (uint64_t i = 0; i < philosophers; i++)
		self->state.guests.push_back(self->spawn(philosopher, i, meals, actor{self}));
	return {
		[=](hungry_atom, uint64_t number) {
			auto &state = self->state;
			bool &left = state.taken[number];
			bool &right = state.taken[(number + 1) % philosophers];

			if (left || right) {
				self->send(state.guests[number], denied_atom::value);
				return;
			}
			left = right = true;
			self->send(state.guests[number], eat_atom::value);
		},
		[=](eaten_atom, uint64_t number) {
			self->state.taken[number] = false;
			self->state.taken[(number + 1) % philosophers] = false;
		},
		[=](leave_atom, uint64_t eaten) {
			auto &state = self->state;

			state.meals += eaten;
			if (--state.philosophers_left > 0)
				return;
			check(state.meals == meals * philosophers,
			      "philosopher: somebody is still hungry");
			self->send(judge, finished_atom::value, state.meals);
			self->quit();
		},
	};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_philosopher = {"philosopher", 10000, 50, run, false};
