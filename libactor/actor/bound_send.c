/* SPDX-License-Identifier: MIT */
/* What becomes of a message that is sent to a mailbox with a limit or an alarm; see bound.h. */
#include "actor/bound_list.h"

static bool may_wait(struct thread *thread, const struct actor_message *message)
{
	return (message->kind == ACTOR_MESSAGE_KIND_INFO ||
		message->kind == ACTOR_MESSAGE_KIND_CAST) &&
	       !thread->cell->always_ends;
}

/*
 * What the machine would do. *ret_ref: of the wait, not 0 where that was thought of. *ret_status: a
 * reason of its own why it cannot.
 */
static uint64_t judge(struct thread *thread, const struct bound *bound, struct actor_pid to,
		      const struct actor_message *message, uint64_t *ret_ref, int *ret_status)
{
	struct actor_plane_actor *line;

	if (bound->users < bound->limit)
		return VERDICT_IN;
	switch (bound->policy) {
	case ACTOR_MAILBOX_DROP_NEW:
		return VERDICT_DROPPED;
	case ACTOR_MAILBOX_DROP_OLD:
		return list_name(list_oldest(bound));
	case ACTOR_MAILBOX_REJECT:
		/* The runtime's own ports have nobody to tell. */
		return thread->cell->always_ends ? VERDICT_IN : VERDICT_REFUSED;
	case ACTOR_MAILBOX_BLOCK:
		break;
	}
	if (!may_wait(thread, message))
		return VERDICT_IN; /* a caller waits for its answer anyway */
	if (thread->worker != NULL && !worker_reserve(thread->worker)) {
		*ret_status = ACTOR_ENO_MEMORY;
		return VERDICT_IN;
	}
	*ret_ref = call_ref(thread->cell, message->tag); /* before the edge, as in calls */
	line = cell_line(thread->cell, thread->system);
	/* Sequentially consistent with the loads in wait_closes_cycle. */
	__atomic_store_n(&line->waiting_on, to.bits, __ATOMIC_SEQ_CST);
	if (!wait_closes_cycle(thread->system, cell_pid(thread->cell), to))
		return VERDICT_WAITS;
	return VERDICT_DEADLOCK;
}

static int outcome_of(uint64_t verdict, const struct actor_message *message)
{
	switch (verdict) {
	case VERDICT_REFUSED:
		return ACTOR_EMAILBOX_FULL;
	case VERDICT_DROPPED: /* who calls must not wait for ever */
		return message->kind == ACTOR_MESSAGE_KIND_CALL ? ACTOR_EMAILBOX_FULL : BOUND_DEAD;
	case VERDICT_DEADLOCK:
		return ACTOR_EDEADLOCK;
	case VERDICT_WAITS:
		return BOUND_WAITS;
	default:
		return BOUND_DEAD;
	}
}

/* Counted messages only. False: the message does not go in; thread->outcome says why. */
static bool admit(struct thread *thread, struct bound *bound, struct actor_pid to,
		  struct actor_message *message, struct bound_deed *deed, uint64_t *ret_verdict)
{
	struct actor_plane_actor *line;
	uint64_t verdict = VERDICT_IN;
	uint64_t ref = 0;
	int status = 0;

	if (thread->cell != NULL) {
		verdict = judge(thread, bound, to, message, &ref, &status);
		if (status != 0) {
			thread->outcome = status;
			*ret_verdict = VERDICT_REFUSED;
			return false;
		}
		verdict = thread->system->seam->observe(thread->cell, ACTOR_OBSERVED_MAILBOX,
							verdict);
	}
	*ret_verdict = verdict;
	if (verdict > VERDICT_LAST)
		deed->dropped = list_take(bound, verdict, deed);
	/* A script may know better; references are counted as it says. */
	if (verdict == VERDICT_WAITS || verdict == VERDICT_DEADLOCK)
		ref = ref != 0 ? ref : call_ref(thread->cell, message->tag);
	else if (ref != 0)
		__atomic_store_n(&thread->cell->refs, thread->cell->refs - 1, __ATOMIC_RELAXED);
	if (verdict == VERDICT_WAITS) {
		message->ref_ = ref;
		thread->outcome_ref = ref;
	} else if (ref != 0) {
		line = cell_line(thread->cell, thread->system);
		__atomic_store_n(&line->waiting_on, 0, __ATOMIC_RELAXED);
	}
	thread->outcome = outcome_of(verdict, message);
	return verdict == VERDICT_IN || verdict == VERDICT_WAITS || verdict > VERDICT_LAST;
}

static void check_high(struct bound *bound, uint32_t depth, struct bound_deed *deed)
{
	if (bound->high == 0 || depth < bound->high || bound->raised)
		return;
	__atomic_store_n(&bound->raised, 1, __ATOMIC_RELAXED);
	deed->high = depth;
}

static bool list_deliver(struct thread *thread, struct bound *bound, struct actor_pid to,
			 struct actor_message *message, uint32_t *ret_depth)
{
	struct actor_system *system = thread->system;
	struct actor_plane_actor *line = system_line(system, actor_pid_slot(to));
	struct bound_deed deed = {.pushed = MAILBOX_PUSHED};
	bool counted = is_counted(message) && thread->cell != NULL;
	uint64_t verdict = VERDICT_IN;
	bool in = true;

	thread->outcome = BOUND_DEAD;
	pthread_mutex_lock(&bound->lock);
	if (bound->generation != message->generation_) {
		pthread_mutex_unlock(&bound->lock);
		message_bury(thread, to, message, ACTOR_EXIT_NO_ACTOR);
		return false;
	}
	if (is_counted(message))
		in = admit(thread, bound, to, message, &deed, &verdict);
	if (in) {
		list_append(bound, message);
		list_ring(line, bound, &deed);
		*ret_depth = bound->list.count;
		check_high(bound, *ret_depth, &deed);
	}
	pthread_mutex_unlock(&bound->lock);
	if (counted)
		EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_MAILBOX, cell_pid(thread->cell).bits,
		     to.bits, verdict);
	if (!in && verdict == VERDICT_DROPPED) {
		bound_drop(thread, to, message, false);
	} else if (!in) {
		thread_add(&thread->mailbox_rejected, 1);
		message_free(thread, message);
	}
	deed_do(thread, to, &deed);
	return in && thread->outcome == BOUND_DEAD;
}

/* Messages that the actor has handled in the visit that runs now, and that `queued` still has. */
static uint32_t visit_turns(const struct actor_system *system, struct actor_pid pid)
{
	uint32_t used = __atomic_load_n(&system->plane.control->threads_used, __ATOMIC_RELAXED);

	for (uint32_t i = 0; i < used && i < ACTOR_PLANE_THREADS_MAX; i++) {
		const struct actor_plane_thread *words = &system->plane.threads[i];

		if (__atomic_load_n(&words->current, __ATOMIC_RELAXED) == pid.bits)
			return __atomic_load_n(&words->visit_turns, __ATOMIC_RELAXED);
	}
	return 0;
}

/* The mailbox seems to be at the mark. */
static void raise_alarm(struct thread *thread, struct bound *bound, struct actor_pid pid,
			uint32_t depth)
{
	struct actor_plane_actor *line = system_line(thread->system, actor_pid_slot(pid));
	struct bound_deed deed = {.pushed = MAILBOX_PUSHED};
	uint32_t handled = visit_turns(thread->system, pid);

	depth -= handled < depth ? handled : depth;
	pthread_mutex_lock(&bound->lock);
	if (bound->generation == actor_pid_generation(pid) && !bound->rung) {
		check_high(bound, depth, &deed);
		if (deed.high != 0) {
			deed.pushed = mailbox_push_weight(&line->inbox, &bound->bell, 0, &depth);
			bound->rung = deed.pushed != MAILBOX_REFUSED;
		}
	}
	pthread_mutex_unlock(&bound->lock);
	deed_do(thread, pid, &deed);
}

bool bound_deliver(struct thread *thread, struct actor_pid to, struct actor_message *message,
		   uint32_t *ret_depth)
{
	struct bound *bound = bound_of(thread->system, actor_pid_slot(to));
	/* Constant as long as the actor lives; where it does not, nothing comes of it. */
	uint32_t limit = __atomic_load_n(&bound->limit, __ATOMIC_RELAXED);
	uint32_t high = __atomic_load_n(&bound->high, __ATOMIC_RELAXED);

	if (limit != 0 && is_listed(message))
		return list_deliver(thread, bound, to, message, ret_depth);
	if (!cell_push(thread, to, message, ret_depth))
		return false;
	if (limit == 0 && high != 0 && *ret_depth >= high &&
	    __atomic_load_n(&bound->raised, __ATOMIC_RELAXED) == 0)
		raise_alarm(thread, bound, to, *ret_depth);
	return true;
}

bool bound_follow(struct thread *thread, struct actor_message *message, uint64_t verdict)
{
	if (verdict == VERDICT_WAITS || verdict == VERDICT_DEADLOCK)
		thread->outcome_ref = call_ref(thread->cell, message->tag);
	if (verdict == VERDICT_WAITS)
		message->ref_ = thread->outcome_ref;
	if (verdict == VERDICT_WAITS && thread->worker != NULL)
		(void)worker_reserve(thread->worker);
	thread->outcome = outcome_of(verdict, message);
	return verdict == VERDICT_IN || verdict == VERDICT_WAITS || verdict > VERDICT_LAST;
}

void bound_follow_rest(struct thread *thread, struct actor_pid to, struct actor_message *message,
		       uint64_t verdict)
{
	if (verdict == VERDICT_DROPPED) {
		bound_drop(thread, to, message, false);
	} else {
		thread_add(&thread->mailbox_rejected, 1);
		message_free(thread, message);
	}
}

bool bound_counts(const struct actor_message *message)
{
	return is_counted(message);
}

bool bound_names_older(uint64_t verdict)
{
	return verdict > VERDICT_LAST;
}

bool bound_is_named(const struct actor_message *message, uint64_t verdict)
{
	return is_counted(message) && bound_names_older(verdict) && list_name(message) == verdict;
}

int bound_wait(struct thread *thread, struct actor_pid to, uint16_t tag)
{
	struct actor_plane_actor *line = cell_line(thread->cell, thread->system);
	struct wait wait;
	int status;

	wait_init(&wait);
	wait.room = true;
	status = wait_for(thread, &wait, thread->outcome_ref, to, tag, ACTOR_FOREVER);

	__atomic_store_n(&line->waiting_on, 0, __ATOMIC_RELAXED);
	if (status == 0)
		message_free(thread_self(), wait.answer);
	return status;
}
