/* SPDX-License-Identifier: MIT */
#include "kernel/syscalls.h"

#include <stddef.h>
#include <sys/syscall.h>

static const char *const names[] = {
#include "syscalls.inc"
};

const char *syscall_name(unsigned number)
{
	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}
