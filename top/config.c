/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_LINES_MAX 200

static const char *const list_names[] = {"actors", "behaviours", "tree"};

/* Where the file is. False: nowhere, or the path is too long. */
static bool config_path(char *path, size_t size)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int length;

	if (xdg != NULL && xdg[0] == '/')
		length = snprintf(path, size, "%s/libactor/actor-top", xdg);
	else if (home != NULL && home[0] == '/')
		length = snprintf(path, size, "%s/.config/libactor/actor-top", home);
	else
		return false;
	return length > 0 && (size_t)length < size;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* "actors.show busy", "tree.hide memory" */
static bool take_column(struct ui *ui, const char *key, const char *value)
{
	enum column_id column = column_find(value);

	for (int list = 0; list < 3; list++) {
		size_t length = strlen(list_names[list]);

		if (strncmp(key, list_names[list], length) != 0 || column == COLUMN_ID_COUNT)
			continue;
		if (strcmp(key + length, ".show") == 0)
			ui->wanted[list] |= UINT64_C(1) << column;
		else if (strcmp(key + length, ".hide") == 0)
			ui->hidden[list] |= UINT64_C(1) << column;
		else
			return false;
		return true;
	}
	return false;
}

static bool take_sort(const char *value, enum column_id *column, bool *rising, unsigned list)
{
	char name[32] = "", order[16] = "";
	enum column_id found;

	if (sscanf(value, "%31s %15s", name, order) < 1)
		return false;
	found = column_find(name);
	if (found == COLUMN_ID_COUNT || (columns[found].lists & list) == 0)
		return false;
	*column = found;
	*rising = strcmp(order, "rising") == 0;
	return true;
}

static bool take_switch(const char *value, bool *ret_on)
{
	*ret_on = strcmp(value, "on") == 0;
	return *ret_on || strcmp(value, "off") == 0;
}

static bool take_line(struct ui *ui, const char *key, const char *value)
{
	struct model_wish *wish = &ui->model.wish;

	if (strcmp(key, "sort") == 0)
		return take_sort(value, &wish->list.sort, &wish->list.rising, COLUMN_IN_ACTORS);
	if (strcmp(key, "behaviours.sort") == 0)
		return take_sort(value, &wish->group_sort, &wish->group_rising,
				 COLUMN_IN_BEHAVIOURS);
	if (strcmp(key, "meters") == 0)
		return take_switch(value, &ui->meters);
	if (strcmp(key, "mouse") == 0)
		return take_switch(value, &ui->mouse);
	return take_column(ui, key, value);
}

void config_load(struct ui *ui)
{
	char path[PATH_MAX], line[256];
	unsigned number = 0, wrong = 0;
	FILE *file;

	if (!config_path(path, sizeof(path)))
		return;
	file = fopen(path, "re");
	if (file == NULL) {
		if (errno != ENOENT && errno != ENOTDIR)
			ui_say(ui, true, "cannot read %s: %s", path, strerror(errno));
		return;
	}
	while (number < CONFIG_LINES_MAX && fgets(line, sizeof(line), file) != NULL) {
		char *value;

		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		value = strchr(line, ' ');
		if (value != NULL)
			*value++ = '\0';
		if (wrong == 0 && (value == NULL || !take_line(ui, line, value)))
			wrong = number;
	}
	if (wrong != 0)
		ui_say(ui, true, "%s: line %u is not understood and ignored", path, wrong);
	fclose(file);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void write_columns(FILE *file, const struct ui *ui)
{
	for (int list = 0; list < 3; list++) {
		for (int i = 0; i < COLUMN_ID_COUNT; i++) {
			if ((ui->wanted[list] & UINT64_C(1) << i) != 0)
				fprintf(file, "%s.show %s\n", list_names[list], columns[i].key);
			if ((ui->hidden[list] & UINT64_C(1) << i) != 0)
				fprintf(file, "%s.hide %s\n", list_names[list], columns[i].key);
		}
	}
}

/* The folders on the way to the file. */
static void make_folders(char *path)
{
	for (char *at = path + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		(void)mkdir(path, 0700);
		*at = '/';
	}
}

void config_save(struct ui *ui)
{
	const struct model_wish *wish = &ui->model.wish;
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	bool written;
	FILE *file;

	if (!config_path(path, sizeof(path)))
		return;
	make_folders(path);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	file = fopen(fresh, "we");
	if (file == NULL) {
		fprintf(stderr, "actor-top: cannot remember the set-up in %s: %s\n", path,
			strerror(errno));
		return;
	}
	fputs("# actor-top writes this when the set-up is changed in it.\n", file);
	fprintf(file, "sort %s%s\n", columns[wish->list.sort].key,
		wish->list.rising ? " rising" : "");
	fprintf(file, "behaviours.sort %s%s\n", columns[wish->group_sort].key,
		wish->group_rising ? " rising" : "");
	fprintf(file, "meters %s\nmouse %s\n", ui->meters ? "on" : "off", ui->mouse ? "on" : "off");
	write_columns(file, ui);
	written = !ferror(file);
	/* It appears whole or not at all. */
	if (fclose(file) == 0 && written && rename(fresh, path) == 0)
		return;
	fprintf(stderr, "actor-top: cannot remember the set-up in %s: %s\n", path, strerror(errno));
	(void)unlink(fresh);
}
