/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_CHAOS_H
#define ACTOR_CHAOS_H

/* A live run that makes rare orders of events common: for tests, and for finding races. */

#include <actor/script.h>

/* The seam that LIBACTOR_CHAOS=SEED in the environment asks for, or NULL. */
const struct actor_seam *chaos_seam(void);

#endif
