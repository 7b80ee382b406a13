%% SPDX-License-Identifier: MIT
%% As bench/savina/skynet.c.
-module(savina_skynet).
-export([size/1, run/1]).

-define(CHILDREN, 10).

size(full) -> 1000000;
size(smoke) -> 1000.

run(Leaves) ->
    node_spawn(self(), 0, Leaves),
    Sum = Leaves * (Leaves - 1) div 2,
    receive {answered, Sum, Actors} -> Actors end.

node_spawn(Parent, First, Leaves) -> spawn(fun() -> node(Parent, First, Leaves) end).

node(Parent, First, 1) ->
    Parent ! {answered, First, 1};
node(Parent, First, Leaves) ->
    children(self(), First, Leaves div ?CHILDREN, ?CHILDREN),
    sum(Parent, ?CHILDREN, 0, 1).

children(_, _, _, 0) ->
    ok;
children(Self, First, Leaves, Children) ->
    node_spawn(Self, First, Leaves),
    children(Self, First + Leaves, Leaves, Children - 1).

sum(Parent, 0, Sum, Actors) ->
    Parent ! {answered, Sum, Actors};
sum(Parent, Missing, Sum, Actors) ->
    receive {answered, Value, Some} -> sum(Parent, Missing - 1, Sum + Value, Actors + Some) end.
