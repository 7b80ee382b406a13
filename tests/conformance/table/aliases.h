/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_ALIASES_H
#define CONFORMANCE_TABLE_ALIASES_H

#define ROWS_ALIASES(X)                                                                          \
	X(an_alias_stands_for_its_owner, "Processes", "Process Aliases",                         \
	  "As long as the process alias is active, messages will be delivered the same way "     \
	  "as if the process identifier of the process that created the alias had been "         \
	  "used.",                                                                               \
	  SAME, "")                                                                              \
	X(what_is_sent_to_a_switched_off_alias_is_dropped, "Processes", "Process Aliases",       \
	  "When the alias has been deactivated, messages sent using the alias will be "          \
	  "dropped before entering the message queue of the receiver.",                          \
	  SAME, "")                                                                              \
	X(what_came_before_is_dropped_too, "Processes", "Process Aliases",                       \
	  "Note that messages that at deactivation time already have entered the message "       \
	  "queue will not be removed.",                                                          \
	  DIFFERS,                                                                               \
	  "A message that was sent to an alias is looked at when it would be handled; if "       \
	  "the alias is off by then, it is dropped. So after actor_unalias nothing more "        \
	  "comes, and a handler has no old answers to throw away.")                              \
	X(only_the_owner_switches_it_off, "Processes", "Process Aliases",                        \
	  "It is not possible to: [...] deactivate an alias unless it identifies the "           \
	  "caller.",                                                                             \
	  SAME, "")                                                                              \
	X(unalias_says_whether_it_was_on, "erlang", "unalias/1",                                 \
	  "Returns `true` if `Alias` was a currently active alias for current processes; "       \
	  "otherwise, `false`.",                                                                 \
	  SAME, "")                                                                              \
	X(an_alias_lasts_until_it_is_switched_off, "erlang", "alias/1",                          \
	  "explicit_unalias The alias can only be deactivated via a call to `unalias/1`.", SAME, \
	  "")                                                                                    \
	X(a_reply_alias_takes_one_message, "erlang", "alias/1",                                  \
	  "reply The alias will be automatically deactivated when a reply message sent via "     \
	  "the alias is received.",                                                              \
	  SAME, "")                                                                              \
	X(a_reply_alias_can_be_switched_off_too, "erlang", "alias/1",                            \
	  "The alias can also still be deactivated via a call to `unalias/1`.", SAME, "")        \
	X(an_alias_and_a_monitor_can_be_one, "Processes", "Process Aliases",                     \
	  "If the alias is created together with a monitor, the same reference will be used"     \
	  " both as monitor reference and alias.",                                               \
	  SAME, "")                                                                              \
	X(the_alias_ends_with_the_monitor, "erlang", "monitor/3",                                \
	  "demonitor The alias will be automatically deactivated when the monitor is "           \
	  "removed.",                                                                            \
	  SAME, "")                                                                              \
	X(a_reply_ends_alias_and_monitor, "erlang", "monitor/3",                                 \
	  "reply_demonitor The alias will be automatically deactivated when the monitor is "     \
	  "removed [...] or a reply message sent via the alias is received.",                    \
	  SAME, "")                                                                              \
	X(sending_to_a_dead_alias_never_fails, "Expressions", "Send",                            \
	  "Sending a message to a reference never fails, even if the reference is no longer"     \
	  " (or never was) an alias.",                                                           \
	  SAME, "")

#endif
