/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_LACK_H
#define KERNEL_LACK_H

/* Why the kernel does not let us load BPF programs, and what to do about it. */

#include <stddef.h>

/*
 * Before anything is tried. 0, or -EPERM or -ENOTSUP with a text. `what` is what they are for, as
 * in "the kernel's view".
 */
int lack_before(const char *what, char *error, size_t error_size);

/* After libbpf has failed with a negative errno; `said` is its last word. Returns the status. */
int lack_after(const char *what, int status, const char *said, char *error, size_t error_size);

/* libbpf's warnings go here instead of stderr: the last one is kept. */
void lack_listen(void);
const char *lack_said(void);

#endif
