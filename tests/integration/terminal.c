/* SPDX-License-Identifier: MIT */

/*
 * A terminal for tests: runs a command in it and tells what is on its screen.
 *
 *	terminal WIDTH HEIGHT COMMAND [ARGUMENT ...]
 *
 * Commands come on stdin, one a line; answers go to stdout.
 *
 *	keys HEX...        types these bytes
 *	size WIDTH HEIGHT  changes the size
 *	screen             the screen's lines, then a line "."
 *	state              "alternate 0 cursor 1 mouse 0 echo 1 status -"; status: how it has ended
 *	colors             how many cells have a colour of their own, and the highest of its numbers
 *	signal NUMBER      sends it to the command
 */

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <vterm.h>

static struct {
	VTerm *vterm;
	VTermScreen *screen;
	int master;
	int slave; /* kept open, to see the modes that are left */
	pid_t child;
	int width, height;
	int alternate, cursor, mouse;
	int status; /* of waitpid, -1: it runs */
} terminal = {.cursor = 1, .status = -1};

static int set_property(VTermProp property, VTermValue *value, void *user)
{
	(void)user;
	if (property == VTERM_PROP_ALTSCREEN)
		terminal.alternate = value->boolean;
	if (property == VTERM_PROP_CURSORVISIBLE)
		terminal.cursor = value->boolean;
	if (property == VTERM_PROP_MOUSE)
		terminal.mouse = value->number;
	return 1;
}

static void make_screen(int width, int height)
{
	static const VTermScreenCallbacks callbacks = {.settermprop = set_property};

	terminal.width = width;
	terminal.height = height;
	terminal.vterm = vterm_new(height, width);
	vterm_set_utf8(terminal.vterm, 1);
	terminal.screen = vterm_obtain_screen(terminal.vterm);
	vterm_screen_set_callbacks(terminal.screen, &callbacks, NULL);
	vterm_screen_enable_altscreen(terminal.screen, 1);
	vterm_screen_reset(terminal.screen, 1);
}

static void start(char **command)
{
	struct winsize size = {.ws_col = (unsigned short)terminal.width,
			       .ws_row = (unsigned short)terminal.height};

	if (openpty(&terminal.master, &terminal.slave, NULL, NULL, &size) < 0) {
		perror("terminal: openpty");
		exit(EXIT_FAILURE);
	}
	terminal.child = fork();
	if (terminal.child != 0)
		return;
	close(terminal.master);
	if (login_tty(terminal.slave) == 0)
		execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

/* ---- Commands -------------------------------------------------------------------------------- */

/* In one piece, as a terminal does: a pause behind ESC is a key of its own. */
static void type(char *hex)
{
	char bytes[256];
	size_t length = 0;
	ssize_t done;

	for (char *word = strtok(hex, " \n"); word != NULL && length < sizeof(bytes);
	     word = strtok(NULL, " \n"))
		bytes[length++] = (char)strtoul(word, NULL, 16);
	for (size_t at = 0; at < length; at += (size_t)done) {
		done = write(terminal.master, bytes + at, length - at);
		if (done <= 0)
			return;
	}
}

static void resize(int width, int height)
{
	struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};

	terminal.width = width;
	terminal.height = height;
	vterm_set_size(terminal.vterm, height, width);
	(void)ioctl(terminal.master, TIOCSWINSZ, &size);
}

static void put_utf8(uint32_t c)
{
	if (c < 0x80)
		putchar((int)c);
	else if (c < 0x800)
		printf("%c%c", (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)));
	else if (c < 0x10000)
		printf("%c%c%c", (char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)),
		       (char)(0x80 | (c & 0x3f)));
	else
		printf("%c%c%c%c", (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
		       (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)));
}

static void show_screen(void)
{
	for (int row = 0; row < terminal.height; row++) {
		for (int column = 0; column < terminal.width; column++) {
			VTermPos at = {.row = row, .col = column};
			VTermScreenCell cell;

			vterm_screen_get_cell(terminal.screen, at, &cell);
			if (cell.chars[0] == (uint32_t)-1)
				continue; /* the second half of a wide one */
			put_utf8(cell.chars[0] != 0 ? cell.chars[0] : ' ');
		}
		putchar('\n');
	}
	puts(".");
}

static void show_state(void)
{
	struct termios modes;
	int echo = tcgetattr(terminal.slave, &modes) == 0 && (modes.c_lflag & ECHO) != 0;

	printf("alternate %d cursor %d mouse %d echo %d status ", terminal.alternate,
	       terminal.cursor, terminal.mouse, echo);
	if (terminal.status == -1)
		puts("-");
	else if (WIFSIGNALED(terminal.status))
		printf("%d\n", -WTERMSIG(terminal.status));
	else
		printf("%d\n", WEXITSTATUS(terminal.status));
}

static void show_colors(void)
{
	int cells = 0, highest = 0;

	for (int row = 0; row < terminal.height; row++) {
		for (int column = 0; column < terminal.width; column++) {
			VTermPos at = {.row = row, .col = column};
			VTermScreenCell cell;

			vterm_screen_get_cell(terminal.screen, at, &cell);
			if (VTERM_COLOR_IS_DEFAULT_FG(&cell.fg))
				continue;
			cells++;
			if (VTERM_COLOR_IS_INDEXED(&cell.fg) && cell.fg.indexed.idx > highest)
				highest = cell.fg.indexed.idx;
		}
	}
	printf("%d %d\n", cells, highest);
}

static void obey(char *line)
{
	int a, b;

	if (strncmp(line, "keys ", 5) == 0)
		type(line + 5);
	else if (sscanf(line, "size %d %d", &a, &b) == 2 && a > 0 && b > 0)
		resize(a, b);
	else if (sscanf(line, "signal %d", &a) == 1)
		(void)kill(terminal.child, a);
	else if (strncmp(line, "colors", 6) == 0)
		show_colors();
	else if (strncmp(line, "screen", 6) == 0)
		show_screen();
	else if (strncmp(line, "state", 5) == 0)
		show_state();
	(void)fflush(stdout);
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void drain(void)
{
	char bytes[4096], answer[256];
	ssize_t got = read(terminal.master, bytes, sizeof(bytes));
	size_t length;

	if (got <= 0)
		return;
	vterm_input_write(terminal.vterm, bytes, (size_t)got);
	/* What the terminal answers, as to a question for its position. */
	length = vterm_output_read(terminal.vterm, answer, sizeof(answer));
	if (length > 0 && write(terminal.master, answer, length) < 0)
		return;
}

/* False: nobody asks any more. */
static int listen(void)
{
	static char line[65536];
	static size_t used;
	ssize_t got = read(STDIN_FILENO, line + used, sizeof(line) - 1 - used);
	char *end;

	if (got <= 0)
		return 0;
	used += (size_t)got;
	line[used] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		obey(line);
		used -= (size_t)(end + 1 - line);
		memmove(line, end + 1, used + 1);
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct pollfd files[2];

	if (argc < 4) {
		fputs("usage: terminal WIDTH HEIGHT COMMAND [ARGUMENT ...]\n", stderr);
		return 2;
	}
	make_screen(atoi(argv[1]), atoi(argv[2]));
	start(argv + 3);
	files[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	files[1] = (struct pollfd){.fd = terminal.master, .events = POLLIN};
	for (;;) {
		if (poll(files, 2, 50) < 0 && errno != EINTR)
			break;
		if ((files[1].revents & POLLIN) != 0)
			drain();
		else if ((files[0].revents & (POLLIN | POLLHUP)) != 0 && !listen())
			break;
		if (terminal.status == -1 &&
		    waitpid(terminal.child, &terminal.status, WNOHANG) == 0)
			terminal.status = -1;
	}
	if (terminal.status == -1) {
		(void)kill(terminal.child, SIGKILL);
		(void)waitpid(terminal.child, NULL, 0);
	}
	vterm_free(terminal.vterm);
	return EXIT_SUCCESS;
}
