/* SPDX-License-Identifier: MIT */
#include "shim_find.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME "libactor-replay-shim.so"

const char *shim_find(void)
{
	static char found[PATH_MAX + 64];
	char folder[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char *slash;

	if (length <= 0)
		return NULL;
	folder[length] = '\0';
	slash = strrchr(folder, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	snprintf(found, sizeof(found), "%s/shim/" NAME, folder); /* in the build */
	if (access(found, R_OK) == 0)
		return found;
	snprintf(found, sizeof(found), "%s/" NAME, SHIM_FOLDER);
	return access(found, R_OK) == 0 ? found : NULL;
}
