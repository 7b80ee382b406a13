%% SPDX-License-Identifier: MIT
%% As bench/savina/spawn.c.
-module(savina_spawn).
-export([size/1, run/1]).

-define(WINDOW, 1000).

size(full) -> 200000;
size(smoke) -> 2500.

run(Children) ->
    Parent = self(),
    First = min(Children, ?WINDOW),
    [child(Parent, Number) || Number <- lists:seq(1, First)],
    Sum = rear(Parent, First, Children, 0, 0),
    Sum = Children * (Children + 1) div 2,
    Children.

child(Parent, Number) -> spawn(fun() -> Parent ! {done, Number} end).

rear(_, _, Children, Children, Sum) ->
    Sum;
rear(Parent, Spawned, Children, Done, Sum) ->
    receive
        {done, Number} when Spawned < Children ->
            child(Parent, Spawned + 1),
            rear(Parent, Spawned + 1, Children, Done + 1, Sum + Number);
        {done, Number} ->
            rear(Parent, Spawned, Children, Done + 1, Sum + Number)
    end.
