/* SPDX-License-Identifier: MIT */
#include "debug/open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "shim_find.h"
#include "store/decode.h"

static void open_types(struct debug *debug, const struct debug_open_options *options,
		       const struct debug_target *target)
{
	const char *program =
		options->command != NULL ? options->command[0] : target->recording.program;

	if (program == NULL)
		snprintf(debug->no_types, sizeof(debug->no_types),
			 "the recording does not name its program");
	else if (types_open(program, &debug->own_types, debug->no_types, sizeof(debug->no_types)) ==
		 0)
		debug->types = debug->own_types;
	if (debug->types != NULL)
		return;
	/* As long as the program is the same one, those of the trace are as good. */
	debug->decoder = decoder_create(debug->db);
	if (debug->decoder != NULL)
		debug->types = decoder_types(debug->decoder);
}

int debug_open(struct debug *debug, struct debug_target *target,
	       const struct debug_open_options *options)
{
	struct session_options session = {.command = options->command, .output = options->output};
	char error[1024];
	struct link first;
	int status;

	*debug = (struct debug){.path = options->path, .next_break = 1};
	debug->timeline.now.fd = debug->timeline.trunk.fd = -1;
	*target = (struct debug_target){.session = NULL};
	status = recording_open(options->path, options->command != NULL, &target->recording, error,
				sizeof(error));
	if (status != COMMAND_OK)
		return command_fail(status, options->name, "%s", error);
	target->has_recording = true;
	debug->db = target->recording.db;
	debug->trace = target->recording.trace;
	if (trace_refresh(debug->trace) != 0)
		return command_fail(COMMAND_UNREADABLE, options->name, "%s: %s", options->path,
				    debug->trace->error);
	status = script_file_make(&target->recording, true, &target->script, NULL, NULL, error,
				  sizeof(error));
	if (status != COMMAND_OK)
		return command_fail(status, options->name, "%s", error);
	target->has_script = true;
	debug->events = target->script.events;
	debug->event_count = target->script.count;
	debug->outside = &target->script.outside;
	debug->numbers = target->script.numbers;
	debug->main_pid = target->script.main_pid;
	session.preload = shim_find();
	status = session_open(&target->recording, &target->script, &session, NULL, NULL,
			      &target->session, error, sizeof(error));
	if (status != COMMAND_OK)
		return command_fail(status, options->name, "%s", error);
	open_types(debug, options, target);
	first = (struct link){.fd = fcntl(session_control(target->session), F_DUPFD_CLOEXEC, 3),
			      .pid = (uint32_t)session_pid(target->session),
			      .script = target->script.header};
	if (first.fd < 0)
		return command_fail(COMMAND_TROUBLE, options->name, "%s", strerror(errno));
	if (timeline_begin(&debug->timeline, first) != 0)
		return command_fail(COMMAND_TROUBLE, options->name, "%s", debug->timeline.error);
	debug->timeline.total = target->script.steps;
	return COMMAND_OK;
}

void debug_close(struct debug *debug, struct debug_target *target)
{
	timeline_end(&debug->timeline);
	session_close(target->session);
	types_close(debug->own_types);
	decoder_destroy(debug->decoder);
	free(debug->alerts);
	if (target->has_script)
		script_file_close(&target->script);
	if (target->has_recording)
		recording_close(&target->recording);
}
