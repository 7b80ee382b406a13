%% SPDX-License-Identifier: MIT
%% As `cast` of bench/savina/counting.c: a gen_server counts.
-module(savina_cast).
-behaviour(gen_server).
-export([size/1, run/1, init/1, handle_call/3, handle_cast/2]).

size(full) -> 1000000;
size(smoke) -> 1000.

run(Messages) ->
    {ok, Counter} = gen_server:start(?MODULE, [], []),
    produce(Counter, 1, Messages),
    Sum = Messages * (Messages + 1) div 2,
    {Messages, Sum} = gen_server:call(Counter, get_total, infinity),
    Messages.

produce(Counter, Number, Messages) when Number =< Messages ->
    gen_server:cast(Counter, {add, Number}),
    produce(Counter, Number + 1, Messages);
produce(_, _, _) ->
    ok.

init([]) -> {ok, {0, 0}}.

handle_cast({add, Number}, {Count, Sum}) -> {noreply, {Count + 1, Sum + Number}}.

handle_call(get_total, _From, Total) -> {stop, normal, Total, Total}.
