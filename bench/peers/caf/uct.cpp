/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t children = 10;
constexpr uint64_t steps_at_birth = 100;

using ask_atom = atom_constant<atom("ask")>;
using grow_atom = atom_constant<atom("grow")>;
using stay_atom = atom_constant<atom("stay")>;
using walk_atom = atom_constant<atom("walk")>;

uint64_t compute(uint64_t steps)
{
	generator random{1};
	uint64_t last = 0;

	while (steps-- > 0)
		last = random();
	return last;
}

struct tally {
	uint64_t nodes = 0;
	uint64_t urgent = 0;
	uint64_t random = 0;

	void add(uint64_t more_nodes, uint64_t more_urgent, uint64_t more_random)
	{
		nodes += more_nodes;
		urgent += more_urgent;
		random += more_random;
	}
};

struct node_state {
	std::vector<actor> family;
	uint64_t missing = 0; /* children that have not reported */
	bool answered = false;
	bool walking = false;
	tally sum;
};

using node_actor = stateful_actor<node_state>;

behavior node(node_actor *self, const actor &root, const actor &parent, uint64_t steps,
	      bool urgent);

template <class Self>
std::vector<actor> family_spawn(Self *self, const actor &root, uint64_t steps, uint64_t urgent)
{
	std::vector<actor> family;

	family.reserve(children);
	for (uint64_t i = 0; i < children; i++)
		family.push_back(self->spawn(node, root, actor{self}, steps, urgent == i));
	return family;
}

void report_if_done(node_actor *self, const actor &parent)
{
	auto &sum = self->state.sum;

	if (self->state.missing > 0)
		return;
	self->send(parent, sum.nodes, sum.urgent, sum.random);
	self->quit();
}

behavior node(node_actor *self, const actor &root, const actor &parent, uint64_t steps, bool urgent)
{
	auto walk = [=] {
		auto &state = self->state;

		state.sum.add(1, urgent, compute(steps));
		state.missing = state.family.size();
		for (auto &one : state.family)
			self->send(one, walk_atom::value);
		report_if_done(self, parent);
	};

	self->state.sum.random = compute(steps_at_birth);
	self->send(root, ask_atom::value, actor{self});
	return {
		[=](walk_atom) {
			self->state.walking = true;
			if (self->state.answered)
				walk();
		},
		[=](grow_atom, uint64_t family_steps, uint64_t family_urgent) {
			self->state.family = family_spawn(self, root, family_steps, family_urgent);
			self->state.answered = true;
			if (self->state.walking)
				walk();
		},
		[=](stay_atom) {
			self->state.answered = true;
			if (self->state.walking)
				walk();
		},
		[=](uint64_t nodes, uint64_t some_urgent, uint64_t random) {
			self->state.sum.add(nodes, some_urgent, random);
			self->state.missing--;
			report_if_done(self, parent);
		},
	};
}

struct root_state {
	std::vector<actor> family;
	generator random{2};
	uint64_t nodes = 0;
	uint64_t urgent = 0;
	uint64_t missing = children;
	bool walking = false;
	tally sum;
};

/* How many steps the nodes of a new family take, and which of them is urgent. */
std::pair<uint64_t, uint64_t> draw_family(root_state &state)
{
	auto &random = state.random;
	double radius = std::sqrt(-2 * std::log(random() / static_cast<double>(generator_limit)));
	double angle = 2 * M_PI * random() / static_cast<double>(generator_limit);
	double steps = 500 + 100 * radius * std::cos(angle);
	uint64_t urgent = children;

	if (random() % 2 != 0) {
		urgent = random() % children;
		state.urgent++;
	}
	state.nodes += children;
	return {steps > 1 ? static_cast<uint64_t>(steps) : 1, urgent};
}

void asked(stateful_actor<root_state> *self, uint64_t nodes_max, const actor &from)
{
	auto &state = self->state;

	if (state.nodes + children <= nodes_max) {
		if (state.random() % 2 == 0) {
			self->send(from, stay_atom::value);
			return;
		}
		auto drawn = draw_family(state);

		self->send(from, grow_atom::value, drawn.first, drawn.second);
		return;
	}
	if (!state.walking) {
		state.walking = true;
		for (auto &one : state.family)
			self->send(one, walk_atom::value);
	}
	self->send(from, stay_atom::value);
}

behavior master(stateful_actor<root_state> *self, uint64_t nodes_max, const actor &judge)
{
	auto drawn = draw_family(self->state);

	self->state.family = family_spawn(self, actor{self}, drawn.first, drawn.second);
	return {
		[=](ask_atom, const actor &from) { asked(self, nodes_max, from); },
		[=](uint64_t nodes, uint64_t urgent, uint64_t random) {
			auto &state = self->state;

			state.sum.add(nodes, urgent, random);
			if (--state.missing > 0)
				return;
			check(state.sum.nodes == state.nodes && state.sum.urgent == state.urgent,
			      "uct: the walk did not see the tree that was made");
			self->send(judge, finished_atom::value, state.nodes);
			self->quit();
		},
	};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_uct = {"uct", 200000, 1000, run, false};
