/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "config.h"
#include "sink/curses.h"
#include "term/text.h"
#include "view/actions.h"
#include "view/view.h"

/* Above this many actors, sums are what one can read. */
#define ACTORS_MANY 50000

/* Rates need two looks: the second comes soon. */
#define SECOND_LOOK_NS UINT64_C(200000000)

/* While a table is being scanned for the first time, and how often events are taken. */
#define SCAN_NS   UINT64_C(20000000)
#define EVENTS_NS UINT64_C(100000000)

/* Keys that come faster than they are taken (one held down, a paste) must not keep a frame back. */
#define INPUT_NS UINT64_C(50000000)

struct loop {
	struct ui ui;
	struct cells cells;
	int signals;
	uint64_t next_tick_ns;
	uint64_t next_events_ns;
	int status;
	bool done;
	bool dirty; /* something is to be drawn */
	bool more;  /* keys were left; they may lie in ncurses, where poll does not see them */
	bool view_chosen;
};

/* ---- Signals --------------------------------------------------------------------------------- */

/* They are read like input; a handler that draws would be in the way of what it interrupts. */
static int signals_open(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void signals_take(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		loop->dirty = true;
		switch (info.ssi_signo) {
		case SIGWINCH:
			screen_resize();
			break;
		case SIGTSTP:
			screen_suspend();
			break;
		case SIGCONT:
			screen_redraw();
			break;
		default:
			loop->done = true;
			loop->status = 128 + (int)info.ssi_signo;
			break;
		}
	}
}

/* ---- Input ----------------------------------------------------------------------------------- */

static void serve(struct loop *loop)
{
	struct ui *ui = &loop->ui;
	enum ui_request request = ui->request;

	ui->request = UI_GO_ON;
	switch (request) {
	case UI_QUIT:
		loop->done = true;
		break;
	case UI_PRINT_QUIT:
		column_pid_text(ui_selected_pid(ui), ui->clipboard, sizeof(ui->clipboard));
		loop->done = true;
		break;
	case UI_SUSPEND:
		screen_suspend();
		break;
	case UI_REDRAW:
		screen_mouse(ui->mouse);
		screen_redraw();
		break;
	case UI_COPY:
		screen_copy(ui->clipboard);
		ui->clipboard[0] = '\0';
		break;
	default:
		break;
	}
}

static void input_take(struct loop *loop)
{
	uint64_t until = plane_clock_monotonic() + INPUT_NS;
	struct mouse mouse;
	uint32_t input;

	loop->more = true;
	while (!loop->done && plane_clock_monotonic() < until) {
		input = screen_input(&mouse);
		if (input == INPUT_NONE) {
			loop->more = false;
			return;
		}
		loop->dirty = true;
		if (input == INPUT_RESIZE) {
			screen_resize();
			continue;
		}
		ui_input(&loop->ui, input, &mouse);
		serve(loop);
	}
}

/* ---- Time ------------------------------------------------------------------------------------ */

static void tick(struct loop *loop, uint64_t now)
{
	struct ui *ui = &loop->ui;
	struct model *model = &ui->model;
	uint64_t interval = model->wish.interval_ns;

	ui_tick(ui);
	loop->dirty = true;
	if (model->target.plane != NULL && model->table.pass_ended == 0)
		interval = SCAN_NS;
	else if (!loop->view_chosen && model->target.plane != NULL) {
		loop->view_chosen = true;
		if (table_found(&model->table)->sums.actors > ACTORS_MANY)
			ui_show(ui, VIEW_BEHAVIOURS);
	}
	if (model->target.plane != NULL && !model_is_warm(model) && interval > SECOND_LOOK_NS)
		interval = SECOND_LOOK_NS;
	loop->next_tick_ns += interval;
	/* After a pause (^Z, a busy machine) there is nothing to catch up with. */
	if (loop->next_tick_ns <= now || loop->next_tick_ns > now + interval)
		loop->next_tick_ns = now + interval;
}

static void draw(struct loop *loop)
{
	int width, height;

	screen_size(&width, &height);
	if (width != loop->cells.width || height != loop->cells.height)
		(void)cells_resize(&loop->cells, width, height);
	ui_draw(&loop->ui, &loop->cells);
	screen_show(&loop->cells);
	loop->dirty = false;
}

static int wait_ms(const struct loop *loop)
{
	uint64_t now = plane_clock_monotonic(), next = loop->next_tick_ns;

	if (model_rest_at(&loop->ui.model) < next)
		next = model_rest_at(&loop->ui.model);
	if (loop->ui.model.target.level == TARGET_EVENTS && loop->next_events_ns < next)
		next = loop->next_events_ns;
	return loop->more || next <= now ? 0 : (int)((next - now + 999999) / 1000000);
}

static void turn(struct loop *loop)
{
	struct pollfd files[2] = {{.fd = screen_descriptor(), .events = POLLIN},
				  {.fd = loop->signals, .events = POLLIN}};
	uint64_t now;

	if (poll(files, 2, wait_ms(loop)) < 0 && errno != EINTR) {
		loop->done = true;
		return;
	}
	if ((files[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
		/* The terminal is gone. */
		loop->done = true;
		loop->status = 128 + SIGHUP;
		return;
	}
	signals_take(loop);
	input_take(loop);
	model_rest(&loop->ui.model);
	now = plane_clock_monotonic();
	if (now >= loop->next_events_ns) {
		ui_events(&loop->ui);
		loop->next_events_ns = now + EVENTS_NS;
	}
	if (now >= loop->next_tick_ns)
		tick(loop, now);
	if (loop->dirty && !loop->done)
		draw(loop);
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static bool wants_color(const struct options *options)
{
	const char *no = getenv("NO_COLOR");

	if (options->color != OPTIONS_COLOR_AUTO)
		return options->color == OPTIONS_COLOR_ALWAYS;
	return no == NULL || no[0] == '\0';
}

static int fail(const char *text)
{
	fputs("actor-top: ", stderr);
	text_print(stderr, text);
	putc('\n', stderr);
	return 2;
}

/* The first view, by --view; main() has looked whether there is such a one. */
static void choose_view(struct loop *loop, const char *key)
{
	for (int i = 0; key != NULL && i < VIEW_COUNT; i++) {
		if (strcmp(views[i]->key, key) != 0)
			continue;
		loop->ui.view = (enum view_id)i;
		loop->view_chosen = true;
	}
}

static int prepare(struct loop *loop, const struct options *options, const struct model_wish *wish,
		   const char *path, char *error, size_t error_size)
{
	struct filter_error wrong;

	loop->ui.model.wish = *wish;
	loop->ui.mouse = !options->no_mouse;
	if (!options->no_config)
		config_load(&loop->ui);
	if (options->sort != COLUMN_ID_COUNT)
		loop->ui.model.wish.list = wish->list;
	choose_view(loop, options->view);
	if (options->filter != NULL && !ui_set_filter(&loop->ui, options->filter, &wrong)) {
		snprintf(error, error_size, "--filter: %s", wrong.text);
		return 2;
	}
	if (options->replay != NULL) {
		if (ui_open_trace(&loop->ui, options->replay) == 0)
			return 0;
		snprintf(error, error_size, "%s", loop->ui.message);
		return 4;
	}
	if (path == NULL) {
		(void)actions_choose_process(&loop->ui);
		return 0;
	}
	if (ui_open(&loop->ui, path) < 0) {
		snprintf(error, error_size, "%s", loop->ui.message);
		return 3;
	}
	return 0;
}

static void run(struct loop *loop, const struct options *options)
{
	loop->cells.ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	loop->next_tick_ns = plane_clock_monotonic();
	while (!loop->done)
		turn(loop);
}

int run_screens(const struct options *options, const struct model_wish *wish, const char *path)
{
	struct screen_options screen = {wants_color(options), !options->no_mouse};
	struct loop *loop = calloc(1, sizeof(*loop));
	char error[1100];
	int status;

	if (loop == NULL || !ui_init(&loop->ui)) {
		free(loop);
		return fail("out of memory");
	}
	setlocale(LC_ALL, "");
	screen_guard();
	status = prepare(loop, options, wish, path, error, sizeof(error));
	if (status == 0) {
		loop->signals = signals_open();
		screen.mouse = loop->ui.mouse;
		status = screen_open(&screen, error, sizeof(error));
	}
	if (status != 0) {
		fail(error);
	} else {
		run(loop, options);
		screen_close();
		if (loop->ui.clipboard[0] != '\0')
			puts(loop->ui.clipboard);
		if (loop->ui.unsaved && !options->no_config)
			config_save(&loop->ui);
		status = loop->status;
	}
	ui_finish(&loop->ui);
	cells_finish(&loop->cells);
	free(loop);
	return status;
}
