/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

behavior ponger(event_based_actor *self, const actor &pinger)
{
	return {[=](uint64_t number) { self->send(pinger, number); }};
}

behavior master(event_based_actor *self, uint64_t round_trips, const actor &judge)
{
	auto other = self->spawn(ponger, actor{self});

	self->send(other, uint64_t{1});
	return {[=, thrown = uint64_t{1}](uint64_t number) mutable {
		check(number == thrown, "pingpong: a ball was lost");
		if (thrown < round_trips) {
			self->send(other, ++thrown);
			return;
		}
		self->send_exit(other, exit_reason::user_shutdown);
		self->send(judge, finished_atom::value, 2 * round_trips);
		self->quit();
	}};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_pingpong = {"pingpong", 40000, 1000, run, false};
