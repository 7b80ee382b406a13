/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_MONITORS_H
#define CONFORMANCE_TABLE_MONITORS_H

#define ROWS_MONITORS(X)                                                                         \
	X(a_down_has_the_reason, "Processes", "Monitors",                                        \
	  "If `Pid2` terminates with exit reason `Reason`, a 'DOWN' message is sent to "         \
	  "`Pid1`",                                                                              \
	  SAME, "")                                                                              \
	X(a_down_names_who_ended, "Processes", "Monitors",                                       \
	  "`{'DOWN', Ref, process, Pid2, Reason}`", SAME, "")                                    \
	X(a_down_has_the_reference_of_its_monitor, "Processes", "Monitors",                      \
	  "The function returns a reference `Ref`.", SAME, "")                                   \
	X(watching_the_dead_is_noproc_at_once, "Processes", "Monitors",                          \
	  "If `Pid2` does not exist, the 'DOWN' message is sent immediately with `Reason` "      \
	  "set to `noproc`.",                                                                    \
	  SAME, "")                                                                              \
	X(a_monitor_goes_one_way, "Processes", "Monitors", "Monitors are unidirectional.", SAME, \
	  "")                                                                                    \
	X(each_monitor_sends_its_own_down, "Processes", "Monitors",                              \
	  "Repeated calls to `erlang:monitor(process, Pid)` creates several independent "        \
	  "monitors, and each one sends a 'DOWN' message when `Pid` terminates.",                \
	  SAME, "")                                                                              \
	X(a_removed_monitor_says_nothing, "erlang", "demonitor/1",                               \
	  "Once `demonitor(MonitorRef)` has returned, it is guaranteed that no `{'DOWN', "       \
	  "MonitorRef, _, _, _}` message, because of the monitor, will be placed in the "        \
	  "caller message queue in the future.",                                                 \
	  SAME, "")                                                                              \
	X(other_monitors_stay_when_one_is_removed, "erlang", "demonitor/1",                      \
	  "If `MonitorRef` is a reference that the calling process obtained by calling "         \
	  "`monitor/2`, this monitoring is turned off.",                                         \
	  SAME, "")                                                                              \
	X(demonitor_takes_the_message_away_too, "erlang", "demonitor/2",                         \
	  "flush: Removes (one) `{_, MonitorRef, _, _, _}` message, if there is one, from "      \
	  "the caller message queue after monitoring has been stopped.",                         \
	  DIFFERS,                                                                               \
	  "actor_demonitor always does what OTP does with the option flush. A handler "          \
	  "cannot look into its own mailbox, so it could not clean up by itself.")               \
	X(removing_twice_does_nothing, "erlang", "demonitor/1",                                  \
	  "If the monitoring is already turned off, nothing happens.", SAME, "")                 \
	X(demonitor_says_whether_it_was_in_time, "erlang", "demonitor/2",                        \
	  "info: The returned value is one of the following: `true` The monitor was found "      \
	  "and removed. [...] `false` The monitor was not found and could not be removed.",      \
	  SAME, "")                                                                              \
	X(only_who_watches_can_stop_it, "erlang", "demonitor/1",                                 \
	  "It is an error if `MonitorRef` refers to a monitoring started by another "            \
	  "process.",                                                                            \
	  SAME, "")                                                                              \
	X(a_down_does_not_end_who_watches, "Processes", "Receiving Signals",                     \
	  "[...] Convert into a message if the corresponding monitor is still active; "          \
	  "otherwise, drop the signal.",                                                         \
	  SAME, "")                                                                              \
	X(a_monitor_speaks_once, "erlang", "monitor/2",                                          \
	  "A process or port monitor is triggered only once, after that it is removed from "     \
	  "both monitoring process and the monitored entity.",                                   \
	  SAME, "")                                                                              \
	X(a_normal_end_is_told_too, "Processes", "Sending Signals",                              \
	  "`down`: Sent by a monitored process or port that terminates.", SAME, "")              \
	X(who_watches_the_killed_sees_killed, "erlang", "exit/2",                                \
	  "[...] which unconditionally exits with exit reason `killed`.", SAME, "")              \
	X(a_birth_can_be_watched_at_once, "gen_server", "start_monitor/3,4",                     \
	  "Creates a standalone `gen_server` process [...] and atomically sets up a monitor"     \
	  " to the newly created server.",                                                       \
	  SAME, "")                                                                              \
	X(a_failed_start_leaves_no_down, "gen_server", "start_monitor/3,4",                      \
	  "If the start is not successful, the caller will be blocked until the monitor's "      \
	  "`'DOWN'` message has been received and removed from the message queue.",              \
	  SAME, "")                                                                              \
	X(the_name_is_free_before_the_down, "Processes", "Sending Signals",                      \
	  "The signal is sent after all directly visible Erlang resources used by the "          \
	  "process or the port have been released.",                                             \
	  SAME, "")                                                                              \
	X(the_down_comes_after_what_was_sent_before, "Processes", "Delivery of Signals",         \
	  "The only signal ordering guarantee given is the following: if an entity sends "       \
	  "multiple signals to the same destination entity, the order is preserved",             \
	  SAME, "")                                                                              \
	X(a_dead_watcher_is_forgotten, "Processes", "Sending Signals",                           \
	  "`demonitor`: Sent [...] when a process monitoring another process terminates.", SAME, \
	  "")                                                                                    \
	X(links_and_monitors_are_two_things, "Processes", "Monitors",                            \
	  "An alternative to links are monitors.", SAME, "")

#endif
