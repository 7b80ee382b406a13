/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t window = 1000;

behavior sleeper(event_based_actor *self, const actor &owner)
{
	return {[=, sum = uint64_t{0}](uint64_t number) mutable {
		sum += number;
		self->send(owner, sum);
	}};
}

/* An actor that nobody refers to, ends. */
std::vector<actor> kept;

behavior master(event_based_actor *self, uint64_t sleepers, const actor &judge)
{
	auto add = [=](uint64_t number) {
		kept.push_back(self->spawn(sleeper, actor{self}));
		self->send(kept.back(), number);
	};

	kept.reserve(sleepers);
	for (uint64_t i = 1; i <= std::min(sleepers, window); i++)
		add(i);
	return {[=, answered = uint64_t{0}, sum = uint64_t{0}](uint64_t number) mutable {
		sum += number;
		if (kept.size() < sleepers)
			add(kept.size() + 1);
		if (++answered < sleepers)
			return;
		check(sum == sleepers * (sleepers + 1) / 2, "idle: an answer is wrong");
		self->send(judge, finished_atom::value, sleepers);
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_idle = {"idle", 1000000, 2000, run, true};
