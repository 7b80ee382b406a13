/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_UI_H
#define TOP_VIEW_UI_H

/*
 * What the screen shows and how it got there: the model, the view that is on, its selection, what
 *is being typed. Knows no terminal: input comes as numbers (keys.h), output goes into cells.
 *
 *	input -> ui_input() -> action -> state -> wish -> model_tick() -> ui_draw() -> cells
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/filter.h>

#include "model/model.h"
#include "view/cells.h"
#include "view/keys.h"
#include "view/menu.h"
#include "view/prompt.h"

#define UI_LEAST_WIDTH  40
#define UI_LEAST_HEIGHT 8
#define UI_TAGS_MAX     32
#define UI_MESSAGE      256

/* A view's place in its list. Lines have ids, so that a selection stays with what it means. */
struct ui_place {
	uint64_t id;   /* of the selected line, 0: none yet */
	size_t index;  /* where it was seen last */
	size_t offset; /* first line on the screen */
	bool follows;  /* stays with the id; else with the index */
};

/* What main() is to do when the ui is left. */
enum ui_request {
	UI_GO_ON,
	UI_QUIT,
	UI_PRINT_QUIT,
	UI_SUSPEND,
	UI_REDRAW,
	UI_COPY
};

struct ui {
	struct model model;
	enum view_id view;
	struct ui_place places[VIEW_COUNT];
	struct ui_place detail_place; /* scrolling */
	bool detail;
	bool help;
	size_t help_offset;
	bool paused;
	bool meters; /* the header has its meters */
	bool mouse;
	bool unsaved;       /* the set-up has changed */
	size_t column;      /* first column after the name that is shown: sideways scrolling */
	uint64_t hidden[3]; /* bit i: column i was taken out, by list */
	uint64_t wanted[3]; /* bit i: column i was put in */
	uint64_t tags[UI_TAGS_MAX];
	size_t tag_count;
	char search[128];
	struct filter *filter; /* NULL: none */
	struct prompt prompt;
	struct menu menu;
	char message[UI_MESSAGE]; /* a line for the status, "" for none */
	bool message_bad;
	uint64_t message_ns; /* when it came */
	enum ui_request request;
	int page; /* lines of the list on the screen */
	int list_width;
	int list_y; /* where the list begins, for the mouse */
	int head_y;
	int tabs_y;
	int tab_ends[VIEW_COUNT]; /* columns */
	char clipboard[NAMES_TEXT];
	struct recording *recording; /* NULL: nothing is being recorded */
	struct recording *dump;      /* NULL: none is being made */
	struct state_text *state;    /* NULL: none was asked for */
	struct views *views;         /* what the views keep between ticks */
};

/* False: no memory. The model is not open yet. */
bool ui_init(struct ui *ui);
void ui_finish(struct ui *ui);

/* Watches another program. 0 or a negative status; the message says why. */
int ui_open(struct ui *ui, const char *path);

/* Shows a recorded trace. 0 or a negative status; the message says why. */
int ui_open_trace(struct ui *ui, const char *trace);

/* Sets the filter; "" is none. False: it is wrong, `error` says how, the old one stays. */
bool ui_set_filter(struct ui *ui, const char *text, struct filter_error *error);

void ui_input(struct ui *ui, uint32_t input, const struct mouse *mouse);

/* Reads the program and makes the view's lines. Does nothing but its sums while paused. */
void ui_tick(struct ui *ui);

/* Takes what is new in the program's rings; to be called several times a second. */
void ui_events(struct ui *ui);

/* The view's lines again, after the state has changed. */
void ui_refresh(struct ui *ui);

void ui_draw(struct ui *ui, struct cells *cells);

/* A line for the status. */
void ui_say(struct ui *ui, bool bad, const char *format, ...) __attribute__((format(printf, 3, 4)));

void ui_show(struct ui *ui, enum view_id view);

static inline struct ui_place *ui_place(struct ui *ui)
{
	return &ui->places[ui->view];
}

/* The pid of the selected line, 0: it is about no single actor. */
uint64_t ui_selected_pid(const struct ui *ui);

bool ui_is_tagged(const struct ui *ui, uint64_t pid);

#endif
