/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_MESSAGES_H
#define CONFORMANCE_TABLE_MESSAGES_H

#define ROWS_MESSAGES(X)                                                                     \
	X(spawn_returns_at_once, "Processes", "Process Creation",                            \
	  "`spawn()` creates a new process and returns the pid.", SAME, "")                  \
	X(self_is_ones_own_pid, "erlang", "self/0",                                          \
	  "Returns the process identifier of the calling process", SAME, "")                 \
	X(messages_of_one_sender_keep_their_order, "Processes", "Message Queue Order",       \
	  "Messages corresponding to signals from the same sender are also ordered in the "  \
	  "same order as the signals were sent due to the signal ordering guarantee of the " \
	  "language.",                                                                       \
	  SAME, "")                                                                          \
	X(kinds_of_messages_keep_their_order, "Processes", "Delivery of Signals",            \
	  "if `A` sends a signal `S1` to `B`, and later sends signal `S2` to `B`, `S1` is "  \
	  "guaranteed not to arrive after `S2`.",                                            \
	  SAME, "")                                                                          \
	X(a_new_message_goes_behind_the_others, "Processes", "Receiving Signals",            \
	  "[...] the message is added to the end of the message queue.", SAME, "")           \
	X(a_send_does_not_wait, "Processes", "Signals",                                      \
	  "All communication between Erlang processes and Erlang ports is done by sending "  \
	  "and receiving asynchronous signals.",                                             \
	  SAME, "")                                                                          \
	X(a_send_to_the_dead_never_fails, "Expressions", "Send",                             \
	  "Sending a message to a pid never fails, even if the pid identifies a non-"        \
	  "existing process.",                                                               \
	  SAME, "")                                                                          \
	X(a_message_to_oneself_comes_later, "Processes", "Receiving Signals",                \
	  "`message`: [...] the message is added to the end of the message queue. When the " \
	  "message has been added to the message queue, the receiving process can fetch the" \
	  " message from the message queue using the `receive` expression.",                 \
	  SAME, "")                                                                          \
	X(what_was_sent_is_a_copy, "Efficiency Guide", "Processes",                          \
	  "All data in messages sent between Erlang processes is copied, except for refc "   \
	  "binaries and literals on the same Erlang node.",                                  \
	  SAME, "")                                                                          \
	X(a_dead_pid_is_never_used_again, "Processes", "Directly Visible Erlang Resources",  \
	  "The process identifier of the process cannot be released for reuse until "        \
	  "everything regarding the process has been released.",                             \
	  SAME, "")

#endif
