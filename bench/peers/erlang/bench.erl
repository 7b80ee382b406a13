%% SPDX-License-Identifier: MIT
%%
%% Runs one benchmark the way bench/bench.c does, and prints the same line: rounds until the system
%% is warm, then rounds until enough time has passed. Each round is a fresh process.
%%
%%     erl -noshell -noinput -pa DIRECTORY -s bench main -extra NAME [--smoke]
%%
%% A benchmark is a module savina_NAME: size(full | smoke), and run(Size), which does the work,
%% checks the answer and returns the number of operations. With bytes() not the time is measured but
%% what that returns, after one round, while its processes still live.
-module(bench).
-export([main/0]).

-define(WARM_UP_NS, 100000000).
-define(MEASURE_NS, 300000000).

main() ->
    try
        run(init:get_plain_arguments()),
        halt(0)
    catch
        Class:Reason:Stack ->
            io:format(standard_error, "bench: ~p~n", [{Class, Reason, Stack}]),
            halt(1)
    end.

run([Name]) -> run(Name, full, ?WARM_UP_NS, ?MEASURE_NS);
run([Name, "--smoke"]) -> run(Name, smoke, 0, 0).

run(Name, Kind, WarmUp, Measure) ->
    Module = list_to_atom("savina_" ++ Name),
    {module, Module} = code:ensure_loaded(Module),
    measure(Name, Module, Module:size(Kind), WarmUp, Measure,
            erlang:function_exported(Module, bytes, 0)).

measure(Name, Module, Size, WarmUp, Measure, false) ->
    WarmUp > 0 andalso rounds(Module, Size, WarmUp),
    {Time, Operations, Rounds} = rounds(Module, Size, Measure),
    print(Name, "ns_per_op", Time / Operations, Operations, Rounds);
measure(Name, Module, Size, _, _, true) ->
    {_, Operations, Rounds} = rounds(Module, Size, 0),
    print(Name, "bytes_per_op", Module:bytes() / Operations, Operations, Rounds).

print(Name, Key, PerOperation, Operations, Rounds) ->
    io:format("{\"bench\":\"~s\",\"~s\":~.2f,\"operations\":~b,\"rounds\":~b}~n",
              [Name, Key, PerOperation, Operations, Rounds]).

rounds(Module, Size, Time) ->
    rounds(Module, Size, Time, erlang:monotonic_time(nanosecond), 0, 0).

rounds(Module, Size, Time, Start, Operations0, Rounds0) ->
    {Child, Monitor} = spawn_monitor(fun() -> exit({done, Module:run(Size)}) end),
    receive
        {'DOWN', Monitor, process, Child, {done, Done}} ->
            Operations = Operations0 + Done,
            Rounds = Rounds0 + 1,
            case erlang:monotonic_time(nanosecond) - Start of
                Passed when Passed >= Time -> {Passed, Operations, Rounds};
                _ -> rounds(Module, Size, Time, Start, Operations, Rounds)
            end;
        {'DOWN', Monitor, process, Child, Reason} ->
            error(Reason)
    end.
