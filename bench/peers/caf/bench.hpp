/* SPDX-License-Identifier: MIT */
#ifndef PEERS_CAF_BENCH_HPP
#define PEERS_CAF_BENCH_HPP

/*
 * The benchmarks of bench/savina with CAF; what each does, is said there. run() does the work once,
 * checks the answer and returns the number of operations.
 */

#include <cmath>
#include <cstdint>
#include <deque>
#include <random>
#include <stdexcept>
#include <vector>

#include <caf/all.hpp>

struct bench {
	const char *name;
	uint64_t size;
	uint64_t size_smoke;
	uint64_t (*run)(caf::actor_system &system, uint64_t size);
	bool memory; /* measured are bytes, not time: run() leaves its actors alive */
};

/* How a master says that all is done, and right. */
using finished_atom = caf::atom_constant<caf::atom("finished")>;

/* Spawns function(self, size, judge), which sends the judge (finished, operations) at its end. */
template <class Function>
uint64_t run_actor(caf::actor_system &system, Function function, uint64_t size)
{
	caf::scoped_actor judge{system};
	uint64_t operations = 0;

	judge->spawn<caf::monitored>(function, size, caf::actor{judge});
	judge->receive([&](finished_atom, uint64_t number) { operations = number; },
		       [&](const caf::down_msg &) {});
	if (operations == 0)
		throw std::runtime_error("the work has failed");
	return operations;
}

/* In an actor: it fails, and with it the benchmark. */
inline void check(bool right, const char *what)
{
	if (!right)
		throw std::runtime_error(what);
}

/* The generator of savina/random.h. */
using generator = std::minstd_rand0;
constexpr uint64_t generator_limit = 2147483647;

#endif
