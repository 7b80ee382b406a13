/* SPDX-License-Identifier: MIT */
#include "diff/rerun.h"

#include <stdio.h>

#include "attach/capture.h"
#include "command.h"
#include "recording.h"
#include "script_file.h"
#include "session.h"
#include "shim_find.h"

#define PAYLOAD_BYTES 65536

struct rerun {
	struct recording recording;
	struct script_file script;
	struct session *session;
	struct trace_writer *writer;
	struct capture *capture;
	char *error;
	size_t error_size;
};

/* The session reads the events, too; each time there are some, they are stored. */
static int on_events(void *user, const struct stream_batch *batch)
{
	struct rerun *rerun = user;

	(void)batch;
	if (rerun->capture != NULL && capture_step(rerun->capture) < 0)
		return -1;
	return 0;
}

static int fail(struct rerun *rerun, int status, const char *text)
{
	snprintf(rerun->error, rerun->error_size, "%s", text);
	return status;
}

/* What was in messages is of use only where the recording says it, too. */
static bool has_payloads(const struct rerun *rerun)
{
	sqlite3_stmt *rows = NULL;
	bool has = sqlite3_prepare_v2(rerun->recording.db, "SELECT 1 FROM main.payloads LIMIT 1",
				      -1, &rows, NULL) == SQLITE_OK &&
		   sqlite3_step(rows) == SQLITE_ROW;

	sqlite3_finalize(rows);
	return has;
}

static int capture(struct rerun *rerun)
{
	const struct capture_options options = {
		.mode = ACTOR_PLANE_MODE_LOSSLESS,
		.choice = {.events = STREAM_EVENTS_FULL,
			   .payload_max = has_payloads(rerun) ? PAYLOAD_BYTES : 0}};

	if (capture_open(session_plane(rerun->session), &options, rerun->writer, &rerun->capture,
			 rerun->error, rerun->error_size) != 0)
		return COMMAND_TROUBLE;
	return COMMAND_OK;
}

/* That it cannot go on as recorded is what the comparison is for. */
static int run(struct rerun *rerun)
{
	int status = session_run(rerun->session, UINT64_MAX, 0);

	if (status != COMMAND_OK && status != COMMAND_FINDING)
		return fail(rerun, status, session_error(rerun->session));
	while ((status = (int)capture_step(rerun->capture)) > 0)
		;
	if (status < 0 || capture_finish(rerun->capture) != 0)
		return fail(rerun, COMMAND_TROUBLE, capture_error(rerun->capture));
	if (trace_writer_finish(rerun->writer, NULL) != 0)
		return fail(rerun, COMMAND_TROUBLE, trace_writer_error(rerun->writer));
	return COMMAND_OK;
}

static int open_session(struct rerun *rerun, char *const *command, const char *output)
{
	const struct session_options session = {
		.command = command,
		.events = STREAM_EVENTS_FULL,
		.preload = shim_find(),
	};
	const struct trace_writer_options writer = {.size = sizeof(writer), .path = output};
	int status = script_file_make(&rerun->recording, false, &rerun->script, NULL, NULL,
				      rerun->error, rerun->error_size);

	if (status != COMMAND_OK)
		return status;
	status = session_open(&rerun->recording, &rerun->script, &session, on_events, rerun,
			      &rerun->session, rerun->error, rerun->error_size);
	if (status == COMMAND_OK &&
	    trace_writer_create(&writer, &rerun->writer, rerun->error, rerun->error_size) != 0)
		status = COMMAND_TROUBLE;
	if (status == COMMAND_OK)
		status = capture(rerun);
	if (status == COMMAND_OK)
		status = run(rerun);
	rerun->capture = capture_close(rerun->capture);
	rerun->writer = trace_writer_destroy(rerun->writer);
	session_close(rerun->session);
	script_file_close(&rerun->script);
	return status;
}

int rerun(const char *path, char *const *command, const char *output, char *error,
	  size_t error_size)
{
	struct rerun rerun = {.error = error, .error_size = error_size};
	int status = recording_open(path, command != NULL, &rerun.recording, error, error_size);

	if (status != COMMAND_OK)
		return status;
	status = open_session(&rerun, command, output);
	recording_close(&rerun.recording);
	return status;
}
