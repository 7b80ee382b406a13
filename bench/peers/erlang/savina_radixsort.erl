%% SPDX-License-Identifier: MIT
%% As bench/savina/radixsort.c. Numbers with the highest bit are big integers here.
-module(savina_radixsort).
-export([size/1, run/1]).

-define(BITS, 60).

size(full) -> 100000;
size(smoke) -> 200.

run(Numbers) ->
    Source = self(),
    Check = spawn(fun() -> check(Source, Numbers, 0, 0) end),
    First = stages(?BITS - 1, Numbers, Check),
    Sum = send(First, Numbers, 2048, 0),
    receive {sorted, Sum} -> Numbers * (?BITS + 1) end.

%% The last stage has the highest bit.
stages(Bit, _, Next) when Bit < 0 ->
    Next;
stages(Bit, Numbers, Next) ->
    stages(Bit - 1, Numbers, spawn(fun() -> stage(Next, 1 bsl Bit, Numbers, []) end)).

send(_, 0, _, Sum) ->
    Sum;
send(First, Numbers, Random0, Sum) ->
    High = savina_random:next(Random0),
    Low = savina_random:next(High),
    Number = ((High rem (1 bsl 30)) bsl 30) bor (Low rem (1 bsl 30)),
    First ! Number,
    send(First, Numbers - 1, Low, Sum + Number).

stage(Next, _, 0, Kept) ->
    release(Next, lists:reverse(Kept));
stage(Next, Bit, Missing, Kept) ->
    receive
        Number when Number band Bit =:= 0 ->
            Next ! Number,
            stage(Next, Bit, Missing - 1, Kept);
        Number ->
            stage(Next, Bit, Missing - 1, [Number | Kept])
    end.

release(Next, [Number | Numbers]) ->
    Next ! Number,
    release(Next, Numbers);
release(_, []) ->
    ok.

check(Source, 0, _, Sum) ->
    Source ! {sorted, Sum};
check(Source, Missing, Last, Sum) ->
    receive
        Number when Number >= Last -> check(Source, Missing - 1, Number, Sum + Number);
        _ -> Source ! {sorted, unsorted}
    end.
