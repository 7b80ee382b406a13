%% SPDX-License-Identifier: MIT
%% As bench/savina/banking.c. A call is made as gen_server makes it, without what surrounds it: the
%% compiler sees that the reference is new, so the receive does not look at older messages.
-module(savina_banking).
-export([size/1, run/1]).

-define(ACCOUNTS, 1000).
-define(BALANCE, 1000000).

size(full) -> 50000;
size(smoke) -> 500.

run(Transfers) ->
    Teller = self(),
    List = [spawn(fun() -> account(Teller, ?BALANCE) end) || _ <- lists:seq(1, ?ACCOUNTS)],
    order(list_to_tuple(List), Transfers, 123456),
    join(Transfers),
    Money = lists:sum([call(Account, close) || Account <- List]),
    Money = ?ACCOUNTS * ?BALANCE,
    Transfers.

order(_, 0, _) ->
    ok;
order(Accounts, Transfers, Random0) ->
    Random1 = savina_random:next(Random0),
    Random2 = savina_random:next(Random1),
    Random3 = savina_random:next(Random2),
    Source = Random1 rem (?ACCOUNTS div 10 * 8) + 1,
    Distance = 1 + Random2 rem (?ACCOUNTS - Source),
    element(Source, Accounts) ! {pay, element(Source + Distance, Accounts), Random3 rem 1000},
    order(Accounts, Transfers - 1, Random3).

join(0) -> ok;
join(Transfers) -> receive paid -> join(Transfers - 1) end.

call(To, Request) ->
    Ref = make_ref(),
    To ! {call, self(), Ref, Request},
    receive {Ref, Reply} -> Reply end.

account(Teller, Money) ->
    receive
        {pay, To, Amount} ->
            _ = call(To, {deposit, Amount}),
            Teller ! paid,
            account(Teller, Money - Amount);
        {call, From, Ref, {deposit, Amount}} ->
            From ! {Ref, Money + Amount},
            account(Teller, Money + Amount);
        {call, From, Ref, close} ->
            From ! {Ref, Money}
    end.
