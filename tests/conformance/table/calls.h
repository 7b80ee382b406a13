/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_CALLS_H
#define CONFORMANCE_TABLE_CALLS_H

#define ROWS_CALLS(X)                                                                              \
	X(a_call_waits_for_its_reply, "gen_server", "call/2,3",                                    \
	  "Makes a synchronous call to the `ServerRef` of the `gen_server` process by "            \
	  "sending a request and waiting until a reply arrives or a time-out occurs.",             \
	  SAME, "")                                                                                \
	X(the_reply_is_what_the_callee_gave, "gen_server", "call/2,3",                             \
	  "The return value `Reply` is passed from the return value of "                           \
	  "`Module:handle_call/3`.",                                                               \
	  SAME, "")                                                                                \
	X(a_call_that_times_out_returns, "gen_server", "call/2,3",                                 \
	  "If no reply is received within the specified time, this function exits the "            \
	  "calling process with an exit term containing `Reason = timeout` as described "          \
	  "below.",                                                                                \
	  DIFFERS,                                                                                 \
	  "actor_call returns ACTOR_ETIMEOUT, and the caller decides; C has no exceptions. "       \
	  "So with all other reasons for which a call fails.")                                     \
	X(a_call_may_wait_without_limit, "gen_server", "call/2,3",                                 \
	  "`Timeout` is an integer that specifies how many milliseconds to wait for a "            \
	  "reply, or the atom `infinity` to wait indefinitely.",                                   \
	  SAME, "")                                                                                \
	X(a_late_reply_is_not_received, "gen_server", "call/2,3",                                  \
	  "Starting with OTP 24, `gen_server:call` uses process aliases, so late replies "         \
	  "will not be received.",                                                                 \
	  SAME, "")                                                                                \
	X(a_late_reply_is_not_taken_for_another, "gen_server", "receive_response/2",               \
	  "That is, no response will be received after a timeout.", SAME, "")                      \
	X(calling_the_dead_is_noproc, "gen_server", "call/2,3",                                    \
	  "`noproc`: The `ServerRef` refers to a server by name (it is not a `pid()`) and "        \
	  "looking up the server process failed, or the `pid()` was already terminated.",          \
	  SAME, "")                                                                                \
	X(calling_oneself_fails_at_once, "gen_server", "call/2,3",                                 \
	  "`calling_self`: A call to `self()` would hang indefinitely.", SAME, "")                 \
	X(a_circle_of_calls_fails_at_once, "gen_server", "call/2,3",                               \
	  "[...] waiting until a reply arrives or a time-out occurs.", DIFFERS,                    \
	  "A call that would close a circle of callers fails with ACTOR_EDEADLOCK instead "        \
	  "of waiting for its time-out, or for ever. Who waits for whom is known, and "            \
	  "actor_call_cycle names the circle.")                                                    \
	X(a_callee_that_is_shut_down_ends_the_call, "gen_server", "call/2,3",                      \
	  "`shutdown`: The server was stopped during the call by its supervisor.", SAME, "")       \
	X(a_callee_that_stops_ends_the_call, "gen_server", "call/2,3",                             \
	  "`normal` [...] The server stopped during the call by returning `{stop,Reason,_}`"       \
	  " from its `Module:handle_call/3` callback, without replying.",                          \
	  SAME, "")                                                                                \
	X(a_callee_that_dies_ends_the_call, "gen_server", "call/2,3",                              \
	  "The server process exited during the call, with reason `Reason`. Either by "            \
	  "returning `{stop,Reason,_}` from its `Module:handle_call/3` callback (without "         \
	  "replying), by raising an exception, or due to getting an exit signal it did not "       \
	  "trap.",                                                                                 \
	  SAME, "")                                                                                \
	X(a_request_not_yet_handled_fails_as_well, "gen_server", "receive_response/2",             \
	  "The function returns an error if the `gen_server` died before a reply was sent.", SAME, \
	  "")                                                                                      \
	X(another_actor_may_reply, "gen_server", "reply/2",                                        \
	  "This function can be used by a `gen_server` process to explicitly send a reply "        \
	  "to a client that called `call/2,3` or `multi_call/2,3,4`, when the reply cannot "       \
	  "be passed in the return value of `Module:handle_call/3`.",                              \
	  SAME, "")                                                                                \
	X(each_caller_gets_its_own_reply, "gen_server", "from()",                                  \
	  "`Tag` is a term that is unique for this call/request instance.", SAME, "")              \
	X(a_second_reply_is_dropped, "erlang", "alias/1",                                          \
	  "`reply`: The alias will be automatically deactivated when a reply message sent "        \
	  "via the alias is received.",                                                            \
	  SAME, "")                                                                                \
	X(a_reply_to_the_dead_is_dropped, "Expressions", "Send",                                   \
	  "Sending a message to a pid never fails, even if the pid identifies a non-"              \
	  "existing process.",                                                                     \
	  SAME, "")                                                                                \
	X(what_arrives_during_a_call_waits, "Expressions", "Receive",                              \
	  "All other messages in the message queue remain unchanged.", SAME, "")                   \
	X(the_exit_of_a_linked_callee_still_comes, "Processes", "Sending Exit Signals",            \
	  "When a process or port terminates it will send exit signals to all processes and"       \
	  " ports that it is linked to.",                                                          \
	  SAME, "")                                                                                \
	X(callers_are_served_in_order, "Expressions", "Receive",                                   \
	  "Messages are queued in the order they were received.", SAME, "")                        \
	X(a_cast_returns_at_once, "gen_server", "cast/2",                                          \
	  "Sends an asynchronous request to the `ServerRef` of the `gen_server` process and"       \
	  " returns `ok` immediately",                                                             \
	  SAME, "")                                                                                \
	X(a_cast_to_the_dead_is_no_error, "gen_server", "cast/2",                                  \
	  "[...] ignoring if the destination node or `gen_server` process does not exist.", SAME,  \
	  "")                                                                                      \
	X(casts_and_calls_keep_their_order, "Processes", "Delivery of Signals",                    \
	  "if an entity sends multiple signals to the same destination entity, the order is"       \
	  " preserved",                                                                            \
	  SAME, "")

#endif
