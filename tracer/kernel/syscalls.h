/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_SYSCALLS_H
#define KERNEL_SYSCALLS_H

/* The name of a system call of this machine's own kind; NULL where it is not known. */
const char *syscall_name(unsigned number);

#endif
