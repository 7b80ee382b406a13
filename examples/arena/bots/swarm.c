/* SPDX-License-Identifier: MIT */
#include "swarm.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 512
#define POLL_MAX_MS    20
/* How long the last games may take after the time is up. */
#define LEAVE_PATIENCE_NS UINT64_C(15000000000)

struct seat {
	struct bot bot;
	int fd; /* -1: none */
	size_t size;
	char line[LINE_MAX_BYTES]; /* the beginning of a line that has not arrived whole */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void seat_leave(struct seat *seat)
{
	if (seat->fd >= 0)
		close(seat->fd);
	seat->fd = -1;
	seat->bot.phase = BOT_GONE;
}

static void seat_connect(struct seat *seat, uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int yes = 1;

	seat->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (seat->fd < 0) {
		bot_fail(&seat->bot, "no socket", strerror(errno));
		return;
	}
	setsockopt(seat->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (connect(seat->fd, (const struct sockaddr *)&address, sizeof(address)) != 0 &&
	    errno != EINPROGRESS) {
		bot_fail(&seat->bot, "cannot connect (does arena run on that port?)",
			 strerror(errno));
		seat_leave(seat);
	}
}

/* Cuts what arrived into lines. */
static void seat_take(struct seat *seat, const char *bytes, size_t size, uint64_t now)
{
	for (size_t i = 0; i < size && seat->bot.phase != BOT_GONE; i++) {
		if (bytes[i] != '\n') {
			if (seat->size < sizeof(seat->line) - 1)
				seat->line[seat->size++] = bytes[i];
			continue;
		}
		seat->line[seat->size] = '\0';
		seat->size = 0;
		bot_hear(&seat->bot, seat->line, now);
	}
}

static void seat_read(struct seat *seat, uint64_t now)
{
	char bytes[8192];
	ssize_t size = recv(seat->fd, bytes, sizeof(bytes), 0);

	if (size > 0) {
		seat_take(seat, bytes, (size_t)size, now);
		return;
	}
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (seat->bot.phase != BOT_GONE)
		bot_fail(&seat->bot,
			 size < 0 && errno == ECONNREFUSED
				 ? "cannot connect (does arena run on that port?)"
				 : "the connection ended",
			 size < 0 ? strerror(errno) : "closed by the server");
}

static void seat_write(struct seat *seat)
{
	struct bot *bot = &seat->bot;
	ssize_t size;

	if (bot->outgoing_size == 0)
		return;
	size = send(seat->fd, bot->outgoing, bot->outgoing_size, MSG_NOSIGNAL);
	if (size < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ENOTCONN)
			bot_fail(bot, "cannot write", strerror(errno));
		return;
	}
	bot->outgoing_size -= (size_t)size;
	memmove(bot->outgoing, bot->outgoing + size, bot->outgoing_size);
}

static void seat_turn(struct seat *seat, short events, uint64_t now)
{
	if (events & (POLLIN | POLLHUP | POLLERR))
		seat_read(seat, now);
	if (seat->bot.phase != BOT_GONE)
		bot_act(&seat->bot, now);
	if (seat->bot.phase != BOT_GONE)
		seat_write(seat);
	if (seat->bot.phase == BOT_GONE)
		seat_leave(seat);
}

static unsigned prepare(const struct seat *seats, struct pollfd *polls, unsigned count)
{
	unsigned present = 0;

	for (unsigned i = 0; i < count; i++) {
		polls[i] = (struct pollfd){.fd = seats[i].fd, .events = POLLIN};
		if (seats[i].bot.outgoing_size > 0)
			polls[i].events |= POLLOUT;
		present += seats[i].fd >= 0;
	}
	return present;
}

/* Sleeps until something arrives or the next bot wants to speak. */
static int wait_time_ms(const struct seat *seats, unsigned count, uint64_t now)
{
	uint64_t until = now + (uint64_t)POLL_MAX_MS * 1000000;

	for (unsigned i = 0; i < count; i++) {
		const struct bot *bot = &seats[i].bot;

		if (seats[i].fd >= 0 && bot->question == BOT_NOTHING &&
		    bot->phase != BOT_CONNECTED && bot->next_ns < until)
			until = bot->next_ns;
	}
	return until <= now ? 0 : (int)((until - now) / 1000000) + 1;
}

static void play(const struct swarm_options *options, struct seat *seats, struct pollfd *polls)
{
	uint64_t start = now_ns();
	uint64_t end = start + options->duration_ns;

	while (prepare(seats, polls, options->players) > 0) {
		uint64_t now = now_ns();

		if (poll(polls, options->players, wait_time_ms(seats, options->players, now)) < 0 &&
		    errno != EINTR)
			return;
		for (unsigned i = 0; i < options->players; i++) {
			if (seats[i].fd < 0)
				continue;
			/* The clock is read for each, or the first answers would look slower. */
			now = now_ns();
			seats[i].bot.leaving = now >= end;
			seat_turn(&seats[i], polls[i].revents, now);
			if (seats[i].fd >= 0 && now >= end + LEAVE_PATIENCE_NS) {
				bot_fail(&seats[i].bot, "did not come to an end",
					 bot_phase_name(seats[i].bot.phase));
				seat_leave(&seats[i]);
			}
		}
	}
}

int swarm_run(const struct swarm_options *options, struct bot_tally *tally,
	      uint64_t *ret_elapsed_ns)
{
	struct seat *seats = calloc(options->players, sizeof(*seats));
	struct pollfd *polls = calloc(options->players, sizeof(*polls));
	uint64_t start = now_ns();
	int status = -ENOMEM;

	assert(options->players > 0);
	if (seats == NULL || polls == NULL)
		goto out;
	for (unsigned i = 0; i < options->players; i++) {
		bot_init(&seats[i].bot, tally, options->seed, i, options->think_ns,
			 options->fickle);
		seat_connect(&seats[i], options->port);
	}
	play(options, seats, polls);
	*ret_elapsed_ns = now_ns() - start;
	status = 0;
out:
	free(polls);
	free(seats);
	return status;
}
