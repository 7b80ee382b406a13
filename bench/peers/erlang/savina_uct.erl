%% SPDX-License-Identifier: MIT
%% As bench/savina/uct.c.
-module(savina_uct).
-export([size/1, run/1]).

-define(CHILDREN, 10).
-define(STEPS, 500).
-define(STEPS_SPREAD, 100).
-define(STEPS_AT_BIRTH, 100).

size(full) -> 200000;
size(smoke) -> 1000.

run(Max) ->
    Root = self(),
    {Random, Steps, Child} = family(2),
    Children = family_spawn(Root, Root, Steps, Child),
    {Nodes, Urgent} = grow(Max, ?CHILDREN, Random, count_urgent(Child, 0)),
    [Node ! walk || Node <- Children],
    {Nodes, Urgent, _} = stay(?CHILDREN, {0, 0, 0}),
    Nodes.

%% The root, while nodes may have children; returns when the tree is as large as it may be.
grow(Max, Nodes, Random0, Urgent) when Nodes + ?CHILDREN =< Max ->
    receive
        {ask, Node} ->
            Random1 = savina_random:next(Random0),
            case Random1 rem 2 of
                0 ->
                    Node ! stay,
                    grow(Max, Nodes, Random1, Urgent);
                _ ->
                    {Random, Steps, Child} = family(Random1),
                    Node ! {grow, Steps, Child},
                    grow(Max, Nodes + ?CHILDREN, Random, count_urgent(Child, Urgent))
            end
    end;
grow(_, Nodes, _, Urgent) ->
    {Nodes, Urgent}.

%% The root, afterwards.
stay(0, Tally) ->
    Tally;
stay(Missing, Tally) ->
    receive
        {ask, Node} ->
            Node ! stay,
            stay(Missing, Tally);
        {walked, Part} ->
            stay(Missing - 1, add(Tally, Part))
    end.

count_urgent(?CHILDREN, Urgent) -> Urgent;
count_urgent(_, Urgent) -> Urgent + 1.

%% How many steps the nodes of a family take, and which of them is urgent: ?CHILDREN for none.
family(Random0) ->
    Random1 = savina_random:next(Random0),
    Random2 = savina_random:next(Random1),
    Random3 = savina_random:next(Random2),
    Radius = math:sqrt(-2 * math:log(Random1 / 2147483647)),
    Angle = 2 * math:pi() * Random2 / 2147483647,
    Steps = max(1, trunc(?STEPS + ?STEPS_SPREAD * Radius * math:cos(Angle))),
    case Random3 rem 2 of
        0 ->
            {Random3, Steps, ?CHILDREN};
        _ ->
            Random4 = savina_random:next(Random3),
            {Random4, Steps, Random4 rem ?CHILDREN}
    end.

family_spawn(Root, Parent, Steps, Child) ->
    [spawn(fun() -> node(Root, Parent, Steps, Number =:= Child) end)
     || Number <- lists:seq(0, ?CHILDREN - 1)].

node(Root, Parent, Steps, IsUrgent) ->
    Random = compute(?STEPS_AT_BIRTH, 1),
    Self = self(),
    Root ! {ask, Self},
    Children = receive
                   stay -> [];
                   {grow, ChildSteps, Child} -> family_spawn(Root, Self, ChildSteps, Child)
               end,
    receive walk -> ok end,
    Urgent = case IsUrgent of true -> 1; false -> 0 end,
    Tally = {1, Urgent, Random + compute(Steps, 1)},
    [Node ! walk || Node <- Children],
    Parent ! {walked, join(Children, Tally)}.

join([_ | Children], Tally) -> receive {walked, Part} -> join(Children, add(Tally, Part)) end;
join([], Tally) -> Tally.

add({Nodes1, Urgent1, Random1}, {Nodes2, Urgent2, Random2}) ->
    {Nodes1 + Nodes2, Urgent1 + Urgent2, Random1 + Random2}.

compute(0, Random) -> Random;
compute(Steps, Random) -> compute(Steps - 1, Random * 16807 rem 2147483647).
