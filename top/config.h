/* SPDX-License-Identifier: MIT */
#ifndef TOP_CONFIG_H
#define TOP_CONFIG_H

/*
 * The set-up that is remembered: $XDG_CONFIG_HOME/libactor/actor-top, lines "key value". A file
 * that cannot be understood is reported on the screen and otherwise ignored; it is replaced only
 * when the set-up is changed in the viewer.
 */

#include "view/ui.h"

void config_load(struct ui *ui);
void config_save(struct ui *ui);

#endif
