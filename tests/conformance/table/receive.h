/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_RECEIVE_H
#define CONFORMANCE_TABLE_RECEIVE_H

#define ROWS_RECEIVE(X)                                                                            \
	X(receive_takes_the_first_that_matches, "Expressions", "Receive",                          \
	  "The first message in the message queue is matched sequentially against the "            \
	  "patterns from top to bottom. If no match was found, the matching sequence is "          \
	  "repeated for the second message in the queue, and so on.",                              \
	  SAME, "")                                                                                \
	X(receive_leaves_the_others_where_they_are, "Expressions", "Receive",                      \
	  "If a match succeeds, that is, if the `Pattern` matches and the optional guard "         \
	  "sequence `GuardSeq` is true, then the message is removed from the message queue "       \
	  "and the corresponding `Body` is evaluated. All other messages in the message "          \
	  "queue remain unchanged.",                                                               \
	  SAME, "")                                                                                \
	X(receive_waits_until_one_matches, "Expressions", "Receive",                               \
	  "The execution is suspended, possibly indefinitely, until a message arrives that "       \
	  "matches one of the patterns and with a true guard sequence.",                           \
	  SAME, "")                                                                                \
	X(receive_may_have_a_time_limit, "Expressions", "Receive",                                 \
	  "`receive..after` works exactly as `receive`, except that if no matching message "       \
	  "has arrived within `ExprT` milliseconds, then `BodyT` is evaluated instead.",           \
	  SAME, "")                                                                                \
	X(no_time_looks_once, "Expressions", "Receive",                                            \
	  "With a zero value the timeout occurs immediately if there is no matching message"       \
	  " in the message queue.",                                                                \
	  SAME, "")                                                                                \
	X(receive_may_have_a_guard, "Expressions", "Receive",                                      \
	  "[...] matches one of the patterns and with a true guard sequence.", SAME, "")           \
	X(a_postponed_message_comes_again, "gen_statem", "postpone()",                             \
	  "If `true`, postpones the current event and retries it after a state change "            \
	  "(`NextState =/= State`).",                                                              \
	  SAME, "")                                                                                \
	X(a_postponed_message_waits_for_the_state, "gen_statem", "gen_statem",                     \
	  "One of the possible transition actions is to postpone the current event. Then it"       \
	  " is not retried in the current state.",                                                 \
	  SAME, "")                                                                                \
	X(the_postponed_come_before_the_others, "gen_statem", "gen_statem",                        \
	  "After a state change the queue restarts with the postponed events.", SAME, "")          \
	X(the_postponed_keep_their_order, "gen_statem", "gen_statem",                              \
	  "The `gen_statem` engine keeps a queue of events divided into the postponed "            \
	  "events and the events still to process.",                                               \
	  SAME, "")                                                                                \
	X(all_the_postponed_are_tried_again, "gen_statem", "state()",                              \
	  "After a state change (`NextState =/= State`), all postponed events are retried.", SAME, \
	  "")                                                                                      \
	X(a_message_can_be_postponed_again, "gen_statem", "state()",                               \
	  "After a state change [...] all postponed events are retried.", SAME, "")                \
	X(a_call_can_be_postponed, "gen_statem", "gen_statem",                                     \
	  "Postponing an event corresponds to not matching it in a `receive` statement, and"       \
	  " changing states corresponds to entering a new receive statement.",                     \
	  SAME, "")

#endif
