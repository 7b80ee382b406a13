/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_RECORD_H
#define TOP_VIEW_RECORD_H

/* Recording from the viewer: actor-trace record as a child process. */

#include "view/ui.h"

struct recording;

void recording_begin(struct ui *ui);

/* Asks the recorder to finish; recording_look() tells when it has. */
void recording_stop(struct ui *ui);

/* Has it ended? */
void recording_look(struct ui *ui);

/* "o 0:12 FILE", for the header. */
void recording_text(const struct recording *recording, char *text, size_t size);

/* Finishes it and waits for that. Accepts NULL, returns NULL. */
struct recording *recording_end(struct recording *recording);

#endif
