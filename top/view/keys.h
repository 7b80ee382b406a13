/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_KEYS_H
#define TOP_VIEW_KEYS_H

/* The keys: one table that dispatch, footer, help and man page are made from. */

#include <stddef.h>
#include <stdint.h>

/* Characters are themselves; these are the others. */
enum input {
	INPUT_NONE = 0,
	INPUT_TAB = 9,
	INPUT_ENTER = 10,
	INPUT_ESCAPE = 27,
	INPUT_BACKSPACE = 127,
	INPUT_UP = 0x110000, /* beyond Unicode */
	INPUT_DOWN,
	INPUT_LEFT,
	INPUT_RIGHT,
	INPUT_HOME,
	INPUT_END,
	INPUT_PAGE_UP,
	INPUT_PAGE_DOWN,
	INPUT_DELETE,
	INPUT_BACK_TAB,
	INPUT_F1,
	INPUT_F2,
	INPUT_F3,
	INPUT_F4,
	INPUT_F5,
	INPUT_F6,
	INPUT_F7,
	INPUT_F8,
	INPUT_F9,
	INPUT_F10,
	INPUT_MOUSE, /* where and what is in struct mouse */
	INPUT_RESIZE
};

enum mouse_kind {
	MOUSE_CLICK,
	MOUSE_DOUBLE,
	MOUSE_WHEEL_UP,
	MOUSE_WHEEL_DOWN
};

struct mouse {
	enum mouse_kind kind;
	int x;
	int y;
};

#define INPUT_CONTROL(letter) ((letter)&0x1f)

enum view_id {
	VIEW_ACTORS,
	VIEW_TREE,
	VIEW_BEHAVIOURS,
	VIEW_FLOW,
	VIEW_WAITS,
	VIEW_ALERTS,
	VIEW_TRACE,
	VIEW_COUNT
};

enum {
	IN_ACTORS = 1 << VIEW_ACTORS,
	IN_TREE = 1 << VIEW_TREE,
	IN_BEHAVIOURS = 1 << VIEW_BEHAVIOURS,
	IN_FLOW = 1 << VIEW_FLOW,
	IN_WAITS = 1 << VIEW_WAITS,
	IN_ALERTS = 1 << VIEW_ALERTS,
	IN_TRACE = 1 << VIEW_TRACE,
	IN_TABLES = IN_ACTORS | IN_TREE | IN_BEHAVIOURS,
	IN_ALL = (1 << VIEW_COUNT) - 1
};

/* What a key does. X(NAME, name): a function action_<name> in actions.c. */
#define ACTION_MAP(X)                   \
	X(HELP, help)                   \
	X(QUIT, quit)                   \
	X(UP, up)                       \
	X(DOWN, down)                   \
	X(PAGE_UP, page_up)             \
	X(PAGE_DOWN, page_down)         \
	X(HOME, home)                   \
	X(END, end)                     \
	X(LEFT, left)                   \
	X(RIGHT, right)                 \
	X(DETAIL, detail)               \
	X(BACK, back)                   \
	X(STATE, state)                 \
	X(NEXT_VIEW, next_view)         \
	X(LAST_VIEW, last_view)         \
	X(VIEW_1, view_1)               \
	X(VIEW_2, view_2)               \
	X(VIEW_3, view_3)               \
	X(VIEW_4, view_4)               \
	X(VIEW_5, view_5)               \
	X(VIEW_6, view_6)               \
	X(VIEW_7, view_7)               \
	X(SEARCH, search)               \
	X(SEARCH_NEXT, search_next)     \
	X(SEARCH_LAST, search_last)     \
	X(FILTER, filter)               \
	X(ONLY, only)                   \
	X(SORT, sort)                   \
	X(SORT_LEFT, sort_left)         \
	X(SORT_RIGHT, sort_right)       \
	X(SORT_BUSY, sort_busy)         \
	X(SORT_MEMORY, sort_memory)     \
	X(SORT_MAILBOX, sort_mailbox)   \
	X(SORT_TIME, sort_time)         \
	X(REVERSE, reverse)             \
	X(UNFOLD, unfold)               \
	X(FOLD, fold)                   \
	X(UNFOLD_ALL, unfold_all)       \
	X(TAG, tag)                     \
	X(UNTAG, untag)                 \
	X(FOLLOW, follow)               \
	X(PAUSE, pause)                 \
	X(FREEZE, freeze)               \
	X(EVENTS, events)               \
	X(DELAY, delay)                 \
	X(FASTER, faster)               \
	X(SLOWER, slower)               \
	X(RECORD, record)               \
	X(DUMP, dump)                   \
	X(COLUMNS, columns)             \
	X(METERS, meters)               \
	X(MOUSE, mouse)                 \
	X(COPY, copy)                   \
	X(PRINT_QUIT, print_quit)       \
	X(PROCESSES, processes)         \
	X(HEIR, heir)                   \
	X(PLAY_BACK, play_back)         \
	X(PLAY_ON, play_on)             \
	X(PLAY_FAR_BACK, play_far_back) \
	X(PLAY_FAR_ON, play_far_on)     \
	X(EVENT_BACK, event_back)       \
	X(EVENT_ON, event_on)           \
	X(MARK_BACK, mark_back)         \
	X(MARK_ON, mark_on)             \
	X(GO_TO, go_to)                 \
	X(MATRIX, matrix)               \
	X(REDRAW, redraw)               \
	X(SUSPEND, suspend)

enum action {
#define X(NAME, name) ACTION_##NAME,
	ACTION_MAP(X)
#undef X
	ACTION_COUNT
};

enum key_group {
	KEYS_MOVE,
	KEYS_VIEW,
	KEYS_CHOOSE,
	KEYS_ORDER,
	KEYS_TIME,
	KEYS_PROGRAM,
	KEYS_GROUP_COUNT
};

struct key {
	uint32_t inputs[4]; /* any of them; 0 ends */
	const char *shown;  /* in help and man page */
	enum action action;
	unsigned views; /* IN_* */
	enum key_group group;
	const char *word;   /* for the footer, NULL: not there */
	const char *footer; /* the key as the footer has it */
	const char *help;
};

extern const struct key keys[];
extern const size_t key_count;
extern const char *const key_group_titles[KEYS_GROUP_COUNT];

/* The key's row where that view is shown; NULL: it does nothing there. */
const struct key *key_find(uint32_t input, enum view_id view);

#endif
