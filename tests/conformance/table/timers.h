/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_TIMERS_H
#define CONFORMANCE_TABLE_TIMERS_H

#define ROWS_TIMERS(X)                                                                             \
	X(a_timer_sends_its_message, "erlang", "send_after/3,4",                                   \
	  "When the timer expires, the message `Msg` is sent to the process identified by "        \
	  "`Dest`.",                                                                               \
	  SAME, "")                                                                                \
	X(a_timer_is_never_early, "timer", "timer",                                                \
	  "The time-outs are not exact, but are at least as long as requested.", SAME, "")         \
	X(a_timer_fires_once, "erlang", "start_timer/3,4",                                         \
	  "When the timer expires, the message `{timeout, TimerRef, Msg}` is sent to the "         \
	  "process identified by `Dest`.",                                                         \
	  SAME, "")                                                                                \
	X(the_message_of_a_timer_is_the_programs_own, "erlang", "start_timer/3,4",                 \
	  "[...] the message `{timeout, TimerRef, Msg}` is sent [...]", DIFFERS,                   \
	  "A timer's message has the type and payload that the program gave, as with "             \
	  "send_after, and nothing else. Who needs to know which timer it was puts that "          \
	  "into the payload.")                                                                     \
	X(no_time_is_allowed, "erlang", "start_timer/3,4", "`Time = integer() >= 0`", SAME, "")    \
	X(timers_go_to_their_own_actor, "erlang", "send_after/3,4", "`Dest = pid() | atom()`",     \
	  DIFFERS,                                                                                 \
	  "A timer's message goes to the actor that started it. So cancelling can promise "        \
	  "that no message comes any more, and a timer costs no look-up. To remind another "       \
	  "actor, send to it when the timer fires.")                                               \
	X(starting_a_timer_does_not_wait, "timer", "timer",                                        \
	  "All timer functions return immediately, regardless of work done by another "            \
	  "process.",                                                                              \
	  SAME, "")                                                                                \
	X(timers_are_independent, "erlang", "cancel_timer/1,2",                                    \
	  "`TimerRef` identifies the timer, and was returned by the BIF that created the "         \
	  "timer.",                                                                                \
	  SAME, "")                                                                                \
	X(the_message_is_the_one_of_the_start, "erlang", "send_after/3,4",                         \
	  "Starts a timer. When the timer expires, the message `Msg` is sent [...]", SAME, "")     \
	X(cancel_tells_the_time_that_was_left, "erlang", "cancel_timer/1,2",                       \
	  "If `Result` is an integer, it represents the time in milliseconds left until the"       \
	  " canceled timer would have expired.",                                                   \
	  SAME, "")                                                                                \
	X(a_cancelled_timer_does_not_fire, "erlang", "cancel_timer/1,2",                           \
	  "Cancels a timer that has been created by `erlang:start_timer` or "                      \
	  "`erlang:send_after`.",                                                                  \
	  SAME, "")                                                                                \
	X(cancelling_after_the_time_finds_nothing, "erlang", "cancel_timer/1,2",                   \
	  "This can be either because the timer had expired, already had been canceled, or "       \
	  "because `TimerRef` never corresponded to a timer.",                                     \
	  SAME, "")                                                                                \
	X(cancelling_twice_finds_nothing, "erlang", "cancel_timer/1,2",                            \
	  "If `Result` is `false`, a timer corresponding to `TimerRef` could not be found.", SAME, \
	  "")                                                                                      \
	X(cancelling_a_stranger_finds_nothing, "erlang", "cancel_timer/1,2",                       \
	  "[...] or because `TimerRef` never corresponded to a timer.", SAME, "")                  \
	X(cancel_takes_the_message_away_too, "erlang", "cancel_timer/1,2",                         \
	  "Even if the timer had expired, it does not tell you if the time-out message has "       \
	  "arrived at its destination yet.",                                                       \
	  DIFFERS,                                                                                 \
	  "Once actor_timer_cancel has returned, no message of that timer is handled any "         \
	  "more, even where it lay in the mailbox already. So a handler need not tell old "        \
	  "time-outs from new ones.")                                                              \
	X(timers_end_with_their_actor, "erlang", "start_timer/3,4",                                \
	  "If `Dest` is a `pid()`, the timer is automatically canceled if the process "            \
	  "referred to by the `pid()` is not alive, or if the process exits.",                     \
	  SAME, "")                                                                                \
	X(an_interval_repeats, "timer", "send_interval/2,3",                                       \
	  "Evaluates `Destination ! Message` repeatedly after `Time` milliseconds.", SAME, "")     \
	X(an_interval_ends_when_cancelled, "timer", "cancel/1",                                    \
	  "Cancels a previously requested time-out.", SAME, "")                                    \
	X(a_timers_message_waits_its_turn, "Processes", "Receiving Signals",                       \
	  "[...] the message is added to the end of the message queue.", SAME, "")

#endif
