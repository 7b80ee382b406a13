/* SPDX-License-Identifier: MIT */
/*
 * The decoder of what the kernel saw: two bytes of how many rows, then a blob. What is decoded can
 * be packed and comes back the same.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/kernel.h"

static struct trace_kernel_row rows[KERNEL_CHUNK_ROWS];
static struct trace_kernel_row again[KERNEL_CHUNK_ROWS];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_blob blob;
	size_t count;
	int status;

	if (size < 2)
		return 0;
	count = data[0] | (size_t)data[1] << 8;
	status = kernel_decode(data + 2, size - 2, count, rows);
	FUZZ_CHECK(status == 0 || status == -EBADMSG || status == -ENOMEM);
	if (status != 0 || count == 0)
		return 0;
	FUZZ_CHECK(kernel_encode(rows, count, &blob) == 0);
	FUZZ_CHECK(kernel_decode(blob.data, blob.size, count, again) == 0);
	FUZZ_CHECK(memcmp(rows, again, count * sizeof(rows[0])) == 0);
	free(blob.data);
	return 0;
}
