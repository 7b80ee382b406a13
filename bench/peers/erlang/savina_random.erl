%% SPDX-License-Identifier: MIT
%% As bench/savina/random.h.
-module(savina_random).
-export([next/1]).

next(State) -> State * 16807 rem 2147483647.
