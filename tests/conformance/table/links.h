/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_LINKS_H
#define CONFORMANCE_TABLE_LINKS_H

#define ROWS_LINKS(X)                                                                              \
	X(an_end_reaches_the_linked, "erlang", "link/1",                                           \
	  "If one of the participants of a link terminates, it will send an exit signal to "       \
	  "the other participant.",                                                                \
	  SAME, "")                                                                                \
	X(the_signal_of_a_link_has_the_reason, "erlang", "link/1",                                 \
	  "The exit signal will contain the exit reason of the terminated participant.", SAME, "") \
	X(a_link_goes_both_ways, "Processes", "Links",                                             \
	  "Links are bidirectional and there can only be one link between two processes.", SAME,   \
	  "")                                                                                      \
	X(there_is_only_one_link_between_two, "Processes", "Links",                                \
	  "Repeated calls to `link()` have no effect.", SAME, "")                                  \
	X(either_side_removes_a_link, "Processes", "Links",                                        \
	  "Either one of the involved processes may create or remove a link.", SAME, "")           \
	X(a_link_to_oneself_is_nothing, "erlang", "link/1",                                        \
	  "If the link already exists, or if the caller attempts to create a link to "             \
	  "itself, nothing is done.",                                                              \
	  SAME, "")                                                                                \
	X(all_the_linked_are_told, "Processes", "Sending Exit Signals",                            \
	  "When a process or port terminates it will send exit signals to all processes and"       \
	  " ports that it is linked to.",                                                          \
	  SAME, "")                                                                                \
	X(a_link_to_the_dead_is_noproc, "Processes", "Sending Exit Signals",                       \
	  "`noproc` in case no process or port was found when setting up a link in a "             \
	  "preceding call to the `link(PidOrPort)` BIF.",                                          \
	  SAME, "")                                                                                \
	X(the_sender_of_noproc_is_who_was_linked, "Processes", "Sending Exit Signals",             \
	  "The process or port identified as sender of the exit signal will equal the "            \
	  "`PidOrPort` argument passed to `link/1`.",                                              \
	  SAME, "")                                                                                \
	X(a_link_to_the_dead_ends_who_does_not_trap, "erlang", "link/1",                           \
	  "If the above is true and the linkee does not exist, `link/1` will raise a "             \
	  "`noproc` error exception.",                                                             \
	  DIFFERS,                                                                                 \
	  "actor_link returns 0 and the exit signal with noproc follows, whether the caller"       \
	  " traps or not. OTP's manual calls its own way strange and kept for history, and "       \
	  "names this one as what would be expected; C has no exceptions either.")                 \
	X(unlink_has_the_last_word, "erlang", "unlink/1",                                          \
	  "Once `unlink(Id)` has returned, it is guaranteed that the link between the "            \
	  "caller and the unlinkee has no effect on the caller in the future (unless the "         \
	  "link is setup again).",                                                                 \
	  SAME, "")                                                                                \
	X(a_link_can_be_made_again, "erlang", "unlink/1", "(unless the link is setup again)",      \
	  SAME, "")                                                                                \
	X(unlinking_a_stranger_is_nothing, "erlang", "unlink/1",                                   \
	  "If such a link does not exist, nothing is done.", SAME, "")                             \
	X(unlink_takes_the_message_away_too, "erlang", "unlink/1",                                 \
	  "Note that if the caller is trapping exits, an `{'EXIT', Id, ExitReason}` message"       \
	  " due to the link may have been placed in the message queue of the caller before "       \
	  "the `unlink(Id)` call completed.",                                                      \
	  DIFFERS,                                                                                 \
	  "A message of the link that was not handled yet is taken away as well. A handler "       \
	  "cannot look into its own mailbox, so it could not clean up as OTP's manual "            \
	  "advises.")                                                                              \
	X(a_signal_of_a_removed_link_is_dropped, "Processes", "Receiving Exit Signals",            \
	  "The exit signal is silently dropped if: the `link` flag of the exit signal is "         \
	  "set and the corresponding link has been deactivated.",                                  \
	  SAME, "")                                                                                \
	X(a_normal_end_does_not_disturb, "Processes", "Receiving Exit Signals",                    \
	  "The exit signal is silently dropped if: [...] the exit reason of the exit signal"       \
	  " is the atom `normal`, the receiver is not trapping exits, and the receiver and "       \
	  "sender are not the same process.",                                                      \
	  SAME, "")                                                                                \
	X(a_trapped_end_is_a_message, "Processes", "Receiving Exit Signals",                       \
	  "The converted message will be on the form `{'EXIT', SenderID, Reason}` where "          \
	  "`Reason` equals the exit reason of the exit signal and `SenderID` is the "              \
	  "identifier of the process or port that sent the exit signal.",                          \
	  SAME, "")                                                                                \
	X(a_trapped_normal_end_is_a_message, "Processes", "Receiving Exit Signals",                \
	  "The exit signal is converted to a message signal and added to the end of the "          \
	  "message queue of the receiver, if the receiver is trapping exits [...]",                \
	  SAME, "")                                                                                \
	X(the_exit_comes_after_what_was_sent_before, "Processes", "Delivery of Signals",           \
	  "if an entity sends multiple signals to the same destination entity, the order is"       \
	  " preserved",                                                                            \
	  SAME, "")                                                                                \
	X(an_end_spreads_over_links, "Processes", "Error Handling",                                \
	  "Terminating processes emit exit signals to all linked processes, which can "            \
	  "terminate as well or handle the exit in some way.",                                     \
	  SAME, "")                                                                                \
	X(a_trap_stops_the_spreading, "Processes", "Error Handling",                               \
	  "[...] which can terminate as well or handle the exit in some way.", SAME, "")           \
	X(killed_is_what_links_see, "erlang", "exit/2",                                            \
	  "The exit reason is changed from `kill` to `killed` to hint to linked processes "        \
	  "that the killed process got killed by a call to `exit(Pid, kill)`.",                    \
	  SAME, "")                                                                                \
	X(kill_over_a_link_can_be_trapped, "Processes", "Receiving Exit Signals",                  \
	  "Note that an exit reason of `kill` will not terminate the process in this case "        \
	  "and it will not be converted to `killed`.",                                             \
	  SAME, "")                                                                                \
	X(kill_over_a_link_is_not_converted, "Processes", "Receiving Exit Signals",                \
	  "Note that if the `link` flag is set, an exit reason of `kill` will not be "             \
	  "converted to `killed`.",                                                                \
	  SAME, "")                                                                                \
	X(a_birth_can_be_linked_at_once, "Processes", "Links",                                     \
	  "The spawn operation and the link operation will be performed atomically, in "           \
	  "these cases.",                                                                          \
	  SAME, "")                                                                                \
	X(the_name_is_free_before_links_are_told, "Processes",                                     \
	  "Directly Visible Erlang Resources",                                                     \
	  "`exit` signals due to links, `down` signals, and reply signals from an exiting "        \
	  "process due to `alive_request`s are not sent until all directly visible Erlang "        \
	  "resources held by the terminating process have been released.",                         \
	  SAME, "")

#endif
