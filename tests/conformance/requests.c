/* SPDX-License-Identifier: MIT */
/* Asynchronous calls: ask now, fetch the response later. */
#include <actor/request.h>

#include "conformance.h"
#include "table/requests.h"

static void a_request_does_not_wait(void)
{
	struct probe *callee = probe_running();
	uint64_t request = 0;

	probe_hold(callee);
	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER, 1, &request), 0);
	CU_ASSERT_NOT_EQUAL(request, 0);
	CU_ASSERT_FALSE(has_news(callee));
	probe_release(callee);
	CU_ASSERT_EQUAL(actor_request_receive(request, NULL, PATIENCE), 0);
}

static void a_request_comes_to_handle_call(void)
{
	struct probe *callee = probe_running();
	uint64_t request = 0;

	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER, 7, &request), 0);
	CU_ASSERT_TRUE(saw_about(callee, SAW_CALL, 7, actor_self()));
}

static void the_response_is_what_a_call_would_give(void)
{
	struct probe *callee = probe_running();
	uint64_t request = 0;
	int64_t reply = 0;

	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER, 7, &request), 0);
	CU_ASSERT_EQUAL(actor_request_receive(request, &reply, PATIENCE), 0);
	CU_ASSERT_EQUAL(reply, 7);
	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER_REFUSE, ACTOR_EACCESS, &request), 0);
	CU_ASSERT_EQUAL(actor_request_receive(request, &reply, PATIENCE), ACTOR_EACCESS);
}

static void several_requests_may_be_outstanding(void)
{
	struct probe *callees[3] = {probe_running(), probe_running(), probe_running()};
	uint64_t requests[3];

	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(ask_later(callees[i]->pid, ANSWER, 10 + i, &requests[i]), 0);
	for (int i = 2; i >= 0; i--) {
		int64_t reply = 0;

		CU_ASSERT_EQUAL(actor_request_wait(requests[i], &reply, PATIENCE), 0);
		CU_ASSERT_EQUAL(reply, 10 + i);
	}
}

static void waiting_may_be_tried_again(void)
{
	struct probe *callee = probe_running();
	uint64_t request = 0;
	int64_t reply = 0;

	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER_LATER, 1, &request), 0);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(actor_request_wait(request, &reply, ACTOR_MILLISECONDS(1)),
				ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 5), 0);
	CU_ASSERT_EQUAL(actor_request_wait(request, &reply, PATIENCE), 0);
	CU_ASSERT_EQUAL(reply, 5);
}

static void receiving_abandons_at_the_time_out(void)
{
	struct probe *callee = probe_running();
	uint64_t request = 0;
	int64_t reply = 0;

	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER_LATER, 1, &request), 0);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	CU_ASSERT_EQUAL(actor_request_receive(request, &reply, ACTOR_MILLISECONDS(1)),
			ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 5), 0);
	CU_ASSERT_EQUAL(actor_request_receive(request, &reply, PATIENCE), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(ask(callee->pid, ANSWER, 6, &reply, PATIENCE), 0); /* not the late one */
	CU_ASSERT_EQUAL(reply, 6);
}

static void checking_does_not_wait(void)
{
	struct probe *callee = probe_running();
	uint64_t request = 0;
	int64_t reply = 0;

	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER_LATER, 1, &request), 0);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	CU_ASSERT_EQUAL(actor_request_check(request, &reply), ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 5), 0); /* it is there now */
	CU_ASSERT_EQUAL(actor_request_check(request, &reply), 0);
	CU_ASSERT_EQUAL(reply, 5);
}

static void a_response_says_that_the_callee_died(void)
{
	struct probe *callee = probe_running();
	uint64_t request = 0;

	CU_ASSERT_EQUAL(ask_later(callee->pid, STOP, REASON_A, &request), 0);
	CU_ASSERT_EQUAL(actor_request_wait(request, NULL, PATIENCE), ACTOR_EDIED);
	CU_ASSERT_EQUAL(actor_call_reason(), REASON_A);
	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER, 1, &request), 0);
	CU_ASSERT_EQUAL(actor_request_wait(request, NULL, PATIENCE), ACTOR_ENOT_FOUND);
}

static int receive_here(struct probe *self, void *context)
{
	(void)self;
	return actor_request_receive(*(const uint64_t *)context, NULL, ACTOR_MILLISECONDS(1));
}

static void only_who_asked_gets_the_response(void)
{
	struct probe *callee = probe_running();
	struct probe *other = probe_running();
	uint64_t request = 0;

	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER, 1, &request), 0);
	CU_ASSERT_EQUAL(probe_do(other, receive_here, &request), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_request_receive(request, NULL, PATIENCE), 0);
}

static void a_response_is_fetched_once(void)
{
	struct probe *callee = probe_running();
	uint64_t request = 0;

	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER, 1, &request), 0);
	CU_ASSERT_EQUAL(actor_request_wait(request, NULL, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_request_wait(request, NULL, PATIENCE), ACTOR_EINVALID);
}

static void any_of_several_can_be_waited_for(void)
{
	struct probe *first = probe_running();
	struct probe *second = probe_running();
	uint64_t requests[2];
	size_t index = 7;
	int64_t reply = 0;

	CU_ASSERT_EQUAL(ask_later(first->pid, ANSWER_LATER, 1, &requests[0]), 0);
	CU_ASSERT_EQUAL(ask_later(second->pid, ANSWER, 2, &requests[1]), 0);
	CU_ASSERT_TRUE(saw(first, SAW_CALL, 1));
	CU_ASSERT_EQUAL(actor_request_wait_any(requests, 2, PATIENCE, &index), 0);
	CU_ASSERT_EQUAL(index, 1);
	CU_ASSERT_EQUAL(actor_request_check(requests[1], &reply), 0);
	CU_ASSERT_EQUAL(reply, 2);
	CU_ASSERT_EQUAL(probe_answer(first, first->kept, 3), 0);
	CU_ASSERT_EQUAL(actor_request_wait_any(requests, 1, PATIENCE, &index), 0);
	CU_ASSERT_EQUAL(index, 0);
}

CONFORMANCE("requests", ROWS_REQUESTS)
