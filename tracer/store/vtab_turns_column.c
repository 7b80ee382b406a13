/* SPDX-License-Identifier: MIT */
#include "store/vtab_turns.h"

#include <stdio.h>

static void result_send(const struct turn *turn, const struct clock_line *clock,
			sqlite3_context *context, enum shown shown)
{
	char buffer[32];

	if (!turn->has_send)
		return;
	switch (shown) {
	case SHOWN_SENT:
		sqlite3_result_int64(context, clock_ns(clock, turn->sent));
		break;
	case SHOWN_QUEUE:
		/* Two rings' clocks may differ by a few ticks. */
		sqlite3_result_int64(context, turn->start > turn->sent
						      ? clock_ns(clock, turn->start) -
								clock_ns(clock, turn->sent)
						      : 0);
		break;
	case SHOWN_SIZE:
		sqlite3_result_int64(context, turn->size);
		break;
	case SHOWN_SEND_ID:
		sqlite3_result_int64(context, (sqlite3_int64)turn->send_id);
		break;
	case SHOWN_TIMES:
		sqlite3_result_int64(context, turn->times);
		break;
	case SHOWN_DEPTH:
		sqlite3_result_int64(context, turn->depth);
		break;
	case SHOWN_SEND_THREAD:
		sqlite3_result_int64(context, turn->send_thread);
		break;
	default:
		snprintf(buffer, sizeof(buffer), "%016llx", (unsigned long long)turn->hash);
		sqlite3_result_text(context, buffer, -1, SQLITE_TRANSIENT);
	}
}

/* How long the turn had a CPU: what is left of the time between its begin and its end. */
static int64_t on_cpu_ns(const struct turns_cursor *cursor, const struct clock_line *clock)
{
	const struct kernel_sum *sum = &cursor->sum;
	int64_t run = clock_span_ns(clock, cursor->turn->start, cursor->turn->run);
	int64_t off = (int64_t)(sum->preempted_ns + sum->blocked_ns + sum->runnable_ns);

	return off < run ? run - off : 0;
}

/* What page faults took of that, about. */
static int64_t fault_ns(const struct turns_cursor *cursor, const struct clock_line *clock)
{
	int64_t on_cpu = on_cpu_ns(cursor, clock);
	int64_t faults = (int64_t)cursor->sum.fault_ns;

	return faults < on_cpu ? faults : on_cpu;
}

/* The greatest part, in words. */
static void result_why(sqlite3_context *context, const struct turns_cursor *cursor,
		       const struct clock_line *clock)
{
	const struct kernel_sum *sum = &cursor->sum;
	const struct kernel_task_word *by = kernel_words_task(&cursor->words, sum->by);
	int64_t ready = (int64_t)(sum->preempted_ns + sum->runnable_ns);
	int64_t on_cpu = on_cpu_ns(cursor, clock), faults = fault_ns(cursor, clock);
	const char *what;
	char buffer[32], text[96];

	if (on_cpu >= (int64_t)sum->blocked_ns && on_cpu >= ready) {
		snprintf(text, sizeof(text), "%s",
			 faults * 2 >= on_cpu && faults > 0 ? "page faults" : "on CPU");
	} else if ((int64_t)sum->blocked_ns >= ready) {
		what = kernel_words_syscall(&cursor->words, sum->syscall, buffer);
		if (what == NULL)
			what = kernel_cause_name(sum->cause);
		snprintf(text, sizeof(text), "blocked in %s", what != NULL ? what : "the kernel");
	} else {
		what = sum->preempted_ns >= sum->runnable_ns ? "preempted" : "waited for a CPU";
		if (by != NULL)
			snprintf(text, sizeof(text), "%s: %s (%u) had it", what, by->comm, by->pid);
		else
			snprintf(text, sizeof(text), "%s", what);
	}
	sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static void result_kernel(const struct turns_cursor *cursor, const struct clock_line *clock,
			  sqlite3_context *context, enum shown shown)
{
	const struct kernel_sum *sum = &cursor->sum;
	const char *stack;

	if (!cursor->has_sum)
		return;
	switch (shown) {
	case SHOWN_ON_CPU:
		sqlite3_result_int64(context, on_cpu_ns(cursor, clock));
		break;
	case SHOWN_PREEMPTED:
		sqlite3_result_int64(context, (int64_t)sum->preempted_ns);
		break;
	case SHOWN_BLOCKED:
		sqlite3_result_int64(context, (int64_t)sum->blocked_ns);
		break;
	case SHOWN_RUNNABLE:
		sqlite3_result_int64(context, (int64_t)sum->runnable_ns);
		break;
	case SHOWN_FAULTS:
		sqlite3_result_int64(context, (int64_t)sum->faults);
		break;
	case SHOWN_FAULT:
		sqlite3_result_int64(context, fault_ns(cursor, clock));
		break;
	case SHOWN_WHY:
		result_why(context, cursor, clock);
		break;
	default:
		stack = kernel_words_stack(&cursor->words, sum->stack);
		if (stack != NULL)
			sqlite3_result_text(context, stack, -1, SQLITE_TRANSIENT);
	}
}

int turns_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	const struct turn *turn = ((struct turns_cursor *)base)->turn;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	struct trace *trace = vtab->shared->trace;
	const struct clock_line *clock = &trace->clock;
	bool is_recv = turn->event == ACTOR_EVENT_RECV;
	enum shown shown = (enum shown)turns_tables[vtab->which].shown[column];

	switch (shown) {
	case SHOWN_ID:
		sqlite3_result_int64(context, (int64_t)turn->id);
		break;
	case SHOWN_START:
		sqlite3_result_int64(context, clock_ns(clock, turn->start));
		break;
	case SHOWN_END:
		if (turn->end != 0)
			sqlite3_result_int64(context, clock_ns(clock, turn->end));
		break;
	case SHOWN_RUN:
		if (turn->end != 0)
			sqlite3_result_int64(context, clock_span_ns(clock, turn->start, turn->run));
		break;
	case SHOWN_WAIT:
		if (turn->end != 0)
			sqlite3_result_int64(context,
					     clock_span_ns(clock, turn->start, turn->wait));
		break;
	case SHOWN_ACTOR:
	case SHOWN_ACTOR_NAME:
		vtab_result_actor(context, trace, turn->actor, shown == SHOWN_ACTOR_NAME);
		break;
	case SHOWN_BEHAVIOUR:
		if (turn->actor != 0)
			vtab_result_text(context, trace_name(trace, turn->actor)->behaviour);
		break;
	case SHOWN_SENDER:
	case SHOWN_SENDER_NAME:
		vtab_result_actor(context, trace, turn->sender, shown == SHOWN_SENDER_NAME);
		break;
	case SHOWN_TYPE:
		vtab_result_text(context, trace_type(trace, turn->tag));
		break;
	case SHOWN_KIND:
		vtab_result_text(context, is_recv ? event_message_name(turn->message) : "input");
		break;
	case SHOWN_SEQ:
		if (is_recv)
			sqlite3_result_int64(context, turn->seq);
		break;
	case SHOWN_SENDS:
		sqlite3_result_int64(context, turn->sends);
		break;
	case SHOWN_POSTPONED:
		sqlite3_result_int64(context, turn->postponed);
		break;
	case SHOWN_THREAD:
		sqlite3_result_int64(context, turn->thread);
		break;
	default:
		if (shown >= SHOWN_ON_CPU)
			result_kernel((struct turns_cursor *)base, clock, context, shown);
		else
			result_send(turn, clock, context, shown);
	}
	return SQLITE_OK;
}
