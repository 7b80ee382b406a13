/* SPDX-License-Identifier: MIT */

/*
 * Every view as text, at three sizes, compared with what somebody has looked at. After a change
 * that is meant: LIBACTOR_GOLDEN=write test_screens, and look at the difference.
 */

#include "suite.h"

#include <locale.h>

#include "scene.h"
#include "sink/text.h"
#include "view/view.h"

#ifndef GOLDEN
#error "where the screens are"
#endif

static const struct {
	int width, height;
} sizes[] = {{80, 24}, {132, 43}, {40, 10}};

static char directory[] = "/tmp/test-screens.XXXXXX";

struct stage {
	struct scene scene;
	struct ui ui;
	struct cells cells;
};

static void stage_tick(struct stage *stage)
{
	scene_second(&stage->scene);
	ui_events(&stage->ui);
	ui_tick(&stage->ui);
}

static struct stage *stage_open(void)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	CU_ASSERT_PTR_NOT_NULL_FATAL(stage);
	scene_create(&stage->scene, directory);
	CU_ASSERT_TRUE_FATAL(ui_init(&stage->ui));
	stage->ui.model.wish.list.sort = COLUMN_BUSY;
	stage->ui.model.wish.group_sort = COLUMN_BUSY;
	stage->ui.model.wish.interval_ns = UINT64_C(1000000000);
	stage->ui.model.wish.events = true;
	CU_ASSERT_EQUAL_FATAL(ui_open(&stage->ui, stage->scene.plane.path), 0);
	ui_tick(&stage->ui);
	for (int i = 0; i < 3; i++)
		stage_tick(stage);
	return stage;
}

static void stage_close(struct stage *stage)
{
	ui_finish(&stage->ui);
	cells_finish(&stage->cells);
	scene_remove(&stage->scene);
	free(stage);
}

/* The screen as text. The footer's right half is what the viewer costs, which is never the same. */
static char *screen_text(struct stage *stage, int width, int height)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	CU_ASSERT_TRUE_FATAL(cells_resize(&stage->cells, width, height));
	ui_draw(&stage->ui, &stage->cells);
	if (height >= 12)
		cells_fill(&stage->cells, width - 24, height - 1, 24, 1, STYLE_NORMAL, ' ');
	text_show(&stage->cells, file);
	fclose(file);
	return text;
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	if (file == NULL || text == NULL) {
		free(text);
		return NULL;
	}
	text[fread(text, 1, 65535, file)] = '\0';
	fclose(file);
	return text;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	fclose(file);
}

/* Shows where two screens differ. */
static void compare(const char *path, const char *expected, const char *found)
{
	if (expected != NULL && strcmp(expected, found) == 0)
		return;
	printf("%s differs; it is now:\n%s", path, found);
	CU_FAIL("a screen has changed");
}

static void compare_screens(struct stage *stage, const char *name)
{
	const char *task = getenv("LIBACTOR_GOLDEN");

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *found = screen_text(stage, sizes[i].width, sizes[i].height);
		char path[512], *expected;

		snprintf(path, sizeof(path), GOLDEN "/%s-%dx%d.txt", name, sizes[i].width,
			 sizes[i].height);
		if (task != NULL && strcmp(task, "write") == 0)
			write_file(path, found);
		expected = read_file(path);
		compare(path, expected, found);
		free(expected);
		free(found);
	}
}

static void every_view_looks_as_it_should(void)
{
	struct stage *stage = stage_open();

	for (int i = 0; i < VIEW_COUNT; i++) {
		ui_show(&stage->ui, (enum view_id)i);
		compare_screens(stage, views[i]->key);
	}
	stage_close(stage);
}

static void detail_looks_as_it_should(void)
{
	struct stage *stage = stage_open();

	stage->ui.model.wish.list.sort = COLUMN_MAILBOX;
	table_restart(&stage->ui.model.table);
	stage_tick(stage);
	ui_input(&stage->ui, INPUT_DOWN, NULL); /* from sink to store */
	ui_input(&stage->ui, INPUT_ENTER, NULL);
	stage_tick(stage);
	compare_screens(stage, "detail");
	stage_close(stage);
}

static void help_looks_as_it_should(void)
{
	struct stage *stage = stage_open();

	ui_input(&stage->ui, '?', NULL);
	compare_screens(stage, "help");
	stage_close(stage);
}

static void chain_looks_as_it_should(void)
{
	struct stage *stage = stage_open();

	ui_show(&stage->ui, VIEW_TRACE);
	ui_input(&stage->ui, INPUT_ENTER, NULL);
	compare_screens(stage, "chain");
	stage_close(stage);
}

static void tree_opens_and_closes(void)
{
	struct stage *stage = stage_open();
	size_t closed, open;

	ui_show(&stage->ui, VIEW_TREE);
	ui_input(&stage->ui, '/', NULL);
	for (const char *at = "session"; *at != '\0'; at++)
		ui_input(&stage->ui, (uint32_t)*at, NULL);
	ui_input(&stage->ui, INPUT_ENTER, NULL);
	closed = views[VIEW_TREE]->count(&stage->ui);
	ui_input(&stage->ui, INPUT_RIGHT, NULL);
	open = views[VIEW_TREE]->count(&stage->ui);
	CU_ASSERT(open > closed + SCENE_SESSIONS);
	compare_screens(stage, "tree-open");
	ui_input(&stage->ui, INPUT_LEFT, NULL);
	CU_ASSERT_EQUAL(views[VIEW_TREE]->count(&stage->ui), closed);
	stage_close(stage);
}

/* What a terminal must never see, whatever a program calls its actors. */
static void names_are_made_safe(void)
{
	struct stage *stage = stage_open();

	for (int i = 0; i < VIEW_COUNT; i++) {
		char *text;

		ui_show(&stage->ui, (enum view_id)i);
		text = screen_text(stage, 132, 43);
		for (const char *at = text; *at != '\0'; at++)
			CU_ASSERT((unsigned char)*at >= ' ' || *at == '\n');
		free(text);
	}
	stage_close(stage);
}

static void ascii_is_ascii(void)
{
	struct stage *stage = stage_open();

	stage->cells.ascii = true;
	for (int i = 0; i < VIEW_COUNT; i++) {
		char *text;

		ui_show(&stage->ui, (enum view_id)i);
		text = screen_text(stage, 100, 30);
		for (const char *at = text; *at != '\0'; at++)
			CU_ASSERT((unsigned char)*at < 0x7f);
		free(text);
	}
	stage_close(stage);
}

static void every_size_is_drawn(void)
{
	struct stage *stage = stage_open();

	for (int i = 0; i < VIEW_COUNT; i++) {
		ui_show(&stage->ui, (enum view_id)i);
		for (int width = 0; width < 140; width += 7) {
			for (int height = 0; height < 45; height += 3) {
				char *text = screen_text(stage, width, height);

				free(text);
			}
		}
		stage->ui.detail = i % 2 == 0;
	}
	stage_close(stage);
}

static void matrix_looks_as_it_should(void)
{
	struct stage *stage = stage_open();

	ui_show(&stage->ui, VIEW_FLOW);
	ui_input(&stage->ui, 'x', NULL);
	compare_screens(stage, "matrix");
	stage_close(stage);
}

/* ---- What lines do over time ----------------------------------------------------------------- */

/* The place of an actor in the list, -1: it is not there. */
static int line_of(const struct stage *stage, uint32_t slot)
{
	for (size_t i = 0; i < stage->ui.model.row_count; i++)
		if (stage->ui.model.rows[i].pid == scene_pid(slot))
			return (int)i;
	return -1;
}

/* A session that did least does most from now on. */
static void make_busiest(struct stage *stage, uint32_t slot)
{
	stage->scene.actors[slot].busy_ticks += UINT64_C(900000000);
	stage_tick(stage);
}

static void selection_stays_with_its_actor(void)
{
	struct stage *stage = stage_open();
	uint64_t selected;

	for (int i = 0; i < 3; i++)
		ui_input(&stage->ui, INPUT_DOWN, NULL);
	selected = ui_selected_pid(&stage->ui);
	CU_ASSERT_NOT_EQUAL(selected, 0);
	make_busiest(stage, SCENE_SESSION + 3);
	CU_ASSERT_EQUAL(line_of(stage, SCENE_SESSION + 3), 1);
	CU_ASSERT_EQUAL(ui_selected_pid(&stage->ui), selected);
	ui_input(&stage->ui, INPUT_HOME, NULL);
	CU_ASSERT_EQUAL(ui_selected_pid(&stage->ui), scene_pid(SCENE_STORE));
	stage_close(stage);
}

static void frozen_order_stands_still_and_values_go_on(void)
{
	struct stage *stage = stage_open();
	int before = line_of(stage, SCENE_SESSION + 3);
	double busy;

	ui_input(&stage->ui, 'o', NULL);
	make_busiest(stage, SCENE_SESSION + 3);
	CU_ASSERT_EQUAL(line_of(stage, SCENE_SESSION + 3), before);
	busy = stage->ui.model.rows[before].busy;
	CU_ASSERT(busy > 0.8);
	ui_input(&stage->ui, 'o', NULL);
	make_busiest(stage, SCENE_SESSION + 3);
	CU_ASSERT_EQUAL(line_of(stage, SCENE_SESSION + 3), 1);
	stage_close(stage);
}

static void pause_stops_the_screen(void)
{
	struct stage *stage = stage_open();
	char *before, *after;

	ui_input(&stage->ui, 'p', NULL);
	before = screen_text(stage, 100, 30);
	stage->scene.actors[SCENE_SINK].queued = 77;
	ui_tick(&stage->ui);
	after = screen_text(stage, 100, 30);
	CU_ASSERT_STRING_EQUAL(before, after);
	CU_ASSERT_PTR_NOT_NULL(strstr(after, "PAUSED"));
	ui_input(&stage->ui, 'p', NULL);
	ui_tick(&stage->ui);
	free(after);
	after = screen_text(stage, 100, 30);
	CU_ASSERT_STRING_NOT_EQUAL(before, after);
	free(before);
	free(after);
	stage_close(stage);
}

static void the_dead_stay_for_a_while(void)
{
	struct stage *stage = stage_open();
	char *text;

	stage->scene.actors[SCENE_SESSION + 5].state = ACTOR_PLANE_STATE_FREE;
	stage->scene.actors[SCENE_SESSION + 5].generation = 2;
	stage_tick(stage);
	CU_ASSERT(line_of(stage, SCENE_SESSION + 5) >= 0);
	text = screen_text(stage, 100, 40);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Z "));
	free(text);
	CU_ASSERT_EQUAL(table_found(&stage->ui.model.table)->sums.actors, SCENE_SLOTS - 2);
	for (int i = 0; i < 6; i++)
		stage_tick(stage);
	CU_ASSERT_EQUAL(line_of(stage, SCENE_SESSION + 5), -1);
	stage_close(stage);
}

static void tags_are_kept_and_forgotten(void)
{
	struct stage *stage = stage_open();
	uint64_t first = ui_selected_pid(&stage->ui);

	ui_input(&stage->ui, ' ', NULL);
	CU_ASSERT_TRUE(ui_is_tagged(&stage->ui, first));
	CU_ASSERT_NOT_EQUAL(ui_selected_pid(&stage->ui), first);
	ui_input(&stage->ui, 'U', NULL);
	CU_ASSERT_FALSE(ui_is_tagged(&stage->ui, first));
	stage_close(stage);
}

static void columns_are_taken_out_and_put_in(void)
{
	struct stage *stage = stage_open();
	char *text = screen_text(stage, 80, 24);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, " MEM "));
	CU_ASSERT_PTR_NULL(strstr(text, "HANDLED"));
	free(text);
	ui_input(&stage->ui, 'f', NULL);
	for (size_t i = 0; i < stage->ui.menu.count; i++) {
		if (stage->ui.menu.items[i].id != COLUMN_MEMORY &&
		    stage->ui.menu.items[i].id != COLUMN_HANDLED)
			continue;
		stage->ui.menu.selected = i;
		ui_input(&stage->ui, ' ', NULL);
	}
	ui_input(&stage->ui, INPUT_ESCAPE, NULL);
	text = screen_text(stage, 80, 24);
	CU_ASSERT_PTR_NULL(strstr(text, " MEM "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "HANDLED"));
	free(text);
	stage_close(stage);
}

static void the_mouse_sorts_and_selects(void)
{
	struct stage *stage = stage_open();
	struct mouse mouse = {MOUSE_CLICK, 0, 0};
	char *text = screen_text(stage, 80, 24), *head = strstr(text, "! NAME");

	CU_ASSERT_PTR_NOT_NULL_FATAL(head);
	mouse.y = stage->ui.head_y;
	mouse.x = (int)(strstr(head, " MQ") - head) + 1;
	ui_input(&stage->ui, INPUT_MOUSE, &mouse);
	CU_ASSERT_EQUAL(stage->ui.model.wish.list.sort, COLUMN_MAILBOX);
	CU_ASSERT_EQUAL(stage->ui.model.rows[0].pid, scene_pid(SCENE_SINK));
	mouse.y = stage->ui.list_y + 1;
	ui_input(&stage->ui, INPUT_MOUSE, &mouse);
	CU_ASSERT_EQUAL(ui_selected_pid(&stage->ui), scene_pid(SCENE_STORE));
	mouse.kind = MOUSE_DOUBLE;
	ui_input(&stage->ui, INPUT_MOUSE, &mouse);
	CU_ASSERT_TRUE(stage->ui.detail);
	free(text);
	stage_close(stage);
}

#define CASES(X)                                      \
	X(every_view_looks_as_it_should)              \
	X(detail_looks_as_it_should)                  \
	X(help_looks_as_it_should)                    \
	X(chain_looks_as_it_should)                   \
	X(matrix_looks_as_it_should)                  \
	X(selection_stays_with_its_actor)             \
	X(frozen_order_stands_still_and_values_go_on) \
	X(pause_stops_the_screen)                     \
	X(the_dead_stay_for_a_while)                  \
	X(tags_are_kept_and_forgotten)                \
	X(columns_are_taken_out_and_put_in)           \
	X(the_mouse_sorts_and_selects)                \
	X(tree_opens_and_closes)                      \
	X(names_are_made_safe)                        \
	X(ascii_is_ascii)                             \
	X(every_size_is_drawn)

static const struct suite_case suite_cases[] = {CASES(SUITE_ROW_)};

int main(int argc, char **argv)
{
	int status;

	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	if (mkdtemp(directory) == NULL)
		return EXIT_FAILURE;
	setenv("LIBACTOR_DIR", directory, 1);
	status = suite_main("screens", suite_cases, sizeof(suite_cases) / sizeof(suite_cases[0]),
			    argc, argv);
	rmdir(directory);
	return status;
}
