/* SPDX-License-Identifier: MIT */
#ifndef TOP_SINK_CURSES_H
#define TOP_SINK_CURSES_H

/*
 * The terminal. The one file that knows ncurses is curses.c.
 *
 * However the program ends, the terminal is given back as it was: in good order, by a signal, by a
 * crash, for ^Z.
 */

#include <stdbool.h>
#include <stdint.h>

#include "view/cells.h"
#include "view/keys.h"

struct screen_options {
	bool color;
	bool mouse;
};

/*
 * From now on a crash gives the terminal back first. Before the first plane is opened: its handler
 * for damaged planes passes on what is none of its own.
 */
void screen_guard(void);

/* 0, or a status of 2 with `error` filled: there is no terminal that can be used. */
int screen_open(const struct screen_options *options, char *error, unsigned error_size);
void screen_close(void);

/* The terminal's descriptor, for poll. */
int screen_descriptor(void);

/* Size, as it is now. */
void screen_size(int *ret_width, int *ret_height);

/* Takes up a new size of the terminal. */
void screen_resize(void);

void screen_show(const struct cells *cells);

/* Draws everything anew with the next screen_show. */
void screen_redraw(void);

/* The next key that has been pressed, INPUT_NONE: none. */
uint32_t screen_input(struct mouse *ret_mouse);

void screen_mouse(bool on);

/* Stops this process as ^Z does, and comes back when it is continued. */
void screen_suspend(void);

/* Puts text into the terminal's clipboard (OSC 52). */
void screen_copy(const char *text);

#endif
