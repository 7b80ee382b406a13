%% SPDX-License-Identifier: MIT
%% As bench/savina/fjthrput.c.
-module(savina_fjthrput).
-export([size/1, run/1]).

-define(ACTORS, 60).
-define(THETA, 37.2).

size(full) -> 10000;
size(smoke) -> 20.

run(Rounds) ->
    Parent = self(),
    Workers = [spawn(fun() -> work(Parent, ?THETA, Rounds, 0) end)
               || _ <- lists:seq(1, ?ACTORS)],
    rounds(Workers, Rounds),
    Messages = Rounds * ?ACTORS,
    Messages = join(?ACTORS, 0).

rounds(_, 0) ->
    ok;
rounds(Workers, Rounds) ->
    send_each(Workers),
    rounds(Workers, Rounds - 1).

send_each([Worker | Workers]) ->
    Worker ! compute,
    send_each(Workers);
send_each([]) ->
    ok.

join(0, Right) -> Right;
join(Working, Right) -> receive {done, Some} -> join(Working - 1, Right + Some) end.

work(Parent, _, 0, Right) ->
    Parent ! {done, Right};
work(Parent, Theta, Messages, Right) ->
    receive
        compute ->
            Sine = math:sin(Theta),
            case Sine * Sine > 0 of
                true -> work(Parent, Theta, Messages - 1, Right + 1);
                false -> work(Parent, Theta, Messages - 1, Right)
            end
    end.
