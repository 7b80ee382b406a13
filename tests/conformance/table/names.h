/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_NAMES_H
#define CONFORMANCE_TABLE_NAMES_H

#define ROWS_NAMES(X)                                                                             \
	X(whereis_gives_the_pid, "erlang", "whereis/1",                                           \
	  "Returns the process identifier or port identifier with the registered name "           \
	  "`RegName` from the name registry.",                                                    \
	  SAME, "")                                                                               \
	X(whereis_of_nobody_is_none, "erlang", "whereis/1",                                       \
	  "Returns `undefined` if the name is not registered.", SAME, "")                         \
	X(a_name_vanishes_with_its_actor, "erlang", "register/2",                                 \
	  "The registered name is considered a Directly Visible Erlang Resource and is "          \
	  "automatically unregistered when the process terminates.",                              \
	  SAME, "")                                                                               \
	X(the_dead_get_no_name, "erlang", "register/2",                                           \
	  "badarg If `PidOrPort` is not an existing local process or port.", SAME, "")            \
	X(a_name_has_one_owner, "erlang", "register/2", "badarg If `RegName` is already in use.", \
	  SAME, "")                                                                               \
	X(an_actor_may_have_several_names, "erlang", "register/2",                                \
	  "badarg If the process or port is already registered (already has a name).", DIFFERS,   \
	  "An actor may have any number of names: one for what it is, others for what it "        \
	  "stands in for. Each is unique, and all vanish with it.")                               \
	X(some_names_are_not_allowed, "erlang", "register/2",                                     \
	  "badarg If `RegName` is the atom `undefined`.", SAME, "")                               \
	X(a_name_is_a_text, "Processes", "Registered Processes",                                  \
	  "The name must be an atom and is automatically unregistered if the process "            \
	  "terminates",                                                                           \
	  DIFFERS,                                                                                \
	  "A name is 1 to 255 bytes of text. C has no atoms; and so names that programs "         \
	  "make at run time do not fill a table for ever.")                                       \
	X(a_name_is_not_an_address, "erlang", "register/2",                                       \
	  "`RegName`, which must be an atom, can be used instead of the pid or port "             \
	  "identifier in send operator (`RegName ! Message`) and most other BIFs that take "      \
	  "a pid or port identifies as an argument.",                                             \
	  DIFFERS,                                                                                \
	  "A message goes to a pid; actor_whereis gives it. The step is visible in a trace "      \
	  "and is what a replay needs, and a sender that keeps the pid does not pay for a "       \
	  "look-up each time.")                                                                   \
	X(unregister_frees_the_name, "erlang", "unregister/1",                                    \
	  "Removes the registered name `RegName` associated with a process identifier or a "      \
	  "port identifier from the name registry.",                                              \
	  SAME, "")                                                                               \
	X(unregistering_a_strange_name_is_an_error, "erlang", "unregister/1",                     \
	  "badarg if `RegName` is not a registered name.", SAME, "")                              \
	X(who_lost_its_name_still_gets_messages, "erlang", "unregister/1",                        \
	  "Keep in mind that you can still receive signals associated with the registered "       \
	  "name after it has been unregistered as the sender may have looked up the name "        \
	  "before sending to it.",                                                                \
	  SAME, "")                                                                               \
	X(a_freed_name_can_be_given_again, "Processes", "Registered Processes",                   \
	  "The name [...] is automatically unregistered if the process terminates", SAME, "")     \
	X(the_name_is_there_when_init_runs, "gen_server", "server_name()",                        \
	  "Register the `gen_server` locally as `LocalName` using `register/2`.", SAME, "")

#endif
