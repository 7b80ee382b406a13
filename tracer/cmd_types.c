/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tracer/types.h>

#include "store/decode.h"
#include "store/open.h"
#include "term/text.h"

#define NAME "types"

/* ---- Showing a type ---------------------------------------------------------------------------
 */

struct layout {
	const struct types *types;
	bool json;
};

static int print_column(void *context, const struct types_column *column)
{
	const struct layout *layout = context;
	char name[256];

	types_name(layout->types, column->type, name, sizeof(name));
	if (layout->json) {
		printf("{\"offset\":%" PRIu64 ",\"path\":", column->offset);
		text_print_json(stdout, column->path);
		printf(",\"type\":");
		text_print_json(stdout, name);
		printf("}\n");
		return 0;
	}
	printf("%6" PRIu64 "  ", column->offset);
	text_print(stdout, column->path);
	printf("  ");
	text_print(stdout, name);
	putchar('\n');
	return 0;
}

/* Its members and where they lie: those of a value of zeros. */
static int show(const struct types *types, const char *name, bool json)
{
	struct layout layout = {types, json};
	char path[256];
	uint64_t size;
	uint32_t id;
	void *zeros;
	int status = types_find(types, name, 0, &id);

	if (status == 0)
		status = types_size(types, id, &size);
	if (status != 0)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "there is no type '%s'; write it as C "
				    "does, as in 'struct counter'",
				    name);
	zeros = calloc(1, size < (1u << 26) ? size + 1 : 1);
	if (zeros == NULL)
		return command_fail(COMMAND_TROUBLE, NAME, "out of memory");
	if (!json)
		printf("%s: %" PRIu64 " bytes\n", name, size);
	status = types_columns(types, id, zeros, size < (1u << 26) ? size : 0, print_column,
			       &layout);
	free(zeros);
	if (status != 0 && status != -ENODATA)
		return command_fail(COMMAND_TROUBLE, NAME, "%s is %s", name,
				    status == -E2BIG ? "too large to show" : "damaged");
	if (!json && types_has_pointer(types, id, path, sizeof(path)))
		printf("It holds a pointer, %s: not fit for messages.\n",
		       path[0] != '\0' ? path : "itself");
	return COMMAND_OK;
}

static int show_of_trace(const char *path, const char *name, bool json)
{
	struct decoder *decoder = NULL;
	sqlite3 *db = NULL;
	char error[512];
	int status;

	if (store_open(path, &db, error, sizeof(error)) != 0)
		return command_fail(COMMAND_UNREADABLE, NAME, "%s", error);
	decoder = decoder_create(db);
	if (decoder == NULL)
		status = command_fail(COMMAND_TROUBLE, NAME, "out of memory");
	else if (decoder_types(decoder) == NULL)
		status = command_fail(COMMAND_NO_TARGET, NAME, "%s", decoder_trouble(decoder));
	else
		status = show(decoder_types(decoder), name, json);
	decoder_destroy(decoder);
	sqlite3_close(db);
	return status;
}

static bool is_trace(const char *path)
{
	char head[16] = "";
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return false;
	if (fread(head, 1, sizeof(head), file) != sizeof(head))
		head[0] = '\0';
	fclose(file);
	return memcmp(head, "SQLite format 3", sizeof(head)) == 0;
}

static int show_of(const char *path, const char *name, bool json)
{
	struct types *types;
	char error[PATH_MAX + 512];
	int status;

	if (is_trace(path))
		return show_of_trace(path, name, json);
	if (types_open(path, &types, error, sizeof(error)) != 0)
		return command_fail(COMMAND_NO_TARGET, NAME, "%s", error);
	status = show(types, name, json);
	types_close(types);
	return status;
}

/* ---- Making them ------------------------------------------------------------------------------
 */

static int make(const char *path, const char *output)
{
	char beside[PATH_MAX];
	char error[PATH_MAX + 512];
	struct types *types;
	size_t size;

	if (output == NULL) {
		if (snprintf(beside, sizeof(beside), "%s.btf", path) >= (int)sizeof(beside))
			return command_fail(COMMAND_TROUBLE, NAME, "the path is too long");
		output = beside;
	}
	if (types_make(path, output, error, sizeof(error)) != 0 ||
	    types_open(output, &types, error, sizeof(error)) != 0)
		return command_fail(COMMAND_TROUBLE, NAME, "%s", error);
	types_data(types, &size);
	text_print(stdout, output);
	printf(": %" PRIu32 " types, %zu KiB\n", types_count(types), (size + 1023) / 1024);
	types_close(types);
	return COMMAND_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{"output", required_argument, NULL, 'o'},
		{"show", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	const char *output = NULL;
	const char *name = NULL;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			output = optarg;
			break;
		case 's':
			name = optarg;
			break;
		case 'j':
			json = true;
			break;
		default:
			return command_bad_option(NAME, argv);
		}
	}
	if (optind + 1 != argc)
		return command_fail(COMMAND_TROUBLE, NAME, "give one program: " NAME " %s",
				    command_types.usage);
	if (name != NULL)
		return show_of(argv[optind], name, json);
	return make(argv[optind], output);
}

const struct command command_types = {
	.name = NAME,
	.usage = "PROGRAM [-o FILE] | (PROGRAM|FILE) --show TYPE [--json]",
	.summary = "Make the C types of a program readable, for its payloads and states",
	.help = "  -o, --output FILE  where to; else PROGRAM.btf, where all commands look for it\n"
		"      --show TYPE    the members of a C type such as 'struct counter', and where\n"
		"                     they lie; of a program with types, a .btf file or a trace\n"
		"      --json         one object for each member\n"
		"\n"
		"The types are made of the program's debugging information (build it with -g) by\n"
		"pahole. Do it before the program is recorded: the trace then carries what it "
		"needs.\n",
	.run = run,
};
