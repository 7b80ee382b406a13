/* SPDX-License-Identifier: MIT */
#ifndef PORT_PORT_H
#define PORT_PORT_H

/*
 * Ports: actors that stand for something outside and are run by another executor than the
 * schedulers. To everybody else they are pids like all others.
 */

#include <actor/actor.h>

#include "actor/cell.h"

/* In the executor's thread: something came in from outside for this port, and what is sent until
 * port_input_end is sent by it. */
void port_input_begin(struct cell *port, size_t size);
void port_input_end(struct cell *port);

#endif
