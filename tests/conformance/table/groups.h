/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_GROUPS_H
#define CONFORMANCE_TABLE_GROUPS_H

#define ROWS_GROUPS(X)                                                                          \
	X(a_group_has_its_members, "pg", "pg",                                                  \
	  "For example, if there is a group named `foobar`, there can be a set of processes"    \
	  " (which can be located on different nodes) that are all members of the group "       \
	  "`foobar`.",                                                                          \
	  SAME, "")                                                                             \
	X(a_dead_member_is_removed, "pg", "pg",                                                 \
	  "If a member terminates, it is automatically removed from the group.", SAME, "")      \
	X(an_actor_may_be_in_several_groups, "pg", "pg", "A process may join multiple groups.", \
	  SAME, "")                                                                             \
	X(an_actor_may_join_a_group_twice, "pg", "pg",                                          \
	  "It may join the same group multiple times.", SAME, "")                               \
	X(who_joined_twice_leaves_twice, "pg", "join/2,3",                                      \
	  "A process can join a group many times and must then leave the group the same "       \
	  "number of times.",                                                                   \
	  SAME, "")                                                                             \
	X(leaving_without_joining_is_said, "pg", "leave/2,3",                                   \
	  "If the process is not a member of the group, `not_joined` is returned.", SAME, "")   \
	X(a_group_needs_no_making, "pg", "pg",                                                  \
	  "Groups are automatically created when any process joins, and are removed when "      \
	  "all processes leave the group.",                                                     \
	  SAME, "")                                                                             \
	X(an_unknown_group_is_empty, "pg", "pg",                                                \
	  "Non-existing group is considered empty (containing no processes).", SAME, "")        \
	X(members_are_told_in_the_order_of_joining, "pg", "get_members/1,2",                    \
	  "Processes are returned in no specific order.", DIFFERS,                              \
	  "Members are listed, and sent to, in the order in which they joined: an order "       \
	  "that does not depend on hashing is the same in a replay.")                           \
	X(a_message_goes_to_all_members, "pg", "pg",                                            \
	  "A message can be sent to one, some, or all group members.", SAME, "")                \
	X(sending_to_a_group_is_one_call, "pg", "pg",                                           \
	  "There are no special functions for sending a message to the group.", DIFFERS,        \
	  "actor_group_send and actor_group_cast send to all members at once; who wants "       \
	  "some of them takes actor_group_members.")                                            \
	X(groups_and_names_are_apart, "pg", "pg",                                               \
	  "A group of processes can be accessed by a common name.", SAME, "")

#endif
