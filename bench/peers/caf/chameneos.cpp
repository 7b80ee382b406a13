/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t creatures = 100;
constexpr uint64_t colours = 3;

using leave_atom = atom_constant<atom("leave")>;

/* The third colour, where they differ. */
uint64_t complement(uint64_t colour, uint64_t other)
{
	return colour == other ? colour : 0 + 1 + 2 - colour - other;
}

struct creature_state {
	uint64_t colour;
	uint64_t meetings = 0;
};

behavior creature(stateful_actor<creature_state> *self, uint64_t colour, const actor &mall)
{
	auto arrive = [=](uint64_t with) {
		self->state.colour = with;
		self->send(mall, actor{self}, with);
	};

	arrive(colour);
	return {
		/* The other one, and its colour. */
		[=](const actor &other, uint64_t others) {
			uint64_t changed = complement(self->state.colour, others);

			self->state.meetings++;
			self->send(other, changed);
			arrive(changed);
		},
		[=](uint64_t changed) {
			self->state.meetings++;
			arrive(changed);
		},
		[=](leave_atom) {
			self->send(mall, self->state.meetings);
			self->quit();
		},
	};
}

struct mall_state {
	actor waiting;
	uint64_t meetings_left;
	uint64_t reported = 0;
	uint64_t creatures_left = creatures;
};

behavior master(stateful_actor<mall_state> *self, uint64_t meetings, const actor &judge)
{
	self->state.meetings_left = meetings;
	for (uint64_t i = 0; i < creatures; i++)
		self->spawn(creature, i % colours, actor{self});
	return {
		[=](const actor &visitor, uint64_t colour) {
			auto &state = self->state;

			if (state.meetings_left == 0) {
				self->send(visitor, leave_atom::value);
			} else if (state.waiting == nullptr) {
				state.waiting = visitor;
			} else {
				state.meetings_left--;
				self->send(state.waiting, visitor, colour);
				state.waiting = nullptr;
			}
		},
		[=](uint64_t met) {
			auto &state = self->state;

			state.reported += met;
			if (--state.creatures_left > 0)
				return;
			check(state.reported == 2 * meetings,
			      "chameneos: the meetings do not add up");
			self->send(judge, finished_atom::value, meetings);
			self->quit();
		},
	};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_chameneos = {"chameneos", 200000, 500, run, false};
