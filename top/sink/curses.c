/* SPDX-License-Identifier: MIT */
#include "sink/curses.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <ncursesw/curses.h>

static struct {
	SCREEN *screen;
	FILE *file; /* the terminal, so that stdout stays free */
	int fd;
	bool color;
	bool mouse;
	struct termios modes; /* as they were */
} terminal = {.fd = -1};

/* ---- Crashes --------------------------------------------------------------------------------- */

/* Mouse off, cursor on, attributes off, alternate screen off; what any terminal ignores it may. */
static const char reset_text[] =
	"\033[?1000l\033[?1002l\033[?1006l\033[?25h\033[0m\033[?1049l\033[?1l\033>\r\n";

static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
static struct sigaction deadly_before[sizeof(deadly) / sizeof(deadly[0])];

/* Only calls that a signal handler may make. */
static void crash(int number, siginfo_t *info, void *context)
{
	size_t at = 0;

	(void)context;
	if (terminal.fd >= 0) {
		ssize_t written = write(terminal.fd, reset_text, sizeof(reset_text) - 1);

		(void)written;
		(void)tcsetattr(terminal.fd, TCSANOW, &terminal.modes);
	}
	while (deadly[at] != number)
		at++;
	/* The one before us: a sanitizer's, that of the planes, or the end. */
	(void)sigaction(number, &deadly_before[at], NULL);
	if (info->si_code <= 0)
		(void)raise(number); /* it was sent; a fault comes again by itself */
}

void screen_guard(void)
{
	struct sigaction action = {.sa_sigaction = crash, .sa_flags = SA_SIGINFO | SA_NODEFER};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		(void)sigaction(deadly[i], &action, &deadly_before[i]);
}

/* ---- Styles ---------------------------------------------------------------------------------- */

/* Colours by number, -1: the terminal's own. `attributes` carry the same without colours. */
static const struct {
	short foreground;
	short background;
	attr_t attributes; /* with colours */
	attr_t plain;      /* without */
} styles[STYLE_COUNT] = {
	[STYLE_NORMAL] = {-1, -1, A_NORMAL, A_NORMAL},
	[STYLE_DIM] = {-1, -1, A_DIM, A_DIM},
	[STYLE_STRONG] = {-1, -1, A_BOLD, A_BOLD},
	[STYLE_LABEL] = {COLOR_CYAN, -1, A_NORMAL, A_NORMAL},
	[STYLE_TITLE] = {COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE},
	[STYLE_SORTED] = {COLOR_BLACK, COLOR_CYAN, A_BOLD | A_UNDERLINE, A_REVERSE | A_UNDERLINE},
	[STYLE_TAB] = {-1, -1, A_DIM, A_NORMAL},
	[STYLE_TAB_ON] = {COLOR_CYAN, -1, A_BOLD, A_BOLD | A_UNDERLINE},
	[STYLE_KEY] = {-1, -1, A_BOLD, A_BOLD},
	[STYLE_KEY_TEXT] = {COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE},
	[STYLE_GOOD] = {COLOR_GREEN, -1, A_NORMAL, A_NORMAL},
	[STYLE_WARN] = {COLOR_YELLOW, -1, A_NORMAL, A_BOLD},
	[STYLE_BAD] = {COLOR_RED, -1, A_BOLD, A_BOLD | A_UNDERLINE},
	[STYLE_BAR] = {COLOR_GREEN, -1, A_NORMAL, A_NORMAL},
	[STYLE_MATCH] = {COLOR_BLACK, COLOR_YELLOW, A_NORMAL, A_REVERSE},
	[STYLE_BORDER] = {COLOR_BLUE, -1, A_NORMAL, A_NORMAL},
	[STYLE_TAGGED] = {COLOR_YELLOW, -1, A_BOLD, A_BOLD | A_UNDERLINE},
};

static attr_t attributes_of(const struct cell *cell, short *ret_pair)
{
	attr_t attributes =
		terminal.color ? styles[cell->style].attributes : styles[cell->style].plain;

	*ret_pair = terminal.color ? (short)(cell->style + 1) : 0;
	if ((cell->flags & CELL_REVERSE) != 0) {
		/* One look for the whole line, whatever its colours are. */
		*ret_pair = 0;
		attributes = (attributes & ~A_DIM) ^ A_REVERSE;
	}
	return attributes;
}

static void colors_begin(void)
{
	terminal.color = terminal.color && has_colors();
	if (!terminal.color)
		return;
	start_color();
	use_default_colors();
	for (int i = 0; i < STYLE_COUNT; i++)
		init_pair((short)(i + 1), styles[i].foreground, styles[i].background);
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void modes_begin(void)
{
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	/* Or curses leaves a frame half drawn where a key is waiting, and there may be no next. */
	typeahead(-1);
	set_escdelay(25);
	curs_set(0);
	leaveok(stdscr, FALSE);
}

int screen_open(const struct screen_options *options, char *error, unsigned error_size)
{
	const char *term = getenv("TERM");

	if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0) {
		snprintf(error, error_size, "this terminal (TERM=%s) shows no screens; use -b",
			 term != NULL ? term : "");
		return 2;
	}
	terminal.fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (terminal.fd < 0 || tcgetattr(terminal.fd, &terminal.modes) < 0) {
		snprintf(error, error_size, "there is no terminal; use -b to write lines");
		screen_close();
		return 2;
	}
	terminal.file = fdopen(terminal.fd, "r+");
	terminal.color = options->color;
	if (terminal.file != NULL)
		terminal.screen = newterm(NULL, terminal.file, terminal.file);
	if (terminal.screen == NULL) {
		snprintf(error, error_size,
			 "terminals of type %s are not known here; set TERM or use -b", term);
		screen_close();
		return 2;
	}
	set_term(terminal.screen);
	modes_begin();
	colors_begin();
	screen_mouse(options->mouse);
	return 0;
}

void screen_close(void)
{
	if (terminal.screen != NULL) {
		screen_mouse(false);
		endwin();
		delscreen(terminal.screen);
		terminal.screen = NULL;
	}
	if (terminal.file != NULL)
		fclose(terminal.file);
	else if (terminal.fd >= 0)
		close(terminal.fd);
	terminal.file = NULL;
	terminal.fd = -1;
}

int screen_descriptor(void)
{
	return terminal.fd;
}

void screen_size(int *ret_width, int *ret_height)
{
	*ret_width = COLS;
	*ret_height = LINES;
}

void screen_resize(void)
{
	struct winsize size;

	if (ioctl(terminal.fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
		return;
	if (size.ws_col != COLS || size.ws_row != LINES)
		resizeterm(size.ws_row, size.ws_col);
	clearok(curscr, TRUE);
}

void screen_redraw(void)
{
	clearok(curscr, TRUE);
}

void screen_mouse(bool on)
{
	terminal.mouse = on;
	mouseinterval(0);
	mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

/* ---- Showing --------------------------------------------------------------------------------- */

/* Cells of one look go out together. */
static void show_run(int y, int x, const struct cell *cell, int count)
{
	wchar_t text[256];
	cchar_t wide[256];
	attr_t attributes;
	short pair;
	int used = 0;

	attributes = attributes_of(cell, &pair);
	for (int i = 0; i < count; i++) {
		if ((cell[i].flags & CELL_TAIL) != 0)
			continue;
		text[0] = (wchar_t)cell[i].character;
		text[1] = L'\0';
		if (setcchar(&wide[used], text, attributes, pair, NULL) == OK)
			used++;
	}
	mvadd_wchnstr(y, x, wide, used);
}

static bool same_look(const struct cell *a, const struct cell *b)
{
	return a->style == b->style && (a->flags & CELL_REVERSE) == (b->flags & CELL_REVERSE);
}

void screen_show(const struct cells *cells)
{
	int height = cells->height < LINES ? cells->height : LINES;
	int width = cells->width < COLS ? cells->width : COLS;

	erase();
	for (int y = 0; y < height; y++) {
		const struct cell *line = &cells->cells[(size_t)y * (size_t)cells->width];

		for (int x = 0; x < width;) {
			int count = 1;

			while (x + count < width && count < 255 &&
			       same_look(&line[x], &line[x + count]))
				count++;
			show_run(y, x, &line[x], count);
			x += count;
		}
	}
	if (cells->cursor_x >= 0 && cells->cursor_x < width && cells->cursor_y < height) {
		move(cells->cursor_y, cells->cursor_x);
		curs_set(1);
	} else {
		curs_set(0);
	}
	refresh();
}

/* ---- Input ----------------------------------------------------------------------------------- */

static uint32_t mouse_input(struct mouse *mouse)
{
	static struct mouse last;
	static struct timespec last_time;
	struct timespec now;
	MEVENT event;
	long ms;

	if (getmouse(&event) != OK)
		return INPUT_NONE;
	*mouse = (struct mouse){MOUSE_CLICK, event.x, event.y};
	if ((event.bstate & BUTTON4_PRESSED) != 0)
		mouse->kind = MOUSE_WHEEL_UP;
	else if ((event.bstate & BUTTON5_PRESSED) != 0)
		mouse->kind = MOUSE_WHEEL_DOWN;
	else if ((event.bstate & BUTTON1_PRESSED) == 0)
		return INPUT_NONE;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (now.tv_sec - last_time.tv_sec) * 1000 + (now.tv_nsec - last_time.tv_nsec) / 1000000;
	if (mouse->kind == MOUSE_CLICK && ms < 400 && last.x == mouse->x && last.y == mouse->y)
		mouse->kind = MOUSE_DOUBLE;
	last = *mouse;
	last_time = now;
	return INPUT_MOUSE;
}

static uint32_t key_input(int key, struct mouse *mouse)
{
	static const struct {
		int key;
		uint32_t input;
	} known[] = {{KEY_UP, INPUT_UP},
		     {KEY_DOWN, INPUT_DOWN},
		     {KEY_LEFT, INPUT_LEFT},
		     {KEY_RIGHT, INPUT_RIGHT},
		     {KEY_HOME, INPUT_HOME},
		     {KEY_END, INPUT_END},
		     {KEY_PPAGE, INPUT_PAGE_UP},
		     {KEY_NPAGE, INPUT_PAGE_DOWN},
		     {KEY_DC, INPUT_DELETE},
		     {KEY_BTAB, INPUT_BACK_TAB},
		     {KEY_BACKSPACE, INPUT_BACKSPACE},
		     {KEY_ENTER, INPUT_ENTER},
		     {KEY_RESIZE, INPUT_RESIZE}};

	if (key == KEY_MOUSE)
		return mouse_input(mouse);
	if (key >= KEY_F(1) && key <= KEY_F(10))
		return INPUT_F1 + (uint32_t)(key - KEY_F(1));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].key == key)
			return known[i].input;
	return INPUT_NONE;
}

uint32_t screen_input(struct mouse *ret_mouse)
{
	wint_t character;

	for (;;) {
		int kind = get_wch(&character);
		uint32_t input;

		if (kind == ERR)
			return INPUT_NONE;
		if (kind != KEY_CODE_YES)
			return character == 13 ? INPUT_ENTER : (uint32_t)character;
		input = key_input((int)character, ret_mouse);
		if (input != INPUT_NONE)
			return input;
	}
}

void screen_suspend(void)
{
	screen_mouse(false);
	endwin();
	(void)raise(SIGSTOP);
	modes_begin();
	screen_mouse(terminal.mouse);
	screen_resize();
	refresh();
}

/* ---- Clipboard ------------------------------------------------------------------------------- */

void screen_copy(const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = strlen(text);

	fputs("\033]52;c;", terminal.file);
	for (size_t i = 0; i < length; i += 3) {
		uint32_t three = (uint32_t)(unsigned char)text[i] << 16;
		char out[5] = "====";

		if (i + 1 < length)
			three |= (uint32_t)(unsigned char)text[i + 1] << 8;
		if (i + 2 < length)
			three |= (unsigned char)text[i + 2];
		for (size_t j = 0; j < (length - i > 2 ? 4 : length - i + 1); j++)
			out[j] = digits[three >> (18 - 6 * j) & 63];
		fputs(out, terminal.file);
	}
	fputs("\a", terminal.file);
	fflush(terminal.file);
}
