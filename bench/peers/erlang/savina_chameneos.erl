%% SPDX-License-Identifier: MIT
%% As bench/savina/chameneos.c.
-module(savina_chameneos).
-export([size/1, run/1]).

-define(CREATURES, 100).

size(full) -> 200000;
size(smoke) -> 500.

run(Meetings) ->
    Mall = self(),
    [spawn(fun() -> arrive(Mall, colour(Number rem 3), 0) end)
     || Number <- lists:seq(0, ?CREATURES - 1)],
    open(Meetings),
    Reported = close(?CREATURES, 0),
    Reported = 2 * Meetings,
    Meetings.

colour(0) -> blue;
colour(1) -> red;
colour(2) -> yellow.

open(0) ->
    ok;
open(Meetings) ->
    receive
        {arrive, Waiting, _} ->
            receive
                {arrive, Creature, Colour} ->
                    Waiting ! {meet, Creature, Colour},
                    open(Meetings - 1)
            end
    end.

close(0, Reported) ->
    Reported;
close(Creatures, Reported) ->
    receive
        {arrive, Creature, _} ->
            Creature ! leave,
            close(Creatures, Reported);
        {left, Meetings} ->
            close(Creatures - 1, Reported + Meetings)
    end.

arrive(Mall, Colour, Meetings) ->
    Self = self(),
    Mall ! {arrive, Self, Colour},
    receive
        {meet, Other, OtherColour} ->
            New = complement(Colour, OtherColour),
            Other ! {change, New},
            arrive(Mall, New, Meetings + 1);
        {change, New} ->
            arrive(Mall, New, Meetings + 1);
        leave ->
            Mall ! {left, Meetings}
    end.

complement(Colour, Colour) -> Colour;
complement(blue, red) -> yellow;
complement(blue, yellow) -> red;
complement(red, blue) -> yellow;
complement(red, yellow) -> blue;
complement(yellow, blue) -> red;
complement(yellow, red) -> blue.
