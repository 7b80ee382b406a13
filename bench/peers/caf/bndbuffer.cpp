/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t producers = 40;
constexpr uint64_t consumers = 40;
constexpr uint64_t room = 50;
constexpr unsigned cost = 2500;

using produce_atom = atom_constant<atom("produce")>;
using end_atom = atom_constant<atom("end")>;
using ready_atom = atom_constant<atom("ready")>;
using get_atom = atom_constant<atom("get")>;

double work(double value)
{
	generator random{cost};

	for (unsigned i = 0; i < cost; i++)
		value += std::log(random() / static_cast<double>(generator_limit) + 0.01);
	return value;
}

struct producer_state {
	uint64_t left;
	uint64_t number = 0;
	double value = 0;
};

behavior producer(stateful_actor<producer_state> *self, uint64_t items, const actor &manager)
{
	self->state.left = items;
	return {[=](produce_atom) {
		auto &state = self->state;

		if (state.left-- == 0) {
			self->send(manager, end_atom::value);
			self->quit();
			return;
		}
		state.value = work(state.value);
		self->send(manager, actor{self}, ++state.number, state.value);
	}};
}

struct consumer_state {
	uint64_t sum = 0;
	double value = 0;
};

behavior consumer(stateful_actor<consumer_state> *self, const actor &manager)
{
	return {
		[=](uint64_t number, double value) {
			auto &state = self->state;

			state.sum += number;
			state.value = work(state.value + value);
			self->send(manager, ready_atom::value, actor{self});
		},
		[=](get_atom) {
			self->quit();
			return self->state.sum;
		},
	};
}

struct manager_state {
	std::vector<actor> all;
	std::deque<std::pair<uint64_t, double>> items;
	std::vector<actor> waiting; /* producers that may not go on yet */
	std::vector<actor> idle;    /* consumers */
	uint64_t producing = producers;
	uint64_t missing = consumers;
	uint64_t sum = 0;
};

using manager_actor = stateful_actor<manager_state>;

void produced(manager_actor *self, const actor &from, uint64_t number, double value)
{
	auto &state = self->state;

	if (state.idle.empty()) {
		state.items.emplace_back(number, value);
	} else {
		self->send(state.idle.back(), number, value);
		state.idle.pop_back();
	}
	/* Every producer that goes on may bring one more. */
	if (state.items.size() < room - producers)
		self->send(from, produce_atom::value);
	else
		state.waiting.push_back(from);
}

void ready(manager_actor *self, const actor &from)
{
	auto &state = self->state;

	if (state.items.empty()) {
		state.idle.push_back(from);
		return;
	}
	self->send(from, state.items.front().first, state.items.front().second);
	state.items.pop_front();
	if (state.waiting.empty())
		return;
	self->send(state.waiting.back(), produce_atom::value);
	state.waiting.pop_back();
}

void end_if_done(manager_actor *self)
{
	auto &state = self->state;

	if (state.producing == 0 && state.idle.size() == consumers)
		for (auto &one : state.all)
			self->send(one, get_atom::value);
}

behavior master(manager_actor *self, uint64_t each, const actor &judge)
{
	for (uint64_t i = 0; i < consumers; i++)
		self->state.all.push_back(self->spawn(consumer, actor{self}));
	self->state.idle = self->state.all;
	for (uint64_t i = 0; i < producers; i++)
		self->send(self->spawn(producer, each, actor{self}), produce_atom::value);
	return {
		[=](const actor &from, uint64_t number, double value) {
			produced(self, from, number, value);
		},
		[=](ready_atom, const actor &from) {
			ready(self, from);
			end_if_done(self);
		},
		[=](end_atom) {
			self->state.producing--;
			end_if_done(self);
		},
		[=](uint64_t sum) {
			auto &state = self->state;

			state.sum += sum;
			if (--state.missing > 0)
				return;
			check(state.sum == producers * each * (each + 1) / 2,
			      "bndbuffer: an item is missing");
			self->send(judge, finished_atom::value, producers * each);
			self->quit();
		},
	};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_bndbuffer = {"bndbuffer", 1000, 5, run, false};
