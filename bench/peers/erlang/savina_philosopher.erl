%% SPDX-License-Identifier: MIT
%% As bench/savina/philosopher.c. The forks are the bits of one number: the fastest set for this.
-module(savina_philosopher).
-export([size/1, run/1]).

-define(PHILOSOPHERS, 20).

size(full) -> 10000;
size(smoke) -> 50.

run(Meals) ->
    Arbitrator = self(),
    [spawn(fun() -> think(Arbitrator, forks(Number), Meals, 0) end)
     || Number <- lists:seq(0, ?PHILOSOPHERS - 1)],
    Eaten = arbitrate(0, ?PHILOSOPHERS, 0),
    Eaten = Meals * ?PHILOSOPHERS.

forks(Number) -> (1 bsl Number) bor (1 bsl ((Number + 1) rem ?PHILOSOPHERS)).

arbitrate(_, 0, Eaten) ->
    Eaten;
arbitrate(Taken, Philosophers, Eaten) ->
    receive
        {hungry, Philosopher, Forks} when Taken band Forks =:= 0 ->
            Philosopher ! eat,
            arbitrate(Taken bor Forks, Philosophers, Eaten);
        {hungry, Philosopher, _} ->
            Philosopher ! denied,
            arbitrate(Taken, Philosophers, Eaten);
        {done, Forks} ->
            arbitrate(Taken bxor Forks, Philosophers, Eaten);
        {leave, Meals} ->
            arbitrate(Taken, Philosophers - 1, Eaten + Meals)
    end.

think(Arbitrator, _, 0, Meals) ->
    Arbitrator ! {leave, Meals};
think(Arbitrator, Forks, MealsLeft, Meals) ->
    Arbitrator ! {hungry, self(), Forks},
    receive
        eat ->
            Arbitrator ! {done, Forks},
            think(Arbitrator, Forks, MealsLeft - 1, Meals + 1);
        denied ->
            think(Arbitrator, Forks, MealsLeft, Meals)
    end.
