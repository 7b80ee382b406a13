/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_CHILDREN_H
#define CONFORMANCE_TABLE_CHILDREN_H

#define ROWS_CHILDREN(X)                                                                           \
	X(a_permanent_child_is_always_restarted, "supervisor", "Child specification",              \
	  "A `permanent` child process is always restarted.", SAME, "")                            \
	X(permanent_is_the_default, "supervisor", "Child specification",                           \
	  "The `restart` key is optional. If it is not specified, it defaults to "                 \
	  "`permanent`.",                                                                          \
	  SAME, "")                                                                                \
	X(a_temporary_child_is_never_restarted, "supervisor", "Child specification",               \
	  "A `temporary` child process is never restarted [...]", SAME, "")                        \
	X(a_transient_child_is_restarted_after_a_failure, "supervisor", "Child specification",     \
	  "A `transient` child process is restarted only if it terminates abnormally, that "       \
	  "is, with another exit reason than `normal`, `shutdown`, or `{shutdown,Term}`.",         \
	  SAME, "")                                                                                \
	X(a_transient_child_may_end, "supervisor", "Child specification",                          \
	  "[...] that is, with another exit reason than `normal`, `shutdown` [...]", SAME, "")     \
	X(a_child_is_asked_to_shut_down, "supervisor", "Child specification",                      \
	  "An integer time-out value means that the supervisor tells the child process to "        \
	  "terminate by calling `exit(Child,shutdown)` and then wait for an exit signal "          \
	  "with reason `shutdown` back from the child process.",                                   \
	  SAME, "")                                                                                \
	X(a_child_that_does_not_end_is_killed, "supervisor", "Child specification",                \
	  "If no exit signal is received within the specified number of milliseconds, the "        \
	  "child process is unconditionally terminated using `exit(Child,kill)`.",                 \
	  SAME, "")                                                                                \
	X(a_child_may_be_killed_at_once, "supervisor", "Child specification",                      \
	  "`brutal_kill` means that the child process is unconditionally terminated using "        \
	  "`exit(Child,kill)`.",                                                                   \
	  SAME, "")                                                                                \
	X(a_child_may_have_all_the_time, "supervisor", "Child specification",                      \
	  "It is also allowed to set it to `infinity`, if the child process is a worker.", SAME,   \
	  "")                                                                                      \
	X(a_child_can_be_added, "supervisor", "start_child/2",                                     \
	  "Dynamically adds a child specification to supervisor `SupRef`, which starts the "       \
	  "corresponding child process.",                                                          \
	  SAME, "")                                                                                \
	X(adding_a_running_child_gives_its_pid, "supervisor", "start_child/2",                     \
	  "If there already exists a child specification with the specified identifier, "          \
	  "`ChildSpec` is discarded, and the function returns `{error,already_present}` or "       \
	  "`{error,{already_started,Child}}`, depending on if the corresponding child "            \
	  "process is running or not.",                                                            \
	  SAME, "")                                                                                \
	X(adding_a_known_child_is_refused, "supervisor", "start_child/2",                          \
	  "`{error,already_present}`", SAME, "")                                                   \
	X(a_failing_child_is_not_added, "supervisor", "start_child/2",                             \
	  "If the child process start function returns an error tuple or an erroneous "            \
	  "value, or if it fails, the child specification is discarded, and the function "         \
	  "returns `{error,Error}`",                                                               \
	  SAME, "")                                                                                \
	X(a_terminated_child_stays_known, "supervisor", "terminate_child/2",                       \
	  "The process, if any, is terminated and, unless it is a temporary child, the "           \
	  "child specification is kept by the supervisor.",                                        \
	  SAME, "")                                                                                \
	X(a_terminated_child_is_not_restarted_by_itself, "supervisor", "terminate_child/2",        \
	  "The child process can also be restarted explicitly by calling `restart_child/2`.",      \
	  SAME, "")                                                                                \
	X(a_terminated_temporary_child_is_forgotten, "supervisor", "terminate_child/2",            \
	  "If the child is temporary, the child specification is deleted as soon as the "          \
	  "process terminates.",                                                                   \
	  SAME, "")                                                                                \
	X(terminating_nobody_is_not_found, "supervisor", "terminate_child/2",                      \
	  "If there is no child specification with the specified `Id`, the function returns"       \
	  " `{error,not_found}`.",                                                                 \
	  SAME, "")                                                                                \
	X(a_child_can_be_restarted_by_hand, "supervisor", "restart_child/2",                       \
	  "Tells supervisor `SupRef` to restart a child process corresponding to the child "       \
	  "specification identified by `Id`.",                                                     \
	  SAME, "")                                                                                \
	X(a_running_child_is_not_restarted_by_hand, "supervisor", "restart_child/2",               \
	  "If the child specification exists but the corresponding process is already "            \
	  "running, the function returns `{error,running}`.",                                      \
	  SAME, "")                                                                                \
	X(restarting_nobody_is_not_found, "supervisor", "restart_child/2",                         \
	  "If the child specification identified by `Id` does not exist, the function "            \
	  "returns `{error,not_found}`.",                                                          \
	  SAME, "")                                                                                \
	X(a_restart_by_hand_may_fail, "supervisor", "restart_child/2",                             \
	  "If the child process start function returns an error tuple or an erroneous "            \
	  "value, or if it fails, the function returns `{error,Error}`",                           \
	  SAME, "")                                                                                \
	X(a_child_can_be_deleted, "supervisor", "delete_child/2",                                  \
	  "Tells supervisor `SupRef` to delete the child specification identified by `Id`.", SAME, \
	  "")                                                                                      \
	X(a_running_child_is_not_deleted, "supervisor", "delete_child/2",                          \
	  "If the child specification identified by `Id` exists but the corresponding child"       \
	  " process is running or is about to be restarted, the function returns "                 \
	  "`{error,running}` or `{error,restarting}`, respectively.",                              \
	  SAME, "")                                                                                \
	X(deleting_nobody_is_not_found, "supervisor", "delete_child/2",                            \
	  "If the child specification identified by `Id` does not exist, the function "            \
	  "returns `{error,not_found}`.",                                                          \
	  SAME, "")                                                                                \
	X(which_children_tells_ids_and_pids, "supervisor", "which_children/1",                     \
	  "`Id` - As defined in the child specification or `undefined` for a "                     \
	  "`simple_one_for_one` supervisor.",                                                      \
	  SAME, "")                                                                                \
	X(a_child_that_does_not_run_has_no_pid, "supervisor", "which_children/1",                  \
	  "`Child` - The pid of the corresponding child process, the atom `restarting` if "        \
	  "the process is about to be restarted, or `undefined` if there is no such "              \
	  "process.",                                                                              \
	  SAME, "")                                                                                \
	X(which_children_does_not_ask_the_supervisor, "supervisor", "which_children/1",            \
	  "Returns a newly created list with information about all child specifications and"       \
	  " child processes belonging to supervisor `SupRef`.",                                    \
	  DIFFERS,                                                                                 \
	  "The answer comes from the plane, not from the supervisor: so it comes at once "         \
	  "and is true while the supervisor waits for a child's init, which is when one "          \
	  "asks.")                                                                                 \
	X(children_are_counted, "supervisor", "count_children/1",                                  \
	  "`specs` - The total count of children, dead or alive.", SAME, "")                       \
	X(the_active_are_those_that_run, "supervisor", "count_children/1",                         \
	  "`active` - The count of all actively running child processes managed by this "          \
	  "supervisor.",                                                                           \
	  SAME, "")                                                                                \
	X(supervisors_and_workers_are_told_apart, "supervisor", "count_children/1",                \
	  "`supervisors` - The count of all children marked as `child_type = supervisor` in"       \
	  " the specification list, regardless if the child process is still alive.",              \
	  SAME, "")

#endif
