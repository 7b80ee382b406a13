%% SPDX-License-Identifier: MIT
%% As bench/savina/idle.c.
-module(savina_idle).
-export([size/1, run/1, bytes/0]).

-define(WINDOW, 1000).

size(full) -> 1000000;
size(smoke) -> 2000.

run(Sleepers) ->
    Owner = self(),
    First = min(Sleepers, ?WINDOW),
    [sleeper(Owner, Number) || Number <- lists:seq(1, First)],
    Sum = own(Owner, First, Sleepers, 0, 0),
    Sum = Sleepers * (Sleepers + 1) div 2,
    Sleepers.

%% What the emulator has resident.
bytes() ->
    {ok, Text} = file:read_file("/proc/" ++ os:getpid() ++ "/smaps_rollup"),
    {match, [Rss]} = re:run(Text, "Rss: *([0-9]+) kB", [{capture, all_but_first, list}]),
    list_to_integer(Rss) * 1024.

own(_, _, Sleepers, Sleepers, Sum) ->
    Sum;
own(Owner, Spawned, Sleepers, Answered, Sum) ->
    receive
        {added, Number} when Spawned < Sleepers ->
            sleeper(Owner, Spawned + 1),
            own(Owner, Spawned + 1, Sleepers, Answered + 1, Sum + Number);
        {added, Number} ->
            own(Owner, Spawned, Sleepers, Answered + 1, Sum + Number)
    end.

sleeper(Owner, Number) ->
    Sleeper = spawn(fun() -> sleep(Owner, 0) end),
    Sleeper ! {add, Number}.

sleep(Owner, Sum) ->
    receive
        {add, Number} ->
            Owner ! {added, Sum + Number},
            sleep(Owner, Sum + Number)
    end.
