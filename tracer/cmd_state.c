/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/pid.h>
#include <actor/plane_path.h>

#include "attach/ctypes.h"
#include "attach/state.h"
#include "store/trace.h"
#include "term/text.h"

#define NAME          "state"
#define PATIENCE_NS   UINT64_C(2000000000)
#define HEX_SHOWN     64
#define PROCESS_LIMIT 4194304 /* pids of Linux are lower */

struct request {
	uint32_t process;
	const char *actor_text;
	const char *path; /* of a member, NULL: all */
	bool json;
	struct plane_view *plane;
	uint64_t actor;
	char name[128];      /* of the actor */
	char behaviour[128]; /* of it */
	char ctype[256];     /* of the state, "": not said */
	struct state_bytes state;
};

/* ---- Finding ----------------------------------------------------------------------------------
 */

static int open_plane(struct request *request)
{
	char directory[PATH_MAX];
	char error[PATH_MAX + 512];
	struct plane_file *files;
	size_t count;
	int status = -ENAMETOOLONG;

	if (actor_plane_directory(directory, sizeof(directory)) > 0)
		status = plane_files_list(directory, &files, &count);
	if (status < 0)
		return command_fail(COMMAND_NO_TARGET, NAME,
				    "the directory of the planes cannot "
				    "be read: %s",
				    strerror(-status));
	snprintf(error, sizeof(error),
		 "no program with pid %" PRIu32 " has a plane in %s; actor-trace ls lists those "
		 "that do",
		 request->process, directory);
	for (size_t i = 0; i < count && request->plane == NULL; i++) {
		char path[PATH_MAX + 80];

		if (files[i].id.pid != request->process)
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, files[i].name);
		if (plane_view_open(path, &request->plane, error, sizeof(error)) < 0)
			continue;
		if (plane_view_life(request->plane) != PLANE_LIVING) {
			snprintf(error, sizeof(error), "the program with pid %" PRIu32 " has ended",
				 request->process);
			request->plane = plane_view_close(request->plane);
		}
	}
	free(files);
	return request->plane != NULL ? COMMAND_OK
				      : command_fail(COMMAND_NO_TARGET, NAME, "%s", error);
}

/* The living actor of that pid, or of that name: the first of several. */
static int find_actor(struct request *request)
{
	struct plane_counts counts;
	struct actor_plane_actor line;
	char name[sizeof(request->name)];

	if (trace_parse_pid(request->actor_text, &request->actor))
		return COMMAND_OK;
	plane_view_counts(request->plane, &counts);
	for (uint32_t slot = 0; slot < counts.actors; slot++) {
		if (plane_view_actor(request->plane, slot, &line) != 0 || line.name == 0 ||
		    line.state == ACTOR_PLANE_STATE_FREE)
			continue;
		plane_view_string(request->plane, line.name, name, sizeof(name));
		if (strcmp(name, request->actor_text) != 0)
			continue;
		request->actor = actor_pid_pack(slot, line.generation).bits;
		return COMMAND_OK;
	}
	return command_fail(
		COMMAND_NO_TARGET, NAME,
		"no living actor is called '%s'; give a pid such as <0.17.3>, or a name "
		"that actor-top shows",
		request->actor_text);
}

static void describe(struct request *request)
{
	struct actor_plane_behaviour behaviour;
	struct actor_plane_actor line;

	if (plane_view_actor(request->plane, actor_pid_slot((struct actor_pid){request->actor}),
			     &line) == 0)
		plane_view_string(request->plane, line.name, request->name, sizeof(request->name));
	if (plane_view_behaviour(request->plane, request->state.behaviour, &behaviour) != 0)
		return;
	plane_view_string(request->plane, behaviour.name, request->behaviour,
			  sizeof(request->behaviour));
	plane_view_string(request->plane, behaviour.state_ctype, request->ctype,
			  sizeof(request->ctype));
}

/* ---- Showing ----------------------------------------------------------------------------------
 */

static void print_head(const struct request *request, const char *why)
{
	char pid[32];

	trace_format_pid(request->actor, pid);
	if (request->json) {
		printf("{\"actor\":\"%s\",\"name\":", pid);
		text_print_json(stdout, request->name);
		printf(",\"behaviour\":");
		text_print_json(stdout, request->behaviour);
		printf(",\"type\":");
		text_print_json(stdout, request->ctype);
		printf(",\"size_bytes\":%zu,\"between_turns\":%s,\"state\":", request->state.size,
		       request->state.waiting_on == 0 ? "true" : "false");
		return;
	}
	if (request->path == NULL) {
		printf("%s ", pid);
		text_print(stdout, request->name[0] != '\0' ? request->name : request->behaviour);
		printf(", ");
		text_print(stdout, request->ctype[0] != '\0' ? request->ctype : "state");
		printf(", %zu bytes\n", request->state.size);
	}
	if (request->state.waiting_on != 0) {
		trace_format_pid(request->state.waiting_on, pid);
		command_fail(0, NAME, "this is in the middle of a turn, which waits for %s", pid);
	}
	if (why != NULL)
		command_fail(0, NAME, "%s", why);
}

static int print_value(const struct request *request, const struct types *types, uint32_t id)
{
	enum types_form form = request->json ? TYPES_FORM_JSON : TYPES_FORM_LINES;
	struct types_field field;
	char error[512];
	char *text = NULL;
	int status;

	if (request->path != NULL) {
		status = types_field(types, id, request->path, &field, error, sizeof(error));
		if (status != 0)
			return command_fail(COMMAND_TROUBLE, NAME, "%s", error);
		status = types_get_text(types, &field, request->state.bytes, request->state.size,
					form, &text);
	} else {
		status = types_format(types, id, request->state.bytes, request->state.size, form,
				      &text);
	}
	if (status != 0 && status != -ENODATA)
		return command_fail(COMMAND_TROUBLE, NAME, "the state cannot be shown: %s",
				    status == -E2BIG ? "it is too large; name a member of it"
						     : strerror(-status));
	print_head(request, NULL);
	fputs(text, stdout);
	puts(request->json ? "}" : "");
	free(text);
	return COMMAND_OK;
}

static int print_hex(const struct request *request, const char *why)
{
	char *text;

	if (request->path != NULL)
		return command_fail(COMMAND_TROUBLE, NAME, "%s", why);
	if (types_format_hex(request->state.bytes, request->state.size,
			     request->json ? request->state.size : HEX_SHOWN, &text) != 0)
		return command_fail(COMMAND_TROUBLE, NAME, "out of memory");
	print_head(request, why);
	if (request->json) {
		const char *digits = strchr(text, ':');

		printf("{\"bytes\":%zu,\"hex\":\"%s\"}}\n", request->state.size,
		       digits != NULL ? digits + 2 : "");
	} else {
		puts(text);
	}
	free(text);
	return COMMAND_OK;
}

static int print_state(const struct request *request)
{
	struct types *types = NULL;
	char error[PATH_MAX + 512];
	uint32_t id;
	int status;

	if (request->ctype[0] == '\0')
		return print_hex(request, "the behaviour does not say what type its state has; "
					  "see docs/TYPES.md");
	if (ctypes_load(request->plane, &types, error, sizeof(error)) != 0)
		return print_hex(request, error);
	status = types_find(types, request->ctype, request->state.size, &id);
	if (status == 0) {
		status = print_value(request, types, id);
	} else {
		snprintf(error, sizeof(error), "the program's types %s %s",
			 status == -ESTALE ? "are of another build: they have another"
					   : "do not have a",
			 request->ctype);
		status = print_hex(request, error);
	}
	types_close(types);
	return status;
}

static int show(struct request *request)
{
	char error[512];
	int status = open_plane(request);

	if (status == COMMAND_OK)
		status = find_actor(request);
	if (status != COMMAND_OK)
		return status;
	status = state_read(request->plane, request->actor, PATIENCE_NS, &request->state, error,
			    sizeof(error));
	if (status != 0)
		return command_fail(
			status == -EBUSY || status == -ENOMEM ? COMMAND_TROUBLE : COMMAND_NO_TARGET,
			NAME, "the state of %s cannot be read: %s", request->actor_text, error);
	describe(request);
	return print_state(request);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct request request = {.json = false};
	char *end;
	long process;
	int option;
	int status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'j')
			return command_bad_option(NAME, argv);
		request.json = true;
	}
	if (argc - optind < 2 || argc - optind > 3)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "give a process and an actor: " NAME " %s",
				    command_state.usage);
	errno = 0;
	process = strtol(argv[optind], &end, 10);
	if (errno != 0 || *end != '\0' || process <= 0 || process > PROCESS_LIMIT)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "'%s' is no process; give its pid, as actor-trace ls shows it",
				    argv[optind]);
	request.process = (uint32_t)process;
	request.actor_text = argv[optind + 1];
	request.path = argv[optind + 2];
	status = show(&request);
	free(request.state.bytes);
	plane_view_close(request.plane);
	return status;
}

const struct command command_state = {
	.name = NAME,
	.usage = "PID ACTOR [MEMBER] [--json]",
	.summary = "Show the state of a living actor, by its C type",
	.help = "  ACTOR    a pid such as <0.17.3>, or a name\n"
		"  MEMBER   only that: pos.x, items[3].id\n"
		"  --json   as an object\n"
		"\n"
		"The program is not stopped. What is shown is the state between two turns; an "
		"actor\n"
		"that is never between two for 2 s cannot be shown. Needs what reading another\n"
		"process's memory needs, and for types 'actor-trace types PROGRAM'.\n",
	.run = run,
};
