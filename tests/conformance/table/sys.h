/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_SYS_H
#define CONFORMANCE_TABLE_SYS_H

#define ROWS_SYS(X)                                                                                \
	X(the_state_can_be_read, "sys", "get_state/1,2",                                           \
	  "For a `gen_server` process, the returned `State` is the state of the callback "         \
	  "module.",                                                                               \
	  SAME, "")                                                                                \
	X(the_state_can_be_replaced, "sys", "replace_state/2,3",                                   \
	  "Replaces the state of the process, and returns the new state.", SAME, "")               \
	X(the_status_tells_what_runs, "sys", "get_status/1,2", "Gets the status of the process.",  \
	  SAME, "")                                                                                \
	X(a_suspended_actor_handles_nothing, "sys", "suspend/1,2",                                 \
	  "When the process is suspended, it only responds to other system messages, but "         \
	  "not other messages.",                                                                   \
	  SAME, "")                                                                                \
	X(a_suspended_actor_answers_system_messages, "sys", "suspend/1,2",                         \
	  "[...] it only responds to other system messages [...]", SAME, "")                       \
	X(a_resumed_actor_goes_on_in_order, "sys", "resume/1,2", "Resumes a suspended process.",   \
	  SAME, "")                                                                                \
	X(an_exit_signal_ends_a_suspended_actor, "Processes", "Receiving Signals",                 \
	  "There is nothing a process must do to handle the reception of signals, or can do"       \
	  " to prevent it.",                                                                       \
	  SAME, "")                                                                                \
	X(statistics_are_counted_while_on, "sys", "statistics/2,3",                                \
	  "Enables or disables the collection of statistics. If `Flag` is `get`, the "             \
	  "statistical collection is returned.",                                                   \
	  SAME, "")                                                                                \
	X(statistics_that_are_off_are_none, "sys", "statistics/2,3",                               \
	  "`Statistics = [StatisticsTuple] | no_statistics`", SAME, "")                            \
	X(terminate_orders_the_end, "sys", "terminate/2,3",                                        \
	  "Orders the process to terminate with the specified `Reason`.", SAME, "")                \
	X(asking_the_dead_is_an_error, "gen_server", "gen_server",                                 \
	  "Unless otherwise stated, all functions in this module fail if the specified "           \
	  "`gen_server` process does not exist or if bad arguments are specified.",                \
	  SAME, "")                                                                                \
	X(asking_has_a_time_limit, "sys", "sys",                                                   \
	  "`timeout` defines the time to wait for the process to respond to a request.", SAME, "") \
	X(every_actor_understands_system_messages, "sys", "System Messages",                       \
	  "Processes that are not implemented as one of the standard behaviors must still "        \
	  "understand system messages.",                                                           \
	  SAME, "")

#endif
