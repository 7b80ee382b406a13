/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_PROCESS_H
#define TRACER_ATTACH_PROCESS_H

#include <stdint.h>

/* The id of this boot of the machine, as in a plane's header. */
int process_boot_id(uint8_t ret_id[16]);

#endif
