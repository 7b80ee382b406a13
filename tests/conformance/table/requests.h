/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_REQUESTS_H
#define CONFORMANCE_TABLE_REQUESTS_H

#define ROWS_REQUESTS(X)                                                                           \
	X(a_request_does_not_wait, "gen_server", "send_request/2",                                 \
	  "Sends an asynchronous `call` request `Request` to the `gen_server` process "            \
	  "identified by `ServerRef` and returns a request identifier `ReqId`.",                   \
	  SAME, "")                                                                                \
	X(a_request_comes_to_handle_call, "gen_server", "send_request/2",                          \
	  "The `gen_server` process calls `Module:handle_call/3` to handle the request.", SAME,    \
	  "")                                                                                      \
	X(the_response_is_what_a_call_would_give, "gen_server", "send_request/2",                  \
	  "The call `gen_server:receive_response(gen_server:send_request(ServerRef, "              \
	  "Request), Timeout)` can be seen as equivalent to `gen_server:call(ServerRef, "          \
	  "Request, Timeout)`, ignoring the error handling.",                                      \
	  SAME, "")                                                                                \
	X(several_requests_may_be_outstanding, "gen_server", "reqids_new/0",                       \
	  "A request identifier collection can be utilized in order the handle multiple "          \
	  "outstanding requests.",                                                                 \
	  SAME, "")                                                                                \
	X(waiting_may_be_tried_again, "gen_server", "wait_response/2",                             \
	  "If no reply is received within the specified time, the function returns "               \
	  "`timeout` and no cleanup is done, and thus the function can be invoked "                \
	  "repeatedly until a reply is returned.",                                                 \
	  SAME, "")                                                                                \
	X(receiving_abandons_at_the_time_out, "gen_server", "receive_response/2",                  \
	  "The difference between `receive_response/2` and `wait_response/2` is that "             \
	  "`receive_response/2` abandons the request at timeout so that a potential future "       \
	  "response is ignored, while `wait_response/2` does not.",                                \
	  SAME, "")                                                                                \
	X(checking_does_not_wait, "gen_server", "check_response/2",                                \
	  "If `Msg` is a response corresponding to `ReqId` the response is returned; "             \
	  "otherwise, `no_reply` is returned and no cleanup is done, and thus the function "       \
	  "must be invoked repeatedly until a response is returned.",                              \
	  SAME, "")                                                                                \
	X(a_response_says_that_the_callee_died, "gen_server", "wait_response/2",                   \
	  "The function returns an error if the `gen_server` died before a reply was sent.", SAME, \
	  "")                                                                                      \
	X(only_who_asked_gets_the_response, "gen_server", "receive_response/2",                    \
	  "The request must have been made by `send_request/2`, and it must have been made "       \
	  "by the same process calling this function.",                                            \
	  SAME, "")                                                                                \
	X(a_response_is_fetched_once, "gen_server", "wait_response/3",                             \
	  "It is valid to continue waiting for a response as many times as needed up until "       \
	  "a response has been received and completed by `check_response()`, "                     \
	  "`receive_response()`, or `wait_response()`.",                                           \
	  SAME, "")                                                                                \
	X(any_of_several_can_be_waited_for, "gen_server", "reqids_new/0",                          \
	  "Such a collection of request identifiers can later be used in order to get one "        \
	  "response corresponding to a request in the collection by passing the collection "       \
	  "as argument to `receive_response/3`, `wait_response/3`, or, `check_response/3`.",       \
	  SAME, "")

#endif
