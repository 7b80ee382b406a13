/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

behavior server(event_based_actor *)
{
	return {[](uint64_t number) { return number + 1; }};
}

void call(event_based_actor *self, const actor &other, uint64_t number, uint64_t calls,
	  const actor &judge)
{
	self->request(other, infinite, number).then([=](uint64_t answer) {
		check(answer == number + 1, "call: the server has miscounted");
		if (answer < calls) {
			call(self, other, answer, calls, judge);
			return;
		}
		self->send_exit(other, exit_reason::user_shutdown);
		self->send(judge, finished_atom::value, calls);
		self->quit();
	});
}

void master(event_based_actor *self, uint64_t calls, const actor &judge)
{
	call(self, self->spawn(server), 0, calls, judge);
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_call = {"call", 100000, 1000, run, false};
