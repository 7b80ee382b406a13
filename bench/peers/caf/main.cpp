/* SPDX-License-Identifier: MIT */

/* Runs one benchmark the way bench/bench.c does, and prints the same line. */

#include "bench.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

extern const bench bench_banking;
extern const bench bench_big;
extern const bench bench_bndbuffer;
extern const bench bench_call;
extern const bench bench_cast;
extern const bench bench_chameneos;
extern const bench bench_counting;
extern const bench bench_fib;
extern const bench bench_fjcreate;
extern const bench bench_fjthrput;
extern const bench bench_idle;
extern const bench bench_logmap;
extern const bench bench_philosopher;
extern const bench bench_pingpong;
extern const bench bench_radixsort;
extern const bench bench_sieve;
extern const bench bench_skynet;
extern const bench bench_spawn;
extern const bench bench_threadring;
extern const bench bench_uct;

namespace
{

const bench *const benches[] = {
	&bench_pingpong,  &bench_counting, &bench_fjthrput,    &bench_fjcreate,  &bench_threadring,
	&bench_chameneos, &bench_big,      &bench_philosopher, &bench_banking,   &bench_logmap,
	&bench_bndbuffer, &bench_fib,      &bench_sieve,       &bench_radixsort, &bench_uct,
	&bench_skynet,    &bench_call,     &bench_cast,        &bench_spawn,     &bench_idle,
};

using duration = std::chrono::nanoseconds;

constexpr duration warm_up{100000000};
constexpr duration measured{300000000};

struct result {
	duration time{0};
	uint64_t operations = 0;
	uint64_t rounds = 0;
};

result rounds(const bench &one, caf::actor_system &system, uint64_t size, duration time)
{
	auto start = std::chrono::steady_clock::now();
	result sum;

	do {
		sum.operations += one.run(system, size);
		sum.rounds++;
		sum.time = std::chrono::steady_clock::now() - start;
	} while (sum.time < time);
	return sum;
}

uint64_t resident_bytes()
{
	std::ifstream file{"/proc/self/smaps_rollup"};
	std::string word;
	uint64_t kilobytes = 0;

	while (file >> word)
		if (word == "Rss:")
			file >> kilobytes;
	return kilobytes * 1024;
}

void print(const bench &one, const char *key, double value, const result &sum)
{
	std::printf("{\"bench\":\"%s\",\"%s\":%.2f,\"operations\":%llu,\"rounds\":%llu}\n",
		    one.name, key, value / static_cast<double>(sum.operations),
		    static_cast<unsigned long long>(sum.operations),
		    static_cast<unsigned long long>(sum.rounds));
}

void measure(const bench &one, caf::actor_system &system, uint64_t size, bool smoke)
{
	if (one.memory) {
		result sum = rounds(one, system, size, duration{0});

		print(one, "bytes_per_op", static_cast<double>(resident_bytes()), sum);
		std::fflush(stdout);
		std::_Exit(EXIT_SUCCESS); /* its actors would never end */
	}
	if (!smoke)
		rounds(one, system, size, warm_up);
	result sum = rounds(one, system, size, smoke ? duration{0} : measured);

	print(one, "ns_per_op", static_cast<double>(sum.time.count()), sum);
}

const bench *find(const std::string &name)
{
	for (auto *one : benches)
		if (name == one->name)
			return one;
	return nullptr;
}

int usage(const char *program)
{
	std::fprintf(stderr,
		     "usage: %s --version | BENCH [--smoke] [--schedulers N]\nBENCH:", program);
	for (auto *one : benches)
		std::fprintf(stderr, " %s", one->name);
	std::fprintf(stderr, "\n");
	return 2;
}

int version()
{
	std::printf("CAF %d.%d.%d\n", CAF_MAJOR_VERSION, CAF_MINOR_VERSION, CAF_PATCH_VERSION);
	return EXIT_SUCCESS;
}

int run(const bench &one, size_t schedulers, bool smoke)
{
	caf::actor_system_config config;

	if (schedulers > 0)
		config.set("scheduler.max-threads", schedulers);
	caf::actor_system system{config};

	try {
		measure(one, system, smoke ? one.size_smoke : one.size, smoke);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "bench: %s: %s\n", one.name, error.what());
		std::fflush(stderr);
		std::_Exit(EXIT_FAILURE);
	}
	return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char **argv)
{
	const bench *chosen = nullptr;
	size_t schedulers = 0;
	bool smoke = false;

	for (int i = 1; i < argc; i++) {
		const std::string word = argv[i];

		if (word == "--version")
			return version();
		if (word == "--smoke")
			smoke = true;
		else if (word == "--schedulers" && i + 1 < argc)
			schedulers = std::strtoul(argv[++i], nullptr, 10);
		else if (chosen != nullptr || (chosen = find(word)) == nullptr)
			return usage(argv[0]);
	}
	return chosen == nullptr ? usage(argv[0]) : run(*chosen, schedulers, smoke);
}
