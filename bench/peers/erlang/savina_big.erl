%% SPDX-License-Identifier: MIT
%% As bench/savina/big.c. rand:mwc59 is OTP's fastest generator.
-module(savina_big).
-export([size/1, run/1]).

-define(ACTORS, 120).

size(full) -> 20000;
size(smoke) -> 20.

run(Pings) ->
    Parent = self(),
    Pingers = [spawn(fun() -> meet(Parent, Seed, Pings) end) || Seed <- lists:seq(1, ?ACTORS)],
    All = list_to_tuple(Pingers),
    [Pinger ! {meet, All} || Pinger <- Pingers],
    [receive finished -> ok end || _ <- Pingers],
    [Pinger ! {get_tally, Parent} || Pinger <- Pingers],
    Seen = lists:sum([receive {tally, Tally} -> Tally end || _ <- Pingers]),
    Seen = Pings * ?ACTORS,
    2 * Seen.

meet(Parent, Seed, Pings) ->
    receive {meet, All} -> ping(Parent, All, rand:mwc59_seed(Seed), Pings, 0) end.

ping(Parent, All, Random, 0, Seen) ->
    Parent ! finished,
    pinger(Parent, All, Random, 0, none, Seen);
ping(Parent, All, Random0, Pings, Seen) ->
    Random = rand:mwc59(Random0),
    Asked = element(rand:mwc59_value32(Random) rem ?ACTORS + 1, All),
    Asked ! {ping, self()},
    pinger(Parent, All, Random, Pings - 1, Asked, Seen).

pinger(Parent, All, Random, Pings, Asked, Seen) ->
    receive
        {ping, From} ->
            From ! {pong, self()},
            pinger(Parent, All, Random, Pings, Asked, Seen + 1);
        {pong, Asked} ->
            ping(Parent, All, Random, Pings, Seen);
        {get_tally, From} ->
            From ! {tally, Seen}
    end.
