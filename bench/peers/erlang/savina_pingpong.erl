%% SPDX-License-Identifier: MIT
%% As bench/savina/pingpong.c.
-module(savina_pingpong).
-export([size/1, run/1]).

size(full) -> 40000;
size(smoke) -> 1000.

run(RoundTrips) ->
    Pinger = self(),
    Ponger = spawn(fun() -> pong(Pinger, 1) end),
    ping(Ponger, 1, RoundTrips),
    Ponger ! stop,
    2 * RoundTrips.

ping(Ponger, Number, RoundTrips) ->
    Ponger ! {ping, Number},
    receive
        {pong, Number} when Number < RoundTrips -> ping(Ponger, Number + 1, RoundTrips);
        {pong, Number} -> ok
    end.

pong(Pinger, Number) ->
    receive
        {ping, Number} ->
            Pinger ! {pong, Number},
            pong(Pinger, Number + 1);
        stop ->
            ok
    end.
