/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_GEN_SERVER_H
#define CONFORMANCE_TABLE_GEN_SERVER_H

#define ROWS_GEN_SERVER(X)                                                                         \
	X(start_returns_when_init_has, "gen_server", "start_link/3,4",                             \
	  "To ensure a synchronized startup procedure, `start_link/3,4` does not return "          \
	  "until `Module:init/1` has returned.",                                                   \
	  SAME, "")                                                                                \
	X(start_gives_the_pid, "gen_server", "start_ret()",                                        \
	  "The `gen_server` process was succesfully created and initialized, with the "            \
	  "process identifier `Pid`.",                                                             \
	  SAME, "")                                                                                \
	X(init_gets_the_argument_of_start, "gen_server", "Module:init/1",                          \
	  "`Args` is the `Args` argument provided to the start function.", SAME, "")               \
	X(the_reason_of_a_failing_init_reaches_the_starter, "gen_server", "start_ret()",           \
	  "`{error,Reason}` `Module:init/1` returned `{stop,Reason}` or failed with "              \
	  "`Reason`.",                                                                             \
	  SAME, "")                                                                                \
	X(a_failing_init_ends_the_actor, "gen_server", "start_ret()",                              \
	  "The `gen_server` process is terminated and an exit signal with the same `Reason`"       \
	  " is sent to linked processes and ports.",                                               \
	  SAME, "")                                                                                \
	X(a_failed_start_sends_its_starter_no_signal, "gen_server", "Module:init/1",               \
	  "An exit signal with this `Reason` (or with reason `normal` if `ignore` is "             \
	  "returned) is sent to linked processes and ports, notably to the process starting"       \
	  " the `gen_server` when `start_link/3,4` is used.",                                      \
	  DIFFERS,                                                                                 \
	  "The starter learns the reason once, from actor_start; the link that it wanted is"       \
	  " made only when init succeeds. So a starter need not trap exits to survive a "          \
	  "child that could not start. Whoever else init has linked to does get the signal.")      \
	X(an_init_that_stops_normally_is_no_child, "gen_server", "start_ret()",                    \
	  "`ignore` `Module:init/1` returned `ignore`, the `gen_server` process is "               \
	  "terminated.",                                                                           \
	  DIFFERS,                                                                                 \
	  "There is no `ignore`. An init that returns ACTOR_STOP ends the actor normally, "        \
	  "and actor_start says ACTOR_EBAD_CHILD with that reason: the caller has no pid to"       \
	  " use, and should not find that out later.")                                             \
	X(a_start_can_give_a_name, "gen_server", "start_link/3,4",                                 \
	  "Using the argument `ServerName` creates a `gen_server` with a registered name.", SAME,  \
	  "")                                                                                      \
	X(without_a_name_nothing_is_registered, "gen_server", "start_link/3,4",                    \
	  "If no `ServerName` is provided, the `gen_server` process is not registered.", SAME, "") \
	X(a_taken_name_refuses_the_start, "gen_server", "start_ret()",                             \
	  "`{error,{already_started,OtherPid}}` A process with the specified `ServerName` "        \
	  "exists already with the process identifier `OtherPid`. This `gen_server` was not"       \
	  " started.",                                                                             \
	  SAME, "")                                                                                \
	X(a_start_can_link, "gen_server", "start_link/3,4",                                        \
	  "For example, it ensures that the `gen_server` process is linked to the "                \
	  "supervisor.",                                                                           \
	  SAME, "")                                                                                \
	X(a_start_alone_does_not_link, "gen_server", "start/3,4",                                  \
	  "Creates a standalone `gen_server` process, that is, a `gen_server` process that "       \
	  "is not part of a supervision tree and thus has no supervisor.",                         \
	  SAME, "")                                                                                \
	X(a_call_comes_to_handle_call, "gen_server", "call/2,3",                                   \
	  "The `gen_server` process calls `Module:handle_call/3` to handle the request.", SAME,    \
	  "")                                                                                      \
	X(a_cast_comes_to_handle_cast, "gen_server", "cast/2",                                     \
	  "The `gen_server` process calls `Module:handle_cast/2` to handle the request.", SAME,    \
	  "")                                                                                      \
	X(all_else_comes_to_handle_info, "gen_server", "Module:handle_info/2",                     \
	  "This function is called by a `gen_server` process when a time-out occurs or when"       \
	  " it receives any other message than a synchronous or asynchronous request (or a "       \
	  "system message).",                                                                      \
	  SAME, "")                                                                                \
	X(info_without_a_handler_is_counted, "gen_server", "Module:handle_info/2",                 \
	  "The `gen_server` module provides a default implementation of this function that "       \
	  "logs about the unexpected `Info` message, drops it and returns `{noreply, "             \
	  "State}`.",                                                                              \
	  DIFFERS,                                                                                 \
	  "A plain send that no handler takes is dropped and counted (`unhandled` of "             \
	  "actor_system_count), as is a cast; a call is rejected. A library does not print,"       \
	  " and a count can be watched.")                                                          \
	X(handlers_other_than_init_are_optional, "gen_server", "Module:terminate/2",               \
	  "This callback is optional, so callback modules need not export it.", SAME, "")          \
	X(a_handler_goes_on_with_the_new_state, "gen_server", "Module:handle_call/3",              \
	  "The `gen_server` process continues executing with the possibly updated internal "       \
	  "state `NewState`.",                                                                     \
	  SAME, "")                                                                                \
	X(a_reply_may_be_given_later, "gen_server", "Module:handle_call/3",                        \
	  "A reply to the client request has to be created by calling `reply(From, Reply)`,"       \
	  " either in this or in a later callback.",                                               \
	  SAME, "")                                                                                \
	X(a_stop_may_reply_first, "gen_server", "Module:handle_call/3",                            \
	  "`{stop,_,Reply,_}` will create a reply to the client request just as "                  \
	  "`{reply,Reply,...}`",                                                                   \
	  SAME, "")                                                                                \
	X(a_stop_by_itself_is_no_reply, "gen_server", "Module:handle_call/3",                      \
	  "while `{stop,_,_}` will not, so just as for `{noreply,NewState,...}` a reply has"       \
	  " to be created by calling `reply(From, Reply)` before returning `{stop,_,_}`.",         \
	  SAME, "")                                                                                \
	X(terminate_gets_the_reason_of_the_stop, "gen_server", "Module:terminate/2",               \
	  "If it is because another callback function has returned a stop tuple "                  \
	  "`{stop,..}`, `Reason` has the value specified in that tuple.",                          \
	  SAME, "")                                                                                \
	X(the_actor_ends_when_terminate_returns, "gen_server", "Module:terminate/2",               \
	  "When it returns, the `gen_server` process terminates with `Reason`.", SAME, "")         \
	X(the_reason_of_a_stop_reaches_the_linked, "gen_server", "gen_server",                     \
	  "If the `gen_server` process terminates, e.g. as a result of a function in the "         \
	  "callback module returning `{stop,Reason,NewState}`, an exit signal with this "          \
	  "`Reason` is sent to linked processes and ports.",                                       \
	  SAME, "")                                                                                \
	X(a_failing_handler_ends_the_actor, "gen_server", "gen_server",                            \
	  "If a callback function fails or returns a bad value, the `gen_server` process "         \
	  "terminates.",                                                                           \
	  SAME, "")                                                                                \
	X(exits_are_not_trapped_unless_asked, "gen_server", "gen_server",                          \
	  "Notice that a `gen_server` process does not trap exit signals automatically, "          \
	  "this must be explicitly initiated in the callback module.",                             \
	  SAME, "")                                                                                \
	X(terminate_runs_without_trapping_too, "gen_server", "Module:terminate/2",                 \
	  "Otherwise, the `gen_server` process terminates immediately.", DIFFERS,                  \
	  "terminate runs for every reason but a kill, also when an exit signal ends an "          \
	  "actor that does not trap exits. A process in Erlang leaves nothing behind that "        \
	  "is not collected; in C it may hold a file, a lock or memory that only terminate "       \
	  "can give back.")                                                                        \
	X(terminate_does_not_run_when_killed, "gen_server", "Module:terminate/2",                  \
	  "The shutdown strategy as defined in the child specification of the supervisor is"       \
	  " an integer time-out value, not `brutal_kill`.",                                        \
	  SAME, "")                                                                                \
	X(the_parents_exit_ends_who_traps, "gen_server", "Module:terminate/2",                     \
	  "Even if the `gen_server` process is not part of a supervision tree, this "              \
	  "function is called if it receives an `'EXIT'` message from its parent. `Reason` "       \
	  "is the same as in the `'EXIT'` message.",                                               \
	  SAME, "")                                                                                \
	X(continue_comes_before_all_else, "gen_server", "Module:handle_continue/2",                \
	  "`handle_continue/2` is invoked immediately after the previous callback, which "         \
	  "makes it useful for performing work after initialization or for splitting the "         \
	  "work in a callback in multiple steps, updating the process state along the way.",       \
	  SAME, "")                                                                                \
	X(continue_after_init_is_first, "gen_server", "gen_server",                                \
	  "If the `gen_server` process needs to perform an action immediately after "              \
	  "initialization or to break the execution of a callback into multiple steps, it "        \
	  "can return `{continue,Continue}` in place of the time-out or hibernation value, "       \
	  "which will immediately invoke the `handle_continue/2` callback.",                       \
	  SAME, "")                                                                                \
	X(continue_without_a_handler_is_counted, "gen_server", "Module:handle_continue/2",         \
	  "If such a `{continue,_}` tuple is used and the callback is not implemented, the "       \
	  "process will exit with `undef` error.",                                                 \
	  DIFFERS,                                                                                 \
	  "It is dropped and counted, as is every message that no handler takes. The actor "       \
	  "goes on.")                                                                              \
	X(stop_waits_for_the_end, "gen_server", "stop/1,3",                                        \
	  "Orders the generic server specified by `ServerRef` to exit with the specified "         \
	  "`Reason`, default 'normal', and waits for it to terminate.",                            \
	  SAME, "")                                                                                \
	X(stop_runs_terminate, "gen_server", "stop/1,3",                                           \
	  "The `gen_server` process calls `Module:terminate/2` before exiting.", SAME, "")         \
	X(stop_fails_when_the_reason_is_another, "gen_server", "stop/1,3",                         \
	  "The function returns `ok` if the server terminates with the expected reason.", SAME,    \
	  "")                                                                                      \
	X(stop_has_a_time_limit, "gen_server", "stop/1,3",                                         \
	  "If the server has not terminated within the specified time, the call exits the "        \
	  "calling process with reason `timeout`.",                                                \
	  SAME, "")                                                                                \
	X(stopping_the_dead_is_noproc, "gen_server", "stop/1,3",                                   \
	  "If the process does not exist, the call exits the calling process with reason "         \
	  "`noproc`",                                                                              \
	  SAME, "")                                                                                \
	X(a_stop_reaches_the_linked, "gen_server", "stop/1,3",                                     \
	  "An exit signal with the same reason is sent to linked processes and ports.", SAME, "")

#endif
