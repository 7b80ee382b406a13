/* SPDX-License-Identifier: MIT */
#include "term/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BEFORE_NS INT64_C(500000000)
#define EVERY_NS  INT64_C(100000000)
#define WIDTH     30

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){
		.what = what, .terminal = isatty(STDERR_FILENO), .begun_ns = now_ns()};
}

void progress_show(void *user, double done)
{
	struct progress *progress = user;
	char bar[WIDTH + 1];
	int filled;
	int64_t now;

	if (!progress->terminal)
		return;
	now = now_ns();
	if (now - progress->begun_ns < BEFORE_NS || now - progress->drawn_ns < EVERY_NS)
		return;
	progress->drawn_ns = now;
	progress->shown = true;
	done = done < 0 ? 0 : done > 1 ? 1 : done;
	filled = (int)(done * WIDTH);
	memset(bar, ' ', WIDTH);
	memset(bar, '=', (size_t)filled);
	bar[WIDTH] = '\0';
	fprintf(stderr, "\r%s [%s] %3d %%", progress->what, bar, (int)(done * 100));
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
