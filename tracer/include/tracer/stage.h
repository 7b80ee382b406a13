/* SPDX-License-Identifier: MIT */
#ifndef TRACER_STAGE_H
#define TRACER_STAGE_H

/*
 * A recorded trace, played into a plane: who reads planes can read it. The plane holds what the
 * recorded program's held after its first N events, as far as events tell; memory sizes are not
 * among it. Its clock is in nanoseconds, STAGE_BASE at the session's beginning.
 *
 *	stage_open      the plane as it was before the first event
 *	stage_seek      forward event by event; back by beginning again
 *
 * The plane lies in a folder of its own, which is removed at the end. Thread: one.
 * Memory: 512 KiB for each thread of the recording, 96 bytes for each slot.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STAGE_BASE UINT64_C(1000000000000)

struct stage;

/* As store_open: -ENOENT, -EACCES, -EBADMSG, -EPROTO, -ENOMEM; `error` says what and why. */
int stage_open(const char *trace, struct stage **ret_stage, char *error, size_t error_size);

/* Accepts NULL, returns NULL. */
struct stage *stage_close(struct stage *stage);

/* The path of its plane. */
const char *stage_plane(const struct stage *stage);

/* The plane's clock: at the first event, at the last one, and where it stands. */
uint64_t stage_begin(const struct stage *stage);
uint64_t stage_end(const struct stage *stage);
uint64_t stage_now(const struct stage *stage);

/*
 * Events that have been applied, and the turns that these have opened: the numbers of a place, as
 * docs/TRACE_FORMAT.md has them. And how many events there are.
 */
uint64_t stage_position(const struct stage *stage);
uint64_t stage_turns(const struct stage *stage);
uint64_t stage_events(const struct stage *stage);

/*
 * To the state after the last event that is not later than `time`, after event number `position`,
 * or after the event that opens turn number `turn`. Returns 1 when it had to begin again: what was
 * read of the plane before is of no use then; 0; or a negative errno where the trace is damaged.
 */
int stage_seek(struct stage *stage, uint64_t time);
int stage_seek_event(struct stage *stage, uint64_t position);
int stage_seek_turn(struct stage *stage, uint64_t turn);

/* Messages handled in each of `count` equal parts of the recording. */
void stage_density(const struct stage *stage, double *densities, size_t count);

#ifdef __cplusplus
}
#endif

#endif
