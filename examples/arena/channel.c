/* SPDX-License-Identifier: MIT */
#include "channel.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <actor/tcp.h>

#include "channel_state.h"
#include "roster.h"

#define CHECK_EVERY_MS    1000
#define CLOSE_PATIENCE_MS 2000

/* ---- What the other files use ---------------------------------------------------------------- */

void channel_write(struct channel *channel, const struct text *text)
{
	if (text->size > 0)
		(void)actor_tcp_write(channel->connection, text->bytes, text->size);
}

void channel_write_error(struct channel *channel, enum protocol_error error)
{
	struct text text;

	text_init(&text);
	text_line(&text, "error %s", protocol_error_text(error));
	channel_write(channel, &text);
}

void channel_enter(struct channel *channel, enum player_state state)
{
	struct presence presence = {.state = state};

	assert(state < PLAYER_STATE_COUNT);
	channel->state = (uint8_t)state;
	/* Without a name there is nobody to list; the roster notices by itself who leaves. */
	if (channel->card.name[0] == '\0' || state == PLAYER_CLOSING)
		return;
	memcpy(presence.name, channel->card.name, sizeof(presence.name));
	(void)roster_presence(presence);
}

void channel_close(struct channel *channel)
{
	uint64_t timer;

	if (channel->state == PLAYER_CLOSING)
		return;
	channel_leave(channel);
	channel_enter(channel, PLAYER_CLOSING);
	(void)actor_tcp_close(channel->connection);
	(void)actor_timer_start(ACTOR_MILLISECONDS(CLOSE_PATIENCE_MS), 0, &close_late, NULL,
				&timer);
}

/* ---- The connection -------------------------------------------------------------------------- */

static void take_line(struct channel *channel, const struct actor_message *message)
{
	const struct actor_tcp_data_message *data =
		actor_message_as(message, struct actor_tcp_data_message);
	size_t size;
	const char *line = actor_tcp_bytes(message, &size);

	channel_take_line(channel, line, size, data->truncated != 0);
}

static int on_data(void *state, const struct actor_message *message)
{
	struct channel *channel = state;

	if (channel->state == PLAYER_CLOSING)
		return ACTOR_CONTINUE;
	channel->last_heard_ns = actor_now();
	switch (limiter_take(&channel->limiter, channel->last_heard_ns)) {
	case LIMITER_ALLOW:
		take_line(channel, message);
		break;
	case LIMITER_WARN:
		channel_write_error(channel, PROTOCOL_SLOW_DOWN);
		break;
	case LIMITER_DROP:
		break;
	case LIMITER_CLOSE:
		channel_write_error(channel, PROTOCOL_FLOOD);
		channel_close(channel);
		break;
	}
	return ACTOR_CONTINUE;
}

static int on_closed(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	return ACTOR_STOP;
}

static int on_down(void *state, const struct actor_message *message)
{
	const struct actor_down_message *down =
		actor_message_as(message, struct actor_down_message);
	struct channel *channel = state;

	if (actor_pid_equal(down->pid, channel->connection))
		return ACTOR_STOP;
	channel_lose_partner(channel, down->ref);
	return ACTOR_CONTINUE;
}

/* ---- Timers ---------------------------------------------------------------------------------- */

static int on_check(void *state, const struct actor_message *message)
{
	struct channel *channel = state;

	(void)message;
	if (channel->state == PLAYER_CLOSING)
		return ACTOR_CONTINUE;
	if (actor_now() - channel->last_heard_ns >= ACTOR_MILLISECONDS(channel->rules.idle_ms)) {
		channel_write_error(channel, PROTOCOL_IDLE);
		channel_close(channel);
	} else if (channel->queue_again) {
		channel_join_queue(channel);
	}
	return ACTOR_CONTINUE;
}

static int on_score_late(void *state, const struct actor_message *message)
{
	struct channel *channel = state;

	(void)message;
	if (channel->state == PLAYER_SCORING)
		channel_finish_score(channel);
	return ACTOR_CONTINUE;
}

/* A peer that does not read keeps its side open for as long as it likes; not ours. */
static int on_close_late(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	return ACTOR_ETOO_SLOW;
}

/* ---- Behaviour ------------------------------------------------------------------------------- */

static void greet(struct channel *channel)
{
	struct text text;

	text_init(&text);
	text_line(&text, "welcome to the arena; type: name YOU, then: play (help lists the rest)");
	channel_write(channel, &text);
}

static int channel_init(void *state, const void *argument, size_t size)
{
	const struct channel_argument *wanted = argument;
	struct channel *channel = state;
	uint64_t check_ms;
	uint64_t ignored;
	int status;

	if (size != sizeof(*wanted))
		return ACTOR_EINVALID;
	channel->connection = wanted->connection;
	channel->rules = wanted->rules;
	channel->state = PLAYER_NEW;
	channel->show = SWITCH_TICKS;
	channel->last_heard_ns = actor_now();
	limiter_init(&channel->limiter, wanted->rules.lines_per_second, wanted->rules.refused_max,
		     channel->last_heard_ns);
	(void)actor_set_label(wanted->peer);
	/* The peer may have gone already; then the down is waiting for us. */
	status = actor_monitor(channel->connection, &ignored);
	if (status != 0)
		return status;
	check_ms = wanted->rules.idle_ms / 4 < CHECK_EVERY_MS ? wanted->rules.idle_ms / 4 + 1
							      : CHECK_EVERY_MS;
	status = actor_timer_start(ACTOR_MILLISECONDS(check_ms), ACTOR_MILLISECONDS(check_ms),
				   &channel_check, NULL, &ignored);
	if (status == 0)
		greet(channel);
	return status;
}

static const struct dispatch_row infos[] = {
	{&actor_tcp_data, on_data}, {&actor_tcp_closed, on_closed}, {&actor_down, on_down},
	{&channel_check, on_check}, {&score_late, on_score_late},   {&close_late, on_close_late},
};

static int channel_handle_cast(void *state, const struct actor_message *message)
{
	return dispatch(channel_casts, channel_cast_count, state, message);
}

static int channel_handle_info(void *state, const struct actor_message *message)
{
	return DISPATCH(infos, state, message);
}

/* The supervisor stops one channel after the other, so none waits for its connection: that is left
 * to write and close on its own. */
static void channel_terminate(void *state, int reason)
{
	struct channel *channel = state;

	if (reason != ACTOR_EXIT_SHUTDOWN || channel->state == PLAYER_CLOSING)
		return;
	channel_write_error(channel, PROTOCOL_SHUTDOWN);
	(void)actor_tcp_close(channel->connection);
	(void)actor_unlink(channel->connection);
}

static int channel_describe(const void *state, char *text, size_t size)
{
	const struct channel *channel = state;

	return snprintf(text, size, "%s, %s", channel->card.name[0] ? channel->card.name : "nobody",
			player_state_name(channel->state));
}

const struct actor_behaviour channel_behaviour = {
	.name = "channel",
	.state_size = sizeof(struct channel),
	.state_ctype = "struct channel",
	.init = channel_init,
	.handle_cast = channel_handle_cast,
	.handle_info = channel_handle_info,
	.terminate = channel_terminate,
	.describe = channel_describe,
};
