%% SPDX-License-Identifier: MIT
%% As bench/savina/fib.c.
-module(savina_fib).
-export([size/1, run/1]).

size(full) -> 25;
size(smoke) -> 12.

run(N) ->
    term_spawn(self(), N),
    Right = fibonacci(N, 0, 1),
    receive {answered, Right, Actors} when Actors =:= 2 * Right - 1 -> Actors end.

term_spawn(Parent, N) -> spawn(fun() -> term(Parent, N) end).

term(Parent, N) when N =< 2 ->
    Parent ! {answered, 1, 1};
term(Parent, N) ->
    Self = self(),
    term_spawn(Self, N - 1),
    term_spawn(Self, N - 2),
    receive
        {answered, Value1, Actors1} ->
            receive
                {answered, Value2, Actors2} ->
                    Parent ! {answered, Value1 + Value2, Actors1 + Actors2 + 1}
            end
    end.

fibonacci(1, _, Value) -> Value;
fibonacci(N, Before, Value) -> fibonacci(N - 1, Value, Before + Value).
