/* SPDX-License-Identifier: MIT */
#include "kernel/lack.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#define BTF_PATH "/sys/kernel/btf/vmlinux"

static char said[256];

static int listen(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char line[sizeof(said)];
	size_t length;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, arguments);
	length = strcspn(line, "\n");
	line[length] = '\0';
	/* The verifier's log is long, and what went wrong is said before it. */
	if (length > 0 && said[0] == '\0')
		snprintf(said, sizeof(said), "%s", line);
	return 0;
}

void lack_listen(void)
{
	said[0] = '\0';
	libbpf_set_print(listen);
}

const char *lack_said(void)
{
	return said;
}

static bool has_capability(const struct __user_cap_data_struct *data, int capability)
{
	return (data[capability / 32].effective >> capability % 32 & 1) != 0;
}

/* The names of those that are missing, or "". */
static void missing(char *text, size_t size)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	bool bpf, perfmon;

	text[0] = '\0';
	if (syscall(SYS_capget, &header, data) != 0)
		return;
	if (has_capability(data, CAP_SYS_ADMIN))
		return;
	bpf = has_capability(data, CAP_BPF);
	perfmon = has_capability(data, CAP_PERFMON);
	snprintf(text, size, "%s%s%s", bpf ? "" : "CAP_BPF", bpf || perfmon ? "" : " and ",
		 perfmon ? "" : "CAP_PERFMON");
}

static int tell_privileges(const char *what, const char *lacks, char *error, size_t error_size)
{
	char path[512] = "actor-trace";
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length > 0)
		path[length] = '\0';
	snprintf(error, error_size,
		 "%s needs %s, which this process does not have; run it as root, or give the "
		 "program what it needs, once: setcap cap_bpf,cap_perfmon+ep %s",
		 what, lacks, path);
	return -EPERM;
}

int lack_before(const char *what, char *error, size_t error_size)
{
	char lacks[64];

#if !defined(__x86_64__)
	snprintf(error, error_size,
		 "%s is there on x86-64 only; record without it, all else is the same", what);
	return -ENOTSUP;
#endif
	missing(lacks, sizeof(lacks));
	if (lacks[0] != '\0')
		return tell_privileges(what, lacks, error, error_size);
	if (access(BTF_PATH, R_OK) != 0) {
		snprintf(error, error_size,
			 "%s needs the kernel's types, " BTF_PATH
			 ": %s; use a kernel with CONFIG_DEBUG_INFO_BTF, and mount /sys",
			 what, strerror(errno));
		return -ENOTSUP;
	}
	return 0;
}

int lack_after(const char *what, int status, const char *words, char *error, size_t error_size)
{
	struct utsname kernel;

	if (uname(&kernel) != 0)
		snprintf(kernel.release, sizeof(kernel.release), "?");
	snprintf(error, error_size,
		 "%s: the kernel (%s) refuses the BPF programs: %s%s%s; it must be Linux 5.18 or "
		 "newer, not locked down (cat /sys/kernel/security/lockdown), and in a container "
		 "the host must allow bpf(2)",
		 what, kernel.release, strerror(-status), words[0] != '\0' ? ": " : "", words);
	return status;
}
