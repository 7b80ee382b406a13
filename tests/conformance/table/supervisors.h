/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_SUPERVISORS_H
#define CONFORMANCE_TABLE_SUPERVISORS_H

#define ROWS_SUPERVISORS(X)                                                                        \
	X(children_start_in_order, "supervisor", "Supervision Principles",                         \
	  "When the supervisor is started, the child processes are started in order from "         \
	  "left to right according to this list.",                                                 \
	  SAME, "")                                                                                \
	X(start_returns_when_all_children_run, "supervisor", "start_link/2,3",                     \
	  "To ensure a synchronized startup procedure, `start_link/2,3` does not return "          \
	  "until `Module:init/1` has returned and all child processes have been started.",         \
	  SAME, "")                                                                                \
	X(children_stop_in_reverse_order, "supervisor", "Supervision Principles",                  \
	  "When the supervisor terminates, it first terminates its child processes in "            \
	  "reversed start order, from right to left.",                                             \
	  SAME, "")                                                                                \
	X(a_supervisor_is_linked_to_who_starts_it, "supervisor", "start_link/2,3",                 \
	  "For example, the function ensures that the supervisor is linked to the calling "        \
	  "process (its supervisor).",                                                             \
	  SAME, "")                                                                                \
	X(a_supervisor_ends_with_its_parent, "sys", "System Messages",                             \
	  "The message `{'EXIT', Parent, Reason}` from the parent is an order to terminate."       \
	  " The process must terminate when this message is received, normally with the "          \
	  "same `Reason` as `Parent`.",                                                            \
	  SAME, "")                                                                                \
	X(a_failing_child_undoes_the_start, "supervisor", "start_link/2,3",                        \
	  "If any child process start function fails or returns an error tuple or an "             \
	  "erroneous value, the supervisor first terminates all already started child "            \
	  "processes with reason `shutdown` and then terminate itself and returns `{error, "       \
	  "{shutdown, Reason}}`.",                                                                 \
	  SAME, "")                                                                                \
	X(a_supervisor_may_have_a_name, "supervisor", "start_link/2,3",                            \
	  "If `SupName={local,Name}`, the supervisor is registered locally as `Name` using "       \
	  "`register/2`.",                                                                         \
	  SAME, "")                                                                                \
	X(a_taken_name_refuses_the_supervisor, "supervisor", "start_link/2,3",                     \
	  "If there already exists a process with the specified `SupName`, the function "          \
	  "returns `{error,{already_started,Pid}}`, where `Pid` is the pid of that process.",      \
	  SAME, "")                                                                                \
	X(a_supervisor_keeps_its_children_alive, "supervisor", "Supervision Principles",           \
	  "The basic idea of a supervisor is that it must keep its child processes alive by"       \
	  " restarting them when necessary.",                                                      \
	  SAME, "")                                                                                \
	X(one_for_one_restarts_one, "supervisor", "Supervision Principles",                        \
	  "`one_for_one` - If one child process terminates and is to be restarted, only "          \
	  "that child process is affected.",                                                       \
	  SAME, "")                                                                                \
	X(one_for_one_is_the_default, "supervisor", "Supervision Principles",                      \
	  "This is the default restart strategy.", SAME, "")                                       \
	X(one_for_all_restarts_all, "supervisor", "Supervision Principles",                        \
	  "`one_for_all` - If one child process terminates and is to be restarted, all "           \
	  "other child processes are terminated and then all child processes are restarted.",      \
	  SAME, "")                                                                                \
	X(rest_for_one_restarts_the_rest, "supervisor", "Supervision Principles",                  \
	  "`rest_for_one` - If one child process terminates and is to be restarted, the "          \
	  "'rest' of the child processes (that is, the child processes after the terminated"       \
	  " child process in the start order) are terminated. Then the terminated child "          \
	  "process and all child processes after it are restarted.",                               \
	  SAME, "")                                                                                \
	X(a_temporary_sibling_is_not_restarted, "supervisor", "Child specification",               \
	  "A `temporary` child process is never restarted (even when the supervisor's "            \
	  "restart strategy is `rest_for_one` or `one_for_all` and a sibling's death causes"       \
	  " the temporary process to be terminated).",                                             \
	  SAME, "")                                                                                \
	X(an_end_that_is_no_failure_leaves_siblings_alone, "supervisor", "Supervision Principles", \
	  "If one child process terminates and is to be restarted [...]", SAME, "")                \
	X(a_child_may_be_a_supervisor, "supervisor", "supervisor",                                 \
	  "A child process can either be another supervisor or a worker process.", SAME, "")       \
	X(a_dynamic_supervisor_starts_empty, "supervisor", "Module:init/1",                        \
	  "No child process is then started during the initialization phase, but all "             \
	  "children are assumed to be started dynamically using `start_child/2`.",                 \
	  SAME, "")                                                                                \
	X(a_dynamic_supervisor_has_one_kind_of_child, "supervisor", "Module:init/1",               \
	  "Notice that when the restart strategy is `simple_one_for_one`, the list of child"       \
	  " specifications must be a list with one child specification only.",                     \
	  SAME, "")                                                                                \
	X(dynamic_children_run_the_same_code, "supervisor", "Supervision Principles",              \
	  "`simple_one_for_one` - A simplified `one_for_one` supervisor, where all child "         \
	  "processes are dynamically added instances of the same process type, that is, "          \
	  "running the same code.",                                                                \
	  SAME, "")                                                                                \
	X(a_dynamic_child_may_have_its_own_argument, "supervisor", "start_child/2",                \
	  "The child process is then started by appending `List` to the existing start "           \
	  "function arguments",                                                                    \
	  DIFFERS,                                                                                 \
	  "The argument of actor_supervisor_start_child takes the place of the "                   \
	  "specification's. An argument is one block of memory with one C type; two of them"       \
	  " are not one.")                                                                         \
	X(a_dynamic_child_is_stopped_by_its_pid, "supervisor", "terminate_child/2",                \
	  "If the supervisor is `simple_one_for_one`, `Id` must be the `pid()` of the child"       \
	  " process.",                                                                             \
	  SAME, "")                                                                                \
	X(a_stranger_is_not_stopped, "supervisor", "terminate_child/2",                            \
	  "If the specified process is alive, but is not a child of the specified "                \
	  "supervisor, the function returns `{error,not_found}`.",                                 \
	  SAME, "")                                                                                \
	X(dynamic_children_have_no_ids, "supervisor", "Supervision Principles",                    \
	  "Functions `delete_child/2` and `restart_child/2` are invalid for "                      \
	  "`simple_one_for_one` supervisors and return `{error,simple_one_for_one}` if the "       \
	  "specified supervisor uses this restart strategy.",                                      \
	  SAME, "")                                                                                \
	X(dynamic_children_end_in_parallel, "supervisor", "Supervision Principles",                \
	  "As a `simple_one_for_one` supervisor can have many children, it shuts them all "        \
	  "down asynchronously. This means that the children do their cleanup in parallel, "       \
	  "and therefore the order in which they are stopped is not defined.",                     \
	  SAME, "")

#endif
