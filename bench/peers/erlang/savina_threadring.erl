%% SPDX-License-Identifier: MIT
%% As bench/savina/threadring.c.
-module(savina_threadring).
-export([size/1, run/1]).

-define(ACTORS, 100).

size(full) -> 100000;
size(smoke) -> 1000.

run(Hops) ->
    Parent = self(),
    Links = [spawn(fun() -> link_wait(Parent) end) || _ <- lists:seq(1, ?ACTORS)],
    [First | Others] = Links,
    connect(Links, Others ++ [First]),
    First ! {hop, Hops},
    Last = lists:nth(Hops rem ?ACTORS + 1, Links),
    receive {arrived, Last} -> ok end,
    First ! {leave, ?ACTORS},
    Hops.

connect([Link | Links], [Next | Nexts]) ->
    Link ! {set_next, Next},
    connect(Links, Nexts);
connect([], []) ->
    ok.

link_wait(Parent) ->
    receive {set_next, Next} -> link(Parent, Next) end.

link(Parent, Next) ->
    receive
        {hop, 0} ->
            Parent ! {arrived, self()},
            link(Parent, Next);
        {hop, Left} ->
            Next ! {hop, Left - 1},
            link(Parent, Next);
        {leave, 1} ->
            ok;
        {leave, Left} ->
            Next ! {leave, Left - 1}
    end.
