/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_INTENSITY_H
#define CONFORMANCE_TABLE_INTENSITY_H

#define ROWS_INTENSITY(X)                                                                         \
	X(too_many_restarts_end_the_supervisor, "supervisor", "Supervision Principles",           \
	  "[...] if more than `MaxR` restarts occur within `MaxT` seconds, the supervisor "       \
	  "terminates all child processes and then itself.",                                      \
	  SAME, "")                                                                               \
	X(giving_up_is_a_shutdown, "supervisor", "Supervision Principles",                        \
	  "The termination reason for the supervisor itself in that case will be "                \
	  "`shutdown`.",                                                                          \
	  SAME, "")                                                                               \
	X(as_many_as_allowed_are_tolerated, "Supervisor Behaviour", "Maximum Restart Intensity",  \
	  "If more than `MaxR` number of restarts occur in the last `MaxT` seconds, the "         \
	  "supervisor terminates all the child processes and then itself.",                       \
	  SAME, "")                                                                               \
	X(one_restart_is_the_default, "supervisor", "Supervision Principles",                     \
	  "`intensity` defaults to `1` and `period` defaults to `5`.", SAME, "")                  \
	X(zero_stands_for_the_default, "supervisor", "Supervision Principles",                    \
	  "`intensity => non_neg_integer()`", DIFFERS,                                            \
	  "0 stands for the default, as in all options of libactor: so options that say "         \
	  "nothing of it are right. That not even one restart is tolerated is "                   \
	  "ACTOR_NO_RESTARTS.")                                                                   \
	X(old_restarts_do_not_count, "Supervisor Behaviour", "Maximum Restart Intensity",         \
	  "[...] in the last `MaxT` seconds [...]", SAME, "")                                     \
	X(all_children_are_counted_together, "supervisor", "Supervision Principles",              \
	  "To prevent a supervisor from getting into an infinite loop of child process "          \
	  "terminations and restarts, a maximum restart intensity is defined [...]",              \
	  SAME, "")                                                                               \
	X(a_failing_restart_is_tried_again, "Supervisor Behaviour", "Maximum Restart Intensity",  \
	  "The intention of the restart mechanism is to prevent a situation where a process"      \
	  " repeatedly dies for the same reason, only to be restarted again.",                    \
	  SAME, "")                                                                               \
	X(the_supervisor_above_decides, "Supervisor Behaviour", "Maximum Restart Intensity",      \
	  "When the supervisor terminates, then the next higher-level supervisor takes some"      \
	  " action. It either restarts the terminated supervisor or terminates itself.",          \
	  SAME, "")                                                                               \
	X(ends_that_are_not_restarted_do_not_count, "Supervisor Behaviour",                       \
	  "Maximum Restart Intensity",                                                            \
	  "The supervisors have a built-in mechanism to limit the number of restarts which "      \
	  "can occur in a given time interval.",                                                  \
	  SAME, "")                                                                               \
	X(a_supervisor_stays_without_children, "supervisor", "Automatic Shutdown",                \
	  "`never` - Automic shutdown is disabled. This is the default setting.", SAME, "")       \
	X(significant_children_need_an_auto_shutdown, "supervisor", "Automatic Shutdown",         \
	  "With `auto_shutdown` set to `never`, child specs with the `significant` flag set"      \
	  " to `true` are considered invalid and will be rejected.",                              \
	  SAME, "")                                                                               \
	X(a_permanent_child_is_not_significant, "supervisor", "Child specification",              \
	  "Setting this option to `true` when the restart type is `permanent` is invalid.", SAME, \
	  "")                                                                                     \
	X(any_significant_child_ends_its_supervisor, "supervisor", "Automatic Shutdown",          \
	  "`any_significant` - The supervisor will shut itself down when any significant "        \
	  "child terminates, that is, when a `transient` significant child terminates "           \
	  "normally or when a `temporary` significant child terminates normally or "              \
	  "abnormally.",                                                                          \
	  SAME, "")                                                                               \
	X(a_failing_transient_child_is_restarted_instead, "supervisor", "Automatic Shutdown",     \
	  "[...] that is, when a `transient` significant child terminates normally [...]", SAME,  \
	  "")                                                                                     \
	X(the_last_significant_child_ends_its_supervisor, "supervisor", "Automatic Shutdown",     \
	  "`all_significant` - The supervisor will shut itself down when all significant "        \
	  "children have terminated, that is, when the last active significant child "            \
	  "terminates.",                                                                          \
	  SAME, "")                                                                               \
	X(an_auto_shutdown_is_a_shutdown, "supervisor", "Automatic Shutdown",                     \
	  "A supervisor can be configured to automatically shut itself down with exit "           \
	  "reason `shutdown` when significant children terminate with the `auto_shutdown` "       \
	  "key in the above map",                                                                 \
	  SAME, "")                                                                               \
	X(an_auto_shutdown_stops_in_reverse_order, "Supervisor Behaviour", "Automatic Shutdown",  \
	  "[...] the supervisor should then shut down by terminating all remaining child "        \
	  "processes in reverse start order according to the respective shutdown "                \
	  "specifications, and then itself.",                                                     \
	  SAME, "")                                                                               \
	X(a_child_stopped_by_hand_is_no_auto_shutdown, "Supervisor Behaviour",                    \
	  "Automatic Shutdown",                                                                   \
	  "Specifically, neither the termination of a child as a consequence of a sibling's"      \
	  " death in the one_for_all or rest_for_one strategies nor the manual termination "      \
	  "of a child by means of `supervisor:terminate_child/2` will trigger an automatic "      \
	  "shutdown.",                                                                            \
	  SAME, "")

#endif
