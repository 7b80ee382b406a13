/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <actor/pid.h>

#define TYPE_WORK 1
#define TYPE_NEWS 2

static uint64_t next_random(struct session *session)
{
	session->random ^= session->random << 13;
	session->random ^= session->random >> 7;
	session->random ^= session->random << 17;
	return session->random;
}

static void send(struct session *session, uint64_t sender, uint32_t number, uint32_t receiver,
		 uint16_t type)
{
	session->queue[session->last++ % SESSION_QUEUE] = (struct session_message){
		.sender = sender,
		.pid = session->actors[receiver].pid,
		.receiver = receiver,
		.number = number,
		.type = type,
	};
}

void session_begin(struct session *session, bool distinct)
{
	*session = (struct session){.random = 88172645463325252, .time = 1000};
	session->distinct = distinct;
	for (uint32_t i = 0; i < SESSION_ACTORS; i++) {
		session->actors[i].pid = actor_pid_pack(i + 1, 1).bits;
		session->actors[i].turns_left = 20 + (uint32_t)(next_random(session) % 300);
	}
	for (uint32_t i = 0; i < 500; i++)
		send(session, 0, 0, i, TYPE_WORK);
}

void session_describe(const struct session *session, struct trace_writer *writer)
{
	trace_writer_clock(writer, session->time, 0, 0);
	trace_writer_type(writer, TYPE_WORK, "work", NULL, 16, false, NULL, 0);
	trace_writer_type(writer, TYPE_NEWS, "news", NULL, 8, false, NULL, 0);
	trace_writer_behaviour(writer, 1, "service", NULL, 0);
	trace_writer_behaviour(writer, 2, "session", NULL, 0);
	for (uint32_t i = 0; i < SESSION_RINGS; i++)
		trace_writer_thread(writer, i, 1, i + 1, "scheduler");
	for (uint32_t i = 0; i < SESSION_SERVICES; i++)
		trace_writer_actor(writer, &(struct trace_actor){.pid = session->actors[i].pid,
								 .behaviour = 1});
}

static void put(struct session *session, struct session_ring *ring, struct actor_event event)
{
	ring->events[ring->count++] = event;
	session->made++;
}

static unsigned choose_sends(struct session *session)
{
	uint32_t waiting = session->last - session->first;
	uint64_t dice = next_random(session) % 8;

	if (waiting < 200)
		return 2;
	if (waiting > 4000)
		return dice < 4;
	return dice == 0 ? 2 : dice == 1 ? 0 : 1;
}

/* Services serve sessions; a session asks its service, or tells a neighbour. */
static uint32_t choose_receiver(struct session *session, uint32_t self)
{
	uint64_t dice = next_random(session);

	if (self < SESSION_SERVICES)
		return SESSION_SERVICES + (uint32_t)(dice % (SESSION_ACTORS - SESSION_SERVICES));
	if (dice % 4 == 0)
		return SESSION_SERVICES +
		       (self + (uint32_t)(dice >> 8) % 8) % (SESSION_ACTORS - SESSION_SERVICES);
	return self % SESSION_SERVICES;
}

/* The session in that place ends, and the service has a new one there. */
static void replace(struct session *session, struct session_ring *ring, uint32_t self)
{
	struct session_actor *actor = &session->actors[self];
	uint64_t old = actor->pid;

	actor->pid =
		actor_pid_pack(self + 1, actor_pid_generation((struct actor_pid){old}) + 1).bits;
	actor->sent = 0;
	actor->turns_left = 20 + (uint32_t)(next_random(session) % 300);
	session->time += 50;
	put(session, ring,
	    (struct actor_event){.kind = ACTOR_EVENT_EXIT, .a = old, .b = 1, .c = session->time});
	put(session, ring,
	    (struct actor_event){.kind = ACTOR_EVENT_SPAWN,
				 .tag = 2,
				 .seq = actor_pid_generation((struct actor_pid){actor->pid}),
				 .a = actor->pid,
				 .b = session->actors[self % SESSION_SERVICES].pid,
				 .c = actor->pid * UINT64_C(0x9e3779b97f4a7c15)});
	ring->time = session->time;
}

static void turn(struct session *session, struct session_ring *ring,
		 const struct session_message *message)
{
	struct session_actor *self = &session->actors[message->receiver];

	session->time += 200 + next_random(session) % 800;
	ring->actor = self->pid;
	ring->time = session->time;
	put(session, ring,
	    (struct actor_event){.kind = ACTOR_EVENT_RECV,
				 .flags = ACTOR_MESSAGE_KIND_CAST,
				 .tag = message->type,
				 .seq = message->number,
				 .a = self->pid,
				 .b = message->sender,
				 .c = session->time});
	for (unsigned sends = choose_sends(session); sends > 0; sends--) {
		uint32_t receiver = choose_receiver(session, message->receiver);
		uint16_t type = next_random(session) % 4 == 0 ? TYPE_NEWS : TYPE_WORK;
		uint64_t hash = next_random(session);

		if (!session->distinct)
			hash = hash % 64 * UINT64_C(0x9e3779b97f4a7c15);
		send(session, self->pid, ++self->sent, receiver, type);
		put(session, ring,
		    (struct actor_event){.kind = ACTOR_EVENT_SEND,
					 .flags = ACTOR_MESSAGE_KIND_CAST,
					 .tag = type,
					 .seq = self->sent,
					 .a = session->actors[receiver].pid,
					 .b = hash,
					 .c = next_random(session) % 6 << 32 |
					      (type == TYPE_WORK ? 16 : 8)});
	}
	if (message->receiver >= SESSION_SERVICES && --self->turns_left == 0)
		replace(session, ring, message->receiver);
}

void session_run(struct session *session)
{
	for (;;) {
		const struct session_message message =
			session->queue[session->first++ % SESSION_QUEUE];
		struct session_ring *ring = &session->rings[next_random(session) % SESSION_RINGS];

		if (session->last == session->first)
			send(session, 0, 0, 0, TYPE_WORK);
		if (message.pid != session->actors[message.receiver].pid)
			continue;
		turn(session, ring, &message);
		if (ring->count + 5 > SESSION_BATCH)
			return;
	}
}

int session_write(struct session *session, struct trace_writer *writer)
{
	int status = 0;

	for (uint32_t i = 0; i < SESSION_RINGS && status == 0; i++) {
		struct session_ring *ring = &session->rings[i];

		status = trace_writer_events(writer, i, &ring->context, ring->events, ring->count);
		ring->context.first += ring->count;
		ring->context.actor = ring->actor;
		ring->context.turn_time = ring->time;
		ring->count = 0;
	}
	return status;
}
