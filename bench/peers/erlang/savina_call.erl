%% SPDX-License-Identifier: MIT
%% As bench/savina/call.c.
-module(savina_call).
-behaviour(gen_server).
-export([size/1, run/1, init/1, handle_call/3, handle_cast/2]).

size(full) -> 100000;
size(smoke) -> 1000.

run(Calls) ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    Calls = call(Server, Calls, 0),
    gen_server:cast(Server, stop),
    Calls.

call(_, 0, Number) -> Number;
call(Server, Calls, Number) ->
    call(Server, Calls - 1, gen_server:call(Server, {increment, Number}, infinity)).

init([]) -> {ok, none}.

handle_call({increment, Number}, _From, State) -> {reply, Number + 1, State}.

handle_cast(stop, State) -> {stop, normal, State}.
