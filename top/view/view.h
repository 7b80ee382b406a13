/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_VIEW_H
#define TOP_VIEW_VIEW_H

/* A view: a list of lines, each with an id. One constant table; views.c lists them. */

#include "view/ui.h"

struct view {
	const char *key; /* for --view */
	const char *title;
	/* Makes the lines after a tick, NULL: the model has them. */
	void (*prepare)(struct ui *ui);
	size_t (*count)(const struct ui *ui);
	uint64_t (*id)(const struct ui *ui, size_t line);
	/* The actor that the line is about, 0: none, or several. NULL: never one. */
	uint64_t (*pid)(const struct ui *ui, size_t line);
	/* What a search looks at. */
	void (*text)(const struct ui *ui, size_t line, char *text, size_t size);
	/* The heads of columns; NULL: there are none. */
	void (*head)(const struct ui *ui, struct cells *cells, int x, int y, int width);
	void (*line)(const struct ui *ui, struct cells *cells, int x, int y, int width,
		     size_t line);
	/* Enter on a line; true: done, false: show the actor's detail. NULL: the same as false. */
	bool (*enter)(struct ui *ui, size_t line);
	/* What stands there when there is no line. */
	const char *(*empty)(const struct ui *ui);
};

extern const struct view *const views[VIEW_COUNT];

extern const struct view view_actors;
extern const struct view view_behaviours;
extern const struct view view_tree;
extern const struct view view_flow;
extern const struct view view_waits;
extern const struct view view_alerts;
extern const struct view view_trace;

/* ---- What the views keep: views.c -------------------------------------------------------------
 */

bool views_create(struct ui *ui);
void views_destroy(struct ui *ui);

/* Another program is watched: nothing that was kept is of use. */
void views_forget(struct ui *ui);

/* Opens or closes the selected branch. False: this view has none. */
bool views_fold(struct ui *ui, bool open);
void views_fold_all(struct ui *ui);

/* Flow as a matrix, or as a list again. */
void views_matrix(struct ui *ui);

/* Leaves what Enter has opened in this view. False: nothing was open. */
bool views_back(struct ui *ui);

/* Sets the filter to this behaviour. actions.c */
void view_only(struct ui *ui, const char *behaviour);

/* ---- screen.c -------------------------------------------------------------------------------- */

/* The lines above the list; returns how many. header.c */
int header_draw(const struct ui *ui, struct cells *cells);

/* A line each, of a trace. timeline.c */
void timeline_draw(const struct ui *ui, struct cells *cells, int y);
void timeline_draw_marks(const struct ui *ui, struct cells *cells, int y);
void help_draw(struct ui *ui, struct cells *cells);
void detail_draw(struct ui *ui, struct cells *cells, int x, int y, int width, int height);

/* A sparkline of the last minute, the newest on the right. */
void spark_draw(struct cells *cells, int x, int y, int width, const double *values, int count,
		double most);

#endif
