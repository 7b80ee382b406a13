/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_STAND_H
#define REPLAY_STAND_H

/* Where a replay stands, in words: whose turn it is, and what is waited for. */

#include <stddef.h>
#include <stdint.h>

#include "recording.h"
#include "script_file.h"

/* "<0.7.1> room, turn @12 at 0.5 s: receives cast move #3 from ...": the step at a place. */
const char *stand_place(struct recording *recording, struct script_file *script, uint64_t place,
			char *text, size_t size);

/* Of a program that does not get on: who keeps it, in which turn, and what to do. */
const char *stand_text(struct recording *recording, struct script_file *script, char *text,
		       size_t size);

#endif
