/* SPDX-License-Identifier: MIT */
/* Limits and alarms of mailboxes; see bound.h. */
#include "actor/bound.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "actor/log.h"
#include "actor/system.h"
#include "base/hash.h"

/* What happens to a message, as recorded. A greater number is the hash of an older one that went
 * for it. */
enum verdict {
	VERDICT_IN = 0,
	VERDICT_REFUSED = 1,
	VERDICT_DROPPED = 2,
	VERDICT_WAITS = 3,
	VERDICT_DEADLOCK = 4,
	VERDICT_LAST = VERDICT_DEADLOCK
};

/* What is done after the lock is given back. */
struct deed {
	enum mailbox_pushed pushed;
	struct actor_message *dropped;
	uint32_t high; /* not 0: the alarm was raised at this length */
	uint32_t low;  /* not 0: it was cleared, at one less */
	struct actor_from woken;
	uint16_t woken_tag;
};

static struct bound *bound_of(struct actor_system *system, uint32_t slot)
{
	/* Both acquire: pair with the releases in bound_begin. */
	struct bound **bounds = __atomic_load_n(&system->bounds, __ATOMIC_ACQUIRE);

	return __atomic_load_n(&bounds[slot], __ATOMIC_ACQUIRE);
}

/* ---- Birth and death ---------------------------------------------------------------------------
 */

int bound_wanted(const struct actor_system *system, const struct actor_spawn_options *options,
		 struct bound_wish *ret_wish, bool *ret_wanted)
{
	struct bound_wish wish = {0, system->mailbox_high, system->mailbox_low,
				  ACTOR_MAILBOX_BLOCK};

	if (options != NULL) {
		wish.limit = options->mailbox_limit;
		wish.policy = options->mailbox_policy;
		if (options->mailbox_high != 0) {
			wish.high = options->mailbox_high;
			wish.low = options->mailbox_low;
		}
	}
	if (wish.high == ACTOR_MAILBOX_NO_ALARM)
		wish.high = wish.low = 0;
	if ((unsigned)wish.policy > ACTOR_MAILBOX_DROP_OLD ||
	    (wish.high != 0 && wish.low >= wish.high))
		return ACTOR_EINVALID;
	*ret_wish = wish;
	*ret_wanted = wish.limit != 0 || wish.high != 0;
	return 0;
}

/* The slot's record, made where there is none yet. Only who is giving birth in the slot asks. */
static struct bound *record(struct actor_system *system, uint32_t slot)
{
	struct bound **bounds;
	struct bound *bound;

	pthread_mutex_lock(&system->lock);
	bounds = system->bounds;
	if (bounds == NULL) {
		bounds = mmap(NULL, sizeof(*bounds) * system->actors_max, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (bounds == MAP_FAILED)
			bounds = NULL;
		else
			__atomic_store_n(&system->bounds, bounds, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&system->lock);
	if (bounds == NULL)
		return NULL;
	bound = __atomic_load_n(&bounds[slot], __ATOMIC_ACQUIRE);
	if (bound != NULL)
		return bound;
	bound = aligned_alloc(64, (sizeof(*bound) + 63) & ~(size_t)63);
	if (bound == NULL)
		return NULL;
	memset(bound, 0, sizeof(*bound));
	if (pthread_mutex_init(&bound->lock, NULL) != 0) {
		free(bound);
		return NULL;
	}
	bound->bell.kind = ACTOR_MESSAGE_KIND_ROOM;
	bound->bell.pool_ = POOL_CLASS_NONE;
	__atomic_store_n(&bounds[slot], bound, __ATOMIC_RELEASE);
	return bound;
}

int bound_begin(struct actor_system *system, struct cell *cell, const struct bound_wish *wish)
{
	struct bound *bound = record(system, cell->slot);

	if (bound == NULL)
		return ACTOR_ENO_MEMORY;
	pthread_mutex_lock(&bound->lock);
	assert(bound->generation == 0);
	assert(!bound->rung);
	bound->generation = cell->generation;
	__atomic_store_n(&bound->limit, wish->limit, __ATOMIC_RELAXED);
	__atomic_store_n(&bound->high, wish->high, __ATOMIC_RELAXED);
	bound->low = wish->low;
	bound->policy = wish->policy;
	pthread_mutex_unlock(&bound->lock);
	return 0;
}

static void strip(struct mailbox_list *list, const struct bound *bound)
{
	struct mailbox_list rest = {NULL, NULL, 0};
	struct actor_message *message;

	while ((message = mailbox_shift(list)) != NULL) {
		struct mailbox_list one = {message, message, 1};

		message->next_ = NULL;
		if (message != &bound->bell)
			mailbox_append(&rest, one);
	}
	*list = rest;
}

/* A message without a number of its own, because the program has not caused it. */
static void notify(struct thread *thread, struct actor_pid about, struct actor_from to,
		   uint16_t tag, enum actor_message_kind kind, const struct reply_payload *payload)
{
	size_t size = payload != NULL ? sizeof(*payload) : 0;
	struct actor_message *message = message_create(thread, size);
	uint32_t depth;

	if (message == NULL)
		return;
	message->kind = (uint8_t)kind;
	message->tag = tag;
	message->ref_ = to.ref;
	message->sender = about;
	message->sequence = 0;
	if (size != 0)
		memcpy(message + 1, payload, size);
	(void)cell_deliver(thread, to.caller, message, &depth);
}

/* Its message has its place now. The edge goes away before the news of it, as with a reply. */
static void wake(struct thread *thread, struct actor_pid about, struct actor_from sender,
		 uint16_t tag)
{
	waiting_answered(thread, sender);
	notify(thread, about, sender, tag, ACTOR_MESSAGE_KIND_ROOM, NULL);
}

/* Whether the message's sender waits until it is within the limit. */
static bool is_awaited(const struct actor_message *message)
{
	return (message->kind == ACTOR_MESSAGE_KIND_INFO ||
		message->kind == ACTOR_MESSAGE_KIND_CAST) &&
	       message->ref_ != 0;
}

void bound_end(struct thread *thread, struct cell *cell, struct mailbox_list *rest)
{
	struct bound *bound = bound_of(thread->system, cell->slot);
	struct actor_message *waiting;

	pthread_mutex_lock(&bound->lock);
	strip(&cell->queue, bound);
	strip(rest, bound);
	waiting = bound->edge;
	mailbox_append(rest, bound->list);
	memset(&bound->list, 0, sizeof(bound->list));
	bound->edge = NULL;
	bound->users = 0;
	bound->rung = false;
	bound->drained = false;
	bound->generation = 0;
	__atomic_store_n(&bound->raised, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&bound->lock);
	for (; waiting != NULL; waiting = waiting->next_) {
		struct actor_from sender = {waiting->sender, waiting->ref_};

		if (is_awaited(waiting))
			wake(thread, cell_pid(cell), sender, waiting->tag);
	}
}

void bound_finish(struct actor_system *system)
{
	if (system->bounds == NULL)
		return;
	for (uint32_t slot = 0; slot < system->slots_used; slot++) {
		if (system->bounds[slot] == NULL)
			continue;
		pthread_mutex_destroy(&system->bounds[slot]->lock);
		free(system->bounds[slot]);
	}
	munmap(system->bounds, sizeof(*system->bounds) * system->actors_max);
	system->bounds = NULL;
}

/* ---- The list, under the lock ------------------------------------------------------------------
 */

/* Sent by the program, so it counts. */
static bool is_counted(const struct actor_message *message)
{
	return message->kind == ACTOR_MESSAGE_KIND_INFO ||
	       message->kind == ACTOR_MESSAGE_KIND_CAST ||
	       message->kind == ACTOR_MESSAGE_KIND_CALL ||
	       message->kind == ACTOR_MESSAGE_KIND_ALIASED;
}

/* Keeps its place among the counted ones. All others go straight into the mailbox. */
static bool is_listed(const struct actor_message *message)
{
	return is_counted(message) || message->kind == ACTOR_MESSAGE_KIND_TIMER ||
	       message->kind == ACTOR_MESSAGE_KIND_DOWN;
}

static void append(struct bound *bound, struct actor_message *message)
{
	struct mailbox_list one = {message, message, 1};

	message->next_ = NULL;
	mailbox_append(&bound->list, one);
	if (is_counted(message) && ++bound->users > bound->limit && bound->edge == NULL)
		bound->edge = message;
}

static void next_edge(struct bound *bound)
{
	do
		bound->edge = bound->edge->next_;
	while (bound->edge != NULL && !is_counted(bound->edge));
}

/* A counted message has left the list: the one at the edge is within the limit now. */
static void make_room(struct bound *bound, struct deed *deed)
{
	struct actor_message *inside = bound->edge;

	bound->users--;
	if (inside == NULL)
		return;
	if (is_awaited(inside)) {
		deed->woken.caller = inside->sender;
		deed->woken.ref = inside->ref_;
		deed->woken_tag = inside->tag;
	}
	next_edge(bound);
}

/* Names a message among all; one more than the verdicts at least. */
static uint64_t message_name(const struct actor_message *message)
{
	uint64_t name = hash_mix(message->sender.bits, message->sequence);

	return name > VERDICT_LAST ? name : name + VERDICT_LAST + 1;
}

static const struct actor_message *oldest(const struct bound *bound)
{
	const struct actor_message *message = bound->list.first;

	while (message != NULL && !is_counted(message))
		message = message->next_;
	return message;
}

/* Takes the message of that name out of the list. NULL: it is not there any more. */
static struct actor_message *take_named(struct bound *bound, uint64_t name, struct deed *deed)
{
	struct actor_message *before = NULL;
	bool beyond = false;

	for (struct actor_message *message = bound->list.first; message != NULL;
	     before = message, message = message->next_) {
		beyond = beyond || message == bound->edge;
		if (!is_counted(message) || message_name(message) != name)
			continue;
		if (before != NULL)
			before->next_ = message->next_;
		else
			bound->list.first = message->next_;
		if (bound->list.last == message)
			bound->list.last = before;
		bound->list.count--;
		if (beyond)
			bound->users--;
		else
			make_room(bound, deed);
		if (bound->edge == message)
			next_edge(bound);
		return message;
	}
	return NULL;
}

/* The actor is to look into the list, and its line to say how much is there. */
static void ring(struct actor_plane_actor *line, struct bound *bound, struct deed *deed)
{
	uint32_t depth;

	if (!bound->rung) {
		deed->pushed = mailbox_push(&line->inbox, &bound->bell, &depth);
		bound->rung = deed->pushed != MAILBOX_REFUSED;
	} else if (bound->drained) {
		__atomic_store_n(&line->queued, bound->list.count + bound->others,
				 __ATOMIC_RELAXED);
	} else if (deed->dropped == NULL) { /* else it has come for another one */
		mailbox_grow(&line->inbox);
	}
}

/* ---- Sending ----------------------------------------------------------------------------------
 */

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
		return message_name(oldest(bound));
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

/* A message that was sent and will never be handled. Owns it. */
static void drop(struct thread *thread, struct actor_pid to, struct actor_message *message,
		 bool tell)
{
	thread_add(&thread->mailbox_dropped, 1);
	EMIT(thread, MAILBOX_DROP, message->kind, message->tag, message->sequence, to.bits,
	     message->sender.bits, 0);
	if (tell && message->kind == ACTOR_MESSAGE_KIND_CALL) {
		struct actor_from from = {message->sender, message->ref_};
		struct reply_payload full = {ACTOR_EMAILBOX_FULL, 0};

		notify(thread, to, from, message->tag, ACTOR_MESSAGE_KIND_REPLY, &full);
	}
	message_free(thread, message);
}

/* Counted messages only. False: the message does not go in; thread->outcome says why. */
static bool admit(struct thread *thread, struct bound *bound, struct actor_pid to,
		  struct actor_message *message, struct deed *deed, uint64_t *ret_verdict)
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
		deed->dropped = take_named(bound, verdict, deed);
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

static void check_high(struct bound *bound, uint32_t depth, struct deed *deed)
{
	if (bound->high == 0 || depth < bound->high || bound->raised)
		return;
	__atomic_store_n(&bound->raised, 1, __ATOMIC_RELAXED);
	deed->high = depth;
}

static void finish(struct thread *thread, struct actor_pid pid, const struct deed *deed)
{
	struct actor_system *system = thread->system;

	if (deed->pushed == MAILBOX_WAKE)
		cell_ready(system, system_cell(system, actor_pid_slot(pid)));
	if (deed->woken.caller.bits != 0)
		wake(thread, pid, deed->woken, deed->woken_tag);
	if (deed->dropped != NULL)
		drop(thread, pid, deed->dropped, true);
	if (deed->high != 0) {
		EMIT(thread, MAILBOX_HIGH, 0, 0, 0, pid.bits, deed->high, 0);
		LOG(system, ACTOR_LOG_WARNING, pid, "%u messages wait in its mailbox", deed->high);
	}
	if (deed->low != 0) {
		EMIT(thread, MAILBOX_LOW, 0, 0, 0, pid.bits, deed->low - 1, 0);
		LOG(system, ACTOR_LOG_INFO, pid, "only %u messages wait in its mailbox now",
		    deed->low - 1);
	}
}

static bool list_deliver(struct thread *thread, struct bound *bound, struct actor_pid to,
			 struct actor_message *message, uint32_t *ret_depth)
{
	struct actor_system *system = thread->system;
	struct actor_plane_actor *line = system_line(system, actor_pid_slot(to));
	struct deed deed = {.pushed = MAILBOX_PUSHED};
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
		append(bound, message);
		ring(line, bound, &deed);
		*ret_depth = bound->list.count;
		check_high(bound, *ret_depth, &deed);
	}
	pthread_mutex_unlock(&bound->lock);
	if (counted)
		EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_MAILBOX, cell_pid(thread->cell).bits, 0,
		     verdict);
	if (!in && verdict == VERDICT_DROPPED) {
		drop(thread, to, message, false);
	} else if (!in) {
		thread_add(&thread->mailbox_rejected, 1);
		message_free(thread, message);
	}
	finish(thread, to, &deed);
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
	struct deed deed = {.pushed = MAILBOX_PUSHED};
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
	finish(thread, pid, &deed);
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

int bound_wait(struct thread *thread, struct actor_pid to, uint16_t tag)
{
	struct actor_plane_actor *line = cell_line(thread->cell, thread->system);
	struct wait wait;
	int status;

	wait_init(&wait);
	status = wait_for(thread, &wait, thread->outcome_ref, to, tag, ACTOR_FOREVER);

	__atomic_store_n(&line->waiting_on, 0, __ATOMIC_RELAXED);
	if (status == 0)
		message_free(thread_self(), wait.answer);
	return status;
}

/* ---- Receiving --------------------------------------------------------------------------------
 */

void bound_bell(struct thread *thread, struct cell *cell)
{
	struct bound *bound = bound_of(thread->system, cell->slot);
	struct mailbox_list bell = {&bound->bell, &bound->bell, 0};

	pthread_mutex_lock(&bound->lock);
	bound->drained = true;
	bound->others = cell->queue.count + cell->urgent.count;
	bound->weight = bound->list.count;
	bell.count = bound->weight;
	bound->bell.next_ = NULL;
	mailbox_append(&cell->queue, bell);
	pthread_mutex_unlock(&bound->lock);
}

/* In the queue: the list's next message first, the bell last, where there is more. */
static void take_next(struct bound *bound, struct cell *cell, struct deed *deed)
{
	struct mailbox_list queue = wait_skipped(cell);
	struct mailbox_list bell = {&bound->bell, &bound->bell, 0};
	struct actor_message *message = mailbox_shift(&bound->list);

	/* mailbox_shift took one off for the bell, which had counted for so many. */
	cell->queue.count -= bound->weight - 1;
	if (message != NULL) {
		struct mailbox_list one = {message, message, 1};

		message->next_ = NULL;
		if (is_counted(message))
			make_room(bound, deed);
		/* A turn that waits for one of its messages has left older ones in the queue. */
		if (cell->wait != NULL)
			mailbox_append(&cell->queue, one);
		else
			mailbox_append(&queue, one);
	}
	mailbox_append(&queue, cell->queue);
	bound->others = queue.count + cell->urgent.count;
	bound->rung = bound->list.first != NULL;
	bound->drained = bound->rung;
	bound->weight = bound->list.count;
	bell.count = bound->weight;
	bound->bell.next_ = NULL;
	if (bound->rung)
		mailbox_append(&queue, bell);
	cell->queue = queue;
}

/* Whether the alarm stays on; then the bell lies behind all that is waiting now. */
static void look_again(struct bound *bound, struct cell *cell, struct actor_plane_actor *line)
{
	uint32_t depth;

	cell->queue.count++; /* mailbox_shift took one off for the bell */
	bound->drained = false;
	bound->rung = __atomic_load_n(&bound->raised, __ATOMIC_RELAXED) != 0 &&
		      mailbox_push_weight(&line->inbox, &bound->bell, 0, &depth) != MAILBOX_REFUSED;
}

void bound_take(struct thread *thread, struct cell *cell)
{
	struct bound *bound = bound_of(thread->system, cell->slot);
	struct actor_plane_actor *line = cell_line(cell, thread->system);
	struct deed deed = {.pushed = MAILBOX_PUSHED};
	uint32_t waiting;

	pthread_mutex_lock(&bound->lock);
	if (bound->limit != 0)
		take_next(bound, cell, &deed);
	waiting = bound->limit != 0 ? bound->list.count
				    : cell->queue.count + 1 + mailbox_count(&line->inbox);
	if (bound->raised && waiting <= bound->low) {
		__atomic_store_n(&bound->raised, 0, __ATOMIC_RELAXED);
		deed.low = waiting + 1;
	}
	if (bound->limit == 0)
		look_again(bound, cell, line);
	__atomic_store_n(&line->queued, cell->queue.count + cell->urgent.count, __ATOMIC_RELAXED);
	__atomic_store_n(&thread->words->visit_turns, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&bound->lock);
	finish(thread, cell_pid(cell), &deed);
}
