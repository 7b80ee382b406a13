%% SPDX-License-Identifier: MIT
%% As bench/savina/logmap.c. Calls as in savina_banking. The orders of a series wait off its heap:
%% there are 25000, and each collection would look at all of them (it takes ten times as long).
-module(savina_logmap).
-export([size/1, run/1]).

-define(SERIES, 10).
-define(RATE, 3.46).
-define(INCREMENT, 0.0025).

size(full) -> 25000;
size(smoke) -> 100.

run(Terms) ->
    Numbers = lists:seq(0, ?SERIES - 1),
    Series = [start(Number) || Number <- Numbers],
    order(Series, Terms),
    Reached = [call(One, get_term) || One <- Series],
    Reached = [expected(Number, Terms) || Number <- Numbers],
    Terms * ?SERIES.

start(Number) ->
    Computer = spawn(fun() -> compute(?RATE + Number * ?INCREMENT) end),
    spawn_opt(fun() -> series(Computer, Number * ?INCREMENT) end,
              [{message_queue_data, off_heap}]).

order(_, 0) ->
    ok;
order(Series, Terms) ->
    [One ! next_term || One <- Series],
    order(Series, Terms - 1).

expected(Number, Terms) -> expected(?RATE + Number * ?INCREMENT, Number * ?INCREMENT, Terms).

expected(_, Term, 0) -> Term;
expected(Rate, Term, Terms) -> expected(Rate, step(Rate, Term), Terms - 1).

step(Rate, Term) -> Rate * Term * (1 - Term).

call(To, Request) ->
    Ref = make_ref(),
    To ! {call, self(), Ref, Request},
    receive {Ref, Reply} -> Reply end.

compute(Rate) ->
    receive
        {call, From, Ref, {compute, Term}} ->
            From ! {Ref, step(Rate, Term)},
            compute(Rate);
        stop ->
            ok
    end.

series(Computer, Term) ->
    receive
        next_term ->
            series(Computer, call(Computer, {compute, Term}));
        {call, From, Ref, get_term} ->
            Computer ! stop,
            From ! {Ref, Term}
    end.
