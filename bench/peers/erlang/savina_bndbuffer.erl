%% SPDX-License-Identifier: MIT
%% As bench/savina/bndbuffer.c.
-module(savina_bndbuffer).
-export([size/1, run/1]).

-define(PRODUCERS, 40).
-define(CONSUMERS, 40).
-define(ROOM, 50).
-define(COST, 2500).

size(full) -> 1000;
size(smoke) -> 5.

run(Each) ->
    Manager = self(),
    Consumers = [spawn(fun() -> consume(Manager, 0, 0.0) end) || _ <- lists:seq(1, ?CONSUMERS)],
    Producers = [spawn(fun() -> produce(Manager, Each, 0, 0.0) end)
                 || _ <- lists:seq(1, ?PRODUCERS)],
    [Producer ! produce || Producer <- Producers],
    manage(queue:new(), 0, [], Consumers, ?CONSUMERS, ?PRODUCERS),
    [Consumer ! {get_consumed, Manager} || Consumer <- Consumers],
    Sum = lists:sum([receive {consumed, Some} -> Some end || _ <- Consumers]),
    Sum = ?PRODUCERS * Each * (Each + 1) div 2,
    ?PRODUCERS * Each.

%% Items and how many, producers that may not go on yet, consumers that have nothing to do and how
%% many, producers that have not finished.
manage(_, 0, _, _, ?CONSUMERS, 0) ->
    ok;
manage(Items, Count, Waiting, Idle, IdleCount, Producing) ->
    receive
        {produced, Producer, Item} ->
            produced(Items, Count, Waiting, Idle, IdleCount, Producing, Producer, Item);
        {available, Consumer} when Count =:= 0 ->
            manage(Items, Count, Waiting, [Consumer | Idle], IdleCount + 1, Producing);
        {available, Consumer} ->
            {{value, Item}, Rest} = queue:out(Items),
            Consumer ! Item,
            manage(Rest, Count - 1, wake(Waiting), Idle, IdleCount, Producing);
        finished ->
            manage(Items, Count, Waiting, Idle, IdleCount, Producing - 1)
    end.

wake([Producer | Waiting]) ->
    Producer ! produce,
    Waiting;
wake([]) ->
    [].

produced(Items, Count, Waiting, [Consumer | Idle], IdleCount, Producing, Producer, Item) ->
    Consumer ! Item,
    go_on(Items, Count, Waiting, Idle, IdleCount - 1, Producing, Producer);
produced(Items, Count, Waiting, [], 0, Producing, Producer, Item) ->
    go_on(queue:in(Item, Items), Count + 1, Waiting, [], 0, Producing, Producer).

%% Every producer that goes on may bring one more.
go_on(Items, Count, Waiting, Idle, IdleCount, Producing, Producer)
  when Count < ?ROOM - ?PRODUCERS ->
    Producer ! produce,
    manage(Items, Count, Waiting, Idle, IdleCount, Producing);
go_on(Items, Count, Waiting, Idle, IdleCount, Producing, Producer) ->
    manage(Items, Count, [Producer | Waiting], Idle, IdleCount, Producing).

produce(Manager, Left, Number, Value0) ->
    receive
        produce when Left =:= 0 ->
            Manager ! finished;
        produce ->
            Value = work(?COST, ?COST, Value0),
            Manager ! {produced, self(), {item, Number + 1, Value}},
            produce(Manager, Left - 1, Number + 1, Value)
    end.

consume(Manager, Sum, Value0) ->
    receive
        {item, Number, ItemValue} ->
            Value = work(?COST, ?COST, Value0 + ItemValue),
            Manager ! {available, self()},
            consume(Manager, Sum + Number, Value);
        {get_consumed, From} ->
            From ! {consumed, Sum}
    end.

work(0, _, Value) ->
    Value;
work(Steps, Random0, Value) ->
    Random = Random0 * 16807 rem 2147483647,
    work(Steps - 1, Random, Value + math:log(Random / 2147483647 + 0.01)).
