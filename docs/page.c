/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <stdlib.h>
#include <string.h>

/* The page as text; the caller frees it. */
static char *page_make(void (*write)(FILE *page))
{
	char *text = NULL;
	size_t size = 0;
	FILE *page = open_memstream(&text, &size);

	if (page == NULL)
		return NULL;
	write(page);
	return fclose(page) == 0 ? text : NULL;
}

static int page_write(const char *page, const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(page, file) < 0 || fclose(file) != 0) {
		perror(path);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* Compares line by line. */
static int page_check(const char *page, const char *path, const char *source, const char *target)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	unsigned number = 0;
	int same = 1;

	if (file == NULL) {
		perror(path);
		return EXIT_FAILURE;
	}
	while (same && (length = getline(&line, &size, file)) >= 0) {
		number++;
		same = strncmp(page, line, (size_t)length) == 0;
		if (same)
			page += length;
	}
	free(line);
	fclose(file);
	if (same && *page == '\0')
		return EXIT_SUCCESS;
	fprintf(stderr, "%s:%u: differs from %s; run `ninja -C build %s`\nexpected: %.*s\n", path,
		number, source, target, (int)strcspn(page, "\n"), page);
	return EXIT_FAILURE;
}

static const char *const field_names[] = {
#define X(NAME, name, type, text) #name,
	ACTOR_FIELD_MAP(X)
#undef X
};

void page_field(FILE *page, enum actor_field field)
{
	if (field == ACTOR_FIELD_NONE)
		fputs(" | -", page);
	else
		fprintf(page, " | `%s`", field_names[field]);
}

int page_main(int argc, char **argv, void (*write)(FILE *page), const char *source,
	      const char *target)
{
	char *page = page_make(write);
	int status = EXIT_FAILURE;

	if (page == NULL)
		perror(argv[0]);
	else if (argc == 1)
		status = fputs(page, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	else if (argc == 2)
		status = page_check(page, argv[1], source, target);
	else if (argc == 3 && strcmp(argv[1], "-w") == 0)
		status = page_write(page, argv[2]);
	else
		fprintf(stderr, "usage: %s [[-w] FILE]\n", argv[0]);
	free(page);
	return status;
}
