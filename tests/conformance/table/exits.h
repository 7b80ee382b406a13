/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_EXITS_H
#define CONFORMANCE_TABLE_EXITS_H

#define ROWS_EXITS(X)                                                                        \
	X(an_exit_signal_ends_who_does_not_trap, "erlang", "exit/2",                         \
	  "If `P` is not trapping exits, `P` exits with exit reason `Reason`.", SAME, "")    \
	X(a_trapped_signal_names_its_sender, "erlang", "exit/2",                             \
	  "If `P` is trapping exits, the exit signal is transformed into a message "         \
	  "`{'EXIT', From, Reason}`, where `From` is the process identifier of the process " \
	  "that sent the exit signal, and delivered to the message queue of `P`.",           \
	  SAME, "")                                                                          \
	X(normal_from_another_has_no_effect, "erlang", "exit/2",                             \
	  "The signal has no effect if `P` is not trapping exits.", SAME, "")                \
	X(normal_is_a_message_to_who_traps, "erlang", "exit/2",                              \
	  "If `P` is trapping exits, the exit signal is transformed into a message "         \
	  "`{'EXIT', From, normal}` [...]",                                                  \
	  SAME, "")                                                                          \
	X(kill_ends_with_killed, "erlang", "exit/2",                                         \
	  "If `Reason` is the atom `kill`, that is, if `exit(Pid, kill)` is called, an "     \
	  "untrappable exit signal is sent to the process that is identified by `Pid`, "     \
	  "which unconditionally exits with exit reason `killed`.",                          \
	  SAME, "")                                                                          \
	X(kill_cannot_be_trapped, "Processes", "Sending Exit Signals",                       \
	  "If `Reason` is the atom `kill`, the receiver cannot trap the exit signal and "    \
	  "will unconditionally terminate when it receives the signal.",                     \
	  SAME, "")                                                                          \
	X(killed_can_be_trapped_as_a_reason, "Processes", "Receiving Exit Signals",          \
	  "The exit signal is converted to a message signal [...] if the receiver is "       \
	  "trapping exits, the `link` flag of the exit signal is: not set, and the exit "    \
	  "reason of the signal is not the atom `kill`.",                                    \
	  SAME, "")                                                                          \
	X(normal_to_oneself_ends, "erlang", "exit/2",                                        \
	  "`P` exits with reason `normal` if `P` is not trapping exits.", SAME, "")          \
	X(normal_to_oneself_is_trapped, "erlang", "exit/2",                                  \
	  "If `P` is trapping exits, the exit signal is transformed into a message "         \
	  "`{'EXIT', From, normal}`, where `From` is `P`'s process identifier, and "         \
	  "delivered to `P`'s message queue.",                                               \
	  SAME, "")                                                                          \
	X(one_can_end_oneself_by_a_signal, "Processes", "Receiving Exit Signals",            \
	  "The receiving process is terminated if: [...] the receiver is not trapping "      \
	  "exits, and the exit reason is something other than the atom `normal`.",           \
	  SAME, "")                                                                          \
	X(a_signal_to_the_dead_is_lost, "Processes", "Delivery of Signals",                  \
	  "If the receiver has terminated, the signal does not arrive, but it can trigger "  \
	  "another signal.",                                                                 \
	  SAME, "")                                                                          \
	X(an_ended_actor_handles_no_more, "Processes", "Receiving Signals",                  \
	  "If the receiver is set in an exiting state, no more Erlang code will be executed" \
	  " and the process is scheduled for termination.",                                  \
	  SAME, "")                                                                          \
	X(trap_counts_when_the_signal_is_received, "Processes", "Receiving Exit Signals",    \
	  "What happens when a process receives an exit signal depends on: the trap exit "   \
	  "state of the receiver at the time when the exit signal is received.",             \
	  SAME, "")                                                                          \
	X(trapping_makes_messages_of_signals, "erlang", "process_flag(trap_exit)",           \
	  "When `trap_exit` is set to `true`, exit signals arriving to a process are "       \
	  "converted to `{'EXIT', From, Reason}` messages, which can be received as "        \
	  "ordinary messages.",                                                              \
	  SAME, "")                                                                          \
	X(without_trapping_the_signal_goes_on_to_links, "erlang", "process_flag(trap_exit)", \
	  "If `trap_exit` is set to `false`, the process exits if it receives an exit "      \
	  "signal other than `normal` and the exit signal is propagated to its linked "      \
	  "processes.",                                                                      \
	  SAME, "")                                                                          \
	X(trap_exits_answers_with_a_status, "erlang", "process_flag(trap_exit)",             \
	  "Returns the old value of the flag.", DIFFERS,                                     \
	  "actor_trap_exits returns a status, as every function of libactor does: it fails " \
	  "with ACTOR_ENOT_ACTOR outside of handlers.")                                      \
	X(a_message_that_was_sent_before_comes_first, "Processes", "Delivery of Signals",    \
	  "if `A` sends a signal `S1` to `B`, and later sends signal `S2` to `B`, `S1` is "  \
	  "guaranteed not to arrive after `S2`",                                             \
	  SAME, "")                                                                          \
	X(every_end_has_a_reason, "Processes", "Process Termination",                        \
	  "When a process terminates, it always terminates with an exit reason.", SAME, "")  \
	X(reasons_travel_unchanged, "Processes", "Process Termination",                      \
	  "The reason can be any term.", DIFFERS,                                            \
	  "A reason is a number: 32 bits that travel unchanged. Negative ones are statuses," \
	  " those from ACTOR_EXIT_USER up are the program's. So a reason is compared, "      \
	  "counted and recorded without an allocation on the way to the end.")               \
	X(an_actor_with_no_more_to_do_ends_normally, "Processes", "Process Termination",     \
	  "A process is said to terminate normally, if the exit reason is the atom "         \
	  "`normal`.",                                                                       \
	  SAME, "")                                                                          \
	X(a_signal_reaches_who_waits_in_a_call, "Processes", "Receiving Signals",            \
	  "In particular, signal reception is not tied to the execution of a `receive` "     \
	  "expression, but can happen anywhere in the execution flow of a process.",         \
	  SAME, "")                                                                          \
	X(a_handler_is_not_interrupted, "Processes", "Receiving Signals",                    \
	  "There is nothing a process must do to handle the reception of signals, or can do" \
	  " to prevent it.",                                                                 \
	  DIFFERS,                                                                           \
	  "A handler is C: it runs to its end, or to a call that waits, and the signal "     \
	  "counts then. Stopping C anywhere would leave locks taken and memory half "        \
	  "written.")                                                                        \
	X(the_living_are_alive, "erlang", "is_process_alive/1",                              \
	  "Returns `true` if the process exists and is alive, that is, is not exiting and "  \
	  "has not exited. Otherwise returns `false`.",                                      \
	  SAME, "")                                                                          \
	X(alive_does_not_wait_for_signals, "erlang", "is_process_alive/1",                   \
	  "If process `P1` calls `is_process_alive(P2Pid)` it is guaranteed that all "       \
	  "signals, sent from `P1` to `P2` [...] before the call, will be delivered to `P2`" \
	  " before the aliveness of `P2` is checked.",                                       \
	  DIFFERS,                                                                           \
	  "actor_alive reads a shared word and never waits; the other may be in a handler "  \
	  "for long. Who must know that an actor is gone monitors it.")                      \
	X(kill_as_ones_own_reason_stays_kill, "erlang", "exit/1",                            \
	  "If a process calls `exit(kill)` and does not catch the exception, it will "       \
	  "terminate with exit reason `kill` and also emit exit signals with exit reason "   \
	  "`kill` (not `killed`) to all linked processes.",                                  \
	  SAME, "")

#endif
