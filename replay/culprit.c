/* SPDX-License-Identifier: MIT */
#include "culprit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "session.h"
#include "shim_find.h"
#include "strict.h"

#define BYTES_MAX ((size_t)1 << 20)
#define NEAR_S    120 /* a number so near to a clock's is taken for one of it */

/* One more run up to the divergence: what it sends there. */
struct probe {
	uint64_t actor;
	uint32_t seq;
	uint64_t turn[ACTOR_PLANE_THREADS_MAX]; /* whose turn it is */
	unsigned char *bytes;
	size_t size;
	bool got;
	struct strict *strict;
	uint64_t addresses[2][64]; /* parts of memory that can be pointed to */
	size_t addresses_count;
};

static int take(void *user, const struct stream_batch *batch)
{
	struct probe *probe = user;
	uint64_t *turn = &probe->turn[batch->thread];

	if (*turn == 0)
		*turn = batch->actor;
	strict_read(probe->strict);
	for (size_t i = 0; i < batch->count; i++) {
		const struct actor_event *event = &batch->events[i];

		switch (event->kind) {
		case ACTOR_EVENT_RECV:
		case ACTOR_EVENT_INPUT:
		case ACTOR_EVENT_EXIT:
			*turn = event->a;
			break;
		case ACTOR_EVENT_WAKE:
			*turn = event->a != 0 ? event->a : *turn;
			break;
		case ACTOR_EVENT_PAYLOAD:
			if (*turn != probe->actor || event->seq != probe->seq || probe->got)
				break;
			if (event->tag == 0)
				probe->size = 0;
			if (probe->size + event->flags <= BYTES_MAX && event->flags <= 24) {
				memcpy(probe->bytes + probe->size, &event->a, event->flags);
				probe->size += event->flags;
			}
			break;
		case ACTOR_EVENT_SEND:
			if (*turn == probe->actor && event->seq == probe->seq)
				probe->got = true;
			break;
		default:
			break;
		}
	}
	return probe->got ? 1 : 0;
}

/* Where the program's memory lies. */
static void read_maps(struct probe *probe, pid_t pid)
{
	char path[64], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	file = fopen(path, "re");
	while (file != NULL && probe->addresses_count < 64 &&
	       fgets(line, sizeof(line), file) != NULL) {
		uint64_t from, to;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) != 2)
			continue;
		probe->addresses[0][probe->addresses_count] = from;
		probe->addresses[1][probe->addresses_count++] = to;
	}
	if (file != NULL)
		fclose(file);
}

static bool run(struct recording *recording, struct script_file *script,
		const struct divergence *divergence, char *const *command, uint64_t patience_ns,
		struct probe *probe)
{
	struct session_options options = {
		.command = command,
		.events = UINT64_C(1) << ACTOR_EVENT_RECV | UINT64_C(1) << ACTOR_EVENT_INPUT |
			  UINT64_C(1) << ACTOR_EVENT_EXIT | UINT64_C(1) << ACTOR_EVENT_WAKE |
			  UINT64_C(1) << ACTOR_EVENT_SEND | UINT64_C(1) << ACTOR_EVENT_PAYLOAD,
		.payload_max = BYTES_MAX,
		.patience_ns = patience_ns,
		.preload = shim_find(),
		.strict_fd = probe->strict->write_fd,
	};
	struct session *session = NULL;
	char error[1024];
	int result = session_open(recording, script, &options, take, probe, &session, error,
				  sizeof(error));

	if (result == COMMAND_OK && divergence->step != 0)
		result = session_run(session, UINT64_MAX, divergence->step);
	if (result == COMMAND_OK) {
		read_maps(probe, session_pid(session));
		(void)session_run(session, session_where(session)->steps + 1, 0);
	}
	strict_read(probe->strict);
	session_close(session);
	return probe->got;
}

/* ---- What bytes look like ----------------------------------------------------------------------
 */

static bool looks_like_time(uint64_t value)
{
	static const uint64_t units[] = {1, 1000, 1000000, 1000000000};
	static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};

	for (size_t i = 0; i < 2; i++) {
		struct timespec now;
		uint64_t ns;

		clock_gettime(clocks[i], &now);
		ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
		for (size_t k = 0; k < 4; k++) {
			uint64_t far = NEAR_S * UINT64_C(1000000000) / units[k];
			uint64_t at = ns / units[k];

			if (value > 100000 && value + far > at && value < at + far)
				return true;
		}
	}
	return false;
}

static bool looks_like_address(const struct probe *probe, uint64_t value)
{
	for (size_t i = 0; i < probe->addresses_count; i++) {
		if (value >= probe->addresses[0][i] && value < probe->addresses[1][i])
			return true;
	}
	return false;
}

/* Any eight bytes in a row that `look` says yes to. */
static bool any_word(const struct probe *probe, bool (*look)(const struct probe *, uint64_t))
{
	for (size_t i = 0; i + 8 <= probe->size; i += 4) {
		uint64_t value;

		memcpy(&value, probe->bytes + i, 8);
		if (look(probe, value))
			return true;
	}
	return false;
}

static bool time_in(const struct probe *probe, uint64_t value)
{
	(void)probe;
	return looks_like_time(value);
}

/* ---- What was asked for ------------------------------------------------------------------------
 */

static enum culprit_class class_of(const char *function)
{
	static const struct {
		const char *part;
		enum culprit_class class;
	} parts[] = {
		{"time", CULPRIT_CLOCK},          {"clock", CULPRIT_CLOCK},
		{"rand", CULPRIT_RANDOM},         {"getenv", CULPRIT_ENVIRONMENT},
		{"environ", CULPRIT_ENVIRONMENT},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strstr(function, parts[i].part) != NULL)
			return parts[i].class;
	}
	return CULPRIT_FILE;
}

static const char *words(enum culprit_class class)
{
	static const char *const texts[] = {
#define X(NAME, words) words,
		CULPRIT_MAP(X)
#undef X
	};

	return texts[class];
}

/* What the very actor has asked for last. NULL: nothing. */
static struct strict_call *call_of(struct strict *strict, uint64_t actor)
{
	struct strict_call *found = NULL;

	for (size_t i = 0; i < strict->count; i++) {
		if (strict->calls[i].pid == actor)
			found = &strict->calls[i];
	}
	return found;
}

/* ---- The verdict -------------------------------------------------------------------------------
 */

static void recorded_payload(struct recording *recording, uint64_t sender, uint32_t seq,
			     struct culprit *culprit)
{
	sqlite3_stmt *query = NULL;

	if (sqlite3_prepare_v2(recording->db,
			       "SELECT data FROM main.payloads WHERE sender = ?1 AND seq = ?2", -1,
			       &query, NULL) != SQLITE_OK)
		return;
	sqlite3_bind_int64(query, 1, (int64_t)sender);
	sqlite3_bind_int64(query, 2, seq);
	if (sqlite3_step(query) == SQLITE_ROW) {
		size_t size = (size_t)sqlite3_column_bytes(query, 0);

		culprit->recorded = malloc(size + 1);
		if (culprit->recorded != NULL && size != 0)
			memcpy(culprit->recorded, sqlite3_column_blob(query, 0), size);
		culprit->then = (struct report_payload){culprit->recorded, size};
	}
	sqlite3_finalize(query);
}

static void judge(struct culprit *culprit, const struct probe probes[2], struct strict *strict,
		  const struct divergence *divergence, bool other_build)
{
	struct strict_call *call = call_of(strict, divergence->actor);
	bool varies = probes[0].got && probes[1].got &&
		      (probes[0].size != probes[1].size ||
		       memcmp(probes[0].bytes, probes[1].bytes, probes[0].size) != 0);
	const char *why = "";

	if (call != NULL) {
		culprit->class = class_of(call->function);
		strict_place(strict, call);
		snprintf(culprit->text, sizeof(culprit->text), "%s: its handler calls %s in %s%s%s",
			 words(culprit->class), call->function, call->symbol,
			 call->place[0] != '\0' ? " at " : "", call->place);
		return;
	}
	if (other_build) {
		culprit->class = CULPRIT_CODE;
		why = ": the program is another build than the recorded one";
	} else if (varies && any_word(&probes[0], time_in)) {
		culprit->class = CULPRIT_CLOCK;
		why = ": it differs from replay to replay, and looks like a time";
	} else if (varies) {
		culprit->class = CULPRIT_THREAD;
		why = ", or chance: it differs from replay to replay";
	} else if (probes[0].got && any_word(&probes[0], looks_like_address)) {
		culprit->class = CULPRIT_ADDRESS;
		why = ": it holds one of the program's addresses now; or bytes that were never "
		      "set";
	} else {
		culprit->class = CULPRIT_SHARED;
		why = ", or bytes that were never set: replays agree with each other, and not "
		      "with the recording";
	}
	snprintf(culprit->text, sizeof(culprit->text), "%s%s", words(culprit->class), why);
}

void culprit_find(struct recording *recording, struct script_file *script,
		  const struct divergence *divergence, char *const *command, bool other_build,
		  uint64_t patience_ns, struct culprit *ret_culprit)
{
	bool send = divergence->has_now && divergence->now.kind == ACTOR_EVENT_SEND;
	struct probe *probes = calloc(2, sizeof(*probes));
	struct strict *strict = malloc(sizeof(*strict));
	struct culprit culprit = {0};

	*ret_culprit = culprit;
	if (probes == NULL || strict == NULL || strict_open(strict) < 0) {
		free(probes);
		free(strict);
		return;
	}
	for (int i = 0; i < 2; i++) {
		probes[i].actor = divergence->actor;
		probes[i].seq = send ? divergence->now.seq : 0;
		probes[i].strict = strict;
		probes[i].bytes = culprit.bytes[i] = malloc(BYTES_MAX);
		if (probes[i].bytes != NULL)
			(void)run(recording, script, divergence, command, patience_ns, &probes[i]);
	}
	if (send)
		recorded_payload(recording, divergence->actor, divergence->now.seq, &culprit);
	if (probes[0].got)
		culprit.now = (struct report_payload){probes[0].bytes, probes[0].size};
	if (probes[0].bytes != NULL && probes[1].bytes != NULL)
		judge(&culprit, probes, strict, divergence, other_build);
	strict_close(strict);
	free(strict);
	free(probes);
	*ret_culprit = culprit;
}

void culprit_finish(struct culprit *culprit)
{
	free(culprit->bytes[0]);
	free(culprit->bytes[1]);
	free(culprit->recorded);
}
