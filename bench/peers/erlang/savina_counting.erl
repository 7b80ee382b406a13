%% SPDX-License-Identifier: MIT
%% As `counting` of bench/savina/counting.c.
-module(savina_counting).
-export([size/1, run/1]).

size(full) -> 1000000;
size(smoke) -> 1000.

run(Messages) ->
    Counter = spawn(fun() -> count(0, 0) end),
    produce(Counter, 1, Messages),
    Counter ! {get_total, self()},
    Sum = Messages * (Messages + 1) div 2,
    receive {total, Messages, Sum} -> Messages end.

produce(Counter, Number, Messages) when Number =< Messages ->
    Counter ! {add, Number},
    produce(Counter, Number + 1, Messages);
produce(_, _, _) ->
    ok.

count(Count, Sum) ->
    receive
        {add, Number} -> count(Count + 1, Sum + Number);
        {get_total, From} -> From ! {total, Count, Sum}
    end.
