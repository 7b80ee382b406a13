%% SPDX-License-Identifier: MIT
%% As bench/savina/sieve.c.
-module(savina_sieve).
-export([size/1, run/1]).

-define(PRIMES, 1000).

size(full) -> 100000;
size(smoke) -> 9000.

run(Limit) ->
    Source = self(),
    Filter = filter_spawn(Source, 2),
    candidates(Filter, 3, Limit),
    Filter ! {finish, 0, 0},
    Primes = primes(Limit),
    receive {finished, Primes, Messages} -> Messages end.

candidates(Filter, Number, Limit) when Number =< Limit ->
    Filter ! Number,
    candidates(Filter, Number + 2, Limit);
candidates(_, _, _) ->
    ok.

primes(100000) -> 9592;
primes(Limit) -> length([Number || Number <- lists:seq(2, Limit), is_prime(Number, 2)]).

is_prime(Number, Divisor) when Divisor * Divisor > Number -> true;
is_prime(Number, Divisor) when Number rem Divisor =:= 0 -> false;
is_prime(Number, Divisor) -> is_prime(Number, Divisor + 1).

filter_spawn(Source, Prime) -> spawn(fun() -> filter(Source, none, [Prime], 1, 0) end).

filter(Source, Next, Primes, Count, Messages) ->
    receive
        {finish, Primes0, Messages0} when Next =:= none ->
            Source ! {finished, Primes0 + Count, Messages0 + Messages};
        {finish, Primes0, Messages0} ->
            Next ! {finish, Primes0 + Count, Messages0 + Messages};
        Number ->
            case divides(Primes, Number) of
                true ->
                    filter(Source, Next, Primes, Count, Messages + 1);
                false when Count < ?PRIMES ->
                    filter(Source, Next, Primes ++ [Number], Count + 1, Messages + 1);
                false when Next =:= none ->
                    New = filter_spawn(Source, Number),
                    filter(Source, New, Primes, Count, Messages + 1);
                false ->
                    Next ! Number,
                    filter(Source, Next, Primes, Count, Messages + 1)
            end
    end.

divides([Prime | _], Number) when Number rem Prime =:= 0 -> true;
divides([_ | Primes], Number) -> divides(Primes, Number);
divides([], _) -> false.
