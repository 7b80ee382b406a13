/* SPDX-License-Identifier: MIT */
#include "bench.hpp"

using namespace caf;

namespace
{

constexpr uint64_t accounts = 1000;
constexpr int64_t balance = 1000000;

using pay_atom = atom_constant<atom("pay")>;
using paid_atom = atom_constant<atom("paid")>;
using deposit_atom = atom_constant<atom("deposit")>;
using close_atom = atom_constant<atom("close")>;

struct account_state {
	int64_t money = balance;
};

behavior account(stateful_actor<account_state> *self, const actor &teller)
{
	return {
		[=](pay_atom, const actor &to, int64_t amount) {
			self->state.money -= amount;
			self->request(to, infinite, deposit_atom::value, amount)
				.await([=](int64_t) { self->send(teller, paid_atom::value); });
		},
		[=](deposit_atom, int64_t amount) { return self->state.money += amount; },
		[=](close_atom) {
			self->quit();
			return self->state.money;
		},
	};
}

void order(event_based_actor *self, const std::vector<actor> &all, uint64_t transfers)
{
	generator random{123456};

	for (uint64_t i = 0; i < transfers; i++) {
		uint64_t source = random() % (accounts / 10 * 8);
		uint64_t distance = 1 + random() % (accounts - source - 1);
		auto amount = static_cast<int64_t>(random() % 1000);

		self->send(all[source], pay_atom::value, all[source + distance], amount);
	}
}

behavior master(event_based_actor *self, uint64_t transfers, const actor &judge)
{
	std::vector<actor> all;

	for (uint64_t i = 0; i < accounts; i++)
		all.push_back(self->spawn(account, actor{self}));
	order(self, all, transfers);
	return {
		[=, paid = uint64_t{0}](paid_atom) mutable {
			if (++paid < transfers)
				return;
			for (auto &one : all)
				self->send(one, close_atom::value);
		},
		[=, missing = accounts, money = int64_t{0}](int64_t some) mutable {
			money += some;
			if (--missing > 0)
				return;
			check(money == static_cast<int64_t>(accounts) * balance,
			      "banking: money was lost");
			self->send(judge, finished_atom::value, transfers);
			self->quit();
		},
	};
}

uint64_t run(actor_system &system, uint64_t size)
{
	return run_actor(system, master, size);
}

} // namespace

extern const bench bench_banking = {"banking", 50000, 500, run, false};
