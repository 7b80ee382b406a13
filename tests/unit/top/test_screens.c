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

struct play {
	struct scene scene;
	struct ui ui;
	struct cells cells;
};

static void play_tick(struct play *play)
{
	scene_second(&play->scene);
	ui_events(&play->ui);
	ui_tick(&play->ui);
}

static struct play *play_open(void)
{
	struct play *play = calloc(1, sizeof(*play));

	CU_ASSERT_PTR_NOT_NULL_FATAL(play);
	scene_create(&play->scene, directory);
	CU_ASSERT_TRUE_FATAL(ui_init(&play->ui));
	play->ui.model.wish.list.sort = COLUMN_BUSY;
	play->ui.model.wish.group_sort = COLUMN_BUSY;
	play->ui.model.wish.interval_ns = UINT64_C(1000000000);
	play->ui.model.wish.events = true;
	CU_ASSERT_EQUAL_FATAL(ui_open(&play->ui, play->scene.plane.path), 0);
	ui_tick(&play->ui);
	for (int i = 0; i < 3; i++)
		play_tick(play);
	return play;
}

static void play_close(struct play *play)
{
	ui_finish(&play->ui);
	cells_finish(&play->cells);
	scene_remove(&play->scene);
	free(play);
}

/* The screen as text. The footer's right half is what the viewer costs, which is never the same. */
static char *screen_text(struct play *play, int width, int height)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	CU_ASSERT_TRUE_FATAL(cells_resize(&play->cells, width, height));
	ui_draw(&play->ui, &play->cells);
	if (height >= 12)
		cells_fill(&play->cells, width - 24, height - 1, 24, 1, STYLE_NORMAL, ' ');
	text_show(&play->cells, file);
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

static void compare_screens(struct play *play, const char *name)
{
	const char *task = getenv("LIBACTOR_GOLDEN");

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *found = screen_text(play, sizes[i].width, sizes[i].height);
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
	struct play *play = play_open();

	for (int i = 0; i < VIEW_COUNT; i++) {
		ui_show(&play->ui, (enum view_id)i);
		compare_screens(play, views[i]->key);
	}
	play_close(play);
}

static void detail_looks_as_it_should(void)
{
	struct play *play = play_open();

	play->ui.model.wish.list.sort = COLUMN_MAILBOX;
	table_restart(&play->ui.model.table);
	play_tick(play);
	ui_input(&play->ui, INPUT_DOWN, NULL); /* from sink to store */
	ui_input(&play->ui, INPUT_ENTER, NULL);
	play_tick(play);
	compare_screens(play, "detail");
	play_close(play);
}

static void help_looks_as_it_should(void)
{
	struct play *play = play_open();

	ui_input(&play->ui, '?', NULL);
	compare_screens(play, "help");
	play_close(play);
}

static void chain_looks_as_it_should(void)
{
	struct play *play = play_open();

	ui_show(&play->ui, VIEW_TRACE);
	ui_input(&play->ui, INPUT_ENTER, NULL);
	compare_screens(play, "chain");
	play_close(play);
}

static void tree_opens_and_closes(void)
{
	struct play *play = play_open();
	size_t closed, open;

	ui_show(&play->ui, VIEW_TREE);
	ui_input(&play->ui, '/', NULL);
	for (const char *at = "session"; *at != '\0'; at++)
		ui_input(&play->ui, (uint32_t)*at, NULL);
	ui_input(&play->ui, INPUT_ENTER, NULL);
	closed = views[VIEW_TREE]->count(&play->ui);
	ui_input(&play->ui, INPUT_RIGHT, NULL);
	open = views[VIEW_TREE]->count(&play->ui);
	CU_ASSERT(open > closed + SCENE_SESSIONS);
	compare_screens(play, "tree-open");
	ui_input(&play->ui, INPUT_LEFT, NULL);
	CU_ASSERT_EQUAL(views[VIEW_TREE]->count(&play->ui), closed);
	play_close(play);
}

/* What a terminal must never see, whatever a program calls its actors. */
static void names_are_made_safe(void)
{
	struct play *play = play_open();

	for (int i = 0; i < VIEW_COUNT; i++) {
		char *text;

		ui_show(&play->ui, (enum view_id)i);
		text = screen_text(play, 132, 43);
		for (const char *at = text; *at != '\0'; at++)
			CU_ASSERT((unsigned char)*at >= ' ' || *at == '\n');
		free(text);
	}
	play_close(play);
}

static void ascii_is_ascii(void)
{
	struct play *play = play_open();

	play->cells.ascii = true;
	for (int i = 0; i < VIEW_COUNT; i++) {
		char *text;

		ui_show(&play->ui, (enum view_id)i);
		text = screen_text(play, 100, 30);
		for (const char *at = text; *at != '\0'; at++)
			CU_ASSERT((unsigned char)*at < 0x7f);
		free(text);
	}
	play_close(play);
}

static void every_size_is_drawn(void)
{
	struct play *play = play_open();

	for (int i = 0; i < VIEW_COUNT; i++) {
		ui_show(&play->ui, (enum view_id)i);
		for (int width = 0; width < 140; width += 7) {
			for (int height = 0; height < 45; height += 3) {
				char *text = screen_text(play, width, height);

				free(text);
			}
		}
		play->ui.detail = i % 2 == 0;
	}
	play_close(play);
}

/* Ten thousand of them, drawn at sizes as they come; the sanitizers look on. */
static void any_keys_at_any_size(void)
{
	static const uint32_t others[] = {
		INPUT_TAB,         INPUT_ENTER,    INPUT_ESCAPE,       INPUT_BACKSPACE,
		INPUT_UP,          INPUT_DOWN,     INPUT_LEFT,         INPUT_RIGHT,
		INPUT_HOME,        INPUT_END,      INPUT_PAGE_UP,      INPUT_PAGE_DOWN,
		INPUT_DELETE,      INPUT_BACK_TAB, INPUT_F1,           INPUT_F2,
		INPUT_F3,          INPUT_F4,       INPUT_F5,           INPUT_F6,
		INPUT_F9,          INPUT_MOUSE,    INPUT_CONTROL('U'), 0xe4,
		0x1f600,           INPUT_MOUSE,    INPUT_CONTROL('L'), INPUT_CONTROL('B'),
		INPUT_CONTROL('F')};
	/* These start other programs, or watch them. */
	static const char not_these[] = "rDvAa";
	struct play *play = play_open();
	uint64_t chance = 7;

	for (int i = 0; i < 10000; i++) {
		uint32_t input, number;
		struct mouse mouse;

		chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		number = (uint32_t)(chance >> 33);
		mouse = (struct mouse){(enum mouse_kind)(number % 4), (int)(number >> 3) % 150,
				       (int)(number >> 11) % 50};
		input = number % 3 == 0 ? others[number / 3 % (sizeof(others) / sizeof(others[0]))]
					: 32 + number / 3 % 95;
		if (input < 128 && strchr(not_these, (int)input) != NULL)
			continue;
		ui_input(&play->ui, input, &mouse);
		if (number % 16 == 0)
			free(screen_text(play, (int)(number >> 4) % 140, (int)(number >> 12) % 50));
		if (number % 256 == 0)
			play_tick(play);
	}
	play_close(play);
}

static void matrix_looks_as_it_should(void)
{
	struct play *play = play_open();

	ui_show(&play->ui, VIEW_FLOW);
	ui_input(&play->ui, 'x', NULL);
	compare_screens(play, "matrix");
	play_close(play);
}

/* ---- What lines do over time ----------------------------------------------------------------- */

/* The place of an actor in the list, -1: it is not there. */
static int line_of(const struct play *play, uint32_t slot)
{
	for (size_t i = 0; i < play->ui.model.row_count; i++)
		if (play->ui.model.rows[i].pid == scene_pid(slot))
			return (int)i;
	return -1;
}

/* A session that did least does most from now on. */
static void make_busiest(struct play *play, uint32_t slot)
{
	play->scene.actors[slot].busy_ticks += UINT64_C(900000000);
	play_tick(play);
}

static void selection_stays_with_its_actor(void)
{
	struct play *play = play_open();
	uint64_t selected;

	for (int i = 0; i < 3; i++)
		ui_input(&play->ui, INPUT_DOWN, NULL);
	selected = ui_selected_pid(&play->ui);
	CU_ASSERT_NOT_EQUAL(selected, 0);
	make_busiest(play, SCENE_SESSION + 3);
	CU_ASSERT_EQUAL(line_of(play, SCENE_SESSION + 3), 1);
	CU_ASSERT_EQUAL(ui_selected_pid(&play->ui), selected);
	ui_input(&play->ui, INPUT_HOME, NULL);
	CU_ASSERT_EQUAL(ui_selected_pid(&play->ui), scene_pid(SCENE_STORE));
	play_close(play);
}

static void frozen_order_stands_still_and_values_go_on(void)
{
	struct play *play = play_open();
	int before = line_of(play, SCENE_SESSION + 3);
	double busy;

	ui_input(&play->ui, 'o', NULL);
	make_busiest(play, SCENE_SESSION + 3);
	CU_ASSERT_EQUAL(line_of(play, SCENE_SESSION + 3), before);
	busy = play->ui.model.rows[before].busy;
	CU_ASSERT(busy > 0.8);
	ui_input(&play->ui, 'o', NULL);
	make_busiest(play, SCENE_SESSION + 3);
	CU_ASSERT_EQUAL(line_of(play, SCENE_SESSION + 3), 1);
	play_close(play);
}

static void pause_stops_the_screen(void)
{
	struct play *play = play_open();
	char *before, *after;

	ui_input(&play->ui, 'p', NULL);
	before = screen_text(play, 100, 30);
	play->scene.actors[SCENE_SINK].queued = 77;
	ui_tick(&play->ui);
	after = screen_text(play, 100, 30);
	CU_ASSERT_STRING_EQUAL(before, after);
	CU_ASSERT_PTR_NOT_NULL(strstr(after, "PAUSED"));
	ui_input(&play->ui, 'p', NULL);
	ui_tick(&play->ui);
	free(after);
	after = screen_text(play, 100, 30);
	CU_ASSERT_STRING_NOT_EQUAL(before, after);
	free(before);
	free(after);
	play_close(play);
}

static void the_dead_stay_for_a_while(void)
{
	struct play *play = play_open();
	char *text;

	play->scene.actors[SCENE_SESSION + 5].state = ACTOR_PLANE_STATE_FREE;
	play->scene.actors[SCENE_SESSION + 5].generation = 2;
	play_tick(play);
	CU_ASSERT(line_of(play, SCENE_SESSION + 5) >= 0);
	text = screen_text(play, 100, 40);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Z "));
	free(text);
	CU_ASSERT_EQUAL(table_found(&play->ui.model.table)->sums.actors, SCENE_SLOTS - 2);
	for (int i = 0; i < 6; i++)
		play_tick(play);
	CU_ASSERT_EQUAL(line_of(play, SCENE_SESSION + 5), -1);
	play_close(play);
}

static void tags_are_kept_and_forgotten(void)
{
	struct play *play = play_open();
	uint64_t first = ui_selected_pid(&play->ui);

	ui_input(&play->ui, ' ', NULL);
	CU_ASSERT_TRUE(ui_is_tagged(&play->ui, first));
	CU_ASSERT_NOT_EQUAL(ui_selected_pid(&play->ui), first);
	ui_input(&play->ui, 'U', NULL);
	CU_ASSERT_FALSE(ui_is_tagged(&play->ui, first));
	play_close(play);
}

static void columns_are_taken_out_and_put_in(void)
{
	struct play *play = play_open();
	char *text = screen_text(play, 80, 24);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, " MEM "));
	CU_ASSERT_PTR_NULL(strstr(text, "HANDLED"));
	free(text);
	ui_input(&play->ui, 'f', NULL);
	for (size_t i = 0; i < play->ui.menu.count; i++) {
		if (play->ui.menu.items[i].id != COLUMN_MEMORY &&
		    play->ui.menu.items[i].id != COLUMN_HANDLED)
			continue;
		play->ui.menu.selected = i;
		ui_input(&play->ui, ' ', NULL);
	}
	ui_input(&play->ui, INPUT_ESCAPE, NULL);
	text = screen_text(play, 80, 24);
	CU_ASSERT_PTR_NULL(strstr(text, " MEM "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "HANDLED"));
	free(text);
	play_close(play);
}

static void the_mouse_sorts_and_selects(void)
{
	struct play *play = play_open();
	struct mouse mouse = {MOUSE_CLICK, 0, 0};
	char *text = screen_text(play, 80, 24), *head = strstr(text, "! NAME");

	CU_ASSERT_PTR_NOT_NULL_FATAL(head);
	mouse.y = play->ui.head_y;
	mouse.x = (int)(strstr(head, " MQ") - head) + 1;
	ui_input(&play->ui, INPUT_MOUSE, &mouse);
	CU_ASSERT_EQUAL(play->ui.model.wish.list.sort, COLUMN_MAILBOX);
	CU_ASSERT_EQUAL(play->ui.model.rows[0].pid, scene_pid(SCENE_SINK));
	mouse.y = play->ui.list_y + 1;
	ui_input(&play->ui, INPUT_MOUSE, &mouse);
	CU_ASSERT_EQUAL(ui_selected_pid(&play->ui), scene_pid(SCENE_STORE));
	mouse.kind = MOUSE_DOUBLE;
	ui_input(&play->ui, INPUT_MOUSE, &mouse);
	CU_ASSERT_TRUE(play->ui.detail);
	free(text);
	play_close(play);
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
	X(every_size_is_drawn)                        \
	X(any_keys_at_any_size)

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
