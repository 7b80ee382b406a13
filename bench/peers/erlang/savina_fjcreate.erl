%% SPDX-License-Identifier: MIT
%% As bench/savina/fjcreate.c.
-module(savina_fjcreate).
-export([size/1, run/1]).

-define(THETA, 37.2).

size(full) -> 40000;
size(smoke) -> 500.

run(Workers) ->
    Parent = self(),
    fork(Parent, Workers),
    Workers = join(Workers, 0).

fork(_, 0) ->
    ok;
fork(Parent, Workers) ->
    Worker = spawn(fun() -> work(Parent) end),
    Worker ! {compute, ?THETA},
    fork(Parent, Workers - 1).

work(Parent) ->
    receive
        {compute, Theta} ->
            Sine = math:sin(Theta),
            Parent ! {done, Sine * Sine}
    end.

join(0, Right) -> Right;
join(Workers, Right) -> receive {done, Square} when Square > 0 -> join(Workers - 1, Right + 1) end.
